"""Runs that may be compared with each other: one protocol and one sample size (domain S2.16, S2.17).

Everything that ranks, averages or explains takes a `Group`, and a group cannot be made of runs of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared.hashing import H
from shared.insights.lists.entries import Entry, EntryLift, Figure
from shared.metrics import HEADLINES, METRICS, Family

NOTHING = Figure(None)


class MixedGroups(ValueError):
    """Runs of more than one protocol or sample size were to be looked at as one."""


@dataclass(frozen=True)
class Group:
    """`finished`: completed runs with a headline figure; `others`: failed, cancelled, without a figure. Both by end."""

    protocol: str
    family: Family
    sample_percent: int
    finished: tuple[Entry, ...]
    others: tuple[Entry, ...] = ()

    @property
    def metric(self) -> str:
        return HEADLINES[self.family]

    @property
    def sign(self) -> int:
        """Of the headline metric: times it, more is better."""
        return sign_of(self.metric)

    @cached_property
    def values(self) -> np.ndarray:
        """The headline metric of `finished` [n]."""
        return np.array([self.value(entry) for entry in self.finished], dtype=np.float64)

    @cached_property
    def order(self) -> np.ndarray:
        """Places in `finished`, best first; ties by earlier finish [n]."""
        return np.argsort(-self.sign * self.values, kind="stable")

    def value(self, entry: Entry) -> float:
        value = figure(entry, self.metric).value
        assert value is not None  # as `finished` was chosen
        return value

    def lift(self, entry: Entry) -> EntryLift | None:
        return entry.lifts.get(self.metric)

    def generator(self, use: str) -> np.random.Generator:
        """Random numbers of this group: the same whenever and wherever its models are built."""
        return np.random.default_rng(H(f"insights|{use}|{self.sample_percent}", self.protocol))


def sign_of(metric: str) -> int:
    return 1 if METRICS[metric].direction == "max" else -1


def figure(entry: Entry, metric: str) -> Figure:
    return entry.metrics.get(metric, NOTHING)


def family_of(entries: Iterable[Entry], protocol: str) -> Family | None:
    """Of a protocol's metrics; None: none of the runs is of it."""
    for entry in entries:
        for family, key in entry.protocols.items():
            if key == protocol:
                return family  # type: ignore[return-value]
    return None


def fidelity_groups(entries: Iterable[Entry], protocol: str) -> list[Group]:
    """The groups of one protocol, largest sample first; runs of other protocols are left out."""
    of_protocol = [entry for entry in entries if protocol in entry.protocols.values()]
    family = family_of(of_protocol, protocol)
    if family is None:
        return []
    samples = sorted({entry.sample_percent for entry in of_protocol}, reverse=True)
    return [_group(protocol, family, sample, of_protocol) for sample in samples]


def only_group(entries: Sequence[Entry], metric: str) -> Group:
    """Of runs that are all of one group; raises MixedGroups for others, ValueError for none."""
    family = METRICS[metric].family
    kinds = {(entry.protocols.get(family, ""), entry.sample_percent) for entry in entries}
    if len(kinds) > 1:
        raise MixedGroups(f"{len(entries)} runs are of {len(kinds)} groups of protocol and sample; choose one of them")
    if not kinds:
        raise ValueError("there is no run to look at")
    protocol, sample = kinds.pop()
    return _group(protocol, family, sample, entries)


def _group(protocol: str, family: Family, sample: int, entries: Iterable[Entry]) -> Group:
    mine = sorted((entry for entry in entries if entry.sample_percent == sample), key=_ended)
    metric = HEADLINES[family]
    finished = tuple(entry for entry in mine if entry.completed and figure(entry, metric).value is not None)
    known = {entry.experiment for entry in finished}
    return Group(protocol, family, sample, finished, tuple(entry for entry in mine if entry.experiment not in known))


def _ended(entry: Entry) -> tuple[object, int, str]:
    return entry.ended_at, entry.number, entry.experiment
