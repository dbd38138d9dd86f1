"""functions/insights: whatever is stale is computed once more, from what is there, and never over newer marks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from functions import insights, main
from functions.adapters.ports import Refused, StoredInsight
from functions.events import command_of_path
from functions.insight_pairs import incompatible_pairs
from functions.insights import rebuild, refresh, refresh_endpoint
from functions.reconcile import look_after
from functions.sweep import sweep
from shared import paths
from shared.insights.charts.read_models import ReadModel
from shared.insights.lists.entries import Entry
from shared.runs import State
from tests.fakes.world import EXPERIMENT, World, documents
from tests.unit.driving import counted
from tests.unit.ended_runs import ENDPOINT, OTHER, PROTOCOL, end, entry, experiment_id, forget

GROUP = f"{ENDPOINT}__{PROTOCOL}"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """With models that say what they were made of; the real ones are in test_insights_whole.py."""
    monkeypatch.setattr(insights, "group_model", _group)
    monkeypatch.setattr(insights, "overview", _overview)
    monkeypatch.setattr(insights, "leaders", _leaders)
    monkeypatch.setattr(insights, "wanted_curves", lambda entries, _: sorted(each.experiment for each in entries)[:2])
    monkeypatch.setattr(insights, "suggestions_of", lambda *_: {"groups": []})
    return World()


def _leaders(entries: Iterable[Entry], protocol: str) -> list[tuple[Entry, list[Entry]]]:
    finished = [each for each in entries if each.completed]
    ordered = sorted(finished, key=lambda each: (-(each.metrics["recall_at_10"].value or 0), each.number))
    return [(ordered[0], ordered[1:])] if ordered else []


def _group(entries: Iterable[Entry], protocol: str, verdicts: Any, curves: Any, now: Any, pairs: Any) -> ReadModel:
    told = {name: [verdict.verdict, verdict.difference, verdict.p] for name, verdict in verdicts.items()}
    part = {"runs": [each.number for each in entries], "verdicts": told, "curves": {**curves}}
    return ReadModel({"computed_at": now.isoformat(), "protocol": protocol}, {"board": part})


def _overview(entries: list[Entry], now: Any, qualities: Any) -> ReadModel:
    return ReadModel({"computed_at": now.isoformat(), "runs": len(entries), "qualities": qualities}, {})


def _board(world: World, name: str = GROUP) -> dict[str, Any]:
    return world.store.insight_part(name, "board")


# ----------------------------------------------------------------------------------------------------------- one model


def test_what_is_stale_is_computed_and_no_longer_stale(world: World):
    end(world, entry(1))
    assert world.store.stale_insights() == [ENDPOINT, GROUP]
    assert refresh(GROUP, world.services)
    assert refresh(ENDPOINT, world.services)
    assert world.store.stale_insights() == []
    assert world.store.documents[f"insights/{ENDPOINT}"]["runs"] == 1
    assert _board(world)["runs"] == [1]


def test_what_is_not_stale_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1))
    refresh(GROUP, world.services)
    monkeypatch.setattr(insights, "group_model", lambda *_: pytest.fail("computed for nothing"))
    assert refresh(GROUP, world.services)
    assert refresh(f"{ENDPOINT}__unknown", world.services)


def test_a_protocol_is_made_of_its_own_runs(world: World):
    for number in (1, 2, 3):
        end(world, entry(number, protocols={"retrieval": OTHER if number == 2 else PROTOCOL}))
    end(world, entry(4, None, protocols={}))
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    assert _board(world)["runs"] == [1, 3]
    assert _board(world, f"{ENDPOINT}__{OTHER}")["runs"] == [2]
    assert world.store.documents[f"insights/{ENDPOINT}"]["runs"] == 4


def test_datasets_come_with_the_quality_that_their_reports_give(world: World):
    world.store.documents["reports/datasets__sales"] = {"quality": {"score": 73, "grade": "fair"}}
    for number, dataset in ((1, "sales"), (2, "unreported"), (3, "")):
        end(world, entry(number, dataset=dataset))
    refresh(ENDPOINT, world.services)
    assert world.store.documents[f"insights/{ENDPOINT}"]["qualities"] == {"sales": 73}


def test_a_model_of_no_runs_is_removed_with_its_parts(world: World):
    only = entry(1)
    end(world, only)
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    forget(world, only)
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    assert not [path for path in world.store.documents if path.startswith("insights/")]


def test_the_index_is_read_once_for_all_that_an_end_changes(world: World, monkeypatch: pytest.MonkeyPatch):
    """Each reading costs one document for 250 ended runs (docs/scale.md)."""
    end(world, entry(1))
    index, read = world.store.index, []
    monkeypatch.setattr(world.store, "index", lambda endpoint: read.append(endpoint) or index(endpoint))
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    assert (read, world.store.stale_insights()) == ([ENDPOINT], [])


@pytest.mark.parametrize("model", [ENDPOINT, GROUP])
def test_a_run_that_ends_while_its_endpoint_is_brought_up_to_date_is_in_all(
    world: World, monkeypatch: pytest.MonkeyPatch, model: str
):
    end(world, entry(1))
    insight, others = world.store.insight, [lambda: end(world, entry(2))]

    def marked(name: str) -> StoredInsight:
        found = insight(name)
        if name == model and others:
            others.pop()()
        return found

    monkeypatch.setattr(world.store, "insight", marked)
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    assert world.store.stale_insights() == []
    assert (_board(world)["runs"], world.store.documents[f"insights/{ENDPOINT}"]["runs"]) == ([1, 2], 2)


def test_a_run_that_ends_meanwhile_is_in_it(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1))
    _during_the_first(monkeypatch, world, lambda: end(world, entry(2)))
    assert refresh(GROUP, world.services)
    assert _board(world)["runs"] == [1, 2]


def test_a_model_that_is_marked_each_time_stays_stale(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    end(world, entry(1))
    index = world.store.index

    def marked(endpoint: str) -> list[Entry]:
        world.store._mark_stale(ENDPOINT, [PROTOCOL])
        return index(endpoint)

    monkeypatch.setattr(world.store, "index", marked)
    assert not refresh(GROUP, world.services)
    assert GROUP in world.store.stale_insights()
    assert len(counted(caplog, "conflicts")) == insights.TRIES


def _during_the_first(monkeypatch: pytest.MonkeyPatch, world: World, act: Callable[[], None]) -> None:
    """`act` happens after the index was read for the first time."""
    index, acts = world.store.index, [act]

    def read(endpoint: str) -> list[Entry]:
        found = index(endpoint)
        if acts:
            acts.pop()()
        return found

    monkeypatch.setattr(world.store, "index", read)


# ------------------------------------------------------------------------------------------------ verdicts and curves


def test_runs_are_judged_against_the_leader_once(world: World, monkeypatch: pytest.MonkeyPatch):
    for number, recall in ((1, 0.5), (2, 0.1), (3, 0.49)):
        end(world, entry(number, recall))
    refresh(GROUP, world.services)
    told = _board(world)["verdicts"]
    assert (told[experiment_id(2)][0], told[experiment_id(3)][0]) == ("worse", "cannot_tell")
    read = _counting(world, monkeypatch)
    end(world, entry(4, 0.12))
    refresh(GROUP, world.services)
    assert [name for name in read if name.endswith("customers.npz")] == [
        paths.customers(experiment_id(1), 1), paths.customers(experiment_id(4), 1)]  # fmt: skip
    assert set(_board(world)["verdicts"]) == {experiment_id(number) for number in (2, 3, 4)}


def test_a_new_leader_is_what_all_are_judged_against(world: World):
    for number, recall in ((1, 0.3), (2, 0.1)):
        end(world, entry(number, recall))
    refresh(GROUP, world.services)
    before = _board(world)["verdicts"][experiment_id(2)]
    end(world, entry(3, 0.6))
    refresh(GROUP, world.services)
    assert set(_board(world)["verdicts"]) == {experiment_id(1), experiment_id(2)}
    assert _board(world)["verdicts"][experiment_id(2)] != before


@pytest.mark.parametrize("damage", [None, b"", b"no archive"])
def test_a_file_that_is_gone_or_damaged_is_no_verdict(world: World, damage: bytes | None):
    for number, recall in ((1, 0.5), (2, 0.1), (3, 0.2)):
        end(world, entry(number, recall))
    name = paths.customers(experiment_id(2), 1)
    if damage is None:
        del world.blobs.objects[name]
    else:
        world.blobs.objects[name] = damage
    refresh(GROUP, world.services)
    assert set(_board(world)["verdicts"]) == {experiment_id(3)}
    read = _reading(world)
    end(world, entry(5, None))
    refresh(GROUP, world.services)
    assert not [each for each in read if "customers" in each], "it does not come back, and nobody looks again"
    del world.blobs.objects[paths.customers(experiment_id(1), 1)]  # the leader's
    del world.store.documents[f"runs/{experiment_id(3)}"]
    end(world, entry(4, 0.1))
    refresh(GROUP, world.services)
    assert set(_board(world)["verdicts"]) == {experiment_id(3)}, "what is known stays known"


def _reading(world: World) -> list[str]:
    """The objects that are read from now on."""
    seen: list[str] = []
    read = world.blobs.read

    def told(name: str, longest: int) -> bytes | None:
        seen.append(name)
        return read(name, longest)

    world.blobs.read = told  # type: ignore[method-assign]
    return seen


def test_a_file_that_may_not_be_read_just_now_is_read_later(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1, 0.5))
    end(world, entry(2, 0.1))
    name, read = paths.customers(experiment_id(2), 1), world.blobs.read

    def refusing(each: str, longest: int) -> bytes | None:
        if each == name:
            raise Refused("PERMISSION_DENIED: no")
        return read(each, longest)

    with monkeypatch.context() as refused:
        refused.setattr(world.blobs, "read", refusing)
        refresh(GROUP, world.services)
        assert _board(world)["verdicts"] == {}
    end(world, entry(3, None))
    refresh(GROUP, world.services)
    assert set(_board(world)["verdicts"]) == {experiment_id(2)}


def test_customers_of_the_sample_count_below_100_percent(world: World):
    for number, recall in ((1, 0.5), (2, 0.1)):
        end(world, entry(number, recall, sample_percent=10))
    refresh(GROUP, world.services)
    [kept] = world.store.insight_part(GROUP, "verdicts-10")["of"].values()
    assert kept["n"] == 30


def test_curves_are_read_once_and_without_epochs_that_were_not_measured(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1))
    refresh(GROUP, world.services)
    assert _board(world)["curves"] == {experiment_id(1): [[0, 0.1], [1, 0.11], [2, 0.12], [3, 0.13]]}
    read = _counting(world, monkeypatch)
    end(world, entry(2))
    refresh(GROUP, world.services)
    assert [name for name in read if name.endswith("history")] == [f"{experiment_id(2)}/history"]
    assert len(_board(world)["curves"]) == 2


def _counting(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read from now on."""
    read: list[str] = []
    blob, detail = world.blobs.read, world.store.detail
    monkeypatch.setattr(world.blobs, "read", lambda name, longest: read.append(name) or blob(name, longest))
    monkeypatch.setattr(world.store, "detail", lambda run, part: read.append(f"{run}/{part}") or detail(run, part))
    return read


