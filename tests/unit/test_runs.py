"""A run document read back is the same run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import Evidence, classify
from shared.facts import Facts
from shared.lifecycle.decision import shown_problems
from shared.lifecycle.showing import show_progress
from shared.problems import Problem
from shared.runs import Attempt, Cancel, Deletion, Effect, Intent, State, from_document, new_run, to_document
from tests.fakes.world import EXPERIMENT, START, World, epoch_record


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


def test_fields_of_a_later_version_inside_the_parts_of_a_run_are_ignored():
    run = replace(
        World().bring_to("completed"),
        error=classify(Evidence("Train", "MemoryError")),
        cancel=Cancel(START, "running"),
        intents={Effect.MIRROR: Intent("x-a1", START, START)},
        attempts=(Attempt(1, START, classify(Evidence("Train", "MemoryError"))),),
        deletion=Deletion(START, "ada", START),
    )
    document = to_document(run)
    parts = [document["error"], document["cancel"], document["deletion"], document["intents"]["mirror"]]
    for part in [*parts, *document["stages"], *document["attempts"], document["attempts"][0]["error"]]:
        part["colour"] = "red"
    assert from_document(document) == run


@pytest.mark.parametrize("later", [{"state": "paused"}, {"intents": {"pause": {}}}], ids=str)
def test_a_run_that_nobody_here_understands_is_not_taken_for_another(later: dict):
    with pytest.raises(ValueError, match="pause"):
        from_document({**to_document(new_run(EXPERIMENT, {}, "wholesale", START)), **later})


def test_the_document_of_a_run_stays_small_whatever_happened_to_it():
    """Whoever watches a run gets it anew with each change, and Firestore takes no document of more than 1 MiB."""
    world = World()
    run = world.bring_to("completed")
    long = classify(Evidence("Train", "[QT:E_SCHEMA] " + "x" * 9_000, ("y" * 4_000,) * 200))
    epochs = [{**epoch_record(0), "epoch": number, "epochs": 500} for number in range(500)]
    problems = [Problem("E_X", f"dataset.tables.{n}", "a" * 300, "b" * 200) for n in range(5_000)]
    attempt = Attempt(1, START, long, START, "europe-west4", dict(run.build), dict(run.job), 1.0)
    run = replace(
        show_progress(run, Facts(new_epochs=tuple(epochs))), attempts=(attempt,) * 4, error=long,
        problems=shown_problems(problems),
    )  # fmt: skip
    assert len(json.dumps(to_document(run), default=str)) < 100_000
    assert (len(run.problems), run.problems[-1]["problem"]) == (101, "4900 more were found.")


def test_of_too_many_problems_the_errors_are_kept():
    warnings = [Problem("W_X", f"a.{n}", "p", "r", "warning") for n in range(200)]
    kept = shown_problems([*warnings, Problem("E_X", "z", "p", "r")])
    assert "E_X" in {problem["code"] for problem in kept}
