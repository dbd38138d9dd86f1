"""`results.json`, the last thing a trainer writes (domain S6.19, S6.20); the records before it are in `shared.epochs`.

The trainer builds these models and the functions validate against them, so the two can never disagree.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.metrics import FAMILIES, HEADLINES, METRICS, Family, ModelType, headline_metric

EVALUATION_VERSION = 1  # raised whenever a metric's definition changes (S2.15)
VOCABULARY_LIMIT = 200  # S6.20
LISTED_VALUES = 1_000  # of the data, or ranges of numbers, in each list of all vocabularies together

Population = Literal["all", "in_sample", "warm", "cold_customer", "cold_product", "new_pairs"]  # S2.18
BaselineName = Literal[
    "popularity", "recent_popularity", "personal_frequency", "item_knn", "ease", "global_mean", "product_mean", "bias"
]  # S6.16
SplitName = Literal["train", "eval", "test", "catalogue"]
Verdict = Literal["better", "worse", "cannot_tell"]


def _registered(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"{name!r} is not in the metric registry")
    return name


MetricName = Annotated[str, AfterValidator(_registered)]
Count = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """A piece of a result: closed, frozen, finite numbers only."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())


# ------------------------------------------------------------------------------------------------------ results


class Protocol(Part):
    """What makes results comparable (S2.15): one key for each family of metrics, as multitask runs have two.

    `bounds` holds the resolved days of the split, `fingerprints` those of the splits' rows (S1.29).
    """

    keys: dict[Family, str] = {}
    split: str
    bounds: dict[str, Any] = {}
    sample_percent: Annotated[int, Field(ge=1, le=100)] = 100
    exclude_purchased: bool = False
    fingerprints: dict[str, Any] = {}


class Metric(Part):
    """A figure with its 95% interval. `value` or the interval may be missing; then `reason` says why (S6.12, S6.20)."""

    value: float | None
    low: float | None
    high: float | None
    n: Count
    reason: str | None = None


Metrics = dict[MetricName, Metric]


class Baseline(Part):
    params: dict[str, Any] = {}
    metrics: dict[Population, Metrics]


class Lift(Part):
    """Model against the best baseline of this metric, on the headline population, with a paired interval (S6.17).

    The sign follows the metric's direction: above 0 the model is better, whether more or less is wanted.
    """

    baseline: BaselineName
    value: float
    relative: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class SplitCounts(Part):
    train: Count
    eval: Count
    test: Count


class RowCounts(SplitCounts):
    catalogue: Count


class Counts(Part):
    """`misses`: test rows whose product is outside the catalogue; they count as misses everywhere (S2.12)."""

    rows: RowCounts
    customers: SplitCounts
    products: SplitCounts
    misses: Count


class Parameters(Part):
    """`shared`: of the layers that both towers use, which count in neither (S4.14)."""

    query: Count
    candidate: Count
    shared: Count = 0
    head: Count = 0
    total: Count
    trainable: Count


class Training(Part):
    """Epochs are 0-based. `best_epoch` has the best `metric` on eval; `evaluated_epoch` is the one whose weights were
    evaluated and exported: the best, unless the model config wants the last (S4.13, S6.5).
    """

    epochs_run: Count
    best_epoch: Count
    evaluated_epoch: Count
    metric: MetricName
    stop_reason: Literal["epochs", "early_stopping"]
    steps: Count
    seconds: float
    parameters: Parameters


class TargetNumbers(Part):
    """The target transform with the numbers of the train split (S3.11): `(y - a) / b` after clip and log."""

    clip: tuple[float, float] | None
    log: bool
    normalise: Literal["none", "zscore", "minmax"]
    a: float
    b: float


class Latency(Part):
    """Milliseconds of one search at batch 1."""

    median: float
    p95: float


class Ann(Part):
    """What the approximate index loses against exact search, measured on the trainer (S6.15)."""

    top_k: Annotated[int, Field(ge=1)]
    options: dict[str, int]
    metrics: Metrics
    latency_ms: dict[Literal["scann", "brute_force"], Latency]
    measured_on: Literal["trainer"] = "trainer"


Share = Annotated[float, Field(ge=0, le=1)] | None  # None: of nothing
Told = Annotated[str, Field(max_length=40)]  # a value of the data, shortened


class ValueCount(Part):
    value: Told
    count: Count


class OutOfVocabulary(Part):
    """Of the rows of a split: those whose value the vocabulary does not hold, as a share of those that have a value."""

    rows: Count
    share: Share
    missing_share: Share