def test_configs_that_do_not_fit_are_told_from_those_that_nobody_tried(world: World):
    store = world.store
    ranks = {**documents()["model_configs/minimal"], "model_type": "ranking"}
    store.put("model_configs/ranks", ranks)
    target = {**documents()["feature_configs/base"], "target": {"column": "price"}}
    store.put("feature_configs/with-target", target)
    runs = [
        entry(1, feature_config="base", model_config="minimal"),
        entry(2, feature_config="with-target", model_config="ranks"),
        entry(3, feature_config="gone", model_config="minimal"),
    ]
    [(pair, reason)] = incompatible_pairs(runs, world.services).items()
    assert pair == ("base", "ranks")
    assert "target" in reason
    assert incompatible_pairs(runs[:1], world.services) == {}
    assert incompatible_pairs([*runs, entry(4, feature_config="base", model_config="ranks")], world.services) == {}


# ------------------------------------------------------------------------------------------------- whoever calls it


def test_a_run_that_ends_is_shown_at_once(world: World):
    world.bring_to("running")
    world.write_epoch(0)
    world.write_epoch(1)
    world.write_results()
    world.succeed_job()
    run = look_after(EXPERIMENT, world.services)
    assert run is not None and run.state is State.COMPLETED
    assert world.store.stale_insights() == []
    assert world.store.documents["insights/wholesale"]["runs"] == 1


