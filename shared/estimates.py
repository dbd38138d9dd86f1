"""How long a run takes and what it costs: before it starts, while it runs and after it (domain S5.8 to S5.11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any

from shared.hardware import LAUNCHER, TIERS, Processing
from shared.prices import PRICES, Prices
from shared.problems import Problem
from shared.stages import Stage

# S5.8, seconds: a base, and what each million rows adds on four vCPUs.
COMPILE_S, SCHEMA_S, COLLECT_S = 120.0, 45.0, 20.0
DATA_STAGES = {"Examples": (90.0, 120.0), "Statistics": (60.0, 150.0), "Transform": (90.0, 400.0)}
DATAFLOW_START_S = 240.0
ROWS_PER_WORKER = 500_000
TRAIN_BASE_S, STEP_S, FLOPS_PER_VCPU, GPU_SPEEDUP = 120.0, 0.002, 3e9, 40

MACHINE_STAGES = ("Examples", "Statistics", "Schema", "Transform", "Train")
UNCERTAIN = (0.6, 1.8)  # the range while too few runs are known
RUNS_TO_LEARN, RUNS_TO_KEEP = 5, 20
OFFER_GPU_ABOVE_S = 3_600

WORKER_DISK_GB = 25  # Dataflow's default for batch work
EXAMPLE_BYTES = 1_000  # a row as example and as transformed example, compressed; only its storage is priced by it
EXAMPLES_MONTHS, MODEL_MONTHS = 7 / 30, 1.0  # S5.14
TIB = 2**40


@dataclass(frozen=True)
class Work:
    """What a run has to do. `rows`: train, eval and test; `parameters`: all, `dense_parameters`: without embeddings."""

    rows: int
    train_rows: int
    epochs: int  # expected, not the maximum
    batch_size: int
    parameters: int
    dense_parameters: int
    output_dim: int
    tier: str
    processing: Processing = "in_process"
    max_workers: int = 10
    compiled: bool = False  # a spec is stored
    reused: frozenset[str] = frozenset()  # stages whose outputs are stored
    warehouse_bytes: int = 0

    @property
    def workers(self) -> int:
        """Dataflow's; the stages' own machines are not counted."""
        return min(self.max_workers, ceil(self.rows / ROWS_PER_WORKER)) if self.processing == "dataflow" else 0


@dataclass(frozen=True)
class Estimate:
    """Everything a run document shows of it, and what the cost of its actual times is computed with.

    `usd_per_hour` by stage and `fixed_usd` are the prices of this run: they stay when the table changes.
    """

    tier: str
    processing: Processing
    workers: int
    seconds: Mapping[str, float]  # by stage
    formula_seconds: Mapping[str, float]  # before finished runs corrected them
    low: Mapping[str, float]  # the range of each, as a factor
    high: Mapping[str, float]
    usd: Mapping[str, float]  # by kind of cost
    usd_per_hour: Mapping[str, float]
    fixed_usd: Mapping[str, float]
    prices: Mapping[str, str] = field(default_factory=dict)

    @property
    def total_seconds(self) -> float:
        return sum(self.seconds.values())

    @property
    def total_usd(self) -> float:
        return sum(self.usd.values())

    @property
    def range_seconds(self) -> tuple[float, float]:
        return self._scaled(self.seconds, self.low), self._scaled(self.seconds, self.high)

    @property
    def range_usd(self) -> tuple[float, float]:
        fixed = sum(self.fixed_usd.values())
        hourly = {stage: seconds / 3600 * self.usd_per_hour[stage] for stage, seconds in self.seconds.items()}
        return fixed + self._scaled(hourly, self.low), fixed + self._scaled(hourly, self.high)

    @staticmethod
    def _scaled(values: Mapping[str, float], factors: Mapping[str, float]) -> float:
        return sum(value * factors[stage] for stage, value in values.items())

    def to_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "seconds": {stage: round(value, 1) for stage, value in self.seconds.items()},
            "formula_seconds": {stage: round(value, 1) for stage, value in self.formula_seconds.items()},
            "total_seconds": round(self.total_seconds, 1),
            "total_usd": round(self.total_usd, 4),
            "range_seconds": [round(value, 1) for value in self.range_seconds],
            "range_usd": [round(value, 4) for value in self.range_usd],
        }


# ------------------------------------------------------------------------------------------------------ durations


def expected_epochs(epochs: int, patience: int | None = None, past_best: Sequence[int] = ()) -> int:
    """The maximum, or where past runs of this kind stopped (S5.8); `patience` None: no early stopping."""
    if patience is None or not past_best:
        return epochs
    return min(epochs, round(median(past_best)) + patience)


def stage_seconds(work: Work) -> dict[str, float]:
    """S5.8; stages that are reused take no time."""
    seconds = {"Compile": 0.0 if work.compiled else COMPILE_S}
    for stage in MACHINE_STAGES:
        if stage in DATA_STAGES:
            seconds[stage] = _data_seconds(stage, work)
        else:
            seconds[stage] = SCHEMA_S if stage == "Schema" else _train_seconds(work)
    seconds["Collect"] = COLLECT_S
    return {stage: 0.0 if stage in work.reused else value for stage, value in seconds.items()}


def _data_seconds(stage: str, work: Work) -> float:
    base, per_million = DATA_STAGES[stage]
    load = work.rows / 1e6 * 4 / TIERS[work.tier].workers.vcpus
    if work.processing == "dataflow":
        return base + DATAFLOW_START_S + per_million * load / max(1, work.workers)
    return base + per_million * load


def _train_seconds(work: Work) -> float:
    steps = ceil(work.train_rows / work.batch_size)
    return TRAIN_BASE_S + work.epochs * steps * step_seconds(work)


def step_seconds(work: Work) -> float:
    """One step of one batch: the dense layers forward and back, and the batch's scores against itself."""
    tier, batch = TIERS[work.tier], work.batch_size
    flops = 6 * work.dense_parameters * batch + 6 * batch**2 * work.output_dim
    speed = FLOPS_PER_VCPU * tier.trainer.vcpus * (GPU_SPEEDUP if tier.has_gpu else 1)
    return STEP_S + flops / speed