Listed = Annotated[list[ValueCount], Field(max_length=20)]


class Vocabulary(Part):
    """A category with a vocabulary (S6.18). `distinct` values of train are `kept` or cut; `rarest_kept` begins with the
    rarest. `remedy` is there unless the `status`, that of the test rows out of the vocabulary, is good."""

    kind: Literal["vocabulary"] = "vocabulary"
    name: str
    column: str
    distinct: Count
    kept: Count
    cut_by_size: Count
    cut_by_frequency: Count
    out_of_vocabulary: dict[Literal["train", "eval", "test"], OutOfVocabulary]
    most_frequent: Listed
    rarest_kept: Listed
    status: Literal["good", "fair", "poor"]
    remedy: str | None


class Hashed(Part):
    """A hashed category. Collisions: share of the distinct values that share their bucket with another."""

    kind: Literal["hash"] = "hash"
    name: str
    column: str
    buckets: Count
    used: Count
    distinct: Count
    expected_collisions: Share
    measured_collisions: Share


class Bucketed(Part):
    """A number or time in ranges; train `rows` of each. Of many `ranges` neighbours are told together."""

    kind: Literal["bucket"] = "bucket"
    name: str
    column: str
    ranges: Count
    boundaries: Annotated[list[float], Field(max_length=1_000)]
    rows: Annotated[list[Count], Field(max_length=1_000)]
    missing_share: Share


class Crossed(Part):
    kind: Literal["cross"] = "cross"
    name: str
    buckets: Count
    used: Count


VocabularyEntry = Annotated[Vocabulary | Hashed | Bucketed | Crossed, Field(discriminator="kind")]
SegmentKind = Literal["activity", "popularity"]  # S6.14
OfSegments = Annotated[dict[str, Metrics], Field(max_length=10)]


class Warning(Part):
    code: str
    message: str


class Results(Part):
    """Everything a run found out.

    `fingerprints`: of the rows as the trainer read them (S1.29); those of the pre-flight, in the same form, are in
    `protocol`. `segments`: headline metrics of the model by kind and segment, on the headline population (S6.14).
    `files`: where the model, the progress and the per-customer file are.
    """

    schema_version: Literal[1] = 1
    evaluation_version: Literal[1] = EVALUATION_VERSION
    experiment: str
    attempt: Annotated[int, Field(ge=1)]
    model_type: ModelType
    seed: int
    split_seed: int
    protocol: Protocol
    versions: dict[str, str]
    counts: Counts
    fingerprints: dict[SplitName, dict[str, int | None]] = {}
    training: Training
    metrics: dict[Population, Metrics]
    ceiling: dict[MetricName, float]
    baselines: dict[BaselineName, Baseline]
    lift: dict[MetricName, Lift]
    segments: dict[SegmentKind, OfSegments] = {}
    vocabularies: Annotated[list[VocabularyEntry], Field(max_length=VOCABULARY_LIMIT)] = []
    target_transform: TargetNumbers | None = None
    ann: Ann | None = None
    warnings: list[Warning] = []
    files: dict[str, str]

    @property
    def headline_population(self) -> Population:
        """All test customers; of a sample only those in it, because the others are unknown by construction (S2.18)."""
        return headline_population(self.protocol.sample_percent)


def headline_population(sample_percent: int) -> Population:
    return "all" if sample_percent == 100 else "in_sample"


def headline(results: Results) -> dict[str, Any]:
    """The figure of the result card with its interval, beside the best baseline and the verdict."""
    return _card(results, headline_metric(results.model_type))


def headlines(results: Results) -> list[dict[str, Any]]:
    """One card for each family of metrics that the model has; the first is `headline` (S6.11)."""
    return [_card(results, HEADLINES[family]) for family in FAMILIES[results.model_type]]


def _card(results: Results, metric: str) -> dict[str, Any]:
    population = results.headline_population
    figure, lift = results.metrics[population][metric], results.lift.get(metric)
    card: dict[str, Any] = {
        "metric": metric, "direction": METRICS[metric].direction, "population": population, "value": figure.value,
        "low": figure.low, "high": figure.high, "n": figure.n, "baseline": None, "lift": None,
    }  # fmt: skip
    if lift is not None:
        best = results.baselines[lift.baseline].metrics[population][metric]
        card["baseline"] = {"name": lift.baseline, "value": best.value}
        card["lift"] = {"value": lift.value, "low": lift.low, "high": lift.high, "verdict": lift.verdict}
    return card
