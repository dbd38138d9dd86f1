"""What a user gets told about a document (domain S0.4): what is wrong, where, and how to mend it, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One finding in one document; `path` is dotted and starts inside the document (`filters.rows.0.column`)."""

    code: str
    path: str
    problem: str
    remedy: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"`{self.path}`: {self.problem} {self.remedy}"


class InvalidDocument(ValueError):
    """A document cannot be used; `problems` holds every reason, ordered by path."""

    def __init__(self, document: str, problems: Iterable[Problem]) -> None:
        self.document = document
        self.problems = by_path(problems)
        super().__init__(f"{document}: " + " ".join(str(problem) for problem in self.problems))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that block a submission; the others are warnings."""
    return [problem for problem in problems if problem.severity == "error"]


def by_path(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of the document's fields, as people read it (S0.4)."""
    return sorted(problems, key=lambda problem: problem.path)
