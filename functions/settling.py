"""What the warehouse is asked before anything is paid: rows and splits, leakage, bytes, and what the run will take
(domain S1.33, S2.11, S5.6-S5.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.checking import Checked, Configs, inside, known_statistics
from functions.services import Services
from shared import paths
from shared.advice import learning_rate
from shared.analysis.joins import join_check, join_check_queries, join_problems
from shared.endpoints import budget_problems, rules_of
from shared.estimates import RUNS_TO_KEEP, Estimate, Work, estimate, expected_epochs, gpu_offer, ratios_of
from shared.hardware import TIERS, choose_processing, choose_tier, memory_problems
from shared.parameter_count import ParameterCount, estimated_vocabulary_sizes, parameter_count
from shared.parameters import SpecOptions, compile_key, data_version, reading_time
from shared.preflight import Preflight, preflight, resolve_batch_size
from shared.prices import price_warnings
from shared.problems import InvalidDocument, Problem, errors
from shared.reports import Statistics
from shared.sql import frozen_at
from shared.validation import uses_target
from shared.validation.dataset import schema_changes
from shared.validation.model import batch_problems, scann_problems


@dataclass(frozen=True)
class Settled:
    """The rows of a run, every number it is made with, and the machines it runs on."""

    rows: Preflight
    as_of: datetime | None
    parameters: Mapping[str, Any]
    parameter_count: ParameterCount
    hardware: Mapping[str, Any]
    images: Mapping[str, str]
    options: SpecOptions
    compile_key: str
    warnings: Sequence[Problem]


def required_columns(configs: Configs) -> frozenset[str]:
    """Output names that must have a value in every row, beside the roles: a target that is predicted (S3.11)."""
    target = configs.features.target
    return frozenset({target.column}) if target is not None and uses_target(configs.model) else frozenset()


def settle(checked: Checked, dataset_id: str, services: Services) -> Settled:
    """Raises InvalidDocument with what stands against the run now that its rows are known."""
    configs, catalogue = checked.configs, checked.catalogue
    statistics = known_statistics(dataset_id, services)
    joins = join_findings(checked, services)
    _refuse([*schema_problems(dataset_id, checked, services), *target_problems(configs, statistics), *joins])
    now = services.now()
    as_of = frozen_at(catalogue, reading_time(catalogue, now), now)
    rows = count_rows(checked, services)
    parameters = resolve_parameters(configs, rows, services.config.regions)
    count = count_parameters(configs, rows, statistics)
    tier, reason = choose_tier(configs.experiment, used_rows(rows), count)
    found = [
        *inside("model_config", batch_problems(configs.model, parameters["batch_size"])),
        *inside("model_config", scann_problems(configs.model, rows.counts.rows["catalogue"])),
        *memory_problems(tier, count),
    ]
    _refuse(found)
    processing = choose_processing(configs.experiment, used_rows(rows))
    workers = configs.experiment.max_workers
    config = services.config
    region, images = config.dataflow_region or parameters["region"], config.images(TIERS[tier].has_gpu)
    options = SpecOptions.of(tier, processing, workers, configs.experiment.reuse_cache, region)
    return Settled(
        rows=rows,
        as_of=as_of,
        parameters={
            **parameters,
            "tier": tier,
            "data_processing": processing,
            "data_version": data_version(catalogue, services.store.reuse_generation(), now),
        },
        parameter_count=count,
        hardware={"tier": tier, "reason": reason, "processing": processing, "workers": options.max_workers},
        images=images,
        options=options,
        compile_key=compile_key(images, config.beam_arguments, options),
        warnings=[*joins, *rows.warnings, *found],
    )


def _refuse(problems: Sequence[Problem]) -> None:
    if errors(problems):
        raise InvalidDocument("experiment", problems)


def count_rows(checked: Checked, services: Services) -> Preflight:
    """The split, the sample and their sizes (S2.11)."""
    configs = checked.configs
    query, required = row_query(configs, services), required_columns(configs)
    try:
        return preflight(configs.dataset, checked.catalogue, configs.experiment, query, required)
    except InvalidDocument as error:
        of_dataset = error.document == "dataset"
        raise InvalidDocument(
            "experiment", inside("dataset", error.problems) if of_dataset else error.problems
        ) from error


def row_query(configs: Configs, services: Services) -> Callable[[str], Mapping[str, Any]]:
    return lambda sql: services.warehouse.row(sql, configs.dataset.max_bytes_billed)


def used_rows(rows: Preflight) -> int:
    """After sampling (S5.7)."""
    return sum(rows.counts.rows[split] for split in ("train", "eval", "test"))


def schema_problems(dataset_id: str, checked: Checked, services: Services) -> list[Problem]:
    """E_SCHEMA_CHANGED (S1.15): columns that are not what they were when the dataset was last saved and looked at."""
    dataset = checked.configs.dataset
    report = services.store.report("datasets", dataset_id).document
    if report is None or report.get("source_updated_at") != dataset.updated_at:
        return []
    return inside("dataset", schema_changes(report.get("schema") or {}, dataset, checked.catalogue))


def join_findings(checked: Checked, services: Services) -> list[Problem]:
    """What the joins do to the rows (S1.9)."""
    dataset, query = checked.configs.dataset, row_query(checked.configs, services)
    queries = join_check_queries(dataset, checked.catalogue)
    checks = [join_check(dataset, index, query(sql)) for index, sql in queries.items()]
    return inside("dataset", join_problems(dataset, checks))


def target_problems(configs: Configs, statistics: Statistics) -> list[Problem]:
    """E_TARGET_CONSTANT (S3.11), as far as the dataset's report has counted the target's values."""
    target = configs.features.target
    known = statistics.get(target.column) if target is not None and uses_target(configs.model) else None
    if known is None or known.distinct > 1:
        return []
    problem = f"`{known.name}` has {known.distinct or 'no'} value, so there is nothing to predict."
    remedy = "Choose another target, or loosen the filters."
    return [Problem("E_TARGET_CONSTANT", "feature_config.target.column", problem, remedy)]


def count_parameters(configs: Configs, rows: Preflight, statistics: Statistics) -> ParameterCount:
    """Vocabularies are as large as their columns have values in train: counted for customers and products, of the whole
    dataset for the others, and at most the rows (S4.14)."""
    roles, counts = configs.dataset.roles, rows.counts
    known = {roles.customer_id: counts.customers["train"], roles.product_id: counts.products["train"]}
    distinct = {name: column.distinct for name, column in statistics.items()} | known
    sizes = estimated_vocabulary_sizes(configs.features, distinct, counts.rows["train"])
    return parameter_count(configs.model, configs.features, sizes)


def resolve_parameters(configs: Configs, rows: Preflight, regions: Sequence[str]) -> dict[str, Any]:
    """Every number that the run is made with; raises InvalidDocument for a batch that cannot be."""
    experiment, model = configs.experiment, configs.model
    own = experiment.batch_size is not None
    batch_size = experiment.batch_size if own else model.batch_size
    return {
        "epochs": experiment.epochs,
        "batch_size": resolve_batch_size(
            batch_size, rows.counts.rows["train"], "batch_size" if own else "model_config.batch_size"
        ),
        "learning_rate": learning_rate(model, experiment),
        "early_stopping": model.early_stopping.enabled,
        "sample_percent": rows.sample_percent,
        "seed": experiment.seed,
        "split_seed": experiment.split_seed,
        "split": rows.bounds.to_dict(),
        "exclude_purchased": experiment.exclude_purchased,
        "max_workers": experiment.max_workers,
        "reuse_cache": experiment.reuse_cache,
        "region": experiment.region or regions[0],
    }


def estimate_of(
    configs: Configs, settled: Settled, warehouse_bytes: int, services: Services
) -> tuple[Estimate, list[Problem]]:
    """What the run will take, by what runs on the same tier took (S5.8), and what stands against it."""
    past = services.store.past_runs(settled.options.tier, RUNS_TO_KEEP)
    work = Work(
        rows=used_rows(settled.rows),
        train_rows=settled.rows.counts.rows["train"],
        epochs=_expected_epochs(configs, past),
        batch_size=settled.parameters["batch_size"],
        parameters=settled.parameter_count.total,
        dense_parameters=settled.parameter_count.dense,
        output_dim=configs.model.output_embedding_dim,
        tier=settled.options.tier,
        processing=settled.options.processing,
        max_workers=configs.experiment.max_workers,
        compiled=services.blobs.exists(paths.compiled_spec(settled.compile_key)),
        warehouse_bytes=warehouse_bytes,
    )
    expected = estimate(work, ratios_of(past))
    about_prices = price_warnings(settled.parameters["region"], services.now().date())
    month = month_problems(configs.experiment.model_endpoint, expected.total_usd, services)
    return expected, [*gpu_offer(work), *_cap_problems(configs, expected), *month, *about_prices]


def month_problems(endpoint: str, expected_usd: float, services: Services) -> list[Problem]:
    """What the endpoint's budget of this month says to a run that is expected to cost so much (S10.18)."""
    rules = rules_of(services.store.config("model_endpoints", endpoint))
    if rules.monthly_budget_usd is None:
        return []
    month = services.now().strftime("%Y-%m")
    return list(budget_problems(endpoint, rules, services.store.spent_usd(endpoint, month), expected_usd, month))


def _expected_epochs(configs: Configs, past: Sequence[Mapping[str, Any]]) -> int:
    """With early stopping, what the best epochs of past runs let expect (S5.8)."""
    stopping = configs.model.early_stopping
    best = [(run.get("progress") or {}).get("best_epoch") for run in past]
    patience = stopping.patience * stopping.every_epochs if stopping.enabled else None
    return expected_epochs(configs.experiment.epochs, patience, [epoch + 1 for epoch in best if epoch is not None])


def _cap_problems(configs: Configs, expected: Estimate) -> list[Problem]:
    """A run that is expected to reach its cap will be stopped there: said before it begins (S5.9)."""
    cap = configs.experiment.max_cost_usd
    if expected.total_usd <= cap:
        return []
    problem = f"the run is expected to cost {expected.total_usd:.2f} USD, more than its cap of {cap:.2f}."
    return [Problem("E_COST_CAP", "max_cost_usd", problem, "Raise the cap, or sample fewer customers.")]
