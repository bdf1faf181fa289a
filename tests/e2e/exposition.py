"""A strict reader of Prometheus' text format 0.0.4: whatever is not just as the format has it is
refused, and so is what the conventions forbid (names, units, one group for each name)."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)\Z")
TYPES = {"counter", "gauge", "histogram"}


class Family:
    def __init__(self, name, text):
        self.name, self.help, self.type = name, text, None
        self.samples = {}  # (name, labels) → value


def labels_of(text):
    found, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"bad labels: {text!r}"
        assert match[1] not in found, f"a label twice: {text!r}"
        found[match[1]] = match[2]
        at = match.end()
        assert at == len(text) or text[at] == ",", f"bad labels: {text!r}"
        at += 1
    return frozenset(found.items())


def base_of(family, name):
    """Whether the sample's name is one that the family may have."""
    suffixes = ["_bucket", "_sum", "_count"] if family.type == "histogram" else [""]
    return name in [family.name + suffix for suffix in suffixes]


def judge_histogram(family):
    by_labels = {}
    for (name, labels), value in family.samples.items():
        rest = frozenset(pair for pair in labels if pair[0] != "le")
        parts = by_labels.setdefault(rest, {"buckets": []})
        if name.endswith("_bucket"):
            parts["buckets"].append((float(dict(labels)["le"]), value))
        else:
            parts[name.removeprefix(family.name)] = value
    for parts in by_labels.values():
        bounds, counts = zip(*parts["buckets"], strict=True)
        assert list(bounds) == sorted(set(bounds)) and bounds[-1] == float("inf"), family.name
        assert list(counts) == sorted(counts) and counts[-1] == parts["_count"], family.name
        assert "_sum" in parts, family.name


def judge(family):
    assert family.type, f"{family.name} has no TYPE"
    assert family.samples, f"{family.name} has no sample"
    assert family.name.startswith(("chatd_", "process_")), family.name
    assert (family.type == "counter") == family.name.endswith("_total"), family.name
    assert not re.search(r"_(ms|milliseconds|kb|kib|bits|minutes)(_|\Z)", family.name), family.name
    if family.type == "counter":
        assert all(value >= 0 for value in family.samples.values()), family.name
    if family.type == "histogram":
        judge_histogram(family)


def read(text):
    """The families by name."""
    families, family = {}, None
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if match := re.fullmatch(rf"# HELP ({NAME}) (.+)", line):
            assert match[1] not in families, f"two groups of {match[1]}"
            assert not re.search(r"\\(?![\\n])", match[2]), line
            family = families[match[1]] = Family(match[1], match[2])
        elif match := re.fullmatch(rf"# TYPE ({NAME}) (\w+)", line):
            assert family and family.name == match[1] and not family.type, line
            assert not family.samples and match[2] in TYPES, line
            family.type = match[2]
        else:
            match = SAMPLE.match(line)
            assert match, f"not a sample: {line!r}"
            assert family and base_of(family, match[1]), f"outside of its group: {line!r}"
            key = match[1], labels_of(match[2] or "")
            assert key not in family.samples, f"twice: {line!r}"
            assert re.fullmatch(r"\d+(\.\d+)?", match[3]), line
            family.samples[key] = float(match[3])
    for each in families.values():
        judge(each)
    return families


def total(families, name, **labels):
    """The sum of the samples of a name that have these labels."""
    wanted = set(labels.items())
    family = families[name]
    return sum(v for (n, have), v in family.samples.items() if n == name and wanted <= set(have))
