"""Rules of an experiment beside its model and the deployment (domain S5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.advice import learning_rate_advice
from shared.documents import Experiment, ModelConfig
from shared.names import listed
from shared.problems import Problem, by_path
from shared.validation.model import batch_problems

FULL_RUNS_ONLY = frozenset({"gpu_a100"})  # S5.6


def validate_experiment(experiment: Experiment, model: ModelConfig, regions: Sequence[str]) -> list[Problem]:
    """`regions`: those of the deployment, in the order of their use."""
    problems = [
        *origin_problems(experiment),
        *_region_problems(experiment, regions),
        *_hardware_problems(experiment),
        *_override_problems(experiment, model),
    ]
    return by_path(problems)


def origin_problems(experiment: Experiment) -> Iterator[Problem]:
    """S5.12: what another experiment has to do with this one is said by both fields, or by none."""
    if experiment.parent is not None and experiment.origin is None:
        problem = f"it is missing, and `parent` names `{experiment.parent}`."
        yield Problem("E_ORIGIN", "origin", problem, "Write `rerun` or `clone`, or remove `parent`.")
    if experiment.origin is not None and experiment.parent is None:
        problem = f"it is missing, and `origin` is `{experiment.origin}`."
        yield Problem(
            "E_ORIGIN", "parent", problem, "Name the experiment that this one is made from, or remove `origin`."
        )


def _region_problems(experiment: Experiment, regions: Sequence[str]) -> Iterator[Problem]:
    if experiment.region is not None and experiment.region not in regions:
        problem = f"this deployment does not run in `{experiment.region}`."
        yield Problem("E_REGION", "region", problem, f"Use one of {listed(regions)}, or leave it out.")


def _hardware_problems(experiment: Experiment) -> Iterator[Problem]:
    if experiment.hardware in FULL_RUNS_ONLY:
        problem = f"`{experiment.hardware}` is for full runs only."
        yield Problem("E_HARDWARE", "hardware", problem, "Use `gpu_l4`, `gpu_t4`, a CPU tier, or `auto`.")
    if experiment.data_processing == "in_process" and "max_workers" in experiment.model_fields_set:
        problem = "it does nothing when data is processed in the component itself."
        yield Problem("E_UNKNOWN_FIELD", "max_workers", problem, "Remove it, or use `data_processing: dataflow`.")


def _override_problems(experiment: Experiment, model: ModelConfig) -> Iterator[Problem]:
    """What the experiment's own numbers do to the model; what the model's do is told of the model."""
    if experiment.batch_size is not None:
        for found in batch_problems(model, experiment.batch_size):
            yield Problem(found.code, "batch_size", found.problem, "Use a larger batch, or fewer `hard_negatives`.")
    if experiment.learning_rate is not None:
        yield from learning_rate_advice(model, experiment)
