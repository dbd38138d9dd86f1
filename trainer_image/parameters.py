"""The parameters of one run, as the pipeline hands them to the Trainer (`custom_config`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.results import Protocol


class TrainingParameters(BaseModel):
    """`progress_uri` is a folder, `results_uri` and `customers_uri` (S6.13) are files; in the folder `baselines_uri`
    runs keep the answers of baselines for each other. `accelerator`: the machine is one with a GPU."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    experiment: str
    attempt: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    seed: int
    split_seed: int
    accelerator: bool = False
    progress_uri: str
    results_uri: str
    customers_uri: str | None = None  # not of runs that were prepared before there was one
    baselines_uri: str | None = None
    protocol: Protocol
    versions: dict[str, str] = {}
