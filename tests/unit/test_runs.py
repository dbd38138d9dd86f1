"""A run document read back is the same run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.errors import Evidence, classify
from shared.runs import Cancel, Effect, Intent, State, from_document, new_run, to_document
from tests.fakes.world import EXPERIMENT, START, World


def test_a_new_run_survives_storing():
    run = new_run(EXPERIMENT, {"name": "first", "owner": "ada"}, "wholesale", START)
    assert from_document(to_document(run)) == run


def test_a_run_with_everything_survives_storing():
    run = replace(
        World().bring_to("completed"),
        state=State.FAILED,
        error=classify(Evidence("Train", "MemoryError")),
        cancel=Cancel(START, "running"),
        intents={Effect.MIRROR: Intent("x-a1", START, START + timedelta(seconds=9))},
        problems=({"code": "E_X", "path": "a", "problem": "b", "remedy": "c", "severity": "error"},),
    )
    assert from_document(to_document(run)) == run


def test_only_text_is_taken_from_an_unchecked_request():
    run = new_run("x", {"name": {"not": "text"}, "owner": "o" * 1000}, "default", START)
    assert (run.names["experiment"], len(run.owner)) == ("", 320)


def test_fields_of_a_later_version_are_ignored():
    run = new_run(EXPERIMENT, {}, "wholesale", START)
    assert from_document({**to_document(run), "colour": "red"}) == run