def test_a_failure_is_no_failure_of_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    end(world, entry(1))
    monkeypatch.setattr(insights, "overview", lambda *_: 1 / 0)
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    assert len(counted(caplog, "insight_failures")) == 1
    assert world.store.stale_insights() == [ENDPOINT, GROUP]


def test_without_suggestions_there_is_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    end(world, entry(1))
    refresh(GROUP, world.services)
    assert world.store.insight_part(GROUP, "suggestions") == {"groups": []}
    monkeypatch.setattr(insights, "suggestions_of", lambda *_: 1 / 0)
    end(world, entry(2))
    assert refresh(GROUP, world.services)
    assert (_board(world)["runs"], world.store.insight_part(GROUP, "suggestions")) == ([1, 2], None)
    assert len(counted(caplog, "insight_failures")) == 1


def test_only_the_endpoints_own_models_within_its_time(world: World):
    end(world, entry(1))
    end(world, entry(2, model_endpoint="retail"))
    refresh_endpoint("retail", world.services, time.monotonic() - 1)
    assert len(world.store.stale_insights()) == 4
    refresh_endpoint("retail", world.services, time.monotonic() + 60)
    assert world.store.stale_insights() == [ENDPOINT, GROUP]


def test_the_sweep_computes_whatever_is_stale_although_one_fails(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1))
    monkeypatch.setattr(insights, "overview", lambda *_: 1 / 0)
    told = sweep(world.services)
    assert (told["insights"], told["failed"]) == (2, 1)
    assert world.store.stale_insights() == [ENDPOINT]


