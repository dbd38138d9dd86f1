"""Hardware tiers: what they are, which one fits, which one cannot hold a model (domain S5.6, S5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.documents import Experiment
from shared.parameter_count import ParameterCount
from shared.problems import Problem

Processing = Literal["in_process", "dataflow"]


@dataclass(frozen=True)
class Machine:
    """A machine type; `memory_gb` as the provider counts it."""

    name: str
    vcpus: int
    memory_gb: int
    accelerator: str | None = None  # the provider's name; one of it


@dataclass(frozen=True)
class Tier:
    """`workers` run the data stages: their components, or Dataflow's workers."""

    name: str
    trainer: Machine
    workers: Machine

    @property
    def has_gpu(self) -> bool:
        return self.trainer.accelerator is not None


_E2_4 = Machine("e2-standard-4", 4, 16)
_E2_8 = Machine("e2-standard-8", 8, 32)
_E2_16 = Machine("e2-standard-16", 16, 64)
LAUNCHER = _E2_4  # what a component runs on that only waits for Dataflow

TIERS: dict[str, Tier] = {
    tier.name: tier
    for tier in (
        Tier("small", _E2_4, _E2_4),
        Tier("medium", _E2_8, _E2_8),
        Tier("large", _E2_16, _E2_16),
        Tier("gpu_t4", Machine("n1-standard-8", 8, 30, "NVIDIA_TESLA_T4"), _E2_8),
        Tier("gpu_l4", Machine("g2-standard-8", 8, 32, "NVIDIA_L4"), _E2_8),
        Tier("gpu_a100", Machine("a2-highgpu-1g", 12, 85, "NVIDIA_TESLA_A100"), _E2_16),
    )
}
RECOMMENDED = (("small", 100_000, 1_000_000), ("medium", 1_000_000, 5_000_000))  # below these rows and parameters
LARGEST = "large"

# The domain's (S5.1). By the estimates of docs/cost.md one machine is as fast up to about 5 million rows, for a sixth
# of the price, but with more than a million it was never measured to have the memory and the disk.
DATAFLOW_ABOVE_ROWS = 1_000_000
GB = 2**30
COPIES = 4  # weights, gradient and two optimizer slots
RUNTIME_GB = 2
USABLE_SHARE = 0.7


def recommend_tier(rows: int, parameters: ParameterCount) -> tuple[str, str]:
    """The tier for these rows (train, eval and test, after sampling) and parameters, and why, in words.

    A tier that cannot hold the embeddings is passed over for the next one.
    """
    measured = f"{rows:,} rows and {parameters.total:,} parameters"
    for name, below_rows, below_parameters in RECOMMENDED:
        if rows < below_rows and parameters.total < below_parameters and fits(name, parameters):
            limits = f"fewer than {below_rows:,} rows and {below_parameters:,} parameters"
            return name, f"{measured}: `{name}` is enough for {limits}."
    too_many = [name for name, *_ in RECOMMENDED if not fits(name, parameters)]
    because = "its embeddings need the memory" if too_many else "it is more than `medium` is meant for"
    return LARGEST, f"{measured}: `{LARGEST}`, because {because}."


def needed_gb(parameters: ParameterCount) -> float:
    """Memory of a training process, by the rule of S5.7."""
    return parameters.embeddings * 4 * COPIES / GB + RUNTIME_GB


def fits(tier: str, parameters: ParameterCount) -> bool:
    return needed_gb(parameters) <= USABLE_SHARE * TIERS[tier].trainer.memory_gb


def choose_tier(experiment: Experiment, rows: int, parameters: ParameterCount) -> tuple[str, str]:
    """The tier that was asked for, or the recommended one; and why."""
    if experiment.hardware == "auto":
        return recommend_tier(rows, parameters)
    return experiment.hardware, "It was chosen by hand."


def memory_problems(tier: str, parameters: ParameterCount) -> list[Problem]:
    """E_MEMORY_TIER for a tier whose trainer cannot hold the embedding tables."""
    if fits(tier, parameters):
        return []
    usable = USABLE_SHARE * TIERS[tier].trainer.memory_gb
    larger = next((name for name in ("medium", "large") if fits(name, parameters)), None)
    problem = (
        f"{parameters.embeddings:,} embedding parameters need {needed_gb(parameters):.1f} GB, "
        f"and `{tier}` has {usable:.1f} GB for them."
    )
    other = f"Use `{larger}`, or lower" if larger else "Lower"
    return [Problem("E_MEMORY_TIER", "hardware", problem, f"{other} `max_size` or `embedding_dim`.")]


def choose_processing(experiment: Experiment, rows: int) -> Processing:
    """Dataflow above a million rows, unless one was asked for (S5.1)."""
    if experiment.data_processing == "auto":
        return "dataflow" if rows > DATAFLOW_ABOVE_ROWS else "in_process"
    return experiment.data_processing
