"""A run as lines of text, for a log or a pipe: one line for each thing that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from quicktest.views.run import (
    attempt_line,
    attempt_words,
    cost_line,
    epoch_cells,
    epoch_headings,
    epoch_metrics,
    stage_seconds,
)
from quicktest.words import duration, state_words, title

QUIET = frozenset({"pending"})


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], new_epochs: Sequence[Mapping[str, Any]], now: datetime
) -> Iterator[str]:
    """What a reader of `before` has to be told to know `after`."""
    if not before or before.get("number") != after.get("number"):
        yield title(after)
    for attempt in (after.get("attempts") or [])[len(before.get("attempts") or []) :]:
        yield attempt_line(attempt).plain
    if after.get("attempt", 1) > before.get("attempt", 1):
        yield f"{attempt_words(after)} {'follows' if after.get('state') == 'requested' else 'begins'}"
    if (expected := cost_line(after)) and not before.get("estimate"):
        yield expected.plain
    yield from _stage_changes(before, after, now)
    for record in new_epochs:
        yield epoch_line(record)
    if _state(before) != _state(after):
        yield _state(after)


def epoch_line(record: Mapping[str, Any]) -> str:
    names = epoch_metrics([record])
    epoch, *cells, seconds = epoch_cells(record, names)
    told = ", ".join(f"{name} {cell}" for name, cell in zip(epoch_headings(names), cells, strict=True))
    return f"epoch {epoch}: {told}, {seconds}"


def _state(run: Mapping[str, Any]) -> str:
    """The state without the name of the running stage, which has lines of its own."""
    return "running" if run.get("state") == "running" and not run.get("reason") else state_words(run) if run else ""


def _stage_changes(before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> Iterator[str]:
    known = {stage["name"]: stage["state"] for stage in before.get("stages") or []}
    for stage in after.get("stages") or []:
        if stage["state"] != known.get(stage["name"], "pending") and stage["state"] not in QUIET:
            seconds = duration(stage_seconds(stage, now)) if stage.get("ended_at") else ""
            yield "  ".join(
                part for part in (f"{stage['name']:<10} {stage['state']}", seconds, stage.get("note")) if part
            )
