"""The documents that users write: their fields, ranges, enums and defaults, once (domain S0.3, S1, S3, S4, S5).

Strict: numbers reject NaN, infinities, bools and numeric strings (S0.4); unknown fields are refused (S0.2).
Rules that need more than one document, or the warehouse's catalogue, are in `shared.validation`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

SCHEMA_VERSION = 1
MOST_TABLES = 10  # of a dataset
LONGEST_DOCUMENT = 100_000  # bytes: an event carries a document twice, and at most 512 KB (design section 4)
REBUILD = "rebuild"  # the kind of command that is about a model endpoint
REFRESH_REPORT, DELETE_CONFIG = "refresh_report", "delete_config"  # those that are about a config
FETCH_LOGS = "fetch_logs"  # the kind of command that is about one stage of an experiment
ID_PATTERN = r"^[a-z][a-z0-9-]{2,62}$"
EXPERIMENT_PATTERN = r"^exp-[0-9a-hjkmnp-tv-z]{26}$"  # `exp-` and a ULID in lower case
DRAFT_PATTERN = r"^draft-[0-9a-hjkmnp-tv-z]{26}$"
OUTPUT_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"  # S0.5; the prefix qt_ is ours (shared.validation)

ExperimentId = Annotated[str, StringConstraints(pattern=EXPERIMENT_PATTERN)]
DocumentId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
OutputName = Annotated[str, StringConstraints(pattern=OUTPUT_NAME_PATTERN)]
SourceName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Description = Annotated[str, StringConstraints(max_length=2_000)]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
BatchSize = Annotated[int, Field(ge=64, le=65_536)]
LearningRate = Annotated[float, Field(ge=1e-6, le=1)]
EmbeddingDim = Annotated[int, Field(ge=2, le=512)]
Percentile = Annotated[float, Field(ge=0, le=100)]
Nulls = Literal["keep", "drop"]  # rows where the filtered column is null
Days = Annotated[int, Field(ge=1, le=3_650)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Part(BaseModel):
    """A piece of a document. Frozen, so that a parsed document can be shared and hashed by identity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=())


def _as_day(value: Any) -> Any:
    """A stored document holds days as text; whatever is not one is left for the model to refuse."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


Day = Annotated[date, BeforeValidator(_as_day)]  # `2026-01-31`, in the dataset's time zone (S1.2)


class ClientDocument(Part):
    """What every document written by a client carries (design section 4)."""

    schema_version: Annotated[int, Field(ge=1, le=1)] = SCHEMA_VERSION
    owner: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    created_at: datetime
    updated_at: datetime


# ---------------------------------------------------------------------------------------------------- dataset


class Fill(Part):
    """What stands for NULL: a literal of the column's type; days and times as text."""

    fill: str | int | float | bool


class Column(Part):
    """A column of a table: `struct.field` paths reach into structs; `name` is its output name (S1.10).

    `label` is what people read instead of the name; `nulls` is S1.14.
    """

    column: SourceName
    name: OutputName | None = None
    label: Name | None = None
    nulls: Literal["keep", "drop_row"] | Fill = "keep"


class Table(Part):
    """A warehouse table: `dataset.table` in the deployment's project, or `project.dataset.table`.

    `alias` defaults to the last part of the path. Without `columns` the primary table offers every convertible column,
    the others none.
    """

    table: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    alias: OutputName | None = None
    columns: Annotated[list[Column], Field(min_length=1, max_length=1_000)] | None = None


class Key(Part):
    """Source columns that must be equal, of the left and of the right table."""

    left: SourceName
    right: SourceName


class Join(Part):
    """Rows of `right` (an alias) beside those of `left`; there is no right join (S1.3)."""

    left: OutputName
    right: OutputName
    keys: Annotated[list[Key], Field(min_length=1, max_length=10)]
    type: Literal["left", "inner"] = "left"


class Roles(Part):
    """Output names that play a role (S1.5, S1.6)."""

    customer_id: OutputName
    product_id: OutputName
    event_time: OutputName | None = None
    order_id: OutputName | None = None
    revenue: OutputName | None = None
    quantity: OutputName | None = None


