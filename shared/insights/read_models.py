"""What pages and the command line show of an endpoint's ended runs, computed from their entries alone (domain S7).

A read model is a small `head` and `parts` by name, all JSON-able, each below `LONGEST_PART` bytes as canonical JSON.
Only the head knows when it was computed: the same entries, verdicts and curves give the same parts, byte for byte.
Times are ISO texts, shares and metrics numbers; None is "not known" and never 0. `*` is a group's `sample_percent`.

Head of a group (one endpoint, one protocol key, its family):
    {kind: "group", endpoint, protocol, family, name, metric, direction, computed_at, inputs: {count, revision},
     samples: [{sample_percent, runs, finished, failed, best: BEST | None, baseline: FIGURE with `name` | None,
                promoted: [experiment]}],
     fidelity: [{small, large, n, needed, tau, low, high, trusted, sentence}], parts: [name]}
    BEST: {experiment, number, name, value, low, high, lift: LIFT | None, mark, shared_with}
    FIGURE: {value, low, high}; LIFT: {baseline, value, low, high, verdict}; mark: "best", "below baseline" or ""
Parts of a group:
    leaderboard-*   shared.insights.leaderboard.leaderboard
    trend-*         shared.insights.trend.trend
    parameters-*    shared.insights.parameters.parameter_insight (-2, -3, ... go on with its rows)
    heatmaps-*      shared.insights.heatmap.heatmaps
    coverage-*      shared.insights.coverage.coverage
    training-*      shared.insights.training.training_heatmap
    fidelity        shared.insights.fidelity.fidelity

Head of an overview: {kind: "overview", endpoint, computed_at, inputs, runs, finished, failed, kpis: [...], parts}
    kpis: shared.insights.kpis.kpis, one for each model type that has a run
Parts of an overview:
    protocols       {rows: [...], left_out} shared.insights.kpis.protocols
    datasets        shared.insights.datasets.dataset_comparison
    configs         shared.insights.datasets.configs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.insights.entries import Entry

LONGEST_PART = 100_000  # bytes

Document = dict[str, Any]
Curves = Mapping[str, Sequence[tuple[int, float]]]  # by experiment: (epoch, headline metric on eval)


class Verdictlike(Protocol):
    """`shared.insights.verdicts.Verdict` of a run against the leader of its group: `better` says the run is."""

    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True)
class ReadModel:
    head: Document
    parts: Mapping[str, Document] = field(default_factory=dict)


def leaders(entries: Sequence[Entry], protocol: str, most: int = 20) -> list[tuple[Entry, list[Entry]]]:
    """For each fidelity group: the run that leads it and those next, one for each row of its leaderboard: the pairs
    that `group_model` wants verdicts on."""
    raise NotImplementedError


def wanted_curves(entries: Sequence[Entry], protocol: str) -> list[str]:
    """The experiments whose curves `group_model` draws, at most 20 for each fidelity group."""
    raise NotImplementedError


def group_model(
    entries: Sequence[Entry],
    protocol: str,
    verdicts: Mapping[str, Verdictlike],
    curves: Curves,
    now: datetime,
    incompatible: Mapping[tuple[str, str], str] | None = None,
) -> ReadModel:
    """Entries of other protocols are left out. `verdicts` by experiment, each against its fidelity group's leader.

    `incompatible`: why a (feature config, model config) cannot be combined; None: nobody has looked.
    """
    raise NotImplementedError


def overview(entries: Sequence[Entry], now: datetime) -> ReadModel:
    """Of one endpoint; every type of model and every protocol, none pooled with another."""
    raise NotImplementedError


def rows_of(part: str, document: Document) -> list[dict[str, str | int | float | bool | None]]:
    """A part as a flat table, one value a cell, for CSV; raises KeyError for an unknown part."""
    raise NotImplementedError
