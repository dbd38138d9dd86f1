"""Raw documents to models, with every mistake in words (domain S0.3, S0.4).

The remedy of a mistake is made from the JSON schema of the model, so no range is written a second time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.documents import (
    COMMAND_BY_KIND,
    DRAFT_PATTERN,
    ID_PATTERN,
    LONGEST_DOCUMENT,
    MODEL_BY_COLLECTION,
    OUTPUT_NAME_PATTERN,
    AnyCommand,
    ClientDocument,
    SavedComparison,
)
from shared.names import suggest
from shared.paths import EXPERIMENT_ID_PATTERN
from shared.problems import InvalidDocument, Problem
from shared.schema_words import (
    PATTERN_WORDS,
    Node,
    Path,
    choices,
    expected_nouns,
    holds,
    known_fields,
    nodes_at,
    only_text,
    schema_of,
    words,
)

_CODES = {
    "missing": "E_REQUIRED",
    "union_tag_not_found": "E_REQUIRED",
    "extra_forbidden": "E_UNKNOWN_FIELD",
    "invalid_key": "E_UNKNOWN_FIELD",
    "greater_than_equal": "E_RANGE",
    "less_than_equal": "E_RANGE",
    "greater_than": "E_RANGE",
    "less_than": "E_RANGE",
    "too_short": "E_RANGE",
    "too_long": "E_RANGE",
    "string_too_short": "E_RANGE",
    "string_too_long": "E_RANGE",
    "string_pattern_mismatch": "E_PATTERN",
    "literal_error": "E_CHOICE",
    "union_tag_invalid": "E_CHOICE",
}
MOST_MISTAKES = 1_000  # that are told of one document: thousands of misspelled fields would take seconds to explain
_CROSS_MEMBERS = re.compile(r"(query|candidate)_crosses\.\d+\.features")  # their number has a name of its own (S3.21)
# Of several ways in which one value is wrong (a union has a way for each member), the first of these is told.
_MOST_TELLING = ("E_REQUIRED", "E_UNKNOWN_FIELD", "E_RANGE", "E_CROSS_SIZE", "E_PATTERN", "E_WRONG_TYPE", "E_CHOICE")


def parse(collection: str, document_id: str, raw: Mapping[str, Any]) -> ClientDocument:
    """The document as its model; raises InvalidDocument with every mistake at once. KeyError: no such collection."""
    model = _model_of(collection, raw)
    name = f"{collection}/{document_id}"
    problems = _id_problems(collection, document_id)
    if not isinstance(raw, Mapping):
        problem = f"the document is {_shown(raw)}, not a group of named fields."
        problems.append(Problem("E_WRONG_TYPE", "document", problem, f"Write {words([schema_of(model)])}."))
        raise InvalidDocument(name, problems)
    if too_large := _size_problems(raw):  # nothing else of it is read: it may be of any size
        raise InvalidDocument(name, [*problems, *too_large])
    try:
        document = model.model_validate(dict(raw))
    except ValidationError as error:
        raise InvalidDocument(name, [*problems, *_problems(model, raw, error)]) from None
    if isinstance(document, AnyCommand) and not problems:
        problems = _command_problems(document_id, document)
    if isinstance(document, SavedComparison):
        problems += _comparison_problems(document)
    if problems:
        raise InvalidDocument(name, problems)
    return document


def _model_of(collection: str, raw: Any) -> type[ClientDocument]:
    """Of the kinds of command, those that are about something else than a whole experiment say so."""
    kind = raw.get("kind") if collection == "commands" and isinstance(raw, Mapping) else None
    of_kind = COMMAND_BY_KIND.get(kind) if isinstance(kind, str) else None
    return of_kind or MODEL_BY_COLLECTION[collection]


# ------------------------------------------------------------------------------------------------------------ ids


def _id_problems(collection: str, document_id: str) -> list[Problem]:
    if collection == "commands":  # checked against the command's content
        return []
    if collection == "experiments":
        if EXPERIMENT_ID_PATTERN.fullmatch(document_id):
            return []
        remedy = "Write `exp-` and a ULID in lower case; `quicktest run` makes one."
        return [Problem("E_ID", "id", f"{_shown(document_id)} is not the id of an experiment.", remedy)]
    if collection == "drafts":
        if re.fullmatch(DRAFT_PATTERN, document_id):
            return []
        remedy = "Write `draft-` and a ULID in lower case."
        return [Problem("E_ID", "id", f"{_shown(document_id)} is not the id of a draft.", remedy)]
    if re.fullmatch(ID_PATTERN, document_id):
        return []
    return [Problem("E_ID", "id", f"{_shown(document_id)} is not an id.", f"Use {PATTERN_WORDS[ID_PATTERN]}.")]


def _command_problems(document_id: str, command: AnyCommand) -> list[Problem]:
    """A command's id is made of its content, so that a double click writes one document (design section 4)."""
    expected = command.document_id
    if document_id == expected:
        return []
    return [
        Problem("E_ID", "id", f"{_shown(document_id)} is not the id of this command.", f"Write it as `{expected}`.")
    ]


def _comparison_problems(comparison: SavedComparison) -> list[Problem]:
    twice = [each for each in comparison.experiments if comparison.experiments.count(each) > 1]
    if not twice:
        return []
    problem = f"{_shown(twice[0])} is named more than once."
    return [Problem("E_SAME_EXPERIMENT", "experiments", problem, "Compare different experiments.")]


# ----------------------------------------------------------------------------------------------------------- size


