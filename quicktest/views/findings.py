"""Problems as a list: where, what, how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group
from rich.text import Text

from quicktest.findings import Finding, at

LONGEST_VALUE = 60


def findings_view(findings: Sequence[Finding], names: Sequence[str], offline: bool) -> Group:
    """Document by document, then one line that sums up."""
    lines: list[Text] = []
    for where, found in groupby(findings, key=lambda finding: (finding.where, finding.document)):
        lines.append(Text.assemble((where[1], "bold"), ("  " + where[0], "dim")))
        for finding in found:
            lines += _lines(finding)
        lines.append(Text())
    return Group(*lines, *summary(findings, names, offline))


def summary(findings: Sequence[Finding], names: Sequence[str], offline: bool) -> Iterator[Text]:
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    documents = _many(len(names), "document")
    if errors:
        yield Text(f"✘ {_many(errors, 'error')} and {_many(warnings, 'warning')} in {documents}.", style="red")
    else:
        also = f", with {_many(warnings, 'warning')}" if warnings else ""
        yield Text(f"✔ {documents} valid{also}.", style="green")
    if offline:
        yield Text("Tables, columns, splits and stored documents are checked when a stack runs.", style="dim")


def _lines(finding: Finding) -> Iterator[Text]:
    problem = finding.problem
    style = "red" if finding.is_error else "yellow"
    value = f" = {_shown(finding.value)}" if finding.value is not None else ""
    line = f"{at('', finding.line).lstrip(', ')}: " if finding.line else ""
    yield Text.assemble((f"  {problem.severity:<8}", style), line, (problem.path, "bold"), value, f"  {problem.code}")
    yield Text(f"          {problem.problem} {problem.remedy}")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
