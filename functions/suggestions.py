"""What to run next, as a part of a protocol's read model: the pure rules over what the store holds (domain S7.15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from statistics import median
from typing import Any

from functions.checking import known_statistics, parsed
from functions.services import Services
from shared.documents import Experiment, FeatureConfig, ModelConfig
from shared.endpoints import rules_of
from shared.estimates import RUNS_TO_KEEP, Work, estimate, expected_epochs, ratios_of
from shared.hardware import choose_processing, choose_tier
from shared.insights.entries import Entry
from shared.insights.fidelity import fidelity
from shared.insights.groups import Group, fidelity_groups
from shared.insights.start_design import FEWEST
from shared.insights.suggestion_documents import Combination
from shared.insights.suggestion_table import Known, Live, Quick
from shared.insights.suggestions import Cost, suggestions
from shared.parameter_count import estimated_vocabulary_sizes, parameter_count

MOST_GROUPS = 5  # of one protocol: the sample sizes with the most runs
SPLITS = ("train", "eval", "test")


def suggestions_of(endpoint: str, protocol: str, entries: Sequence[Entry], services: Services) -> dict[str, Any]:
    """Of each fidelity group of a protocol (`entries`: its ended runs), and what is left of the endpoint's month."""
    groups = sorted(fidelity_groups(entries, protocol), key=lambda group: -len(group.finished))[:MOST_GROUPS]
    trusted = _trusted(groups)
    known, live, left = _known(services), _live(protocol, services), _budget_left(endpoint, services)
    found = []
    for group in sorted(groups, key=lambda group: -group.sample_percent):
        cost = partial(_cost, services=services)
        under_way = [each for sample, each in live if sample == group.sample_percent]
        items = suggestions(group, known, under_way, cost, left, trusted.get(group.sample_percent, ()))
        found.append(
            {
                "sample_percent": group.sample_percent,
                "finished": len(group.finished),
                "live": len(under_way),
                "sentence": _sentence(group, items, left),
                "items": items,
            }
        )
    return {"groups": found, "budget_left_usd": None if left is None else round(left, 2)}


def _trusted(groups: Sequence[Group]) -> dict[int, list[Quick]]:
    """By sample size: the smaller ones that order configurations alike (S7.16)."""
    of_sample = {group.sample_percent: group for group in groups}
    told = fidelity(groups)
    found: dict[int, list[Quick]] = {}
    for sizes in (each for each in told["samples"] if each["trusted"]):
        small, large = sizes["small"], sizes["large"]
        pairs = [row for row in told["rows"] if (row["small"], row["large"]) == (small, large) and row["small_value"]]
        if pairs:  # of many pairs only some are told
            factor = median(row["large_value"] / row["small_value"] for row in pairs)
            found.setdefault(large, []).append(Quick(of_sample[small], factor))
    return found


def _sentence(group: Group, items: Sequence[Mapping[str, Any]], left: float | None) -> str:
    """Where they come from, or why there are none."""
    runs = len(group.finished)
    if not runs:
        return "No run has finished yet, so there is nothing to start from."
    if not items:
        spent = left is not None and left <= 0
        return (
            "The endpoint's budget of this month is spent."
            if spent
            else "Nothing is suggested: the budget that is left does not suffice, or the configs of all runs are gone."
        )
    if runs < FEWEST:
        return f"{runs} of {FEWEST} finished runs that the optimizer needs; until then there is a start design."
    return f"By Optuna's TPE from {runs} finished runs."


# ------------------------------------------------------------------------------------------------------------- configs


def _known(services: Services) -> Known:
    features, models = (_configs(collection, services) for collection in ("feature_configs", "model_configs"))
    datasets = {config.dataset for config in features.values()}
    return Known(
        feature_configs=features,
        model_configs=models,
        request=cache(lambda experiment: services.store.config("experiments", experiment)),
        statistics={dataset: known_statistics(dataset, services) for dataset in datasets},
    )


