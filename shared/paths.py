"""Where the objects of a run lie in its bucket. The attempt is in every path: it is the fence (design section 5).

Compiled specs, transform modules and answers of baselines are shared by runs, and named by what they depend on or hold.
"""

from __future__ import annotations

import re

from shared.hashing import digest

EXPERIMENT_ID_PATTERN = re.compile(r"^exp-[0-9a-hjkmnp-tv-z]{26}\Z")  # `exp-` and a ULID in lower case
_ATTEMPT_PATH = re.compile(r"^experiments/(exp-[0-9a-hjkmnp-tv-z]{26})/a([1-9][0-9]*)/")

BASELINES = "baselines"  # the folder of their answers


def attempt_name(experiment_id: str, attempt: int) -> str:
    """`exp-…-a1`: the pipeline job's id, the build's tag, the value of labels."""
    return f"{experiment_id}-a{attempt}"


def experiment_folder(experiment_id: str) -> str:
    """All that is one experiment's alone: it goes when that is deleted (S5.13)."""
    return f"experiments/{experiment_id}"


def attempt_folder(experiment_id: str, attempt: int) -> str:
    return f"{experiment_folder(experiment_id)}/a{attempt}"


def snapshot(experiment_id: str, attempt: int) -> str:
    return f"{attempt_folder(experiment_id, attempt)}/snapshot.json"


def transform_module(source: str) -> str:
    """Named by its content, so that equal modules give Transform equal parameters and its outputs can be reused."""
    return f"modules/{digest(source)}/transform_module.py"


def trainer_module(experiment_id: str, attempt: int) -> str:
    return f"{attempt_folder(experiment_id, attempt)}/code/trainer/trainer_module.py"


def pipeline_root(experiment_id: str, attempt: int) -> str:
    return f"{attempt_folder(experiment_id, attempt)}/pipeline"


def progress_folder(experiment_id: str, attempt: int) -> str:
    return f"{attempt_folder(experiment_id, attempt)}/progress"


def results(experiment_id: str, attempt: int) -> str:
    return f"{attempt_folder(experiment_id, attempt)}/results/results.json"


def customers(experiment_id: str, attempt: int) -> str:
    """The per-customer file (S6.13)."""
    return f"{attempt_folder(experiment_id, attempt)}/results/customers.npz"


def stage_log(experiment_id: str, attempt: int, stage: str) -> str:
    """The copy of a stage's log (S8.8)."""
    return f"{attempt_folder(experiment_id, attempt)}/logs/{stage.lower()}.jsonl"


def baselines(key: str) -> str:
    """What the baselines of some data answered, named by all that it depends on (S6.16)."""
    return f"{BASELINES}/{key}.npz"


def compiled_spec(compile_key: str) -> str:
    return f"specs/{compile_key}.json"


def experiment_of_object(name: str) -> str | None:
    """The experiment an object belongs to, or None for an object of nobody (a compiled spec, a foreign file)."""
    match = _ATTEMPT_PATH.match(name)
    return match.group(1) if match else None


def experiment_of_attempt(name: str) -> str | None:
    """The experiment in a name made by `attempt_name`, or None."""
    experiment_id, _, attempt = name.rpartition("-a")
    return (
        experiment_id if re.fullmatch("[1-9][0-9]*", attempt) and EXPERIMENT_ID_PATTERN.match(experiment_id) else None
    )
