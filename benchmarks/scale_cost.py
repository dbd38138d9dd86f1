"""What an experiment costs by size and tier, and what an installation costs while nobody uses it: the arithmetic of
`shared/estimates.py`, and prices that are not in `shared/prices.py`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.scale_model import FREE_CPU_S, FREE_GIB_S, FREE_READS, MONTH_DAYS, PRICES, SWEEP_S, Counts
from shared.documents import Dataset
from shared.estimates import Estimate, Work, estimate
from shared.hardware import DATAFLOW_ABOVE_ROWS, Processing, recommend_tier
from shared.parameter_count import ParameterCount, Part
from shared.preflight import AUTO_BATCH, ENOUGH_TRAIN_ROWS, SAMPLE_PRESETS

TABLES = (10**6, 10**7, 10**8, 10**9, 10**10)
TRAIN_SHARE = 0.9  # of the rows
ROW_BYTES = 36  # two ids of eight letters (2 + 8 each), a time and a price (8 each), as BigQuery counts them
SCANS = 6  # of a run: its rows, its counts, and the queries of four splits; one more when `auto` takes a sample
MODEL = ParameterCount({"query": Part(400_000, 20_000)})  # 6,250 customers and products of width 64
OUTPUT_DIM, EPOCHS = 32, 20
MAX_MINUTES = 1_440  # the most that `max_minutes` may be (S5.1)
MAX_BYTES = Dataset.model_fields["max_bytes_billed"].default
COLUMNS_OF_A_ROW, COPIES_WHILE_READ = 8, 2  # of eight bytes; the parts, and what they are put together to
GIB = 2**30
ALERTS = Path(__file__).parents[1] / "terraform/modules/monitoring/alerts.yaml"
CONDITION_USD = 1.50  # a month: Cloud Monitoring, "Manage alerting costs", announced for April 2025 at the earliest


@dataclass(frozen=True)
class Sized:
    """A run over a sample of a table."""

    table_rows: int
    percent: int
    work: Work
    expected: Estimate

    @property
    def scan_bytes(self) -> int:
        """Of the largest single query: BigQuery reads whole columns, however few rows are wanted."""
        return self.table_rows * ROW_BYTES

    @property
    def minutes(self) -> float:
        return self.expected.total_seconds / 60

    @property
    def trainer_gib(self) -> float:
        """What the trainer holds of all splits while it reads them (trainer_image/inputs.py)."""
        return self.work.rows * COLUMNS_OF_A_ROW * 8 * COPIES_WHILE_READ / GIB


def auto_percent(table_rows: int) -> int:
    """As `resolve_sample` chooses."""
    train = table_rows * TRAIN_SHARE
    return next((percent for percent in SAMPLE_PRESETS if train * percent / 100 >= ENOUGH_TRAIN_ROWS), 100)


def sized(
    table_rows: int, percent: int, tier: str | None = None, compiled: bool = True, processing: Processing | None = None
) -> Sized:
    """`tier` and `processing` None: as the product chooses."""
    rows = table_rows * percent // 100
    train = int(rows * TRAIN_SHARE)
    low, high = AUTO_BATCH
    work = Work(
        rows=rows,
        train_rows=train,
        epochs=EPOCHS,
        batch_size=2 ** (min(max(train // 20, low), high).bit_length() - 1),
        parameters=MODEL.total,
        dense_parameters=MODEL.dense,
        output_dim=OUTPUT_DIM,
        tier=tier or recommend_tier(rows, MODEL)[0],
        processing=processing or ("dataflow" if rows > DATAFLOW_ABOVE_ROWS else "in_process"),
        compiled=compiled,
        warehouse_bytes=(SCANS + (percent != 100)) * table_rows * ROW_BYTES,
    )
    return Sized(table_rows, percent, work, estimate(work))


EXAMPLES: tuple[tuple[int, str, bool, Processing | None], ...] = (  # rows, tier, compiled
    (80_000, "small", False, None),
    (80_000, "small", True, None),
    (500_000, "medium", True, None),
    (5_000_000, "large", True, None),
    (5_000_000, "large", True, "in_process"),
    (5_000_000, "gpu_t4", True, None),
    (5_000_000, "gpu_l4", True, None),
    (5_000_000, "gpu_a100", True, None),
)


@dataclass(frozen=True)
class Idle:
    """A month's cost of something that nobody uses."""

    what: str
    usd: float
    how: str
    off: str


def alert_conditions() -> int:
    alerts = yaml.safe_load(ALERTS.read_text())
    return sum(len(alert["conditions"]) for alert in alerts.values())


def idle(of: Counts) -> list[Idle]:
    """Prices that no page confirmed say so; the largest first."""
    sweeps = MONTH_DAYS * 1_440
    reads, seconds = sweeps * of.idle, sweeps * SWEEP_S
    billed = max(0, of.idle * 1_440 - FREE_READS) * MONTH_DAYS
    functions = max(0, seconds - FREE_CPU_S) * PRICES["cpu_s"].usd + max(0, seconds - FREE_GIB_S) * PRICES["gib_s"].usd
    conditions = alert_conditions()
    told = f"{conditions} conditions x {CONDITION_USD:.2f}, an announced price: see below"
    images = "6 GB of images assumed x 0.10, unconfirmed"
    free = "no instance runs while nobody calls"
    read = f"{sweeps:,} sweeps x {of.idle} reads = {reads:,}; {FREE_READS:,} a day are free"
    ran = f"{sweeps:,} sweeps x {SWEEP_S:g} s = {seconds:,.0f} vCPU-s; {FREE_CPU_S:,} are free"
    database, off = "Cloud SQL for MLflow, `db-f1-micro`", "`mlflow.enabled = false`"
    found = [
        Idle(database, 0.0105 * 730, "0.0105 an hour x 730, unconfirmed", off),
        Idle("its disk, 10 GB SSD", 10 * 0.17, "10 x 0.17, unconfirmed", "goes with it"),
        Idle("alerts", conditions * CONDITION_USD, told, "not advised; fewer conditions"),
        Idle("Artifact Registry", 6 * 0.10, images, "use the images of `terraform/platform`"),
        Idle("Cloud Scheduler", 0.10, "one job; three are free per billing account", "never: the sweep is needed"),
        Idle("Firestore", billed * PRICES["read"].usd, read, ""),
        Idle("functions", functions, ran, ""),
        Idle("MLflow's server, all other functions, Hosting, topics", 0.0, free, ""),
    ]
    return sorted(found, key=lambda each: -each.usd)