# ----------------------------------------------------------------------------------------------------- the estimate


def estimate(work: Work, ratios: Mapping[str, Sequence[float]] | None = None, prices: Prices = PRICES) -> Estimate:
    """`ratios`: actual / predicted seconds of finished runs of this tier, by stage, oldest first."""
    learned = {stage: list(of)[-RUNS_TO_KEEP:] for stage, of in (ratios or {}).items() if len(of) >= RUNS_TO_LEARN}
    plain = stage_seconds(work)
    seconds = {stage: value * median(learned.get(stage, [1.0])) for stage, value in plain.items()}
    spreads = {stage: _spread(learned.get(stage)) for stage in seconds}
    per_hour = {stage: _usd_per_hour(stage, work, prices) for stage in seconds}
    fixed = _fixed_usd(work, prices)
    return Estimate(
        tier=work.tier,
        processing=work.processing,
        workers=work.workers,
        seconds=seconds,
        formula_seconds=plain,
        low={stage: low for stage, (low, _) in spreads.items()},
        high={stage: high for stage, (_, high) in spreads.items()},
        usd={**_hourly_usd(seconds, work, prices), **fixed},
        usd_per_hour=per_hour,
        fixed_usd=fixed,
        prices={"as_of": prices.as_of.isoformat(), "currency": prices.currency, "region": prices.region},
    )