Comparison = Literal["between", "lt", "le", "gt", "ge", "eq", "ne"]


class CategoryFilter(Part):
    """Keep rows with one of `values`, or without any of them; `nulls` defaults to drop, or keep when excluding."""

    kind: Literal["category"]
    column: OutputName
    mode: Literal["include", "exclude"] = "include"
    values: Annotated[list[str | int | bool], Field(min_length=1, max_length=1_000)]
    nulls: Nulls | None = None


class NumberFilter(Part):
    """Keep rows whose number compares as asked: `between` takes `min` and `max` (inclusive), the others `value`."""

    kind: Literal["number"]
    column: OutputName
    op: Comparison
    value: float | None = None
    min: float | None = None
    max: float | None = None
    nulls: Nulls = "drop"


class DateFilter(Part):
    """Keep rows of some days: `from` and `to` (inclusive, either open), or the last days up to the column's newest."""

    kind: Literal["date"]
    column: OutputName
    from_day: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    last_days: Days | None = None


class NullFilter(Part):
    """Keep rows where the column is null, or where it is not."""

    kind: Literal["null"]
    column: OutputName
    keep: Literal["null", "not_null"]


RowFilter = Annotated[CategoryFilter | NumberFilter | DateFilter | NullFilter, Field(discriminator="kind")]


class Window(Part):
    """Days of `event_time`: the last ones up to the newest row that passes the row filters, or fixed ones (S1.18)."""

    last_days: Days | None = None
    from_day: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None


class Aggregate(Part):
    """A condition on what a product or a customer adds up to (S1.20)."""

    measure: Literal["transactions", "revenue", "average_revenue", "distinct_counterparts", "last_seen_days"]
    op: Comparison
    value: float | None = None
    min: float | None = None
    max: float | None = None


class EntityFilter(Part):
    """Which products, or which customers, stay (S1.19, S1.20); `min_transactions` is short for `transactions ge n`."""

    top_revenue_percent: Annotated[float, Field(gt=0, le=100)] | None = None
    min_transactions: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    aggregates: Annotated[list[Aggregate], Field(max_length=20)] = []


class Filters(Part):
    """Applied in this order (S1.16): rows, window, then products and customers independently of each other."""

    rows: Annotated[list[RowFilter], Field(max_length=100)] = []
    window: Window | None = None
    products: EntityFilter | None = None
    customers: EntityFilter | None = None


class History(Part):
    """A derived column: the distinct items a customer bought before, newest first (S1.24)."""

    name: OutputName
    item: OutputName
    length: Annotated[int, Field(ge=1, le=500)] = 50
    mode: Literal["point_in_time", "profile"] = "point_in_time"


class CatalogueTable(Part):
    """Candidates from a table: source columns; `where_active` is a BOOL column, true for what may be recommended."""

    table: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    product_id: SourceName
    where_active: SourceName | None = None


class Dataset(ClientDocument):
    """Which rows and columns of the warehouse a recommender learns from (S1)."""

    name: Name
    description: Description = ""
    location: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None  # None: detected
    tables: Annotated[list[Table], Field(min_length=1, max_length=MOST_TABLES)]
    primary: OutputName | None = None  # required when there are several tables
    joins: Annotated[list[Join], Field(max_length=9)] = []
    roles: Roles
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"
    filters: Filters = Filters()
    history: Annotated[list[History], Field(max_length=10)] = []
    catalogue: Literal["train"] | CatalogueTable = "train"
    max_bytes_billed: Annotated[int, Field(ge=2**20, le=10 * 2**40)] = 10 * 2**30


# --------------------------------------------------------------------------------------------- feature config

Cycle = Literal["hour", "day_of_week", "day_of_month", "month", "quarter"]
Range = Annotated[list[float], Field(min_length=2, max_length=2)]
Percentiles = Annotated[list[Percentile], Field(min_length=2, max_length=2)]


class Vocabulary(Part):
    """An index learned from the train split (S3.4)."""

    max_size: Annotated[int, Field(ge=1, le=2_000_000)] = 500_000
    min_frequency: Annotated[int, Field(ge=1, le=1_000)] = 1
    oov_buckets: Annotated[int, Field(ge=1, le=1_000)] = 1
    embedding_dim: EmbeddingDim