def _configs(collection: str, services: Services) -> dict[str, Any]:
    """Those that are valid by themselves."""
    found = {each: parsed(collection, each, raw)[0] for each, raw in services.store.configs(collection, None).items()}
    return {each: config for each, config in found.items() if config is not None}


def _live(protocol: str, services: Services) -> list[tuple[int, Live]]:
    """Runs of the protocol that are under way, with their sample size, as far as they are prepared."""
    found = []
    for experiment in services.store.live_runs():
        run = services.store.config("runs", experiment) or {}
        grouping = run.get("grouping") or {}
        if protocol in (grouping.get("protocols") or {}).values():
            one = Live(grouping["feature_config"], grouping["model_config"], grouping["parameters"])
            found.append((run["parameters"]["sample_percent"], one))
    return found


# --------------------------------------------------------------------------------------------------------------- money


def _budget_left(endpoint: str, services: Services) -> float | None:
    budget = rules_of(services.store.config("model_endpoints", endpoint)).monthly_budget_usd
    if budget is None:
        return None
    return budget - services.store.spent_usd(endpoint, services.now().strftime("%Y-%m"))


def _cost(combination: Combination, features: FeatureConfig, services: Services) -> Cost | None:
    """By the rules of a submission (S5.8, S5.9), with the rows of the base run; None when these are gone."""
    run = services.store.config("runs", combination.base.experiment)
    experiment = parsed("experiments", combination.base.experiment, combination.request)[0]
    if run is None or not run.get("counts") or not isinstance(experiment, Experiment):
        return None
    work = _work(run, experiment, features, combination, services)
    past = services.store.past_runs(work.tier, RUNS_TO_KEEP)
    found = estimate(work, ratios_of(past))
    return Cost(found.total_usd, found.total_seconds / 60)


def _work(
    run: Mapping[str, Any],
    experiment: Experiment,
    features: FeatureConfig,
    combination: Combination,
    services: Services,
) -> Work:
    model, rows = combination.model, _rows(run, combination)
    count = parameter_count(model, features, _sizes(run, features, services))
    tier, _ = choose_tier(experiment, sum(rows.values()), count)
    return Work(
        rows=sum(rows.values()),
        train_rows=rows["train"],
        epochs=_epochs(experiment, model, combination.base),
        batch_size=model.batch_size if isinstance(model.batch_size, int) else run["parameters"]["batch_size"],
        parameters=count.total,
        dense_parameters=count.dense,
        output_dim=model.output_embedding_dim,
        tier=tier,
        processing=choose_processing(experiment, sum(rows.values())),
        max_workers=experiment.max_workers,
        compiled=True,  # as its base, if on the same tier
    )


def _rows(run: Mapping[str, Any], combination: Combination) -> dict[str, int]:
    """Of the base; the test split is never thinned (S2.8)."""
    rows = {split: run["counts"]["rows"][split] for split in SPLITS}
    times = (combination.sample_percent or combination.base.sample_percent) / combination.base.sample_percent
    return {split: round(count * (1 if split == "test" else times)) for split, count in rows.items()}


def _sizes(run: Mapping[str, Any], features: FeatureConfig, services: Services) -> dict[str, int]:
    """Vocabularies, as `functions.settling.count_parameters` has them."""
    counts = run["counts"]
    distinct = {name: column.distinct for name, column in known_statistics(features.dataset, services).items()}
    dataset = parsed("datasets", features.dataset, services.store.config("datasets", features.dataset) or {})[0]
    if dataset is not None:
        distinct[dataset.roles.customer_id] = counts["customers"]["train"]
        distinct[dataset.roles.product_id] = counts["products"]["train"]
    return estimated_vocabulary_sizes(features, distinct, counts["rows"]["train"])


def _epochs(experiment: Experiment, model: ModelConfig, base: Entry) -> int:
    stopping = model.early_stopping
    best = [] if base.best_epoch is None else [base.best_epoch + 1]
    return expected_epochs(
        experiment.epochs, stopping.patience * stopping.every_epochs if stopping.enabled else None, best
    )
