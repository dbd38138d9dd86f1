"""Why a run failed, in words for people: from the evidence to one case of the catalogue (domain S8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shared.errors.catalogue import CASES, Case
from shared.errors.evidence import Evidence, bounded
from shared.errors.own import OWN_TITLES
from shared.errors.places import deepest_frame, place_of
from shared.errors.reading import FRAME, first_meaningful_line, statements
from shared.errors.run_error import LONGEST_RAW, RunError

_OWN = re.compile(r"\[QT:(E_[A-Z0-9_]{1,40})\]\s*(.*)")
_AROUND = re.compile(r"(?: \[while running '.*|\\n.*)$")  # what Beam adds to a message, and a repr's second line
_PATTERNS = tuple((case, re.compile(case.pattern)) for case in CASES)
LONGEST_EXPLANATION = 1_000  # of our own words; a run may store those of five attempts
_OF_DATA = ("E_BQ_", "E_TYPE_")


def classify(evidence: Evidence) -> RunError:
    """Our own line wherever it is, then patterns over the message, then over the log newest first, then the unknown.

    Never raises; the same evidence, stored and read again, gives the same error.
    """
    evidence = bounded(evidence)
    error = _own(evidence) or _known(evidence) or _unknown(evidence)
    return _placed(error, evidence)


def _texts(evidence: Evidence) -> Iterator[str]:
    yield evidence.message
    yield from reversed(statements(evidence.lines))


def _own(evidence: Evidence) -> RunError | None:
    for text in _texts(evidence):
        if match := _OWN.search(text):
            message = _AROUND.sub("", match[2])
            if match.start() and text[match.start() - 1] in "'\"":  # a KeyError shows its message in quotes
                message = message.rstrip().removesuffix(text[match.start() - 1])
            return _of_own_code(match[1], message.strip(), evidence.component)
    return None


def _of_own_code(code: str, message: str, component: str | None) -> RunError:
    title = OWN_TITLES.get(code, _failed_in(component))
    known = next((case for case in CASES if case.code == code), None)
    suggestion = known.suggestion if known else "Mend what the message names and start a new experiment."
    told = message[:LONGEST_EXPLANATION]
    return RunError(code, title, told, suggestion, component=component, raw=message[:LONGEST_RAW])


def _known(evidence: Evidence) -> RunError | None:
    for text in _texts(evidence):
        for case, pattern in _PATTERNS:
            if match := pattern.search(text):
                return _of_case(case, evidence, _line_at(text, match.start()))
    return None


def _line_at(text: str, position: int) -> str:
    """The task's words may be many lines; a match may begin with the space before it."""
    begin = text.rfind("\n", 0, position) + 1
    return text[begin:].lstrip().split("\n", 1)[0]


def _of_case(case: Case, evidence: Evidence, text: str) -> RunError:
    """A frame decides by the file it is in; what happened there is said by its exception."""
    line = first_meaningful_line(evidence.message, evidence.lines) if FRAME.match(text) else text
    raw = line.strip()[:LONGEST_RAW]
    return RunError(
        case.code, case.title, case.explanation, case.suggestion, case.severity, case.retry, evidence.component, raw
    )


def _unknown(evidence: Evidence) -> RunError:
    line = first_meaningful_line(evidence.message, evidence.lines)[:LONGEST_RAW] or "No message was left behind."
    return RunError(
        "E_UNKNOWN", _failed_in(evidence.component), line,
        "Open the log; search these words in the issue list.", component=evidence.component, raw=line,
    )  # fmt: skip


def _failed_in(component: str | None) -> str:
    return f"Failed in {component or 'the run'}"


def _placed(error: RunError, evidence: Evidence) -> RunError:
    file, line = deepest_frame(evidence.lines) or (None, None)
    of_data = error.code.startswith(_OF_DATA)
    subject = place_of(error.raw, evidence.lines, evidence.subjects, of_data)
    return replace(error, file=file, line=line, subject=subject)