class Hashing(Part):
    """`Fingerprint64(x) mod buckets` (S3.4)."""

    buckets: Annotated[int, Field(ge=2, le=10_000_000)]
    embedding_dim: EmbeddingDim


class Scale(Part):
    """Number to float, by statistics of the train split (S3.4): clip, then `sign(x) ln(1 + |x|)` if `log`, then scale.

    `range` is of `minmax` alone.
    """

    method: Literal["zscore", "minmax", "none"] = "zscore"
    range: Range | None = None  # None: 0 to 1
    clip_percentiles: Percentiles | None = None
    log: bool = False


class Bucketize(Part):
    """Number (or days since the reference) to a bucket: quantiles of the train split, or fixed boundaries (S3.4)."""

    buckets: Annotated[int, Field(ge=2, le=1_000)] | None = None  # None without boundaries: 20
    boundaries: Annotated[list[float], Field(min_length=1, max_length=999)] | None = None
    embedding_dim: EmbeddingDim


class CategoryFeature(Part):
    """One of `vocabulary` and `hashing`."""

    kind: Literal["category"]
    column: OutputName
    name: OutputName | None = None
    is_primary_id: bool = False
    vocabulary: Vocabulary | None = None
    hashing: Hashing | None = None


class NumberFeature(Part):
    """At least one option; they stack (S3.5)."""

    kind: Literal["number"]
    column: OutputName
    name: OutputName | None = None
    scale: Scale | None = None
    bucketize: Bucketize | None = None
    missing_indicator: bool = False


class TimeFeature(Part):
    """At least one option; they stack (S3.5)."""

    kind: Literal["time"]
    column: OutputName
    name: OutputName | None = None
    cycles: Annotated[list[Cycle], Field(max_length=5)] = []
    recency: bool = False
    bucketize: Bucketize | None = None
    missing_indicator: bool = False


class HistoryFeature(Part):
    """Items bought before, averaged with the embeddings of `shared_with`, a vocabulary of either tower (S3.9)."""

    kind: Literal["history"]
    column: OutputName
    name: OutputName | None = None
    shared_with: OutputName
    max_length: Annotated[int, Field(ge=1, le=500)] = 50


Feature = Annotated[
    CategoryFeature | NumberFeature | TimeFeature | HistoryFeature,
    Field(discriminator="kind"),
]


class Cross(Part):
    """Two or three features of one tower, joined and hashed (S3.8).

    `bucketize`: number of train quantiles of members that are numbers or times.
    """

    features: Annotated[list[OutputName], Field(min_length=2, max_length=3)]
    hash_buckets: Annotated[int, Field(ge=10, le=10_000_000)] = 5_000
    embedding_dim: EmbeddingDim = 16
    bucketize: dict[OutputName, Annotated[int, Field(ge=2, le=1_000)]] = {}


class Target(Part):
    """What a ranking model predicts (S3.11): clip, then `ln(1 + max(y, 0))` if `log`, then normalise."""

    column: OutputName
    clip_percentiles: Percentiles | None = None
    log: bool = False
    normalise: Literal["none", "zscore", "minmax"] = "none"


class FeatureConfig(ClientDocument):
    """How the columns of a dataset become inputs of the two towers (S3); with a target it can be ranked by.

    `query_id: none` builds a query tower without a primary id, which serves unknown customers (S3.3).
    """

    name: Name
    description: Description = ""
    dataset: DocumentId
    query_id: Literal["primary", "none"] = "primary"
    query_features: Annotated[list[Feature], Field(min_length=1, max_length=200)]
    candidate_features: Annotated[list[Feature], Field(min_length=1, max_length=200)]
    query_crosses: Annotated[list[Cross], Field(max_length=50)] = []
    candidate_crosses: Annotated[list[Cross], Field(max_length=50)] = []
    target: Target | None = None


# ----------------------------------------------------------------------------------------------- model config

ModelType = Literal["retrieval", "ranking", "multitask"]
Penalty = Annotated[float, Field(ge=0, le=0.1)]


