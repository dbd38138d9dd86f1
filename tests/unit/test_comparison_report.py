"""Reports on comparisons: what functions read, and when they look again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.adapters.ports import Refused
from functions.config_reports import report_on
from functions.missing_reports import missing_reports
from functions.sweep import sweep
from shared import paths
from shared.runs import State, to_document
from tests.fakes.world import World
from tests.unit.comparison_samples import compared, customers_file

PATH, REPORT = "comparisons/cmp-1", "reports/comparisons__cmp-1"
BETTER, WORSE = compared(14, chance=2.0), compared(12)


@pytest.fixture
def world() -> World:
    world = World()
    world.store.documents = {}
    for run, chance in ((BETTER, 2.0), (WORSE, 1.0)):
        world.store.put(f"runs/{run.experiment}", to_document(run.run))
        world.store.put(f"runs/{run.experiment}/details/snapshot", run.snapshot)
        world.store.put(f"runs/{run.experiment}/details/evaluation", run.evaluation)
        put_file(world, run.experiment, customers_file(chance, run.run.number))
    return world


def put_file(world: World, experiment: str, content: bytes | None) -> None:
    name = paths.customers(experiment, 1)
    world.blobs.objects.pop(name, None)
    if content is not None:
        world.blobs.objects[name] = content


def save(world: World, **changes: Any) -> dict[str, Any]:
    """Write the comparison, deliver the event, and read what is said."""
    document = {"experiments": [BETTER.experiment, WORSE.experiment], "schema_version": 1, "owner": "ada",
                "created_at": world.now(), "updated_at": world.now(), **changes}  # fmt: skip
    world.store.put(PATH, document)
    report_on("comparisons", "cmp-1", world.services)
    return world.store.documents[REPORT]


def test_a_comparison_says_which_run_is_better(world: World):
    found = save(world, name="Wider")
    assert (found["state"], found["valid"], found["name"]) == ("ready", True, "Wider")
    assert found["verdicts"][0]["sentence"].startswith("#14 is better than #12 by ")
    assert [section["name"] for section in found["sections"]] == [
        "results", "training", "split", "dataset", "features", "model", "cost",
    ]  # fmt: skip
    for section in found["sections"]:
        part = world.store.documents[f"{REPORT}/parts/{section['name']}"]
        assert len(part["rows"]) == section["rows"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "The per-customer file of #12 is not there (any more): a rerun measures it anew."),
        (b"PK", "The per-customer file of #12 is damaged: a rerun writes it anew."),
    ],
)
def test_without_the_customers_there_is_no_verdict_but_all_the_rest(world: World, content: bytes | None, reason: str):
    put_file(world, WORSE.experiment, content)
    found = save(world)
    assert found["verdicts"][0]["pairs"][0]["reason"] == reason
    assert world.store.documents[f"{REPORT}/parts/results"]["rows"]


def test_a_file_that_may_not_be_read_is_no_fault(world: World, monkeypatch: pytest.MonkeyPatch):
    def read(name: str, longest: int) -> bytes | None:
        raise Refused("PERMISSION_DENIED")

    monkeypatch.setattr(world.blobs, "read", read)
    assert "too large or must not be read" in save(world)["verdicts"][0]["pairs"][0]["reason"]


def test_wrong_comparisons_are_told(world: World):
    found = save(world, experiments=[BETTER.experiment, BETTER.experiment], metric="auc")
    assert not found["valid"]
    assert {problem["code"] for problem in found["problems"]} == {"E_CHOICE"}
    found = save(world, experiments=[BETTER.experiment, BETTER.experiment])
    assert {problem["code"] for problem in found["problems"]} == {"E_SAME_EXPERIMENT"}
    assert not save(world, experiments="all")["valid"]


def test_two_comparisons_may_have_one_name(world: World):
    save(world, name="Wider")
    world.store.put("comparisons/cmp-2", {**world.store.documents[PATH]})
    report_on("comparisons", "cmp-2", world.services)
    assert world.store.documents["reports/comparisons__cmp-2"]["problems"] == []


def test_a_run_that_ended_or_is_gone_makes_it_another(world: World):
    """Only its end: what a live run does in between changes nothing that a comparison says."""
    live = replace(WORSE.run, state=State.RUNNING, ended_at=None)
    world.store.put(f"runs/{WORSE.experiment}", to_document(live))
    assert "is running" in save(world)["verdicts"][0]["sentence"]
    world.store.put(f"runs/{WORSE.experiment}", to_document(replace(live, percent=80, revision=9)))
    assert missing_reports(world.services) == []
    world.store.put(f"runs/{WORSE.experiment}", to_document(WORSE.run))
    sweep(world.services)
    assert "is better" in world.store.documents[REPORT]["verdicts"][0]["sentence"]
    del world.store.documents[f"runs/{WORSE.experiment}"]
    sweep(world.services)
    assert "does not exist (any more)" in world.store.documents[REPORT]["verdicts"][0]["sentence"]


def test_parts_that_there_are_no_more_are_removed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shared.insights.comparing.comparison.LONGEST_PAGE", 2_000)
    save(world)
    assert f"{REPORT}/parts/model-2" in world.store.documents
    monkeypatch.undo()
    world.wait(1)
    save(world, notes="again")
    assert f"{REPORT}/parts/model-2" not in world.store.documents
    assert f"{REPORT}/parts/model" in world.store.documents


def test_a_comparison_that_was_deleted_has_no_report(world: World):
    save(world)
    del world.store.documents[PATH]
    report_on("comparisons", "cmp-1", world.services)
    assert not [path for path in world.store.documents if path.startswith(REPORT)]