def ratios_of(runs: Iterable[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Actual / predicted seconds by stage, of run documents of one tier, oldest first; reused stages tell nothing."""
    ratios: dict[str, list[float]] = {}
    for run in runs:
        predicted = (run.get("estimate") or {}).get("formula_seconds", {})
        for stage in run["stages"]:
            expected = predicted.get(stage["name"], 0.0)
            if expected > 0 and stage["state"] == "done" and stage["started_at"] and stage["ended_at"]:
                actual = (stage["ended_at"] - stage["started_at"]).total_seconds()
                ratios.setdefault(stage["name"], []).append(actual / expected)
    return ratios


def _spread(ratios: Sequence[float] | None) -> tuple[float, float]:
    """The 10-90% range around the median that the estimate was multiplied by."""
    if ratios is None:
        return UNCERTAIN
    middle = median(ratios)
    return _quantile(ratios, 0.1) / middle, _quantile(ratios, 0.9) / middle


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def gpu_offer(work: Work) -> list[Problem]:
    """A GPU is offered when training takes long, and never chosen by itself (S5.6)."""
    train = stage_seconds(work)["Train"]
    if TIERS[work.tier].has_gpu or train <= OFFER_GPU_ABOVE_S:
        return []
    problem = f"training is expected to take {train / 60:.0f} minutes on `{work.tier}`."
    return [Problem("W_GPU", "hardware", problem, "Consider `gpu_l4` or `gpu_t4`.", "warning")]


# ------------------------------------------------------------------------------------------------------------ costs


def _machine(stage: str, work: Work) -> str | None:
    """The machine type that a stage pays by the hour, if any."""
    if stage == "Train":
        return TIERS[work.tier].trainer.name
    if stage not in MACHINE_STAGES:
        return None
    waits = work.processing == "dataflow" and stage in DATA_STAGES
    return LAUNCHER.name if waits else TIERS[work.tier].workers.name


def _dataflow_usd_per_hour(stage: str, work: Work, prices: Prices) -> float:
    if work.processing != "dataflow" or stage not in DATA_STAGES:
        return 0.0
    machine, items = TIERS[work.tier].workers, prices.items
    one = (
        machine.vcpus * items["dataflow_vcpu_hour"]
        + machine.memory_gb * items["dataflow_gb_hour"]
        + WORKER_DISK_GB * items["dataflow_disk_gb_hour"]
    )
    return work.workers * one


def _usd_per_hour(stage: str, work: Work, prices: Prices) -> float:
    if stage == "Compile":
        return prices.items["build_minute"] * 60
    machine = _machine(stage, work)
    return (prices.items[machine] if machine else 0.0) + _dataflow_usd_per_hour(stage, work, prices)


def _hourly_usd(seconds: Mapping[str, float], work: Work, prices: Prices) -> dict[str, float]:
    """Machines, Dataflow and the build."""
    hours = {stage: value / 3600 for stage, value in seconds.items()}
    machines = {stage: machine for stage in seconds if (machine := _machine(stage, work))}
    return {
        "machines": sum(hours[stage] * prices.items[machine] for stage, machine in machines.items()),
        "dataflow": sum(hours[stage] * _dataflow_usd_per_hour(stage, work, prices) for stage in seconds),
        "build": hours["Compile"] * _usd_per_hour("Compile", work, prices),
    }


def _fixed_usd(work: Work, prices: Prices) -> dict[str, float]:
    """What does not depend on time: the run's fee, the queries, and storage until it is deleted (S5.14)."""
    gb_months = (work.rows * EXAMPLE_BYTES * EXAMPLES_MONTHS + work.parameters * 4 * MODEL_MONTHS) / 1e9
    return {
        "pipeline": prices.items["pipeline_run"],
        "warehouse": work.warehouse_bytes / TIB * prices.items["warehouse_tib"],
        "storage": gb_months * prices.items["storage_gb_month"],
    }


def computed_cost(stages: Iterable[Stage], estimate: Mapping[str, Any], now: datetime) -> dict[str, float]:
    """USD that a run has spent so far, from its stages' actual times and the prices it started with (S5.9).

    `estimate`: as stored, `Estimate.to_dict()`. A reused stage costs nothing; the pipeline's own costs begin with its
    first task.
    """
    began = {stage.name: stage for stage in stages if stage.started_at is not None and stage.state != "reused"}
    hours = {name: _hours(stage, now) for name, stage in began.items()}
    by_time = {name: hours[name] * rate for name, rate in estimate["usd_per_hour"].items() if name in hours}
    fixed = sum(estimate["fixed_usd"].values()) if any(name in began for name in MACHINE_STAGES) else 0.0
    parts = {**by_time, "fixed": fixed}
    return {**{name: round(usd, 6) for name, usd in parts.items()}, "total": round(sum(parts.values()), 6)}


def _hours(stage: Stage, now: datetime) -> float:
    assert stage.started_at is not None
    return max(0.0, ((stage.ended_at or now) - stage.started_at).total_seconds()) / 3600