def _size_problems(raw: Mapping[str, Any]) -> list[Problem]:
    """Events would not carry the document, so that nothing would ever happen to it."""
    sizes = {str(field): _bytes(value) for field, value in raw.items()}
    if _bytes(raw) <= LONGEST_DOCUMENT:
        return []
    longest = max(sizes, key=lambda field: sizes[field])
    problem = f"the document takes more than {LONGEST_DOCUMENT:,} bytes, most of them in `{longest[:60]}`."
    return [Problem("E_SIZE", "document", problem, f"Shorten `{longest[:60]}`, or remove what is not needed.")]


def _bytes(value: Any) -> int:
    """As Firestore counts: a text takes its UTF-8 and one more, a number or a time 8, a name what its text takes; and 1
    for each group or list. It stops beyond the longest document there may be: a few lines of YAML can stand for any
    number of values, or hold themselves."""
    total, waiting = 0, [value]
    while waiting and total <= LONGEST_DOCUMENT:
        found = waiting.pop()
        total += 1
        if isinstance(found, Mapping):
            waiting += [*found.keys(), *found.values()]
        elif isinstance(found, (list, tuple)):
            waiting += found
        elif isinstance(found, (str, bytes)):
            total += len(found.encode(errors="surrogatepass") if isinstance(found, str) else found)
        elif found is not None and not isinstance(found, bool):
            total += 7
    return total


# ------------------------------------------------------------------------------------------------------- mistakes


def _problems(model: type[ClientDocument], raw: Mapping[str, Any], error: ValidationError) -> list[Problem]:
    """One problem for each field, the most telling one; a mistake inside a field is told there and not of the field."""
    schema = schema_of(model)
    by_path: dict[Path, Problem] = {}
    for detail in error.errors(include_url=False)[:MOST_MISTAKES]:
        path, value = _locate(raw, detail)
        problem = _problem(schema, raw, path, value, detail)
        before = by_path.get(path)
        if before is None or _telling(problem, value) < _telling(before, value):
            by_path[path] = problem
    outside = {path[:end] for path in by_path for end in range(len(path))}
    return [problem for path, problem in by_path.items() if path not in outside]


def _telling(problem: Problem, value: Any) -> int:
    """The lower, the better it says what was meant: a word that is no choice is rather that than not a number."""
    is_word = isinstance(value, str) and value.isidentifier()
    return -1 if is_word and problem.code == "E_CHOICE" else _MOST_TELLING.index(problem.code)


def _locate(raw: Any, detail: Mapping[str, Any]) -> tuple[Path, Any]:
    """The path of a mistake within the document, and the value there: pydantic also names the members of unions."""
    loc, kind = detail["loc"], detail["type"]
    path: list[str | int] = []
    value = raw
    absent = kind in ("missing", "invalid_key")  # the last step is not in the document, or not as a name
    for step in loc[:-1] if absent else loc:
        if holds(value, step):
            path.append(step)
            value = value[step]
    if absent:
        path.append(loc[-1])
        value = None
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        field = detail["ctx"]["discriminator"].strip("'")
        path.append(field)
        value = value.get(field)
    return tuple(path), value


def _problem(schema: Node, raw: Any, path: Path, value: Any, detail: Mapping[str, Any]) -> Problem:
    code = _CODES.get(detail["type"], "E_WRONG_TYPE")
    dotted = ".".join(str(step) for step in path)
    if detail["loc"][-1:] == ("[key]",):
        remedy = f"Use {PATTERN_WORDS[OUTPUT_NAME_PATTERN]}."
        return Problem(code, dotted, f"{_shown(path[-1])} cannot be a key here.", remedy)
    if code == "E_UNKNOWN_FIELD":
        known = known_fields(nodes_at(schema, raw, path[:-1]))
        return Problem(code, dotted, "there is no such field.", f"{suggest(str(path[-1]), known)} Else remove it.")
    nodes = nodes_at(schema, raw, path)
    if code == "E_REQUIRED":
        return Problem(code, dotted, "the field is missing.", f"Add it: {words(nodes)}.")
    reason = _reason(code, value, nodes)
    code = "E_CROSS_SIZE" if code == "E_RANGE" and _CROSS_MEMBERS.fullmatch(dotted) else code
    if value is None and "null" in choices(nodes):  # YAML's null is no text
        return Problem(code, dotted, "the field is empty.", f"Use {words(nodes)}; write `null` in quotes.")
    remedy = f"Use {words(nodes)}."
    if isinstance(value, str) and (field := only_text(nodes)):
        remedy = f"Write `{{{field}: {value[:60]}}}`."
    return Problem(code, dotted, f"{_shown(value)} is {reason}.", remedy)


def _reason(code: str, value: Any, nodes: Sequence[Node]) -> str:
    told = {"E_RANGE": "outside the allowed range", "E_PATTERN": "not spelled right", "E_CHOICE": "not a choice"}
    if code in told:
        return told[code]
    nouns = expected_nouns(value, nodes)
    return f"not {nouns}" if nouns else "not allowed here"


def _shown(value: Any) -> str:
    """A value as a sentence can hold it."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if value is None or isinstance(value, bool):
        return {None: "`null`", True: "`true`", False: "`false`"}[value]
    if isinstance(value, (int, float)):
        return "a very large number" if isinstance(value, int) and abs(value) >= 2**64 else str(value)
    if isinstance(value, Mapping):
        return "a group of fields"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)} entries" if value else "an empty list"
    return value.isoformat() if isinstance(value, datetime) else f"a value of type {type(value).__name__}"
