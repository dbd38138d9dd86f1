"""Failures that our own code finds (domain S8.6): it writes `[QT:E_CODE] message`, or the lifecycle makes them here."""

from __future__ import annotations

from shared.errors.run_error import LONGEST_RAW, RunError

# A code that is not here is shown with the message as it came.
OWN_TITLES = {
    "E_SPLIT_TOO_SMALL": "A split is too small",
    "E_SCHEMA_CHANGED": "The data changed its shape",
    "E_COLLAPSED": "The model learned nothing",
    "E_DIVERGED": "Training diverged",
    "E_EMPTY_SPLIT": "A split is empty",
    "E_EXPORT": "Model not exported",
    "E_RESULTS": "No valid results",
    "E_EMPTY": "No rows",
    "E_GPU_ABSENT": "No GPU was found",
    "E_MEMORY_TIER": "Too little memory",
    "E_SCANN": "ScaNN failed",
    "E_SCHEMA": "Data and features differ",
    "E_TARGET_CONSTANT": "The target is constant",
    "E_TARGET_RANGE": "The target is no share",
    "E_VOCABULARY": "Vocabulary empty or too large",
}


def stuck(what: str) -> RunError:
    return RunError(
        "E_STUCK", "Stopped making progress", what, "Start the experiment again; report it when it repeats.", raw=what
    )


def cancelled_outside(what: str) -> RunError:
    return RunError(
        "E_CANCELLED_OUTSIDE", "Stopped from outside", f"Someone stopped the {what} in the console.",
        "Start the experiment again when that was not wanted.", severity="warning",
    )  # fmt: skip


def results_invalid(problem: str) -> RunError:
    return RunError(
        "E_RESULTS", OWN_TITLES["E_RESULTS"], f"The results cannot be used: {problem}",
        "Report it with the run's number; the model and the curves stay.",
        component="Collect", raw=problem[:LONGEST_RAW],
    )  # fmt: skip


def name_taken(job_id: str) -> RunError:
    what = f"A pipeline job named {job_id} exists and is somebody else's."
    return RunError(
        "E_JOB_TAKEN", "The job's name is taken", what, "Start the experiment again; it gets a new name.", raw=what
    )


def over_time(minutes: float) -> RunError:
    what = f"It ran longer than the {minutes:g} minutes of `max_minutes`."
    return RunError(
        "E_MAX_MINUTES", "Stopped at its time limit", what,
        "Raise `max_minutes`, choose the next tier, or sample fewer customers.", raw=what,
    )  # fmt: skip


def over_budget(spent: float, limit: float) -> RunError:
    what = f"It has spent about {spent:.2f} USD, and `max_cost_usd` is {limit:g}."
    return RunError(
        "E_BUDGET", "Stopped at its budget", what,
        "Raise `max_cost_usd`, or make the run smaller. Metrics so far are kept.", raw=what,
    )  # fmt: skip


def invalid(code: str, sentence: str) -> RunError:
    """A request that cannot be carried out as it was written: one sentence, the rest is in `problems`."""
    return RunError(
        code, "The experiment cannot run as written", sentence, "Mend the document and start a new experiment.",
        component="Prepare", raw=sentence[:LONGEST_RAW],
    )  # fmt: skip
