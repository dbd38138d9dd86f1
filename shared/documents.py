"""The documents that users write: their fields, ranges, enums and defaults, once (domain S0.3, S1, S3, S4, S5).

Strict: numbers reject NaN, infinities, bools and numeric strings (S0.4); unknown fields are refused (S0.2).
Rules that need more than one document, or the warehouse's catalogue, are in `shared.validation`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SCHEMA_VERSION = 1
ID_PATTERN = r"^[a-z][a-z0-9-]{2,62}$"
OUTPUT_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"  # S0.5; the prefix qt_ is ours (shared.validation)

DocumentId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
OutputName = Annotated[str, StringConstraints(pattern=OUTPUT_NAME_PATTERN)]
SourceName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Description = Annotated[str, StringConstraints(max_length=2_000)]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
BatchSize = Annotated[int, Field(ge=64, le=65_536)]
LearningRate = Annotated[float, Field(ge=1e-6, le=1)]
EmbeddingDim = Annotated[int, Field(ge=2, le=512)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Part(BaseModel):
    """A piece of a document. Frozen, so that a parsed document can be shared and hashed by identity."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True, protected_namespaces=()
    )


class ClientDocument(Part):
    """What every document written by a client carries (design section 4)."""

    schema_version: Annotated[int, Field(ge=1, le=1)] = SCHEMA_VERSION
    owner: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    created_at: datetime
    updated_at: datetime


# ---------------------------------------------------------------------------------------------------- dataset


class Column(Part):
    """A column of a table and the output name it gets (S1.10)."""

    column: SourceName
    name: OutputName | None = None


class Table(Part):
    """A warehouse table: `dataset.table` in the deployment's project, or `project.dataset.table`."""

    table: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    columns: Annotated[list[Column], Field(min_length=1, max_length=1_000)] | None = None


class Roles(Part):
    """Output names that play a role (S1.5)."""

    customer_id: OutputName
    product_id: OutputName
    event_time: OutputName | None = None
    order_id: OutputName | None = None


class NumberFilter(Part):
    """Keep rows whose number compares as asked (S1.17); rows where it is null are dropped."""

    kind: Literal["number"]
    column: OutputName
    op: Literal["lt", "le", "gt", "ge", "eq", "ne"]
    value: float


class Filters(Part):
    rows: Annotated[list[NumberFilter], Field(max_length=100)] = []


class Dataset(ClientDocument):
    """Which rows and columns of the warehouse a recommender learns from (S1)."""

    name: Name
    description: Description = ""
    tables: Annotated[list[Table], Field(min_length=1, max_length=1)]
    roles: Roles
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"
    filters: Filters = Filters()


# --------------------------------------------------------------------------------------------- feature config

Cycle = Literal["hour", "day_of_week", "day_of_month", "month", "quarter"]


class Vocabulary(Part):
    """An index learned from the train split (S3.4)."""

    max_size: Annotated[int, Field(ge=1, le=2_000_000)] = 500_000
    min_frequency: Annotated[int, Field(ge=1, le=1_000)] = 1
    oov_buckets: Annotated[int, Field(ge=1, le=1_000)] = 1
    embedding_dim: EmbeddingDim


class Scale(Part):
    """Number to float, by statistics of the train split (S3.4); `log` is `sign(x) ln(1 + |x|)`, applied first."""

    method: Literal["zscore"] = "zscore"
    log: bool = False


class CategoryFeature(Part):
    kind: Literal["category"]
    column: OutputName
    name: OutputName | None = None
    is_primary_id: bool = False
    vocabulary: Vocabulary


class NumberFeature(Part):
    kind: Literal["number"]
    column: OutputName
    name: OutputName | None = None
    scale: Scale = Scale()


class TimeFeature(Part):
    kind: Literal["time"]
    column: OutputName
    name: OutputName | None = None
    cycles: Annotated[list[Cycle], Field(min_length=1, max_length=5)]


Feature = Annotated[CategoryFeature | NumberFeature | TimeFeature, Field(discriminator="kind")]


class Cross(Part):
    """Two features of one tower, joined and hashed (S3.8); `bucketize`: train quantiles of numbers and times."""

    features: Annotated[list[OutputName], Field(min_length=2, max_length=2)]
    hash_buckets: Annotated[int, Field(ge=10, le=10_000_000)] = 5_000
    embedding_dim: EmbeddingDim = 16
    bucketize: dict[OutputName, Annotated[int, Field(ge=2, le=1_000)]] = {}


class FeatureConfig(ClientDocument):
    """How the columns of a dataset become inputs of the two towers (S3)."""

    name: Name
    description: Description = ""
    dataset: DocumentId
    query_features: Annotated[list[Feature], Field(min_length=1, max_length=200)]
    candidate_features: Annotated[list[Feature], Field(min_length=1, max_length=200)]
    query_crosses: Annotated[list[Cross], Field(max_length=50)] = []
    candidate_crosses: Annotated[list[Cross], Field(max_length=50)] = []


# ----------------------------------------------------------------------------------------------- model config


class DenseLayer(Part):
    """A hidden layer (S4.3)."""

    type: Literal["dense"] = "dense"
    units: Annotated[int, Field(ge=1, le=1_024)]
    activation: Literal["relu", "gelu", "tanh", "elu", "selu", "linear"] = "relu"


Layers = Annotated[list[DenseLayer], Field(max_length=10)]
MINIMAL_LAYERS = [DenseLayer(units=64)]  # preset `minimal` (S4.5)
DEFAULT_LEARNING_RATE = {"adagrad": 0.1, "adam": 0.001}  # S4.7


class ModelConfig(ClientDocument):
    """The towers and how they are trained (S4). Every tower ends in a linear layer of `output_embedding_dim` (S4.2)."""

    name: Name
    description: Description = ""
    model_type: Literal["retrieval"] = "retrieval"
    query_layers: Layers = MINIMAL_LAYERS
    candidate_layers: Layers = MINIMAL_LAYERS
    output_embedding_dim: Annotated[int, Field(ge=4, le=512)] = 32
    optimizer: Literal["adagrad", "adam"] = "adam"
    learning_rate: LearningRate | None = None  # None: DEFAULT_LEARNING_RATE of the optimizer
    clipnorm: Annotated[float, Field(ge=0.01, le=100)] | None = 1.0
    batch_size: BatchSize | Literal["auto"] = "auto"
    normalise_embeddings: bool = False
    temperature: Annotated[float, Field(ge=0.01, le=10)] = 1.0
    logq_correction: bool = True
    top_k: Annotated[int, Field(ge=1, le=1_000)] = 100


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


class Experiment(ClientDocument):
    """One wish to know how good a configuration is (S5.1)."""

    model_endpoint: DocumentId = "default"
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
    seed: Seed = 17
    split_seed: Seed = 17


class Command(ClientDocument):
    """A wish about an experiment, never changed after it was written (design section 4)."""

    experiment: DocumentId
    kind: Literal["cancel"]


MODEL_BY_COLLECTION: dict[str, type[ClientDocument]] = {
    "datasets": Dataset,
    "feature_configs": FeatureConfig,
    "model_configs": ModelConfig,
    "experiments": Experiment,
    "commands": Command,
}
