"""A failure as the run document stores it."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_RAW = 500


@dataclass(frozen=True)
class RunError:
    """In words for people; `raw` is the line that decided, as it was logged."""

    code: str
    title: str
    explanation: str
    suggestion: str
    severity: str = "error"
    retry: str = "no"  # no, same, region, wait (S8.3)
    component: str | None = None
    raw: str = ""
    file: str | None = None  # of the deepest frame in a generated module or in our packages (S8.5)
    line: int | None = None
    subject: str | None = None  # place in a config of the feature or column that the message names (S8.5)
