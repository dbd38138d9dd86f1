"""Which runs may be compared: those with the same protocol key (domain S2.15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.columns import OutputColumn
from shared.documents import Experiment, FeatureConfig
from shared.hashing import digest
from shared.metrics import FAMILIES, ModelType
from shared.problems import Problem
from shared.results import EVALUATION_VERSION
from shared.splits import Bounds

MEASURED = ("test", "catalogue")  # splits whose rows decide what a figure means


def protocol_keys(
    model_type: ModelType,
    experiment: Experiment,
    features: FeatureConfig,
    outputs: Sequence[OutputColumn],
    bounds: Bounds,
    fingerprints: Mapping[str, Any],
) -> dict[str, str]:
    """A key for each family of metrics that the model is measured by: a multitask run belongs to two protocols."""
    common = {
        "model_endpoint": experiment.model_endpoint,
        "split": bounds.to_dict(),
        "split_seed": experiment.split_seed,
        "fingerprints": {split: fingerprints[split] for split in MEASURED},
        "exclude_purchased": experiment.exclude_purchased,
        "evaluation_version": EVALUATION_VERSION,
    }
    target = target_source(features, outputs)
    tasks = {"retrieval": {"task": "retrieval"}, "rating": {"task": "rating", "target": target}}
    return {family: digest({**common, **tasks[family]}) for family in FAMILIES[model_type]}


def target_source(features: FeatureConfig, outputs: Sequence[OutputColumn]) -> str | None:
    """The target's column of the warehouse, whatever the dataset calls it."""
    if features.target is None:
        return None
    return next(f"{each.table}.{each.source}" for each in outputs if each.name == features.target.column)


def badges(split_kind: str | None, sample_percent: int) -> list[str]:
    """What figures of such a run always wear (S2.14)."""
    random = ["optimistic: not a forecast"] if split_kind == "random" else []
    return random + ([f"quick ({sample_percent}%)"] if sample_percent < 100 else [])


def data_changes(counted: Mapping[str, Any], read: Mapping[str, Any]) -> list[Problem]:
    """W_DATA_CHANGED when the rows that a run has read are not those that its pre-flight counted (S1.29)."""
    changed = [split for split, fingerprint in read.items() if split in counted and counted[split] != fingerprint]
    if not changed:
        return []
    told = ", ".join(f"{split} ({_rows(counted[split])} then, {_rows(read[split])} now)" for split in changed)
    problem = f"the rows of {told} changed between the check before the run and its training."
    remedy = "Start the experiment again: its figures are of other rows than those of its protocol."
    return [Problem("W_DATA_CHANGED", "split", problem, remedy, "warning")]


def _rows(fingerprint: Mapping[str, Any]) -> str:
    return f"{fingerprint['rows']:,} rows"
