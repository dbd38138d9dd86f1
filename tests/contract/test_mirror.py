"""The projection to MLflow, on the fake and on a real store; and what an outage does."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from functions.adapters.mlflow_mirror import EXPERIMENT_TAG, MlflowMirror
from functions.adapters.ports import Mirror, MirrorRecord
from functions.mirror import record_of
from tests.contract.conftest import free_port
from tests.fakes.cloud import FakeMirror
from tests.fakes.world import EXPERIMENT, World


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making the tables takes MLflow ten seconds: once is enough."""
    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def tracking_uri(empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # artifacts of a store without a server go below the working folder
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture(params=["fake", "real"])
def mirror(request: pytest.FixtureRequest) -> Mirror:
    return FakeMirror() if request.param == "fake" else MlflowMirror(request.getfixturevalue("tracking_uri"))


@pytest.fixture(scope="module")
def record() -> MirrorRecord:
    """Of a run that came all the way."""
    world = World()
    return record_of(world.bring_to("completed"), world.store)


def test_a_run_is_written_and_its_place_told(mirror: Mirror, record: MirrorRecord):
    written = mirror.write(record)
    assert (written.state, written.reason) == ("done", None)
    assert written.run_id
    assert written.url


def test_writing_twice_leaves_one_run(mirror: Mirror, record: MirrorRecord):
    assert mirror.write(record) == mirror.write(record)


def test_a_create_that_was_sent_twice_leaves_one_run(
    record: MirrorRecord, tracking_uri: str, monkeypatch: pytest.MonkeyPatch
):
    create = MlflowClient.create_run

    def twice(self: MlflowClient, *arguments: object) -> object:
        create(self, *arguments)  # its answer was lost
        return create(self, *arguments)

    monkeypatch.setattr(MlflowClient, "create_run", twice)
    written = MlflowMirror(tracking_uri).write(record)
    client = MlflowClient(tracking_uri)
    experiment = client.get_experiment_by_name(record.experiment_name)
    assert [run.info.run_id for run in client.search_runs([experiment.experiment_id])] == [written.run_id]
    assert client.get_run(written.run_id).data.metrics["recall_at_10"] == 0.2


def test_two_runs_are_two_runs(mirror: Mirror, record: MirrorRecord):
    other = replace(record, experiment_id="exp-01jd4qz1000000000000000000")
    assert mirror.write(record).run_id != mirror.write(other).run_id


def test_mlflow_holds_params_metrics_curves_tags_and_files(record: MirrorRecord, tracking_uri: str):
    MlflowMirror(tracking_uri).write(record)
    written = MlflowMirror(tracking_uri).write(record)  # after a restart
    client = MlflowClient(tracking_uri)
    run = client.get_run(written.run_id)
    assert run.info.run_name == "Exp #1 first"
    assert run.info.status == "FINISHED"
    assert run.data.tags[EXPERIMENT_TAG] == EXPERIMENT
    assert run.data.params["batch_size"] == "512"
    assert run.data.metrics["recall_at_10"] == 0.2
    curve = client.get_metric_history(written.run_id, "epoch/train/loss")
    assert [(point.step, point.value) for point in curve] == [(1, 3.0), (2, 3.0)]
    assert {file.path for file in client.list_artifacts(written.run_id)} == {"code", "results.json"}


def test_a_run_is_removed_and_others_stay(mirror: Mirror, record: MirrorRecord):
    other = replace(record, experiment_id="exp-01jd4qz1000000000000000000")
    first, kept = mirror.write(record), mirror.write(other)
    assert mirror.remove(record.experiment_name, record.experiment_id).state == "done"
    assert mirror.remove(record.experiment_name, record.experiment_id).state == "done", "it is gone already"
    assert mirror.write(other).run_id == kept.run_id
    assert first.run_id != kept.run_id


def test_a_run_that_was_never_written_is_removed(mirror: Mirror, record: MirrorRecord):
    assert mirror.remove("no such experiment", record.experiment_id).state == "done"
    mirror.write(replace(record, experiment_id="exp-01jd4qz1000000000000000000"))
    assert mirror.remove(record.experiment_name, record.experiment_id).state == "done"


def test_mlflow_shows_a_removed_run_no_more(record: MirrorRecord, tracking_uri: str):
    mirror, client = MlflowMirror(tracking_uri), MlflowClient(tracking_uri)
    written = mirror.write(record)
    mirror.remove(record.experiment_name, record.experiment_id)
    assert client.get_run(written.run_id).info.lifecycle_stage == "deleted"
    again = mirror.write(record)
    assert again.run_id != written.run_id, "what was deleted is not written to"


@pytest.mark.timeout(60)
def test_a_server_that_is_away_makes_a_removal_pending(record: MirrorRecord):
    removed = MlflowMirror(f"http://127.0.0.1:{free_port()}").remove(record.experiment_name, record.experiment_id)
    assert removed.state == "pending"
    assert removed.reason


@pytest.mark.timeout(60)
def test_a_server_that_is_away_is_pending_and_noticed_in_bounded_time(record: MirrorRecord):
    written = MlflowMirror(f"http://127.0.0.1:{free_port()}").write(record)
    assert written.state == "pending"
    assert written.reason


def test_a_run_that_mlflow_never_takes_is_failed(record: MirrorRecord, tracking_uri: str):
    written = MlflowMirror(tracking_uri).write(replace(record, params={"bad\nname": "x"}))
    assert written.state == "failed"
    assert written.reason
