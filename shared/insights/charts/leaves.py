"""A group's parameters as columns: what varies, in which values or bins, and what is a number (S7.12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared.features import TOWERS
from shared.insights.lists.entries import Entry, Value

MOST_VALUES = 12  # of a parameter; rarer ones are one together
FEW_VALUES = 5  # numbers of which there are no more are shown one by one
BINS = 4  # else they are cut at their quantiles
WIDE = 10  # times: from this range on the axis is logarithmic
OTHERS = "others"
ABSENT = "none"


@dataclass(frozen=True, eq=False)
class Leaf:
    """One parameter over n runs. `codes` [n]: which of `labels` each has; `numbers` [n], None for a category.

    `log`: its numbers are looked at by their logarithm.
    """

    name: str
    labels: tuple[str, ...]
    codes: np.ndarray
    numbers: np.ndarray | None = None
    log: bool = False

    @property
    def axis(self) -> np.ndarray:
        """The numbers as they are drawn [n]."""
        assert self.numbers is not None
        return np.log(self.numbers) if self.log else self.numbers

    @cached_property
    def few(self) -> bool:
        """Whether each label is one value."""
        return self.numbers is None or len(np.unique(self.numbers)) <= FEW_VALUES

    @property
    def one_hot(self) -> np.ndarray:
        """[n, labels] of 0 and 1."""
        return (self.codes[:, np.newaxis] == np.arange(len(self.labels))).astype(np.float64)


def leaves(entries: Sequence[Entry]) -> list[Leaf]:
    """Every parameter that has more than one value in these runs, by name."""
    names = sorted({name for entry in entries for name in entry.parameters})
    found = (leaf(name, [entry.parameters.get(name) for entry in entries]) for name in names)
    return [each for each in found if each is not None]


def leaf(name: str, values: Sequence[Value | None], most: int = BINS) -> Leaf | None:
    """None for a parameter that does not vary. A feature that a run is without has width 0 (S7.12).

    Two numbers are categories: between them there is nothing to draw. `most`: bins of numbers.
    """
    absent = 0 if is_feature(name) else ABSENT
    present = [absent if value is None else value for value in values]
    distinct = set(present)
    if len(distinct) < 2:
        return None
    if len(distinct) > 2 and all(_is_number(value) for value in distinct):
        return _of_numbers(name, np.array(present, dtype=np.float64), most)
    return _of_categories(name, present)


def is_feature(name: str) -> bool:
    """Whether the leaf is the width of one feature of a tower (or of the whole tower)."""
    tower, _, rest = name.partition(".")
    return tower in TOWERS and rest != "layers"


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _of_categories(name: str, values: Sequence[Value]) -> Leaf:
    texts = [value_text(value) for value in values]
    counts = Counter(texts)
    numeric = {value_text(value): float(value) for value in values if _is_number(value)}
    kept = sorted(counts, key=lambda text: (-counts[text], text))
    if len(kept) > MOST_VALUES:
        kept = kept[: MOST_VALUES - 1]
    labels = sorted(kept, key=lambda text: (text not in numeric, numeric.get(text, 0.0), text))
    if len(labels) < len(counts):
        labels.append(OTHERS)
    places = {label: place for place, label in enumerate(labels)}
    codes = np.array([places.get(text, len(labels) - 1) for text in texts])
    return Leaf(name, tuple(labels), codes)


def _of_numbers(name: str, numbers: np.ndarray, most: int) -> Leaf:
    low, high = float(numbers.min()), float(numbers.max())
    labels, codes = bins(numbers, most)
    return Leaf(name, labels, codes, numbers, log=low > 0 and high / low > WIDE)


def bins(numbers: np.ndarray, most: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels in natural order and each number's bin: the numbers themselves while there are few, else quantiles."""
    distinct, codes = np.unique(numbers, return_inverse=True)
    if len(distinct) <= max(most, FEW_VALUES):
        return tuple(value_text(float(value)) for value in distinct), codes.reshape(-1)
    inner = np.quantile(numbers, np.arange(1, most) / most, method="inverted_cdf")
    edges = np.unique(inner[inner < distinct[-1]])  # a bin ends with its edge
    codes = np.searchsorted(edges, numbers, side="left")
    spans = [numbers[codes == code] for code in range(len(edges) + 1)]
    return tuple(_span(float(span.min()), float(span.max())) for span in spans), codes


def _span(low: float, high: float) -> str:
    return value_text(low) if low == high else f"{value_text(low)} to {value_text(high)}"


def value_text(value: Value) -> str:
    """As tables show it: 0.001, 1024, true."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, (int, float)) else value
