"""What a generated Trainer module says about its model (domain S3.9, S4): plain data, without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Task = Literal["retrieval", "ranking", "multitask"]

# ------------------------------------------------------------------------------------------------ inputs of a tower


@dataclass(frozen=True)
class Vocabulary:
    """Index in a vocabulary, embedded; the table has a row for each value and each out-of-vocabulary bucket."""

    name: str
    oov_buckets: int
    embedding_dim: int


@dataclass(frozen=True)
class Buckets:
    """Index of a hash bucket, or of a range of numbers, embedded; the table has `rows` rows."""

    name: str
    rows: int
    embedding_dim: int


@dataclass(frozen=True)
class History:
    """Indices [max_length] of items, averaged in the table of the vocabulary `shared_with` of either tower (S3.9)."""

    name: str
    shared_with: str
    max_length: int


@dataclass(frozen=True)
class Number:
    """A float, as it is."""

    name: str


Input = Vocabulary | Buckets | History | Number

# ----------------------------------------------------------------------------------------------------------- layers


@dataclass(frozen=True)
class Dense:
    """`l1` and `l2` penalise the kernel."""

    units: int
    activation: str
    l1: float = 0.0
    l2: float = 0.0


@dataclass(frozen=True)
class Dropout:
    rate: float


@dataclass(frozen=True)
class BatchNorm:
    momentum: float


@dataclass(frozen=True)
class LayerNorm:
    epsilon: float


Layer = Dense | Dropout | BatchNorm | LayerNorm


@dataclass(frozen=True)
class Tower:
    """Inputs, then hidden layers; the linear output layer is the model's.

    `primary_id` is the input that identifies a customer or a product; None when the tower has none (S3.3).
    """

    name: Literal["query", "candidate"]
    inputs: Sequence[Input]
    layers: Sequence[Layer]
    primary_id: str | None


@dataclass(frozen=True)
class Head:
    """Hidden layers between both embeddings and the predicted rating."""

    layers: Sequence[Layer]


# --------------------------------------------------------------------------------------------------------- training


@dataclass(frozen=True)
class Optimizer:
    """`clipnorm` limits the gradient of each variable. `schedule` falls to 1% at the last epoch when it is `cosine`."""

    name: Literal["adagrad", "adam", "adamw", "sgd", "rmsprop", "ftrl"]
    clipnorm: float | None
    schedule: Literal["constant", "cosine"]
    warmup_fraction: float
    weight_decay: float | None = None  # of adamw
    momentum: float | None = None  # of sgd


@dataclass(frozen=True)
class RetrievalLoss:
    """Softmax over the products of the batch (S4.9); `weight` is its share of a multitask loss (S4.11)."""

    temperature: float
    logq_correction: bool
    remove_accidental_hits: bool
    hard_negatives: int | None
    label_smoothing: float
    weight: float = 1.0


@dataclass(frozen=True)
class RankingLoss:
    """How a prediction is compared to the transformed target (S4.10); `weight` as above."""

    name: Literal["mse", "huber", "binary_crossentropy"]
    huber_delta: float | None = None  # of huber
    positive_class_weight: Literal["none", "balanced"] | float | None = None  # of binary_crossentropy
    weight: float = 1.0


@dataclass(frozen=True)
class EarlyStopping:
    """When training ends, and which epoch's weights are kept (S4.13)."""

    enabled: bool
    metric: str
    every_epochs: int
    patience: int
    min_delta: float
    restore_best: bool


@dataclass(frozen=True)
class Scann:
    """The approximate index (S4.1); None: by the size of the catalogue and the length of the list."""

    num_leaves: int | None
    num_leaves_to_search: int | None
    num_reordering_candidates: int | None
    dimensions_per_block: int


@dataclass(frozen=True)
class Model:
    """`retrieval` None: a ranking model; `head` and `ranking` None: a retrieval model; all of them: multitask."""

    query: Tower
    candidate: Tower
    output_dim: int
    share_tower_weights: bool
    normalise_embeddings: bool
    optimizer: Optimizer
    early_stopping: EarlyStopping
    head: Head | None = None
    retrieval: RetrievalLoss | None = None
    ranking: RankingLoss | None = None

    @property
    def task(self) -> Task:
        if self.ranking is None:
            return "retrieval"
        return "ranking" if self.retrieval is None else "multitask"


# ---------------------------------------------------------------------------------------------------------- serving


@dataclass(frozen=True)
class Request:
    """Columns of a request to the served model; `lists` are those of them that hold a list."""

    columns: Sequence[str]
    lists: Sequence[str]


@dataclass(frozen=True)
class Serving:
    """What the served model is asked and answers.

    `request` is for a list of products (None: a ranking model has none), `rating_request` for the rating of a pair
    (None: a retrieval model has none). `customer` and `product` are the columns of the ids. `scann` None: exact search.
    """

    request: Request | None
    rating_request: Request | None
    customer: str
    product: str
    top_k: int | None
    scann: Scann | None
