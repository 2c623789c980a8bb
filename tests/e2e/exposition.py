"""Reads the text that metrics are exposed in, as strictly as `promtool check metrics`."""

import math
import re
from dataclasses import dataclass, field

NAME = re.compile(r"[a-z][a-z0-9_]*")
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)')
# Prometheus wants base units: seconds, bytes, ratios.
WRONG_UNITS = re.compile(r"_(ms|milliseconds|us|minutes|hours|kb|mb|kib|mib|percent|s)(_|$)")
HISTOGRAM_ENDS = ("_bucket", "_sum", "_count")


@dataclass
class Family:
    name: str
    help: str
    type: str = ""
    samples: dict = field(default_factory=dict)  # (name, labels as pairs) to value

    def labels(self):
        """The names of its labels, in order."""
        names = {tuple(name for name, _ in labels if name != "le") for _, labels in self.samples}
        assert len(names) <= 1, f"{self.name} has series with different labels: {names}"
        return next(iter(names), ())


class Exposition:
    """Metrics by name; wrong ones are refused."""

    def __init__(self, text):
        self.families = {}
        current = None
        assert text.endswith("\n")
        for line in text.splitlines():
            if line.startswith("# HELP "):
                name, text_of_help = line.removeprefix("# HELP ").split(" ", 1)
                assert name not in self.families, f"{name} is there twice"
                current = self.families[name] = Family(name, text_of_help)
            elif line.startswith("# TYPE "):
                name, kind = line.removeprefix("# TYPE ").split(" ")
                assert current is not None and name == current.name, line
                current.type = kind
            else:
                self._read_sample(current, line)
        for family in self.families.values():
            check(family)

    def _read_sample(self, family, line):
        match = SAMPLE.fullmatch(line)
        assert match, f"no sample: {line}"
        name, labels, value = match.groups()
        base = re.sub("_(bucket|sum|count)$", "", name) if family.type == "histogram" else name
        assert base == family.name, f"{line} stands under {family.name}"
        pairs = tuple(LABEL.findall(labels or ""))
        assert ",".join(f'{n}="{v}"' for n, v in pairs) == (labels or ""), line
        assert (name, pairs) not in family.samples, f"{line} is there twice"
        family.samples[name, pairs] = float(value)

    def value(self, name, **labels):
        """The value of one series; None: there is none."""
        base = re.sub("_(bucket|sum|count)$", "", name)
        family = self.families.get(name) or self.families[base]
        wanted = {key: str(value) for key, value in labels.items()}
        for (sample, pairs), value in family.samples.items():
            if sample == name and dict(pairs) == wanted:
                return value
        return None

    def counters(self):
        """All that may not go back, by series."""
        return {series: value for family in self.families.values()
                if family.type in ("counter", "histogram")
                for series, value in family.samples.items()}

    def golden(self):
        """Name, type and labels of each family; None where a family has no series."""
        return {name: (family.type, family.labels() if family.samples else None)
                for name, family in self.families.items()}


def check(family):
    """The rules of Prometheus for names, types and values."""
    name = family.name
    assert NAME.fullmatch(name) and "__" not in name, name
    assert name.startswith("steelyard_") and family.help.strip(), name
    assert family.type in ("counter", "gauge", "histogram"), name
    assert name.endswith("_total") == (family.type == "counter"), name
    assert not WRONG_UNITS.search(name.removesuffix("_total")), f"{name} is not in base units"
    assert family.type == "histogram" or not name.endswith(HISTOGRAM_ENDS), name
    for (sample, pairs), value in family.samples.items():
        assert not math.isnan(value), sample
        assert family.type == "gauge" or value >= 0, (sample, pairs, value)
    if family.type == "histogram":
        check_histogram(family)


def check_histogram(family):
    buckets = {}
    for (sample, pairs), value in family.samples.items():
        if sample.endswith("_bucket"):
            rest = tuple(pair for pair in pairs if pair[0] != "le")
            buckets.setdefault(rest, []).append((float(dict(pairs)["le"]), value))
    for labels, counts in buckets.items():
        assert counts == sorted(counts), f"{family.name}{labels} is not cumulative"
        assert counts[-1][0] == math.inf
        assert counts[-1][1] == family.samples[f"{family.name}_count", labels]
        assert (f"{family.name}_sum", labels) in family.samples
