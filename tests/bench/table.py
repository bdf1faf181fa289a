"""The results as Markdown: medians, minima and maxima, ratios to the first peer, targets."""
import statistics

from workloads import CPU, WORKLOADS, ratios


def cell(values, digits):
    if not values:
        return "–"
    middle, low, high = statistics.median(values), min(values), max(values)
    if len(values) == 1:
        return f"{middle:,.{digits}f}"
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def ratio_cell(values):
    if not values:
        return ""
    low, high = min(values), max(values)
    middle = f"{statistics.median(values):.3g}"
    return middle if len(values) == 1 else f"{middle} ({low:.3g}–{high:.3g})"


def target_cells(figure, values):
    """What is aimed at, and whether it is met, where chatd and whom it is compared to were measured."""
    targets, met = [], []
    for target in figure.targets:
        targets.append(target.text)
        if values.get("chatd") and all(values.get(peer) for peer in target.needs()):
            is_met, reached = target.check(values)
            met.append(("yes: " if is_met else "**no**: ") + reached)
        else:
            met.append("not measured")
    return ["; ".join(targets), "; ".join(met)]


def print_table(results, names, peers):
    first, others = peers[0], peers[1:]
    head = ["", "workload", "figure", *peers, *[f"{peer} / {first}" for peer in others], "target",
            "met"]
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for name in names:
        for figure in WORKLOADS[name].figures:
            values = {peer: figure.values(results, name, peer) for peer in peers}
            cells = [cell(values[peer], figure.digits) for peer in peers]
            cells += [ratio_cell(ratios(values[peer], values[first]))
                      if values[peer] and values[first] and not figure.over else ""
                      for peer in others]
            print("| " + " | ".join([name, WORKLOADS[name].what, figure.label, *cells,
                                     *target_cells(figure, values)]) + " |")


def print_price(results):
    """S and c of the law S / n + c, from the floor's rows with 32 messages in a write and with one."""
    many, one = ([run[CPU.field] for run in results[name, "floor"]] for name in ("W1", "W1s"))
    if many and one:
        many, one = statistics.median(many), statistics.median(one)
        price = (one - many) * 32 / 31
        print(f"\nThe floor's W1 and W1s: a write costs {price:.2f} µs here, what is in it "
              f"{one - price:.3f} µs for each message.")


def print_busy(results):
    """Where messages are due at fixed times a generator without a rest would measure itself."""
    for (name, peer), runs in results.items():
        busy = max((run.get("generator_busy", 0) for run in runs), default=0)
        if "--rate" in WORKLOADS[name].flags and busy > 0.8:
            print(f"\nIn {name} with {peer} the generator was busy for {busy:.0%} of the time: its "
                  "latencies are partly the generator's own.")
