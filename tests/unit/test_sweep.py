"""The sweep over fakes: what lost its event is found, orphans are stopped, places are repaired, all in fair turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from functions import sweep as sweeping
from functions.adapters.ports import Letter, Refused, Transient
from functions.reconcile import reconcile
from functions.searching import EARLIEST, Searches, first_id
from functions.sweep import MOST_WAITING, TOLD, in_turn, sweep
from shared.facts import Build
from shared.runs import State
from shared.stuck import Pulse
from tests.fakes.world import ATTEMPT, EXPERIMENT, START, WRITTEN, World, documents
from tests.unit.driving import counted

AT_REST = dict.fromkeys(TOLD, 0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed for the sweep, as the only item."""
    passed = [0.0]
    monkeypatch.setattr("functions.sweep.time.monotonic", lambda: passed[0])
    return passed


# ----------------------------------------------------------------------------------------------------- lost events


def test_the_sweep_finds_a_request_whose_event_was_lost(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    lost = _ulid(START)
    world.store.put(f"experiments/{lost}", documents()[f"experiments/{EXPERIMENT}"])
    assert sweep(world.services) == {**AT_REST, "looked_at": 2, "reports": 3}
    assert world.store.documents[f"runs/{lost}"]["state"] == "compiling"
    assert {labels["by"] for labels in counted(caplog, "transitions")} == {"sweep"}


def test_runs_that_stand_still_are_counted_in_every_minute(caplog: pytest.LogCaptureFixture):
    """Vertex AI does not let us look, so the run is stuck until it fails after 15 minutes; the other one moves."""
    caplog.set_level("INFO")
    world = World()
    world.bring_to("running")
    world.store.put("experiments/exp-01jd4qz9000000000000000000", dict(WRITTEN))
    sweep(world.services)
    assert counted(caplog, "stuck") == []
    world.pipelines.get = _raise_refused
    for minute in range(1, 21):
        world.wait(60)
        sweep(world.services)
        if minute == 2:
            assert counted(caplog, "stuck") == [{"state": "running", "why": "unseen"}], "by the first sweep after it"
    assert world.run().state is State.FAILED
    assert 14 <= len(counted(caplog, "stuck")) <= 16, "one a minute, and none after its end"
    [record] = [each for each in caplog.records if getattr(each, "counter", None) == "unseen"]
    assert record is not None


def test_an_id_that_is_no_ulid_is_found_by_a_new_process_and_within_the_day():
    world = World()
    sweep(world.services)
    world.store.put("experiments/abc", dict(WRITTEN))
    world.wait(60)
    sweep(world.services)
    assert "runs/abc" not in world.store.documents, "its id sorts before those of all times"
    world.time += timedelta(days=1)
    sweep(world.services)
    assert world.store.documents["runs/abc"]["state"] == "failed"
    world.store.put("experiments/abd", dict(WRITTEN))
    sweep(replace(world.services, searches=Searches()))
    assert world.store.documents["runs/abd"]["state"] == "failed"


@pytest.mark.parametrize("outage", [timedelta(minutes=3), timedelta(hours=20)])
def test_what_was_written_while_nobody_swept_is_found(outage: timedelta):
    world = World()
    sweep(world.services)
    world.wait(60)
    lost = _ulid(world.time)
    world.store.put(f"experiments/{lost}", documents()[f"experiments/{EXPERIMENT}"])
    world.time += outage
    sweep(world.services)
    assert f"runs/{lost}" in world.store.documents


def test_a_request_that_could_not_be_looked_after_is_not_forgotten():
    world = World()
    sweep(world.services)
    lost = _ulid(START)
    world.store.put(f"experiments/{lost}", documents()[f"experiments/{EXPERIMENT}"])
    load = world.store.load
    world.store.load = _raise_transient
    world.wait(60)
    assert sweep(world.services)["failed"] >= 1
    world.store.load = load
    world.time += timedelta(hours=5)
    sweep(world.services)
    assert f"runs/{lost}" in world.store.documents


def test_a_walk_through_all_that_fails_hides_no_request_of_lately():
    world = World()
    lost = _ulid(START)
    world.store.put(f"experiments/{lost}", documents()[f"experiments/{EXPERIMENT}"])
    ask = world.store.requests_without_run
    world.store.requests_without_run = lambda first, most: _raise_transient() if first == EARLIEST else ask(first, most)
    assert sweep(world.services)["failed"] == 1
    assert f"runs/{lost}" in world.store.documents


def test_the_sweep_moves_what_lost_all_its_events():
    world = World()
    world.bring_to("compiling")
    world.finish_build()
    sweep(world.services)
    assert world.run().state is State.RUNNING


def test_the_sweep_begins_the_next_attempt_when_its_time_has_come():
    world = World()
    world.bring_to("running")
    world.fail_job("UNAVAILABLE: away")
    world.reconcile()
    world.wait(29)
    sweep(world.services)
    assert world.run().state is State.REQUESTED
    world.wait(1)
    sweep(world.services)
    assert (world.run().state, world.run().attempt) == (State.RUNNING, 2)


def test_places_that_are_free_are_given_to_the_line():
    """Its handler died before it could wake the next one, or the limit was raised."""
    world = World(max_running=1)
    first, second = world.request(0), world.request(1)
    world.reconcile(first)
    world.reconcile(second)
    world.wish("cancel", first)
    reconcile(first, world.services)
    sweep(world.services)
    assert world.run_of(second).state is State.COMPILING


def test_one_failure_stops_no_other(caplog: pytest.LogCaptureFixture):
    world = World()
    world.bring_to("running")
    second = "exp-01jd4qz1000000000000000000"
    world.store.put(f"experiments/{second}", documents()[f"experiments/{EXPERIMENT}"])
    world.time = START.replace(hour=0, minute=0)
    get = world.pipelines.get

    def get_or_fail(job_id: str):
        if job_id == ATTEMPT:
            raise Transient("UNAVAILABLE")
        return get(job_id)

    world.pipelines.get = get_or_fail
    assert sweep(world.services) == {**AT_REST, "looked_at": 2, "reports": 3, "logs": 1, "failed": 1}
    assert world.store.documents[f"runs/{second}"]["state"] == "running"
    assert EXPERIMENT in caplog.text


@pytest.mark.parametrize(
    "question",
    ["live_runs", "to_delete", "pending_mirrors", "requests_without_run", "queue", "seated_runs", "undrained"],
)
def test_a_question_without_an_answer_stops_no_other(question: str):
    """An index is missing, or a query takes too long: whatever can still be found is looked after."""
    world = World()
    lost = world.request(1)
    world.time = START.replace(hour=0, minute=0)
    world.store.put(f"runs/{EXPERIMENT}/details/none", {})
    setattr(world.store, question, _raise_transient)
    told = sweep(world.services)
    assert told["failed"] >= 1
    assert told["reports"] == 3
    begins = question not in ("requests_without_run", "queue")
    assert (f"runs/{lost}" in world.store.documents) == begins


# --------------------------------------------------------------------------------------------------------- orphans


def test_builds_and_jobs_of_runs_that_do_not_want_them_are_stopped(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World(other_regions=("us-central1",))
    world.bring_to("running")
    world.builds.start(f"{EXPERIMENT}-a2", "image", [])  # of an attempt that does not exist
    gone = "exp-01jd4qz9000000000000000000"
    world.pipelines.at("us-central1").submit(f"{gone}-a1", {}, {}, "", _labels(gone, 1))
    told = sweep(world.services)
    assert told["orphans"] == 2
    assert [build.status for build in world.builds.builds.values()] == ["SUCCESS", "CANCELLED"]
    assert world.pipelines.jobs[f"{gone}-a1"].state == "CANCELLED"
    assert world.pipelines.jobs[ATTEMPT].state == "PENDING", "it is wanted"
    assert sorted(labels["kind"] for labels in counted(caplog, "orphans")) == ["build", "job"]
    assert sweep(world.services)["orphans"] == 0


def test_the_twin_of_a_recorded_build_is_stopped():
    """An ambiguous start, a list that lagged: two builds of one attempt, of which one is consumed."""
    world = World()
    world.bring_to("compiling")
    world.wait(1)
    twin = world.builds.start(ATTEMPT, "image", [])
    sweep(world.services)
    assert world.builds.builds[twin.id].status == "CANCELLED"
    assert world.builds.builds["build-1"].live
    world.finish_build()
    assert world.reconcile().build["id"] == "build-1"


def test_a_job_that_appears_after_the_run_has_ended_is_stopped_in_its_region():
    world = World(other_regions=("us-central1",))
    world.store.documents[f"experiments/{EXPERIMENT}"]["region"] = "us-central1"
    world.bring_to("compiling")
    world.cancel()
    assert world.reconcile().state is State.CANCELLED
    world.pipelines.at("us-central1").submit(ATTEMPT, {}, {}, "", _labels(EXPERIMENT, 1))
    assert sweep(world.services)["orphans"] == 1
    assert world.pipelines.jobs[ATTEMPT].state == "CANCELLED"


def test_whoever_starts_between_the_two_questions_is_no_orphan():
    """Builds and jobs are listed first: a run exists before what it starts."""
    world = World()
    world.bring_to("compiling")
    live = world.builds.live

    def then_it_ends() -> list:
        found = live()
        world.finish_build()
        world.reconcile()  # the job starts after the list, and nobody lists it
        return found

    world.builds.live = then_it_ends
    assert sweep(world.services)["orphans"] == 1, "the build has ended, and a cancel of it is left alone"
    assert world.builds.builds["build-1"].status == "SUCCESS"
    assert world.pipelines.jobs[ATTEMPT].live


def test_a_region_that_does_not_answer_keeps_no_other_from_being_looked_at():
    world = World(other_regions=("us-central1",))
    gone = "exp-01jd4qz9000000000000000000"
    world.builds.live = _raise_transient
    world.pipelines.at("us-central1").submit(f"{gone}-a1", {}, {}, "", _labels(gone, 1))
    told = sweep(world.services)
    assert (told["orphans"], told["failed"]) == (1, 1)


def _labels(experiment_id: str, attempt: int) -> dict[str, str]:
    return {"app": "quicktest", "experiment": experiment_id, "attempt": str(attempt), "endpoint": "wholesale"}


# ---------------------------------------------------------------------------------------------------------- places


@pytest.mark.parametrize("drift", ["lost", "left over"])
def test_places_that_are_not_as_the_runs_are_get_repaired_and_counted(drift: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    world.bring_to("running")
    stray = {"exp-01jd4qz9000000000000000000": {"endpoint": "wholesale", "since": START}}
    world.store.documents["quotas/running"]["holders"] = {} if drift == "lost" else {
        **world.store.documents["quotas/running"]["holders"], **stray,
    }  # fmt: skip
    assert sweep(world.services)["places"] == 1
    assert world.store.queue(world.time).holders == {EXPERIMENT: "wholesale"}
    assert counted(caplog, "quota_repairs") == [{}]
    assert sweep(world.services)["places"] == 0


def test_a_run_that_moves_meanwhile_is_not_taken_for_drift(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    queue = world.store.queue

    def then_one_begins(now: datetime):
        seen = queue(now)
        world.store.queue = queue
        world.reconcile()
        return seen

    world.store.queue = then_one_begins
    assert sweep(world.services)["places"] == 0
    assert not counted(caplog, "quota_repairs")


# ---------------------------------------------------------------------------------------------------- dead letters


def test_a_dead_letter_about_an_experiment_is_looked_after_once(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    world = World()
    world.bring_to("compiling")
    world.finish_build()
    letters = {"pubsub": EXPERIMENT, "nobody": None}
    for source, experiment in letters.items():
        world.store.bury(Letter(source, "gave up", "{}", experiment), world.time)
    assert sweep(world.services)["drained"] == 1
    assert world.run().state is State.RUNNING
    assert counted(caplog, "drained") == [{}]
    assert sweep(world.services)["drained"] == 0


def test_a_dead_letter_whose_experiment_cannot_be_looked_after_stays():
    world = World()
    world.bring_to("running")
    world.store.bury(Letter("pubsub", "gave up", "{}", EXPERIMENT), world.time)
    get, world.pipelines.get = world.pipelines.get, _raise_transient
    assert sweep(world.services)["drained"] == 0
    world.pipelines.get = get
    assert sweep(world.services)["drained"] == 1


def test_a_dead_letter_about_what_nobody_can_read_is_looked_at_once():
    """A hundred of them would hide all later ones (MOST_LETTERS)."""
    world = World()
    world.bring_to("running")
    world.store.documents[f"runs/{EXPERIMENT}"]["state"] = "paused"  # by a later version
    world.store.bury(Letter("pubsub", "gave up", "{}", EXPERIMENT), world.time)
    assert sweep(world.services)["drained"] == 1
    assert world.store.undrained() == {}


# -------------------------------------------------------------------------------------------------- time and turns


def test_every_one_has_its_turn_when_there_is_time_for_few():
    """Where 1 of 10 is looked at in a minute, nobody waits much longer than 17 minutes, at any time of the day."""
    ids = [f"exp-{number:03d}" for number in range(200)]
    for first in range(0, 1_440, 97):
        seen: set[str] = set()
        for minute in range(first, first + 18):
            seen |= set(in_turn(ids, START + timedelta(minutes=minute))[:20])
        assert seen == set(ids)


def test_a_turn_leaves_nobody_out_and_doubles_nobody():
    assert in_turn([], START) == []
    for minute in range(50):
        assert sorted(in_turn(["c", "a", "b"], START + timedelta(minutes=minute))) == ["a", "b", "c"]


def test_when_its_time_is_over_the_next_sweep_goes_on(clock: list[float], monkeypatch: pytest.MonkeyPatch):
    world = World()
    ids = [f"exp-01jd4qz{number:019d}" for number in range(30)]
    world.store.live_runs = lambda: dict.fromkeys(ids, Pulse(State.RUNNING, START, None))
    looked: list[str] = []

    def slowly(experiment_id: str, services: object, budget_s: float, *, shows: bool) -> None:
        looked.append(experiment_id)
        clock[0] += 12
        assert 0 < budget_s <= 50

    monkeypatch.setattr(sweeping, "look_after", slowly)
    told = sweep(world.services)
    assert told["looked_at"] == 10, "120 seconds of looks"
    assert told["reports"] == 3, "and the others still have their turn"
    for _ in range(5):
        clock[0] = 0.0
        world.wait(60)
        sweep(world.services)
    assert set(looked) == set(ids)


def test_many_edited_labels_leave_time_for_what_is_after_them(clock: list[float], monkeypatch: pytest.MonkeyPatch):
    world = World()
    monkeypatch.setattr(sweeping, "edited_lately", lambda *_: [f"exp-{number}" for number in range(30)])

    def slowly(experiment_id: str, services: object) -> bool:
        clock[0] += 2
        return True

    monkeypatch.setattr(sweeping, "relabel", slowly)
    assert sweep(world.services)["relabelled"] == 8, "15 seconds of 2 each"


def test_a_long_line_costs_a_bounded_number_of_looks():
    """Hundreds wait: those whose turn has come begin, some of the others get their reason, and the line is read a few
    times and not once for each."""
    world = World(max_running=3)
    ids = [world.request(number) for number in range(300)]
    for number, each in enumerate(ids):
        if number < 3:
            world.reconcile(each)
        else:
            world.store.documents[f"runs/{each}"] = {
                **world.store.documents[f"runs/{ids[0]}"],
                "experiment": each, "state": "requested", "created_at": START + timedelta(seconds=number),
                "number": number + 1, "intents": {}, "reason": "4 of 4 are running", "build": None,
            }  # fmt: skip
    world.wish("cancel", ids[0])
    reconcile(ids[0], world.services)
    counts = _count_calls(world, "queue", "load", "save")
    told = sweep(world.services)
    assert world.run_of(ids[3]).state is State.COMPILING
    assert told["looked_at"] == 2 + 1 + MOST_WAITING
    assert counts["queue"] <= 10
    assert counts["load"] <= 2 * MOST_WAITING + 30, "once more for each whose reason has changed"
    second = sweep(world.services)
    assert (second["looked_at"], second["failed"]) == (3 + MOST_WAITING, 0)


def _count_calls(world: World, *names: str) -> dict[str, int]:
    counts = dict.fromkeys(names, 0)
    for name in names:
        setattr(world.store, name, _counting(getattr(world.store, name), name, counts))
    return counts


def _counting(call: Callable, name: str, counts: dict[str, int]) -> Callable:
    def counted_call(*arguments: object) -> object:
        counts[name] += 1
        return call(*arguments)

    return counted_call


def _ulid(made: datetime) -> str:
    return first_id(made) + "0" * 16


def _raise_transient(*_: object) -> list[Build]:
    raise Transient("UNAVAILABLE: away")


def _raise_refused(*_: object) -> list[Build]:
    raise Refused("PERMISSION_DENIED: not yours")
