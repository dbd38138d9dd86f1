"""What a dataset that is still being written offers already: its mistakes are set aside, so that one unfinished filter
does not hide the columns from the other fields of the form."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.documents import Dataset
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem

MOST_ROUNDS = 20  # each sets all mistakes aside that it finds; setting one aside may show another
NO_COLUMN = "no_column_yet"  # for roles that have none
ROLES = ("customer_id", "product_id")


@dataclass(frozen=True)
class Salvaged:
    """`dataset` is None when not even a table is there. `aside` are the lists that lost entries: places in them are not
    those of the document."""

    dataset: Dataset | None
    aside: frozenset[str] = frozenset()

    def is_about(self, problem: Problem) -> bool:
        """Whether a problem of `dataset` is one of the document, at the same path."""
        placeholder = f"`{NO_COLUMN}`" in problem.problem
        return not placeholder and not any(f"{problem.path}.".startswith(f"{path}.") for path in self.aside)


def salvaged(document_id: str, raw: Mapping[str, Any]) -> Salvaged:
    """The part of a dataset that is one."""
    document = copy.deepcopy(dict(raw))
    name, roles = document.get("name"), document.get("roles")
    document["name"] = name if isinstance(name, str) and 1 <= len(name) <= 80 else "Draft"
    document["roles"] = {**dict.fromkeys(ROLES, NO_COLUMN), **(roles if isinstance(roles, dict) else {})}
    aside: set[str] = set()
    for _ in range(MOST_ROUNDS):
        try:
            return Salvaged(parse("datasets", document_id, document), frozenset(aside))
        except InvalidDocument as error:
            _set_aside(document, [problem.path.split(".") for problem in error.problems], aside)
    return Salvaged(None)


def _set_aside(document: dict[str, Any], paths: Iterable[list[str]], aside: set[str]) -> None:
    """From the last to the first, so that places stay what they are until they are used."""
    for path in sorted(paths, key=_in_order, reverse=True):
        if path[0] == "roles" and path[1:2] and path[1] in ROLES:
            document["roles"][path[1]] = NO_COLUMN
            continue
        found = _holder(document, path)
        if isinstance(found, dict) and path[-1] in found:
            del found[path[-1]]  # its default may do
            continue
        for end in range(len(path) - 1, 0, -1):  # something is missing: what it is missing in goes
            holder = _holder(document, path[:end])
            if isinstance(holder, list) and path[end - 1].isdigit() and int(path[end - 1]) < len(holder):
                del holder[int(path[end - 1])]
                aside.add(".".join(path[: end - 1]))
                break
        else:
            document.pop(path[0], None)


def _in_order(path: list[str]) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdigit() else (-1, step) for step in path]


def _holder(document: Any, path: list[str]) -> Any:
    """What holds the last step of a path."""
    for step in path[:-1]:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
