"""Why a run failed, in words for people: classification of evidence (domain S8).

The table holds the cases that the quick test on one machine can meet; patterns are anchored at words or literals, so
that an innocent line ("row 5003 of banana finance") stays `E_UNKNOWN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_RAW = 500


@dataclass(frozen=True)
class Evidence:
    """What was gathered at the failure (S8.1). `lines` are the log's, oldest first, of severity ERROR or unknown."""

    component: str | None = None  # `Trainer`, `Compile`, …; None when nobody says
    message: str = ""  # of the task, the build or the call that failed
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunError:
    """A failure as the run document stores it."""

    code: str
    title: str
    explanation: str
    suggestion: str
    severity: str = "error"
    retry: str = "no"
    component: str | None = None
    raw: str = ""


@dataclass(frozen=True)
class Case:
    code: str
    title: str
    explanation: str
    suggestion: str
    pattern: str
    severity: str = "error"
    retry: str = "no"


# S8.7 in its order; first match wins.
CASES = (
    Case("E_BQ_BYTES", "Query over the byte cap", "The query would read more than `max_bytes_billed`.",
         "Narrow the date window or columns, or raise the cap.", r"Query exceeded limit for bytes billed"),
    Case("E_QUOTA", "Quota reached", "A request or capacity quota of the project is used up.",
         "Start the experiment again after a pause; raise the named quota when this repeats.",
         r"\bquota[_ ]?[Ee]xceeded\b|\b[Qq]uota exceeded for\b|\bexceed(s|ed)? (the )?quota\b|\bquota metrics exceed\b"
         r"|\brateLimitExceeded\b|RESOURCE_EXHAUSTED: [^\n]{0,200}\b[Qq]uota\b", "warning", "wait"),
    Case("E_OOM", "Memory full", "A stage was killed or used more memory than its machine has.",
         "Halve the batch size, or sample fewer customers. The stage that failed is named above.",
         r"\bOOM when allocating\b|(?m:^|\s)MemoryError\b|\bstd::bad_alloc\b|\bOOMKilled\b|\bran out of memory\b"
         r"|\b[Oo]ut of memory\b|\bexit(ed with)?( status| code)?:? ?137\b|Killed process \d+"),
    Case("E_IMAGE_PULL", "Image not found", "The image digest of this release is not in the registry.",
         "Run the release step that pushes images; check the region of the registry.",
         r"\b(ImagePullBackOff|ErrImagePull)\b|\b[Ff]ailed to pull image\b"
         r"|\bmanifest (for [^\n]{1,200} )?(unknown|not found)\b|\bMANIFEST_UNKNOWN\b", retry="same"),
    Case("E_ACT_AS", "Service account not usable", "The caller may not run jobs as the pipeline's account.",
         "Grant `roles/iam.serviceAccountUser` on that account to the caller.", r"\biam\.serviceAccounts\.actAs\b"),
    Case("E_BQ_LOCATION", "Wrong location", "The query ran in another location than the tables.",
         "All tables of a dataset must be in the warehouse's location.",
         r"Not found: (Table|Dataset) [^\n]{1,300} was not found in location"
         r"|Cannot read and write in different locations"),
    Case("E_BQ_DENIED", "No right to read the data",
         "The pipeline's account may not read a table or start queries in the project.",
         "Grant `roles/bigquery.dataViewer` on the dataset and `roles/bigquery.jobUser` on the project.",
         r"\bAccess Denied: (Table|Dataset|Project|BigQuery)\b|\bbigquery\.\w+\.\w+\b[^\n]{0,60}\bpermission\b"
         r"|\bpermission\b[^\n]{0,60}\bbigquery\.\w+\.\w+"),
    Case("E_PERMISSION", "Permission missing", "An account lacks a right on the named resource.",
         "The message names account and permission; ask an administrator to grant it.",
         r"\bPERMISSION_DENIED\b|\b403 Forbidden\b|\b(status|code|Error)[ :=]{1,2}403\b"
         r"|\bdoes not have [\w.]+ access\b"),
    Case("E_BQ_NOT_FOUND", "Table is gone", "A table of the dataset no longer exists.",
         "Choose the new table in the dataset, or restore it.", r"\bNot found: (Table|Dataset|View)\b"),
    Case("E_BQ_COLUMN", "Column is gone", "A selected column no longer exists in its table.",
         "Write the dataset again with the columns that the table has now.",
         r"\bUnrecognized name: |\bName \S+ not found inside\b"),
    Case("E_BQ_QUERY", "Query failed", "The warehouse rejected or aborted the query.",
         "The SQL is stored with the run; values that cannot be cast are the usual cause.",
         r"\binvalidQuery\b|\bSyntax error: |\bNo matching signature for\b|\bDivision by zero\b"
         r"|\bBad (int64|double|timestamp|date) value\b"),
    Case("E_EMPTY_SPLIT", "A split is empty", "No rows were left for train, eval or test.",
         "Shorten `test_days` or `val_days`, or loosen filters.",
         r"\bSplit[- ]?(train|eval|test)\b[^\n]{0,60}\b(is empty|has no examples|0 examples)\b"
         r"|\bNo examples (were )?(found|read)\b"),
    Case("E_SCHEMA", "Data and features differ", "A feature is missing or has another type than the schema.",
         "Save the feature config again; a column changed type or is null for a whole split.",
         r"\bFeature: \S+ \(data type: \w+\) is required but could not be found\b|\bKey: \S+\s+Data types don't match\b"
         r"|\bKey: \S+\s+(Can't parse serialized Example|Number of \w+ values != expected)"
         r"|\bKeyError: '[qc]_"),
    Case("E_VOCABULARY", "Vocabulary empty or too large",
         "A category has no usable values, or more than memory allows.", "Lower `min_frequency` or set `max_size`.",
         r"\b[Vv]ocabulary\b[^\n]{0,80}\b(is empty|empty file|not found|too large)\b"),
    Case("E_DIVERGED", "Training diverged", "Loss or weights stopped being numbers.",
         "Divide the learning rate by 10, keep `clipnorm` 1.0, and scale raw numbers.",
         r"\b[Ll]oss (is|became|was) (nan|inf|NaN|Inf)\b|\bTensor had (NaN|Inf|Inf and NaN) values\b"
         r"|\b(nan|NaN|inf|Inf) (loss|gradients?)\b|\bloss: (nan|inf)\b"),
    Case("E_MODULE", "Code did not load", "A generated module or an image lacks something: a fault of the release.",
         "Report it with the image digest shown in the run.",
         r"\bModuleNotFoundError: No module named\b|\bImportError: cannot import name\b|(?m:^|\s)SyntaxError: "),
    Case("E_DEADLINE", "Took too long", "A call or a build ran past its limit.", "Start the experiment again.",
         r"\bDEADLINE_EXCEEDED\b|\bcontext deadline exceeded\b|\bTIMEOUT: build step\b", retry="same"),
    Case("E_NETWORK", "Network failure", "A connection broke.", "Start the experiment again.",
         r"\bConnection (reset by peer|refused|timed out|aborted)\b|\bTemporary failure in name resolution\b"
         r"|\bName or service not known\b|\bTLS handshake timeout\b", "warning", "same"),
    Case("E_PROVIDER", "Provider failure", "The cloud service failed internally.",
         "Start the experiment again; see the provider's status page when it repeats.",
         r"\b(UNAVAILABLE|INTERNAL): |\b(500 Internal Server Error|502 Bad Gateway|503 Service Unavailable"
         r"|504 Gateway Timeout)\b|\bbackendError\b|\bINTERNAL_ERROR\b|An internal error occurred", "warning", "same"),
)  # fmt: skip

