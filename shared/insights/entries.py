"""What an index keeps of an ended run, about 1.5 KB of JSON: all that lists, charts and suggestions read (domain S7.1).

`indexes/{endpoint}__{block}` holds the entries of `BLOCK` numbers, each as a text under the experiment's id, so that
10,000 experiments cost 40 reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

BLOCK = 250  # numbers a document
LONGEST_ENTRY = 3_800  # bytes: a block of them ends below 1 MiB

Value = str | int | float | bool


@dataclass(frozen=True)
class Figure:
    """A metric on the headline population, with its 95% interval where there is one."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class EntryLift:
    """Against the best baseline of the metric; above 0 the model is better (S6.17)."""

    baseline: str
    value: float
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class Entry:
    """One ended run. `repeat` is equal for runs that differ in seeds only; `protocols`: key by family of metrics.

    `parameters` are the leaves of S7.12 (`shared.insights.grouping`). `metrics`, `lifts` and `baselines` are empty
    unless the run completed; `baselines` hold the headline metric of each family: {baseline: {metric: figure}}.
    """

    experiment: str
    number: int
    model_endpoint: str
    name: str
    state: str
    model_type: str
    owner: str
    created_at: datetime
    ended_at: datetime
    duration_seconds: float
    description: str = ""  # its beginning, for searching
    tags: tuple[str, ...] = ()
    starred: bool = False
    parent: str | None = None
    origin: str | None = None
    dataset: str = ""
    feature_config: str = ""
    model_config: str = ""
    names: Mapping[str, str] = field(default_factory=dict)  # of the three configs
    digests: Mapping[str, str] = field(default_factory=dict)  # of their contents
    repeat: str = ""
    split: str = ""
    sample_percent: int = 100
    seed: int = 0
    tier: str = ""
    protocols: Mapping[str, str] = field(default_factory=dict)
    protocol_name: str = ""  # "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products" (S2.16)
    complexity: Mapping[str, str] = field(default_factory=dict)
    structure: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None  # code
    error_title: str | None = None
    cost_usd: float | None = None
    parameter_count: int | None = None
    customers: int | None = None  # of the train split, as the next two
    products: int | None = None
    rows: int | None = None
    epochs_run: int | None = None
    best_epoch: int | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    metrics: Mapping[str, Figure] = field(default_factory=dict)
    lifts: Mapping[str, EntryLift] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)

    @property
    def completed(self) -> bool:
        return self.state == "completed"


def block_of(endpoint: str, number: int) -> str:
    """The index document that holds a run's entry."""
    return f"{endpoint}__{number // BLOCK}"