def test_of_many_runs_that_a_sweep_ends_what_is_shown_is_computed_once(world: World, monkeypatch: pytest.MonkeyPatch):
    for number in range(3):
        each = world.request(number)
        world.store.documents[f"experiments/{each}"]["feature_config"] = "missing"
    made: list[int] = []
    world.wait(1_800)  # a full hour: all requests are looked for
    monkeypatch.setattr(insights, "overview", lambda entries, *_: made.append(len(entries)) or ReadModel({}, {}))
    sweep(world.services)
    assert made == [3]
    assert world.store.stale_insights() == []


def test_what_is_damaged_of_what_was_learned_is_learned_anew(world: World):
    end(world, entry(1))
    end(world, entry(2))
    refresh(GROUP, world.services)
    parts = {path: part for path, part in world.store.documents.items() if path.startswith(f"insights/{GROUP}/parts/")}
    whole = {path: dict(part) for path, part in parts.items()}
    assert any("verdicts" in path for path in parts)
    for content in ("{", "[]", '"x"', None, '{"leader": 5, "of": 7}'):
        for part in parts.values():
            part.update({"json": content}) if content is not None else part.clear()
        end(world, entry(3))
        forget(world, entry(3))
        assert refresh(GROUP, world.services)
        found = {path: world.store.documents[path] for path in whole}
        assert found == whole
        parts = found


def test_the_sweep_leaves_to_the_next_what_it_has_no_time_for(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1))
    monkeypatch.setattr("functions.sweep.BUDGET_OF_INSIGHTS_S", 0.0)
    assert sweep(world.services)["insights"] == 0
    assert len(world.store.stale_insights()) == 2


# ------------------------------------------------------------------------------------------------------------ rebuild


def _ask(world: World, endpoint: str = ENDPOINT) -> None:
    common = {"schema_version": 1, "owner": "root", "created_at": world.time, "updated_at": world.time}
    world.store.put(f"commands/{endpoint}--rebuild", {**common, "model_endpoint": endpoint, "kind": "rebuild"})