class DenseLayer(Part):
    """A hidden layer (S4.3); `l1` and `l2` penalise its kernel."""

    type: Literal["dense"]
    units: Annotated[int, Field(ge=1, le=1_024)]
    activation: Literal["relu", "gelu", "tanh", "elu", "selu", "linear"] = "relu"
    l1: Penalty = 0.0
    l2: Penalty = 0.0


class DropoutLayer(Part):
    type: Literal["dropout"]
    rate: Annotated[float, Field(gt=0, le=0.9)]


class BatchNormLayer(Part):
    type: Literal["batch_norm"]
    momentum: Annotated[float, Field(gt=0, lt=1)] = 0.99


class LayerNormLayer(Part):
    type: Literal["layer_norm"]
    epsilon: Annotated[float, Field(gt=0, le=0.1)] = 1e-6


Layer = Annotated[DenseLayer | DropoutLayer | BatchNormLayer | LayerNormLayer, Field(discriminator="type")]
Layers = Annotated[list[Layer], Field(max_length=10)]
HeadLayers = Annotated[list[Layer], Field(max_length=6)]

# Preset `minimal` (S4.5); the others are in shared.presets.
MINIMAL_LAYERS: list[Layer] = [DenseLayer(type="dense", units=64)]
MINIMAL_HEAD: list[Layer] = [DenseLayer(type="dense", units=32)]
DEFAULT_LEARNING_RATE = {  # S4.7
    "adagrad": 0.1,
    "adam": 0.001,
    "adamw": 0.001,
    "sgd": 0.01,
    "rmsprop": 0.001,
    "ftrl": 0.1,
}


class LearningRateSchedule(Part):
    """`cosine` falls to 1% of the rate at the last epoch; both rise linearly over the first `warmup_fraction`."""

    kind: Literal["constant", "cosine"] = "constant"
    warmup_fraction: Annotated[float, Field(ge=0, le=0.5)] = 0.0


class Scann(Part):
    """The approximate index (S4.1); None: `round(sqrt(C))`, a tenth of the leaves, `10 top_k` limited to C."""

    num_leaves: Annotated[int, Field(ge=1, le=10_000)] | None = None
    num_leaves_to_search: Annotated[int, Field(ge=1, le=10_000)] | None = None
    num_reordering_candidates: Annotated[int, Field(ge=1, le=100_000)] | None = None
    dimensions_per_block: Annotated[int, Field(ge=1, le=8)] = 2


