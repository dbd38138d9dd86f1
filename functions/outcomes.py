"""What an effect told about itself: the part of the facts that cannot be seen from outside, or not yet."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import Evidence
from shared.facts import Build, Finalized, Mirrored, Prepared
from shared.problems import Problem
from shared.runs import Intent


@dataclass(frozen=True)
class Outcome:
    prepared: Prepared | None = None
    rejected: tuple[Problem, ...] = ()
    builds: tuple[Build, ...] = ()  # listing by tag may lag behind creating
    unstarted: Intent | None = None  # we held it to start a build, and started none
    refused: Evidence | None = None
    mirrored: Mirrored | None = None
    finalized: Finalized | None = None
