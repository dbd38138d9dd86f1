"""Bad input: each one clear sentence that says where and how to mend it; nothing stuck, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from ulid import ULID

from quicktest import Client
from quicktest.experiment import Experiment
from tests.e2e.conftest import EXAMPLE, documents, envelope

WITHIN_S = 60.0
FEATURES = next(document for document in EXAMPLE if document["kind"] == "feature_config")
TABLE = {"tables": [{"table": "quicktest.demo_purchases"}]}


def with_query_column(column: str) -> dict[str, Any]:
    """A feature config of its own that also uses `column`."""
    more = {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}}
    return {"query_features": [*FEATURES["query_features"], more]}


def of_table(table: str) -> dict[str, Any]:
    return {"tables": [{"table": f"quicktest.{table}"}]}


CASES = {
    "unknown column": ({"feature_config": with_query_column("customer_segmnt")}, "customer_segment"),
    "unsupported type": (
        {"dataset": of_table("with_photos"), "feature_config": with_query_column("photo")},
        "BYTES",
    ),
    "empty split": ({"dataset": of_table("twenty_days")}, "test_days"),
    "no rows": ({"dataset": of_table("empty")}, "no rows"),
    "no such table": ({"dataset": of_table("nowhere")}, "quicktest.nowhere"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_fails_with_a_sentence_before_anything_is_paid(client: Client, case: str) -> None:
    changes, words = CASES[case]
    name = case.replace(" ", "-")
    own = {
        kind: {"id": f"{kind.replace('_', '-')}-{name}", "name": f"{kind} of {case}", **changes.get(kind, {})}
        for kind in ("dataset", "feature_config")
    }
    own["feature_config"]["dataset"] = own["dataset"]["id"]
    experiment = client.run(documents(**own, experiment={"name": case, "feature_config": own["feature_config"]["id"]}))

    run = experiment.wait(WITHIN_S)

    assert_refused(run, words)


def test_an_experiment_naming_a_config_that_does_not_exist(client: Client) -> None:
    run = written_past_the_client(client, {"feature_config": "not-there", "model_config": "demo-model"}).wait(WITHIN_S)
    assert_refused(run, "not-there")


def test_a_malformed_document(client: Client) -> None:
    run = written_past_the_client(client, {"feature_config": 7, "epochs": "many", "colour": "blue"}).wait(WITHIN_S)
    assert_refused(run, "epochs")
    assert {"epochs", "colour", "feature_config", "model_config"} <= {problem["path"] for problem in run["problems"]}


def written_past_the_client(client: Client, body: dict[str, Any]) -> Experiment:
    """As a script with server rights does, past every check of the client."""
    experiment_id = f"exp-{str(ULID()).lower()}"
    client.store.create(f"experiments/{experiment_id}", {**envelope(), **body})
    return client.experiment(experiment_id)


def assert_refused(run: dict[str, Any], words: str) -> None:
    assert run["state"] == "failed"
    assert run["build"] is None
    assert run["job"] is None
    told = " ".join(f"{problem['path']} {problem['problem']} {problem['remedy']}" for problem in run["problems"])
    assert words in told
    assert all(problem["problem"].endswith(".") and problem["remedy"] for problem in run["problems"])
    assert run["error"]["explanation"]
