"""What is wrong with a document, and where it stands: the file, the line and the value (domain S0.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from quicktest.errors import QuicktestError
from shared.problems import Problem


@dataclass(frozen=True)
class Finding:
    """A problem of one document; `line` is 0 where there are no lines: in a dictionary, or a stored document."""

    problem: Problem
    document: str  # "dataset shop"
    where: str  # "experiment.yaml, document 2", or "stored"
    line: int = 0
    value: Any = None  # what stands at the path; None: nothing does

    @property
    def is_error(self) -> bool:
        return self.problem.severity == "error"

    def __str__(self) -> str:
        return f"{at(self.where, self.line)}: {self.problem}"

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        place = {"document": self.document, "where": self.where, "line": self.line or None, "value": self.value}
        return {**place, **vars(self.problem)}


class InvalidDrafts(QuicktestError):
    """Some documents cannot be used; `findings` has every reason."""

    def __init__(self, findings: Iterable[Finding], outcome: str = "nothing was written") -> None:
        self.findings = list(findings)
        count = "1 problem" if len(self.findings) == 1 else f"{len(self.findings)} problems"
        super().__init__("\n".join([f"{count}; {outcome}.", *map(str, self.findings)]))


def at(where: str, line: int) -> str:
    return f"{where}, line {line}" if line else where


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.is_error]
