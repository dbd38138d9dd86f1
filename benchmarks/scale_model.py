"""From what one experiment asks for (`scale_story`) to what 10, 1,000 and 100,000 a day do, by arithmetic alone.

Prices and limits are data with their source. `checked`: False is what no page confirmed when it was written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from benchmarks.scale_story import (
    EPOCHS,
    EPOCHS_OF_RECORD,
    OBJECTS_FRESH,
    OBJECTS_REUSED,
    Life,
    Load,
    a_burst,
    a_start,
    a_sweep,
    an_end,
    life,
)
from functions.config import Config
from functions.searching import MOST
from functions.suggestions import MOST_NEW_MODELS
from shared.estimates import Work, estimate
from shared.insights.lists.entries import BLOCK

DAY_MINUTES, DAY_S, YEAR_DAYS, MONTH_DAYS = 1_440, 86_400, 365, 30
LOADS = (10, 1_000, 100_000)  # experiments a day
OF_AN_ENDPOINT = 100  # experiments a day: what a team of a few people and their suggestions start
FEATURE_CONFIGS, MODEL_CONFIGS = 20, 40  # of an endpoint
SEARCHES_OF_ALL = 4  # a day, for lost requests: one, and one of each process that begins (three are assumed)
BUSY = 2.4  # the busiest hour has a tenth of the day's experiments

# The worked example of S5.11, its spec stored: 80,000 rows on `small`.
EXAMPLE = Work(80_000, 64_000, 20, 2_048, 420_000, 20_000, 32, "small", compiled=True)


@dataclass(frozen=True)
class Counts:
    """Everything that is counted, once."""

    life: Life
    idle: int  # reads of a sweep that finds nothing
    per_running: float  # more reads of a sweep for each run whose job is running
    per_waiting: float
    per_of_today: float  # for each request that the sweep looks back to
    start_per_waiting: float  # reads of a new experiment for each one before it
    end_per_block: float  # reads of an end for each document of its endpoint's index
    end_per_running: float
    end_per_config: float  # feature or model config that ended runs of its endpoint named
    end_with_new_models: float  # more reads when others have written as many model configs as are looked at
    line_of_10: int  # reads of the line until so many that came at once have ended, two at a time
    line_of_20: int


def counts() -> Counts:
    def reads(counted: object) -> int:
        return sum(counted.reads.values())  # type: ignore[attr-defined]

    def slope(asked: Callable[[int], object], low: int = 1, high: int = 3) -> float:
        return (reads(asked(high)) - reads(asked(low))) / (high - low)

    of_today = slope(lambda n: a_sweep(Load(ended=n)))
    return Counts(
        life=life(),
        idle=reads(a_sweep(Load())),
        per_running=slope(lambda n: a_sweep(Load(running=n))) - of_today,
        per_waiting=slope(lambda n: a_sweep(Load(running=1, waiting=n))) - of_today,
        per_of_today=of_today,
        start_per_waiting=slope(a_start),
        end_per_block=slope(lambda n: an_end(blocks=n)),
        end_per_running=slope(lambda n: an_end(running=n)),
        end_per_config=slope(lambda n: an_end(configs=n)) / 2,
        end_with_new_models=reads(an_end(configs_elsewhere=MOST_NEW_MODELS)) - reads(an_end()),
        line_of_10=a_burst(10).reads["queue"],
        line_of_20=a_burst(20).reads["queue"],
    )


@dataclass(frozen=True)
class Price:
    usd: float
    of: str
    source: str
    checked: bool = False


PRICES = {
    "read": Price(0.06 / 1e5, "document read, multi-region", "Firestore pricing, copy of 2020; US regions are half"),
    "write": Price(0.18 / 1e5, "document write, multi-region", "Firestore pricing, copy of 2020; US regions are half"),
    "delete": Price(0.02 / 1e5, "document delete, multi-region", "Firestore pricing, copy of 2020"),
    "cpu_s": Price(0.000024, "vCPU-second of a function", "Cloud Run pricing, tier 1", True),
    "gib_s": Price(0.0000025, "GiB-second of a function", "Cloud Run pricing, tier 1", True),
    "request": Price(0.40 / 1e6, "invocation", "Cloud Run pricing, tier 1", True),
}
FREE_CPU_S, FREE_GIB_S = 180_000, 360_000  # a month and billing account, Cloud Run pricing
FREE_READS = 50_000  # a day, of the default database, Firestore quotas
LOOK_S = 0.5  # of a delivery that is looked after; assumed, of 7 or so calls over the network one after the other
IGNORED_S = 0.02  # of an object of no interest; assumed
SWEEP_S = 2.0  # of a sweep that finds nothing; assumed
PER_LIVE_S = 0.3  # of a sweep for each live run; assumed


@dataclass(frozen=True)
class Day:
    """One load, every experiment as the example."""

    experiments: int
    counts: Counts

    @property
    def per_s(self) -> float:
        return self.experiments / DAY_S

    @cached_property
    def minutes(self) -> float:
        return estimate(EXAMPLE).total_seconds / 60

    @property
    def running(self) -> float:
        """At once, by Little's law, were there places for all."""
        return self.experiments * self.minutes / DAY_MINUTES

    @property
    def endpoints(self) -> int:
        return max(1, self.experiments // OF_AN_ENDPOINT)

    @property
    def blocks(self) -> float:
        """Of an endpoint's index, after a year."""
        return self.experiments / self.endpoints * YEAR_DAYS / BLOCK

    @property
    def reads(self) -> dict[str, float]:
        """A day's, after a year, by what asks for them."""
        of = self.counts
        one = sum(of.life.counted.reads.values())
        end = self.blocks * of.end_per_block + self.running / self.endpoints * of.end_per_running
        end += (FEATURE_CONFIGS + MODEL_CONFIGS) * of.end_per_config + of.end_with_new_models
        looked_back = self.experiments / 24
        minute = of.idle + self.running * of.per_running + looked_back * of.per_of_today
        daily = 2 * min(SEARCHES_OF_ALL * self.experiments * YEAR_DAYS, DAY_MINUTES * MOST)
        return {
            "runs": one * self.experiments,
            "ends": end * self.experiments,
            "sweep": minute * DAY_MINUTES,
            "search": daily,
        }

    @property
    def writes(self) -> int:
        return sum(self.counts.life.counted.writes.values()) * self.experiments

    @property
    def pipeline_gets(self) -> float:
        """A minute; the sweep looks at each running job, too."""
        one = self.counts.life.counted.calls["pipelines.get"]
        return one * self.experiments / DAY_MINUTES + self.running

    @property
    def objects(self) -> int:
        return objects(fresh=False) * self.experiments

    @property
    def deliveries(self) -> float:
        """Of a day: what is looked after and objects that wake nobody."""
        return self.counts.life.looks * self.experiments + self.objects - (EPOCHS + 2) * self.experiments

    @property
    def usd(self) -> dict[str, float]:
        """A day's, without free tiers."""
        looked, ignored = self.counts.life.looks * self.experiments, self.deliveries
        busy = looked * LOOK_S + (ignored - looked) * IGNORED_S
        busy += DAY_MINUTES * (SWEEP_S + self.running * PER_LIVE_S)
        price = {name: each.usd for name, each in PRICES.items()}
        return {
            "experiments": estimate(EXAMPLE).total_usd * self.experiments,
            "Firestore": sum(self.reads.values()) * price["read"] + self.writes * price["write"],
            "functions": busy * (price["cpu_s"] + price["gib_s"]) + (ignored + DAY_MINUTES) * price["request"],
        }


def objects(fresh: bool) -> int:
    """That a run writes, each of which is an event."""
    return (OBJECTS_FRESH if fresh else OBJECTS_REUSED) - EPOCHS_OF_RECORD + EPOCHS


@dataclass(frozen=True)
class Limit:
    """`at`: experiments a day at which it is reached when they are spread evenly."""

    what: str
    limit: str
    source: str
    at: float
    then: str


def limits(of: Counts) -> list[Limit]:
    """In the order in which they are reached."""
    day = Day(1, of)
    worst = Counter(of.life.counted.paths)
    places, overview = worst["quotas/running"], worst["insights/wholesale"]
    index = worst["indexes/wholesale__0"]
    entries = 75_000
    found = [
        Limit(
            "places",
            f"{Config.max_running} at once",
            "`QUICKTEST_MAX_RUNNING`, ours",
            Config.max_running / day.running,
            "raise it with the training quota; what is over waits and says why",
        ),
        Limit(
            "looks at pipeline jobs",
            "600 a minute and region",
            "Vertex AI quotas: resource management requests",
            600 / day.pipeline_gets,
            "ask for more, or spread runs over `QUICKTEST_REGIONS`; a refused look is tried again, and runs stay right",
        ),
        Limit(
            "submissions",
            "60 a minute and region",
            "Vertex AI quotas: job submission requests",
            60 * DAY_MINUTES,
            "as for looks at pipeline jobs",
        ),
        Limit(
            "document `quotas/running`",
            "1 write/s, guidance",
            "Firestore quotas, page of 2019",
            DAY_S / places,
            "one deployment (project) per group of endpoints",
        ),
        Limit(
            "document `insights/{endpoint}` of ONE endpoint",
            "1 write/s, guidance",
            "Firestore quotas, page of 2019",
            DAY_S / overview,
            "more endpoints",
        ),
        Limit(
            "block of the index of ONE endpoint",
            "1 write/s, guidance",
            "Firestore quotas, page of 2019",
            DAY_S / index,
            "more endpoints",
        ),
        Limit(
            f"index of ONE endpoint in memory, after a year: {entries:,} entries",
            "1 GiB a function, 9 KB an entry",
            "`benchmarks/README.md`; 300 MB assumed for the process",
            entries / YEAR_DAYS,
            "delete old experiments, more endpoints, or 4 GiB for the functions (five times as many)",
        ),
        Limit(
            "sweep: looks one after the other",
            "120 s a minute",
            "`BUDGET_OF_LOOKS_S`, and 0.3 s a look, assumed",
            120 / PER_LIVE_S / day.running,
            "looks take turns (`in_turn`): slower where events are lost, and only there",
        ),
        Limit(
            "writes to the collection `runs`",
            "500/s, sequential ids",
            "Firestore quotas: soft limits",
            500 / (of.life.counted.writes["runs"] / DAY_S),
            "nothing before this many",
        ),
    ]
    return sorted(found, key=lambda limit: limit.at)
