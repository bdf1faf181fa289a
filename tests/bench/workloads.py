"""The workloads, the figures that each is made for, and the targets that chatd is to reach in them."""
import collections
import statistics

Metric = collections.namedtuple("Metric", "field label digits")
CPU = Metric("cpu_us_per_delivery", "CPU µs per delivery", 3)
RATE = Metric("deliveries_per_s", "deliveries/s", 0)
P50 = Metric("p50_us", "p50 µs", 0)
P99 = Metric("p99_us", "p99 µs", 0)
P999 = Metric("p999_us", "p99.9 µs", 0)
LAST = Metric("max_us", "µs to the last delivery", 0)
RSS = Metric("rss_per_member", "RSS bytes per member", 0)
PSS = Metric("pss_per_member", "PSS bytes per member", 0)
KEPT = Metric("rss_kept_kib", "KiB more RSS afterwards", 0)
TOLD = Metric("stalled_told", "stalled members closed with 4013", 0)
WIRE = Metric("bytes_per_delivery", "bytes on the wire per delivery", 0)
CYCLE = Metric("cpu_us_per_cycle", "CPU µs per visit", 1)


def ratios(values, to):
    """Run by run, as the n-th of all peers ran in the same minutes; failed ones break the pairs."""
    if not values or not to:
        return []
    if len(values) == len(to):
        return [value / base for value, base in zip(values, to) if base > 0]
    base = statistics.median(to)
    return [statistics.median(values) / base] if base > 0 else []


class Figure:
    """One line of the table: a metric of a workload, or what it is over that of another one."""

    def __init__(self, metric, *targets, over=None):
        self.metric, self.targets, self.over = metric, targets, over
        self.label = f"{metric.label} / {over}" if over else metric.label
        self.digits = 2 if over else metric.digits

    def values(self, results, name, peer):
        values = [run[self.metric.field] for run in results[name, peer]]
        if not self.over:
            return values
        return ratios(values, [run[self.metric.field] for run in results[self.over, peer]])


class Beats:
    """chatd needs so many times less than a peer."""

    def __init__(self, peer, times):
        self.peer, self.times, self.text = peer, times, f"{peer} / chatd ≥ {times:g}"

    def check(self, values):
        reached = statistics.median(ratios(values[self.peer], values["chatd"]))
        return reached >= self.times, f"{reached:.3g}"

    def needs(self):
        return [self.peer]


class Near:
    """chatd needs at most so many times what the kernel asks."""

    def __init__(self, times):
        self.times, self.text = times, f"chatd / floor ≤ {times:g}"

    def check(self, values):
        reached = statistics.median(ratios(values["chatd"], values["floor"]))
        return reached <= self.times, f"{reached:.3g}"

    def needs(self):
        return ["floor"]


class AtMost:
    def __init__(self, bound):
        self.bound, self.text = bound, f"≤ {bound:,g}"

    def check(self, values):
        reached = statistics.median(values["chatd"])
        return reached <= self.bound, f"{reached:,.4g}"

    def needs(self):
        return []


class Equals(AtMost):
    def __init__(self, bound):
        super().__init__(bound)
        self.text = f"{bound:,g}"

    def check(self, values):
        return all(value == self.bound for value in values["chatd"]), f"{min(values['chatd']):,g}"


class NotAbove:
    """chatd's median is not above any peer's, or the runs of both overlap. The floor is no peer."""
    text = "not above any peer's"

    def check(self, values):
        above = [peer for peer, theirs in values.items() if peer not in ("chatd", "floor") and theirs
                 and statistics.median(values["chatd"]) > statistics.median(theirs)
                 and min(values["chatd"]) > max(theirs)]
        return not above, "above " + " and ".join(above) if above else "not above"

    def needs(self):
        return []


class Workload:
    """flags are the load generator's; before are those of a load that ends before the measured one;
    chatd, go and ws are flags of those servers. Where server and generator share the CPUs only those
    servers are measured that can have two workers; a row of chatd's own has no others."""

    def __init__(self, what, figures, flags, workers=1, shares_cpus=False, before=None, own=False,
                 chatd=(), go=(), ws=()):
        self.what, self.figures = what, figures
        self.workers, self.shares_cpus = workers, shares_cpus
        self.flags, self.before = flags.split(), before.split() if before else None
        self.own, self.options = own, {"chatd": list(chatd), "go": list(go), "ws": list(ws)}

    def suits(self, peer):
        return not (self.shares_cpus and peer.most_workers == 1 or self.own and peer.name != "chatd")


def latencies():
    return [Figure(P50, NotAbove()), Figure(P99, NotAbove()), Figure(P999, NotAbove())]


def with_workers(name):
    """Two rows: with one worker on the same CPUs, as it is the number of workers that is compared."""
    what, flags = WORKLOADS[name].what, " ".join(WORKLOADS[name].flags)
    one, two = f"W9.{name}.1", f"W9.{name}"
    return {one: Workload(f"{name}, 1 worker, CPUs shared", [Figure(CPU)], flags, shares_cpus=True),
            two: Workload(f"{name}, 2 workers: {what}",
                          [Figure(CPU), Figure(CPU, AtMost(1.15), over=one)], flags, workers=2,
                          shares_cpus=True)}


