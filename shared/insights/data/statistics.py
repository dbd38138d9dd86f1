"""Statistics of the examples per split, and their stored form (domain S7.3). Pure: what reads TFX's files is
functions/artifacts.py."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SPLITS = ("train", "eval", "test")  # the catalogue has no statistics: query columns are empty there
TOP = 20  # values of a text feature that are shown
MOST_FEATURES = 1_000
LONGEST_TEXT = 200  # characters of a name or a value
LONGEST_PART = 100_000  # bytes of a document (design section 4)
MOST_BYTES = 2_500_000  # of all parts of one kind: three kinds may be written in one commit, which ends at 10 MiB

Document = dict[str, Any]


@dataclass(frozen=True)
class Bins:
    """A histogram. Bin i holds `counts[i]` values above `lows[i]` and up to `highs[i]`; TFDV scales counts, so they
    are no whole numbers, but finite ones. A bin from a value to itself is one that fills whole quantiles."""

    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    nan: float = 0.0  # values that are no number


@dataclass(frozen=True)
class Numbers:
    """Of a feature of numbers; None is a figure that is not finite, as of a split without values."""

    min: float | None
    median: float | None
    max: float | None
    mean: float | None
    std: float | None
    zeros: int
    histogram: Bins = Bins()  # of equal widths
    quantiles: Bins = Bins()  # of equal counts


@dataclass(frozen=True)
class Texts:
    """Of a feature of texts. `ranks`: the most frequent values with their counts, falling; TFDV keeps 1,000."""

    unique: int
    average_length: float | None
    ranks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Feature:
    """`present`: examples that have the feature; `values`: in all of them, more than `present` when it is a list."""

    name: str
    type: str  # integer, float, text, struct
    present: int
    values: int
    shortest: int = 0  # values per example that has it
    longest: int = 0
    average: float = 0.0
    numbers: Numbers | None = None
    texts: Texts | None = None

    @property
    def constant(self) -> bool:
        """One value and no other; a feature without values has none."""
        if self.values == 0:
            return False
        if self.texts is not None:
            return self.texts.unique == 1
        return self.numbers is not None and self.numbers.min == self.numbers.max and self.numbers.min is not None


@dataclass(frozen=True)
class Split:
    """The examples of a split."""

    name: str
    rows: int
    features: Mapping[str, Feature]

    def values(self, name: str) -> int:
        """How many values a feature has here; 0 as well when the split does not know it."""
        return self.features[name].values if name in self.features else 0

    def missing(self, name: str) -> float | None:
        """The share of examples without the feature (S7.3); None without examples."""
        if self.rows <= 0:
            return None
        present = self.features[name].present if name in self.features else 0
        return min(1.0, max(0.0, (self.rows - present) / self.rows))


def names_of(splits: Sequence[Split]) -> list[str]:
    """All features, in order."""
    return sorted({name for split in splits for name in split.features})


def statistics_documents(splits: Sequence[Split]) -> dict[str, Document]:
    """`details/statistics` and its further parts: splits with rows, and each feature with all splits side by side."""
    head = {"splits": [{"name": split.name, "rows": split.rows} for split in splits]}
    return in_parts("statistics", head, "features", [_feature(name, splits) for name in names_of(splits)])


def in_parts(name: str, head: Document, key: str, items: Sequence[Document]) -> dict[str, Document]:
    """Documents of at most about 100 KB: `name` with `head`, then `name-2`, …; the first says how many `parts` there
    are and how many items were `left_out` because all of them would be too much."""
    documents: list[list[Document]] = [[]]
    size = whole = len(json.dumps(head, default=str).encode())
    taken = 0
    for item in items[:MOST_FEATURES]:
        bytes_ = len(json.dumps(item, ensure_ascii=False, default=str).encode("utf-8", "replace"))
        if whole + bytes_ > MOST_BYTES:
            break
        if documents[-1] and size + bytes_ > LONGEST_PART:
            documents.append([])
            size = 0
        documents[-1].append(item)
        size, whole, taken = size + bytes_, whole + bytes_, taken + 1
    first = {**head, key: documents[0], "parts": len(documents), "left_out": len(items) - taken}
    return {name: first} | {f"{name}-{number}": {key: rest} for number, rest in enumerate(documents[1:], 2)}


def part_names(name: str, first: Mapping[str, Any]) -> Iterator[str]:
    """The names of the documents after the first."""
    return (f"{name}-{number}" for number in range(2, int(first.get("parts", 1)) + 1))


def short(text: str) -> str:
    """Somebody else's text, bounded."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def finite(value: float | None) -> float | None:
    """A number that JSON has too, with no more digits than anybody reads; whole seconds stay whole."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.10g}")


def _feature(name: str, splits: Sequence[Split]) -> Document:
    known = [split.features[name] for split in splits if name in split.features]
    types = sorted({feature.type for feature in known if feature.values}) or [known[0].type]
    return {
        "name": short(name),
        "type": types[0] if len(types) == 1 else " or ".join(types),
        "list": any(feature.longest > 1 for feature in known),
        "splits": {split.name: _figures(name, split) for split in splits},
    }


def _figures(name: str, split: Split) -> Document:
    feature = split.features.get(name)
    found: Document = {"missing": finite(split.missing(name)), "present": 0, "values": 0}
    if feature is None:
        return found
    found |= {"present": feature.present, "values": feature.values}
    if feature.longest > 1:
        found["length"] = {"min": feature.shortest, "mean": finite(feature.average), "max": feature.longest}
    if feature.numbers is not None and feature.values:
        found["numbers"] = _numbers(feature.numbers, feature.values)
    if feature.texts is not None and feature.values:
        found["texts"] = _texts(feature.texts, feature.values)
    return found


def _numbers(numbers: Numbers, values: int) -> Document:
    return {
        "zeros": finite(min(1.0, numbers.zeros / values)),
        **{name: finite(getattr(numbers, name)) for name in ("min", "median", "max", "mean", "std")},
        "nan": finite(max(numbers.histogram.nan, numbers.quantiles.nan)),
        "histogram": _bins(numbers.histogram),
        "quantiles": _bins(numbers.quantiles),
    }


def _bins(bins: Bins) -> Document:
    """Three lists of one length; an end that is not finite is None."""
    return {name: [finite(value) for value in getattr(bins, name)] for name in ("lows", "highs", "counts")}


def _texts(texts: Texts, values: int) -> Document:
    top = [
        {"value": short(value), "count": finite(count), "share": finite(min(1.0, count / values))}
        for value, count in texts.ranks[:TOP]
    ]
    return {"unique": texts.unique, "average_length": finite(texts.average_length), "top": top}
