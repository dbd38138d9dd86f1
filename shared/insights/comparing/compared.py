"""The runs of a comparison, and whether two of them may be compared at all (domain S2.15-S2.18, S7.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from shared.insights.comparing.customers import Customers
from shared.leaves import text
from shared.metrics import Family
from shared.results import Population, headline_population
from shared.runs import Run, State


@dataclass(frozen=True)
class Compared:
    """One run with what is stored beside it; all of it may be gone. `missing` says why there are no customers."""

    experiment: str
    run: Run | None = None
    snapshot: Mapping[str, Any] | None = None  # details/snapshot
    evaluation: Mapping[str, Any] | None = None  # details/evaluation
    customers: Customers | None = None
    missing: str | None = None

    @property
    def label(self) -> str:
        number = self.run.number if self.run else None
        return self.experiment if number is None else f"#{number}"

    @property
    def model_type(self) -> str:
        return self.run.model_type if self.run else "deleted"

    @property
    def protocols(self) -> Mapping[str, str]:
        """Keys by family of metrics."""
        frozen = (self.snapshot or {}).get("protocol", {}).get("keys")
        return frozen or ((self.run.grouping or {}).get("protocols", {}) if self.run else {})

    @property
    def sample_percent(self) -> int:
        return int(self.parameters.get("sample_percent", 100))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As resolved."""
        return (self.snapshot or {}).get("parameters") or (self.run.parameters if self.run else None) or {}

    @property
    def population(self) -> Population:
        return headline_population(self.sample_percent)

    def figure(self, metric: str, population: str | None = None) -> Mapping[str, Any] | None:
        """Of the model, with its interval."""
        metrics = (self.evaluation or {}).get("metrics", {})
        return metrics.get(population or self.population, {}).get(metric)

    def lift(self, metric: str) -> Mapping[str, Any] | None:
        """Over the best baseline (S6.17)."""
        return (self.evaluation or {}).get("lift", {}).get(metric)

    def baseline_value(self, metric: str) -> float | None:
        """Of the best baseline."""
        lift = self.lift(metric)
        if lift is None:
            return None
        baseline = self.evaluation["baselines"][lift["baseline"]] if self.evaluation else {}
        return (baseline.get("metrics", {}).get(self.population, {}).get(metric) or {}).get("value")

    def state(self) -> str | None:
        """Why there are no results; None where there are some."""
        if self.run is None:
            return f"{self.label} does not exist (any more)"
        if self.run.state is State.COMPLETED:
            return None if self.evaluation else f"the evaluation of {self.label} is gone"
        verb = {State.FAILED: "has", State.CANCELLED: "was"}.get(self.run.state, "is")
        return f"{self.label} {verb} {self.run.state.value}: only completed runs have results"


def incomparable(one: Compared, other: Compared, family: Family) -> str | None:
    """Why there is no verdict between two runs, in words; None when there is one (S2.16)."""
    for run in (one, other):
        if problem := run.state():
            return f"{problem}."
    without = [run for run in (one, other) if family not in run.protocols]
    if without:
        return f"{without[0].label} is a {without[0].model_type} model, without these metrics."
    if one.protocols[family] != other.protocols[family]:
        return f"They were not tested alike: {', '.join(_differences(one, other, family))}."
    return next((f"{run.missing}." for run in (one, other) if run.customers is None and run.missing), None)


def same_fidelity(one: Compared, other: Compared, family: Family) -> bool:
    """S2.17"""
    return (one.protocols.get(family), one.sample_percent) == (other.protocols.get(family), other.sample_percent)


def _differences(one: Compared, other: Compared, family: Family) -> list[str]:
    """What of their protocols differs (S2.15)."""
    found = list(_of_protocol(one, other))
    if family == "rating" and _target(one) != _target(other):
        found.append(f"the target ({_target(one)} and {_target(other)})")
    return found or ["the rules that they were evaluated by"]


def _of_protocol(one: Compared, other: Compared) -> Iterator[str]:
    for name, words in (("split", "the split"), ("split_seed", "split_seed"), ("exclude_purchased",) * 2):
        values = [text(run.parameters.get(name)) for run in (one, other)]
        if values[0] != values[1]:
            yield f"{words} ({_apart(*(run.parameters.get(name) for run in (one, other)))})"
    for split, words in (("test", "the test rows"), ("catalogue", "the catalogue")):
        prints = [(run.snapshot or {}).get("protocol", {}).get("fingerprints", {}).get(split) for run in (one, other)]
        if prints[0] != prints[1]:
            yield f"{words} ({' and '.join(_rows(each) for each in prints)})"
    endpoints = [run.run.model_endpoint for run in (one, other) if run.run]
    if len(set(endpoints)) > 1:
        yield f"the model endpoint ({' and '.join(endpoints)})"
    versions = [text((run.evaluation or {}).get("evaluation_version")) for run in (one, other)]
    if versions[0] != versions[1]:
        yield f"the version of the evaluation ({' and '.join(versions)})"


def _apart(one: Any, other: Any) -> str:
    """`7 and 17`; of two maps what differs: `test_start 2025-09-17 and 2025-09-10`."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return f"{text(one)} and {text(other)}"
    names = sorted(name for name in {**one, **other} if one.get(name) != other.get(name))
    return ", ".join(f"{name} {text(one.get(name))} and {text(other.get(name))}" for name in names)


def _rows(fingerprint: Mapping[str, Any] | None) -> str:
    if not fingerprint:
        return "unknown"
    newest = fingerprint.get("max_time")  # seconds since 1970
    until = f" until {datetime.fromtimestamp(newest, timezone.utc):%Y-%m-%d}" if newest else ""
    return f"{fingerprint.get('rows', 0):,} rows{until}"


def _target(run: Compared) -> str:
    target = (run.snapshot or {}).get("configs", {}).get("feature_config", {}).get("target") or {}
    return str(target.get("column", "none"))