BIG = "--rooms 1 --members 1000 --in-flight 32"
SMALL = "--rooms 200 --members 10 --in-flight 8"
HUNDRED = "--rooms 1 --members 100 --in-flight 32"
STALL = BIG + " --members 1010 --seconds 4 --settle 2"
WORKLOADS = {
    "W1": Workload("1 × 1,000, one sender, 32 in flight",
                   [Figure(CPU, Beats("go", 24), Beats("nchan", 15), Near(1.1)), Figure(RATE)], BIG),
    # 320 messages may be on their way to one member.
    "W1b": Workload("1 × 1,000, 10 senders, 32 in flight each",
                    [Figure(CPU, Beats("go", 60), Near(1.1))], BIG + " --senders 10",
                    go=["-queue", "1024"]),
    "W1s": Workload("1 × 1,000, one at a time", [Figure(CPU, Beats("go", 2.3), Near(1.1))],
                    BIG + " --in-flight 1"),
    # As many bytes on the wire: the text of the first is chosen so.
    "W1z.0": Workload("W1 with 220 B texts, as long on the wire as the next row's",
                      [Figure(CPU), Figure(WIRE)], BIG + " --text 220", own=True),
    "W1z": Workload("W1 with 1 KiB texts, compressed",
                    [Figure(CPU), Figure(CPU, AtMost(1.3), over="W1z.0"), Figure(WIRE)],
                    BIG + " --text 1024 --deflate 1", own=True,
                    chatd=["-s", "websocket.compression=on"]),
    "W2": Workload("200 × 10, one sender each, 8 in flight",
                   [Figure(CPU, Beats("go", 7.5), Near(1.4)), Figure(RATE)], SMALL),
    "W2c": Workload("200 × 10, one sender each, 32 in flight",
                    [Figure(CPU, Beats("go", 18), Near(1.4))], SMALL + " --in-flight 32"),
    "W2s": Workload("200 × 10, one at a time", [Figure(CPU, Beats("go", 2), Near(1.1))],
                    SMALL + " --in-flight 1"),
    "W3": Workload("1 × 1,000, 20 messages/s",
                   [Figure(CPU, Beats("go", 2.5), Near(1.1)), *latencies()],
                   "--rooms 1 --members 1000 --rate 20 --seconds 5"),
    "W3b": Workload("100 × 20, 10 messages/s in each",
                    [Figure(CPU, Beats("go", 1.8), Near(1.1)), *latencies()],
                    "--rooms 100 --members 20 --rate 10 --seconds 5"),
    "W4": Workload("1,000 × 10, idle", [Figure(RSS, AtMost(584)), Figure(PSS)],
                   "--mode idle --rooms 1000 --members 10 --settle 2",
                   before="--rooms 1 --members 10 --rate 20 --warm-up 0 --seconds 0.5"),
    "W4t": Workload("the same by TLS", [Figure(RSS, AtMost(16384)), Figure(PSS)],
                    "--mode idle --rooms 1000 --members 10 --settle 2 --tls 1",
                    before="--rooms 1 --members 10 --rate 20 --warm-up 0 --seconds 0.5 --tls 1",
                    own=True),
    "W5": Workload("connect, join, leave, close; 10 rooms, 50 at once",
                   [Figure(CYCLE, Beats("go", 2.5))], "--mode churn --rooms 10 --members 6"),
    "W6.0": Workload("1 × 1,010, 32 in flight", [Figure(P50), Figure(P99), Figure(KEPT)], STALL),
    "W6": Workload("the same, 10 of them stop reading",
                   [Figure(P50), Figure(P99), Figure(P99, AtMost(1.1), over="W6.0"),
                    Figure(TOLD, Equals(10)), Figure(KEPT, AtMost(1024))], STALL + " --stalled 10"),
    "W7.10": Workload("1 × 10, 32 in flight", [Figure(CPU)], HUNDRED + " --members 10"),
    "W7.100": Workload("1 × 100, 32 in flight", [Figure(CPU)], HUNDRED),
    "W7.1000": Workload("1 × 1,000, 32 in flight",
                        [Figure(CPU), Figure(CPU, AtMost(1.3), over="W7.100")], BIG),
    "W7.10000": Workload("1 × 10,000, 32 in flight",
                         [Figure(CPU), Figure(CPU, AtMost(1.3), over="W7.100")],
                         BIG + " --members 10000"),
    "W7.10r": Workload("10 × 100, 32 in flight in each",
                       [Figure(CPU), Figure(CPU, AtMost(1.3), over="W7.100")],
                       HUNDRED + " --rooms 10"),
    "W7.100r": Workload("100 × 100, 32 in flight in each",
                        [Figure(CPU), Figure(CPU, AtMost(1.3), over="W7.100")],
                        HUNDRED + " --rooms 100"),
    "W7.idle": Workload("1 × 100, 32 in flight, and 1,000 idle rooms",
                        [Figure(CPU), Figure(CPU, AtMost(1.1), over="W7.100")],
                        HUNDRED + " --idle-rooms 1000"),
    "W8.1k": Workload("W1 with 1 KiB texts", [Figure(CPU, Beats("go", 16))],
                      BIG + " --text 1024"),
    "W8.8k": Workload("W1 with 8 KiB texts", [Figure(CPU, Beats("go", 3.6))],
                      BIG + " --text 8192"),
    # Above ten members coming and going is not announced: the setting up would take minutes.
    "W10": Workload("18 × 1,000, one announcement to each at once", [Figure(LAST), Figure(RATE)],
                    "--rooms 18 --members 1000 --warm-up 0.001 --seconds 0.001 --timeout 120",
                    go=["-announce", "10"], ws=["10"]),
}
for workload in ("W1", "W2", "W7.10", "W7.100", "W7.10000"):
    WORKLOADS.update(with_workers(workload))
# What is asked for by one word; rows that others are compared to come by themselves.
GROUPS = {group: [name for name in WORKLOADS if name.startswith(group + ".") or name == group]
          for group in ("W6", "W7", "W8", "W9")}


def with_bases(names):
    """In the order of the table, the rows that others are compared to included."""
    bases = {figure.over for name in names for figure in WORKLOADS[name].figures if figure.over}
    return [name for name in WORKLOADS if name in bases or name in names]