def test_a_rebuild_makes_all_anew_and_its_command_goes(world: World, monkeypatch: pytest.MonkeyPatch):
    for number, recall in ((1, 0.5), (2, 0.1)):
        end(world, entry(number, recall))
    refresh_endpoint(ENDPOINT, world.services, time.monotonic() + 60)
    monkeypatch.setattr(world.store, "rebuild_index", lambda endpoint: 1)
    kept = world.store.documents[f"insights/{GROUP}/parts/verdicts-100"]
    kept["json"] = kept["json"].replace('"worse"', '"better"')
    _ask(world)
    assert rebuild(ENDPOINT, world.services, 60)
    assert _board(world)["verdicts"][experiment_id(2)][0] == "worse"
    assert f"commands/{ENDPOINT}--rebuild" not in world.store.documents
    told = world.store.rebuild_progress(ENDPOINT)
    assert (told["runs"], told["changed"], told["protocols"], told["asked_by"]) == (2, 1, 1, "root")
    assert told["ended_at"] is not None
    assert "from_scratch" not in world.store.documents[f"insights/{GROUP}"]


def test_the_commands_event_rebuilds_and_looks_after_no_experiment(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(main, "services", lambda: world.services)
    monkeypatch.setattr(main, "look_after", lambda *_: pytest.fail("it is about no experiment"))
    monkeypatch.setattr(world.store, "rebuild_index", lambda endpoint: 0)
    end(world, entry(1))
    _ask(world)
    command = command_of_path("commands", f"{ENDPOINT}--rebuild")
    assert (command.is_rebuild, command.experiment) == (True, None)
    main._obey(command)
    assert (world.store.rebuilds(), world.store.stale_insights()) == ([], [])
    assert not [path for path in world.store.documents if path.startswith("dead_letters/")]


def test_a_rebuild_of_what_is_gone_removes_what_is_left(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(world.store, "rebuild_index", lambda endpoint: 0)
    world.store.documents[f"insights/{ENDPOINT}__old"] = {"endpoint": ENDPOINT, "protocol": "old", "stale": False}
    _ask(world)
    assert rebuild(ENDPOINT, world.services, 60)
    assert not [path for path in world.store.documents if path.startswith("insights/")]


def test_an_interrupted_rebuild_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch):
    for number in (1, 2):
        end(world, entry(number, protocols={"retrieval": f"protocol-{number}"}))
    made: list[str] = []
    monkeypatch.setattr(world.store, "rebuild_index", lambda endpoint: made.append(endpoint) or 0)
    _ask(world)
    assert not rebuild(ENDPOINT, world.services, 0)
    assert world.store.rebuilds() == [ENDPOINT]
    refresh(f"{ENDPOINT}__protocol-1", world.services)
    sweep(world.services)
    assert world.store.rebuilds() == []
    assert made == [ENDPOINT]
    assert world.store.stale_insights() == []
    world.wait(60)
    _ask(world)
    assert rebuild(ENDPOINT, world.services, 60)
    assert made == [ENDPOINT, ENDPOINT], "the next one begins again"


def test_one_model_that_fails_keeps_no_rebuild_for_ever(world: World, monkeypatch: pytest.MonkeyPatch):
    end(world, entry(1))
    _ask(world)
    monkeypatch.setattr(insights, "overview", lambda *_: 1 / 0)
    assert rebuild(ENDPOINT, world.services, 60.0)
    assert world.store.rebuilds() == []
    assert (world.store.rebuild_progress(ENDPOINT) or {})["failed"] == [ENDPOINT]
    assert world.store.stale_insights() == [ENDPOINT], "which the sweep tries again"


def test_without_a_valid_command_nothing_is_rebuilt(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(world.store, "rebuild_index", lambda endpoint: pytest.fail("nobody asked"))
    assert rebuild(ENDPOINT, world.services, 60)
    world.store.put(f"commands/{ENDPOINT}--rebuild", {"kind": "rebuild", "model_endpoint": ENDPOINT})
    assert rebuild(ENDPOINT, world.services, 60)