# S8.6: what our own code says about itself. A code that is not here is shown with the message as it came.
OWN_TITLES = {
    "E_SPLIT_TOO_SMALL": "A split is too small",
    "E_SCHEMA_CHANGED": "The data changed its shape",
    "E_COLLAPSED": "The model learned nothing",
    "E_DIVERGED": "Training diverged",
    "E_EXPORT": "Model not exported",
    "E_RESULTS": "No valid results",
    "E_EMPTY": "No rows",
    "E_GPU_ABSENT": "No GPU was found",
    "E_MEMORY_TIER": "Too little memory",
    "E_SCANN": "ScaNN failed",
    "E_TARGET_CONSTANT": "The target is constant",
    "E_TARGET_RANGE": "The target is no share",
    "E_VOCABULARY": "Vocabulary empty or too large",
}

_OWN = re.compile(r"\[QT:(E_[A-Z0-9_]+)\]\s*(.*)")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NOISE = re.compile(
    r"\d+%\||it/s\]|DeprecationWarning|FutureWarning|is deprecated|\b[Dd]eprecated\b|^WARNING:|^INFO:"
    r"|oneDNN|cuda|CUDA|TF-TRT|cpu_feature_guard|computation_placer|To enable the following instructions"
    r"|apache_beam/|^\s*$"
)
_EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Invalid\w*|Failure)\b")


def classify(evidence: Evidence) -> RunError:
    """S8.2: our own line, then patterns over the message, then over the log newest first, then the unknown."""
    texts = [evidence.message, *reversed(evidence.lines)]
    for text in texts:
        if own := _OWN.search(clean(text)):
            return _own(own.group(1), own.group(2), evidence.component)
    for text in texts:
        for case in CASES:
            if re.search(case.pattern, clean(text)):
                return _of_case(case, evidence, text)
    return _unknown(evidence)


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


def clean(line: str) -> str:
    return _ANSI.sub("", line).rstrip()


def first_meaningful_line(message: str, lines: Sequence[str]) -> str:
    """S8.4: the last line of the last traceback, else the first line that says something, else the message."""
    cleaned = [clean(line) for block in lines for line in block.splitlines()]
    return (_last_exception(cleaned) or _first_telling(cleaned) or clean(message))[:LONGEST_RAW]


def _last_exception(lines: Sequence[str]) -> str | None:
    starts = [number for number, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    after = lines[starts[-1] + 1 :] if starts else []
    return next((line for line in after if _EXCEPTION.match(line)), None)


def _first_telling(lines: Iterable[str]) -> str | None:
    return next((line for line in lines if not _NOISE.search(line)), None)


def _own(code: str, message: str, component: str | None) -> RunError:
    title = OWN_TITLES.get(code, f"Failed in {component or 'the run'}")
    known = next((case for case in CASES if case.code == code), None)
    suggestion = known.suggestion if known else "Mend what the message names and start a new experiment."
    return RunError(code, title, message, suggestion, component=component, raw=message[:LONGEST_RAW])


def _of_case(case: Case, evidence: Evidence, text: str) -> RunError:
    raw = clean(text).strip()[:LONGEST_RAW]
    return RunError(
        case.code, case.title, case.explanation, case.suggestion, case.severity, case.retry, evidence.component, raw
    )


def _unknown(evidence: Evidence) -> RunError:
    line = first_meaningful_line(evidence.message, evidence.lines) or "No message was left behind."
    return RunError(
        "E_UNKNOWN", f"Failed in {evidence.component or 'the run'}", line,
        "Open the log; search these words in the issue list.", component=evidence.component, raw=line,
    )  # fmt: skip