StopMetric = Literal["recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "ndcg_at_10", "rmse", "mae"]


class EarlyStopping(Part):
    """S4.13, on the eval split; `metric` None: `recall_at_10`, or `rmse` for ranking."""

    enabled: bool = True
    metric: StopMetric | None = None
    every_epochs: Annotated[int, Field(ge=1, le=50)] = 1
    patience: Annotated[int, Field(ge=1, le=50)] = 3
    min_delta: Annotated[float, Field(ge=0, le=1)] = 0.0005
    restore_best: bool = True


class ModelConfig(ClientDocument):
    """The towers and how they are trained (S4). Every tower ends in a linear layer of `output_embedding_dim` (S4.2).

    Which fields belong to which model type is in shared.validation.model.
    """

    name: Name
    description: Description = ""
    model_type: ModelType = "retrieval"
    query_layers: Layers = MINIMAL_LAYERS
    candidate_layers: Layers = MINIMAL_LAYERS
    output_embedding_dim: Annotated[int, Field(ge=4, le=512)] = 32
    share_tower_weights: bool = False
    rating_head_layers: HeadLayers = MINIMAL_HEAD
    optimizer: Literal["adagrad", "adam", "adamw", "sgd", "rmsprop", "ftrl"] = "adam"
    learning_rate: LearningRate | None = None  # None: DEFAULT_LEARNING_RATE of the optimizer
    weight_decay: Annotated[float, Field(ge=0, le=0.1)] = 0.0001  # of adamw
    momentum: Annotated[float, Field(ge=0, le=0.999)] = 0.9  # of sgd
    lr_schedule: LearningRateSchedule = LearningRateSchedule()
    clipnorm: Annotated[float, Field(ge=0.01, le=100)] | None = 1.0  # of each variable's gradient
    batch_size: BatchSize | Literal["auto"] = "auto"
    normalise_embeddings: bool = False
    temperature: Annotated[float, Field(ge=0.01, le=10)] = 1.0
    logq_correction: bool = True
    remove_accidental_hits: bool = False
    hard_negatives: Annotated[int, Field(ge=1, le=1_000)] | None = None
    label_smoothing: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    ranking_loss: Literal["mse", "huber", "binary_crossentropy"] = "mse"
    huber_delta: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    positive_class_weight: Literal["none", "balanced"] | Annotated[float, Field(ge=0.1, le=100)] = "none"
    retrieval_weight: Annotated[float, Field(gt=0, le=1)] = 1.0
    ranking_weight: Annotated[float, Field(gt=0, le=1)] = 1.0
    retrieval_algorithm: Literal["brute_force", "scann"] = "brute_force"
    scann: Scann = Scann()
    top_k: Annotated[int, Field(ge=1, le=1_000)] = 100
    early_stopping: EarlyStopping = EarlyStopping()


# ------------------------------------------------------------------------------------------------- experiment


class StrictTimeSplit(Part):
    """Train, then validation days, then test days (S2.6)."""

    kind: Literal["strict_time"]
    test_days: Annotated[int, Field(ge=1, le=90)] = 14
    val_days: Annotated[int, Field(ge=1, le=90)] = 14
    train_days: Annotated[int, Field(ge=7, le=3_650)] | None = None


class TimeHoldoutSplit(Part):
    """The last days are the test split, the rest is split by hash (S2.5)."""

    kind: Literal["time_holdout"]
    holdout_days: Annotated[int, Field(ge=1, le=90)] = 7


class RandomSplit(Part):
    """80 / 15 / 5 percent by hash of the order (S2.4)."""

    kind: Literal["random"]


Split = Annotated[StrictTimeSplit | TimeHoldoutSplit | RandomSplit, Field(discriminator="kind")]


HardwareTier = Literal["small", "medium", "large", "gpu_t4", "gpu_l4", "gpu_a100"]  # S5.6


class ModelEndpoint(ClientDocument):
    """What experiments are numbered in: one recommender of one business, with its budgets (S10.18)."""

    name: Name
    description: Description = ""
    max_running: Annotated[int, Field(ge=1, le=100)] = 4  # experiments at once; the others wait
    max_cost_usd: Annotated[float, Field(ge=0.1, le=1_000)] | None = None  # the most that one experiment may ask for
    monthly_budget_usd: Annotated[float, Field(ge=0, le=1_000_000)] | None = None


class Experiment(ClientDocument):
    """One wish to know how good a configuration is (S5.1)."""

    model_endpoint: DocumentId = "default"
    parent: DocumentId | None = None  # the experiment that this one repeats or varies (S5.12)
    origin: Literal["rerun", "clone"] | None = None  # rerun: everything is taken from the parent's snapshot
    feature_config: DocumentId
    model_config_id: Annotated[DocumentId, Field(alias="model_config")]  # pydantic keeps `model_config` for itself
    name: Annotated[str, StringConstraints(max_length=80)] = ""
    description: Description = ""
    notes: Annotated[str, StringConstraints(max_length=20_000)] = ""
    tags: Annotated[list[Tag], Field(max_length=20)] = []
    starred: bool = False
    split: Split | None = None  # None: S2.13
    sample_percent: Annotated[int, Field(ge=1, le=100)] | Literal["auto"] = "auto"
    epochs: Annotated[int, Field(ge=1, le=500)] = 20
    batch_size: BatchSize | Literal["auto"] | None = None  # None: the model config's
    learning_rate: LearningRate | None = None  # None: the model config's
    exclude_purchased: bool = False  # lists, measured and served, without products that the customer bought in train
    hardware: HardwareTier | Literal["auto"] = "auto"  # auto: S5.7
    data_processing: Literal["auto", "in_process", "dataflow"] = "auto"  # auto: Dataflow above a million rows
    max_workers: Annotated[int, Field(ge=1, le=50)] = 10  # of Dataflow
    reuse_cache: bool = True  # of Examples to Transform
    max_minutes: Annotated[int, Field(ge=10, le=1_440)] = 120
    max_cost_usd: Annotated[float, Field(ge=0.1, le=1_000)] = 10.0
    region: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None  # None: the deployment's first
    max_attempts: Annotated[int, Field(ge=1, le=5)] = 3  # failures that may pass are tried again (S8.3)
    seed: Seed = 17
    split_seed: Seed = 17


class Command(ClientDocument):
    """A wish about an experiment, never changed after it was written (design section 4)."""

    experiment: DocumentId
    kind: Literal["cancel", "delete"]

    @property
    def document_id(self) -> str:
        """Made of the content, so that a double click writes one document."""
        return f"{self.experiment}--{self.kind}"


LoggingStage = Literal["Compile", "Examples", "Statistics", "Schema", "Transform", "Train"]  # the others are ours


class FetchLogs(ClientDocument):
    """The command that is about one stage: show the newest lines of its log (S8.8)."""

    experiment: DocumentId
    kind: Literal["fetch_logs"]
    stage: LoggingStage

    @property
    def document_id(self) -> str:
        return f"{self.experiment}--{self.kind}--{self.stage.lower()}"


class Rebuild(ClientDocument):
    """The command that is about a model endpoint: make its index and its read models anew."""

    model_endpoint: DocumentId
    kind: Literal["rebuild"]

    @property
    def document_id(self) -> str:
        return f"{self.model_endpoint}--{self.kind}"


class ConfigCommand(ClientDocument):
    """A command about a config: look at it and at its tables again, or delete it unless an experiment refers to it
    (S1.36)."""

    collection: Literal["datasets", "feature_configs", "model_configs"]
    document: DocumentId
    kind: Literal["refresh_report", "delete_config"]

    @property
    def document_id(self) -> str:
        return f"{self.collection}--{self.document}--{self.kind}"


AnyCommand = Command | FetchLogs | Rebuild | ConfigCommand
COMMAND_BY_KIND: dict[str, type[ClientDocument]] = {
    FETCH_LOGS: FetchLogs,
    REBUILD: Rebuild,
    REFRESH_REPORT: ConfigCommand,
    DELETE_CONFIG: ConfigCommand,
}  # of every other kind: Command


class Draft(ClientDocument):
    """A document that somebody is still writing: a form writes what it holds, and shows what the draft's report says of
    it. No run reads it."""

    kind: Literal["dataset", "feature_config", "model_config", "experiment"]
    edit: Annotated[int, Field(ge=1, le=1_000_000)]  # counted by the form: the report says which one it is about
    document: DocumentId | None = None  # the stored document that is being edited
    content: dict[str, Any]  # the document without what every document carries; it may be half finished
    feature_config: DocumentId | None = None  # of a model config: with whose features it is shown
    look: bool = False  # of a dataset: whether the warehouse is asked for rows, too


ComparedMetric = Literal[  # what may be decided by: a verdict needs sums over customers (S7.8)
    "recall_at_5",
    "recall_at_10",
    "recall_at_50",
    "recall_at_100",
    "hit_rate_at_10",
    "ndcg_at_10",
    "mrr",
    "row_recall_at_10",
    "rmse",
    "mae",
]


class SavedComparison(ClientDocument):
    """Different experiments beside each other (S7.7). Once written, only its name and its notes change."""

    experiments: Annotated[list[ExperimentId], Field(min_length=2, max_length=5)]
    name: Annotated[str, StringConstraints(max_length=80)] = ""
    notes: Annotated[str, StringConstraints(max_length=20_000)] = ""
    metric: ComparedMetric | None = None  # None: the headline of each family that two of them share


MODEL_BY_COLLECTION: dict[str, type[ClientDocument]] = {
    "model_endpoints": ModelEndpoint,
    "datasets": Dataset,
    "feature_configs": FeatureConfig,
    "model_configs": ModelConfig,
    "experiments": Experiment,
    "commands": Command,
    "comparisons": SavedComparison,
    "drafts": Draft,
}
