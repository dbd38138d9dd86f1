"""What a suggestion would take, by the rules of a submission (domain S5.8, S5.9), with the rows of its base run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.checking import known_statistics, parsed
from functions.services import Services
from shared.documents import Dataset, Experiment, FeatureConfig, ModelConfig
from shared.estimates import RUNS_TO_KEEP, Work, estimate, expected_epochs, ratios_of
from shared.hardware import choose_processing, choose_tier
from shared.insights.lists.entries import Entry
from shared.insights.suggesting.suggestion_documents import Combination
from shared.insights.suggesting.suggestions import Cost
from shared.parameter_count import ParameterCount, estimated_vocabulary_sizes, parameter_count
from shared.reports import Statistics

SPLITS = ("train", "eval", "test")


class Prices:
    """Of one refresh: whatever several suggestions need is read once."""

    def __init__(self, services: Services) -> None:
        store = services.store
        self._run = cache(lambda experiment: store.config("runs", experiment))
        self._ratios = cache(lambda tier: ratios_of(store.past_runs(tier, RUNS_TO_KEEP)))
        self._dataset = cache(lambda dataset: _read_dataset(dataset, services))

    def cost(self, combination: Combination, features: FeatureConfig) -> Cost | None:
        """None when the base run, or its rows, are not there any more."""
        run = self._run(combination.base.experiment)
        experiment = parsed("experiments", combination.base.experiment, combination.request)[0]
        if run is None or not run.get("counts") or not isinstance(experiment, Experiment):
            return None
        dataset, statistics = self._dataset(features.dataset)
        count = parameter_count(combination.model, features, _sizes(run["counts"], features, dataset, statistics))
        work = _work(run, experiment, combination, count)
        found = estimate(work, self._ratios(work.tier))
        return Cost(found.total_usd, found.total_seconds / 60)


def _read_dataset(dataset_id: str, services: Services) -> tuple[Dataset | None, Statistics]:
    raw = services.store.config("datasets", dataset_id) or {}
    return parsed("datasets", dataset_id, raw)[0], known_statistics(dataset_id, services)


def _work(run: Mapping[str, Any], experiment: Experiment, combination: Combination, count: ParameterCount) -> Work:
    model, rows = combination.model, _rows(run, combination)
    used = sum(rows.values())
    return Work(
        rows=used,
        train_rows=rows["train"],
        epochs=_epochs(experiment, model, combination.base),
        batch_size=model.batch_size if isinstance(model.batch_size, int) else run["parameters"]["batch_size"],
        parameters=count.total,
        dense_parameters=count.dense,
        output_dim=model.output_embedding_dim,
        tier=choose_tier(experiment, used, count)[0],
        processing=choose_processing(experiment, used),
        max_workers=experiment.max_workers,
        compiled=True,  # for its base, unless that ran on another tier
    )


def _rows(run: Mapping[str, Any], combination: Combination) -> dict[str, int]:
    """Of the base; the test split is never thinned (S2.8)."""
    of_base = combination.base.sample_percent
    times = (combination.sample_percent or of_base) / of_base
    return {split: round(run["counts"]["rows"][split] * (1 if split == "test" else times)) for split in SPLITS}


def _sizes(
    counts: Mapping[str, Any], features: FeatureConfig, dataset: Dataset | None, statistics: Statistics
) -> dict[str, int]:
    """Vocabularies, as `functions.settling.count_parameters` has them."""
    distinct = {name: column.distinct for name, column in statistics.items()}
    if dataset is not None:
        distinct[dataset.roles.customer_id] = counts["customers"]["train"]
        distinct[dataset.roles.product_id] = counts["products"]["train"]
    return estimated_vocabulary_sizes(features, distinct, counts["rows"]["train"])


def _epochs(experiment: Experiment, model: ModelConfig, base: Entry) -> int:
    stopping = model.early_stopping
    patience = stopping.patience * stopping.every_epochs if stopping.enabled else None
    return expected_epochs(experiment.epochs, patience, [] if base.best_epoch is None else [base.best_epoch + 1])
