"""Whether a rerun gave what its parent gave: the same rows, the same figures (domain S10.21). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quicktest.words import metric_label, metric_number, title

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Reproduction:
    """`rows`: the splits whose rows differ, None when it is not known; `differing`: metric -> (parent's, this one's),
    the largest relative difference first."""

    parent: str
    rows: tuple[str, ...] | None
    metrics: int
    differing: Mapping[str, tuple[float | None, float | None]]

    @property
    def same(self) -> bool:
        return self.rows == () and not self.differing

    def __str__(self) -> str:
        """`the same rows as Exp #12, and all 14 metrics are equal`"""
        return f"{self._of_rows()}, and {self._of_metrics()}"

    def _of_rows(self) -> str:
        if self.rows is None:
            return f"compared with {self.parent}, whose rows are not known"
        if not self.rows:
            return f"the same rows as {self.parent}"
        return f"other rows than {self.parent} ({', '.join(self.rows)})"

    def _of_metrics(self) -> str:
        if not self.differing:
            return f"all {self.metrics} metrics are equal"
        name, (before, now) = next(iter(self.differing.items()))
        count = f"{len(self.differing)} of {self.metrics} metrics differ{'s' if len(self.differing) == 1 else ''}"
        return f"{count}, most {metric_label(name)}: {_figure(name, now)}, was {_figure(name, before)}"


def reproduction(parent: Fields, parent_evaluation: Fields, run: Fields, evaluation: Fields) -> Reproduction:
    """Of two completed runs, with their whole results."""
    names = sorted((parent.get("metrics") or {}).keys() | (run.get("metrics") or {}).keys())
    figures = {name: (_value(parent, name), _value(run, name)) for name in names}
    differing = {name: pair for name, pair in figures.items() if pair[0] != pair[1]}
    largest_first = sorted(differing, key=lambda name: _difference(*differing[name]), reverse=True)
    rows = _rows(parent_evaluation.get("fingerprints") or {}, evaluation.get("fingerprints") or {})
    return Reproduction(title(parent), rows, len(names), {name: differing[name] for name in largest_first})


def _rows(before: Fields, after: Fields) -> tuple[str, ...] | None:
    if not before or not after:  # results of before there were fingerprints
        return None
    return tuple(split for split in sorted({*before, *after}) if before.get(split) != after.get(split))


def _value(run: Fields, name: str) -> float | None:
    return ((run.get("metrics") or {}).get(name) or {}).get("value")


def _difference(before: float | None, now: float | None) -> float:
    """Relative to the larger one; what only one of them has differs most."""
    if before is None or now is None:
        return float("inf")
    return abs(before - now) / max(abs(before), abs(now))


def _figure(name: str, value: float | None) -> str:
    return "none" if value is None else f"{metric_number(name, value)}" if abs(value) >= 1e-3 else f"{value:.2g}"
