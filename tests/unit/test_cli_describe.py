"""`describe`, `code`, and what `apply` and `run` tell of what the functions found out."""

from __future__ import annotations

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from quicktest.describing import experiment_sections, feature_sections, feature_words, model_sections
from shared.columns import SourceTable
from shared.parsing import parse
from tests.unit import samples
from tests.unit.user_side import EXPERIMENT_ID, START, Cli, MemoryStore, completed_run, make_cli, run_document

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/demo/multitask.yaml"
DATASET = {**samples.DATASET, "tables": [{"table": "sales.purchases"}]}
PROBLEM = {"code": "W_X", "path": "roles", "problem": "few rows.", "remedy": "Load more.", "severity": "warning"}


class Tables:
    """A warehouse with the table of the samples; asking for rows fails."""

    def table(self, project: str | None, dataset: str, table: str) -> Any:
        return SourceTable(tuple(samples.CATALOGUE))


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Without a stack."""
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def store(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A stack whose database holds the samples."""
    documents = {
        "datasets/shop": DATASET,
        "feature_configs/base": samples.FEATURE_CONFIG,
        "model_configs/minimal": samples.MODEL_CONFIG,
        "model_configs/ranking": {**samples.RANKING_MODEL_CONFIG, "ranking_loss": "mse"},
    }
    del documents["model_configs/ranking"]["positive_class_weight"]
    store = MemoryStore(copy.deepcopy(documents))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    monkeypatch.setattr("quicktest.answers._warehouse", lambda config: Tables())
    for wait in ("REPORT_WAIT_S", "PREPARE_WAIT_S"):
        monkeypatch.setattr(f"quicktest.verdicts.{wait}", 0.0)
    return store


# ---------------------------------------------------------------------------------------------------- describe


def test_a_file_is_described_document_by_document_without_a_stack(cli: Cli) -> None:
    outcome = cli("describe", EXAMPLE)
    assert outcome.code == 0
    for part in (
        "Filter 1: `quantity` > 0", "Query tower, 84 wide", "embeddings of product_id", "Candidate tower, 49 wide",
        "quantity, clipped to percentiles 0, 99, log, zscore", "Towers of a multitask model", "32→1",
        "when a stack runs",
    ):  # fmt: skip
        assert part in outcome.out, part
    told = json.loads(cli("describe", EXAMPLE, "--kind", "model_config", "--json").out)
    assert [each["kind"] for each in told] == ["model_config"] and told[0]["found"]["parameters"]["total"] > 0


def test_each_feature_says_what_becomes_of_it_and_how_wide_it_is() -> None:
    """S3.14; widths are those of shared.features."""
    config = parse("feature_configs", "everything", samples.FULL_FEATURE_CONFIG)
    query, candidate, target = feature_sections(config)
    rows = {row[0]: row for row in (*query.rows, *candidate.rows)}
    assert rows["recent"][1:] == ("the last 10, averaged, embeddings of product", "q_recent", "16", "28%")
    assert rows["price"][1] == (
        "clipped to percentiles 1, 99, log, minmax to -1, 1, 4 buckets at 1, 10, 100, whether it is missing"
    )
    assert rows["bought_at × land"][3] == "8" and rows["brand × category × price"][1] == "crossed, 5,000 hash buckets"
    assert rows["land"][1] == "100 hash buckets"
    assert target.rows == [("quantity, clipped to percentiles 0, 99, log, minmax",)]
    assert sum(int(row[3]) for row in query.rows) == 58
    renamed = config.query_features[1].model_copy(update={"name": "where"})
    assert feature_words(renamed) == "land: 100 hash buckets"


def test_a_model_shows_only_settings_that_do_something() -> None:
    settings = dict(model_sections(parse("model_configs", "both", samples.MULTITASK_MODEL_CONFIG), {})[-1].rows)
    assert settings["huber delta"] == "2" and settings["weight decay"] == "0.001" and "momentum" not in settings
    of_retrieval = dict(model_sections(samples.model(), {})[-1].rows)
    assert "ranking loss" not in of_retrieval and of_retrieval["learning rate"] == "0.001"


def test_a_stored_dataset_is_described_by_its_report(cli: Cli, store: MemoryStore) -> None:
    column = {"name": "price", "type": "FLOAT64", "mode": "NULLABLE", "label": None}
    store.documents["reports/datasets__shop"] = {
        "state": "ready", "source_updated_at": START, "valid": True, "problems": [PROBLEM], "columns": [column],
        "quality": {"score": 91, "grade": "good", "parts": {"depth": 100.0}}, "filters": ["Filter 1: x (1 of 2)"],
        "funnel": [{"path": "tables.0.table", "words": "table `sales.purchases`", "rows": 1234, "removed": 0}],
    }  # fmt: skip
    statistics = {"columns": [{"name": "price", "count": 1000, "nulls": 25, "distinct": 77, "approximate": True}]}
    store.documents["reports/datasets__shop/parts/statistics"] = statistics
    outcome = cli("describe", "dataset/shop")
    words = " ".join(outcome.out.split())
    for part in ("price FLOAT64 2.5% about 77", "91 of 100, good", "Filter 1: x (1 of 2)", "1,234", "few rows."):
        assert part in words, part


def test_early_stopping_names_the_metric_that_it_looks_at() -> None:
    """S4.13: what is left out is by the model's type; as `none` it would read as if nothing were looked at."""

    def told(**changes: Any) -> str:
        sections = model_sections(parse("model_configs", "small", {**samples.MODEL_CONFIG, **changes}), {})
        return dict(next(section.rows for section in sections if section.title == "Settings"))["early stopping"]

    assert "metric recall@10" in told()
    assert "metric rmse" in told(model_type="ranking", rating_head_layers=[{"type": "dense", "units": 8}])
    assert told(early_stopping={"enabled": False}) == "none"


def test_stored_maps_are_told_in_an_order_of_ours() -> None:
    """Firestore keeps none, and two descriptions of one split must read alike."""
    split = {"window_ref": "2025-12-31", "test_start": "2025-12-18", "zz": 1, "kind": "strict_time", "newest": {}}
    parameters = {"tier": "small", "batch_size": 64, "epochs": 3, "split": split}
    found = {section.title: section.rows for section in experiment_sections({"parameters": parameters})}
    assert found["Split"] == [
        ("kind", "strict_time"), ("test begins", "2025-12-18"), ("window ends", "2025-12-31"), ("zz", "1"),
    ]  # fmt: skip
    assert [label for label, _ in found["Parameters"]] == ["epochs", "batch size", "tier"]


def test_a_run_is_described_by_what_it_was_resolved_to(cli: Cli, store: MemoryStore) -> None:
    configs = {"dataset": samples.dataset(), "feature_config": samples.features(),
               "model_config": samples.model(), "experiment": samples.experiment()}  # fmt: skip
    frozen = {kind: document.model_dump(mode="json", by_alias=True) for kind, document in configs.items()}
    parameters = {"epochs": 3, "batch_size": 512, "split": {"kind": "strict_time", "test_start": "2025-12-15"}}
    store.documents[f"runs/{EXPERIMENT_ID}"] = completed_run(parameters=parameters, counts={"rows": {"train": 9000}})
    store.documents[f"runs/{EXPERIMENT_ID}/details/snapshot"] = {"configs": frozen}
    words = " ".join(cli("describe", "12").out.split())
    for part in ("batch size 512", "test begins 2025-12-15", "rows 9,000", "customer(16)", "64→32"):
        assert part.replace("customer(16)", "q_customer 16") in words, part


# -------------------------------------------------------------------------------------------------------- code


def test_the_code_of_a_run_is_the_code_that_ran(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    store.documents[f"experiments/{EXPERIMENT_ID}"] = samples.EXPERIMENT
    store.documents[f"runs/{EXPERIMENT_ID}"] = run_document()
    frozen = {"transform": "T = 1\n", "trainer": "R = 1", "sql": {"train": "SELECT 1", "test": "SELECT 2"}}
    store.documents[f"runs/{EXPERIMENT_ID}/details/code"] = frozen
    assert cli("code", "12", "transform").out == "T = 1\n"
    assert cli("code", "12", "sql", "--split", "test").out == "SELECT 2\n"
    assert "There is no eval.sql here" in cli("code", "12", "sql", "--split", "eval").err
    written = json.loads(cli("code", "12", "--output", tmp_path / "out", "--json").out)["files"]
    names = ["transform_module.py", "trainer_module.py", "train.sql", "test.sql"]
    assert [Path(path).name for path in written] == names
    assert (tmp_path / "out" / "trainer_module.py").read_text() == "R = 1\n"


def test_a_feature_config_has_code_before_anything_ran(cli: Cli, store: MemoryStore) -> None:
    transform = cli("code", "feature_config/base", "transform")
    assert transform.code == 0 and "preprocessing_fn" in transform.out
    ast.parse(transform.out)
    trainer = cli("code", "base", "trainer", "--model", "minimal")
    assert "run_fn" in trainer.out
    ast.parse(trainer.out)
    assert "needs --model MODEL" in cli("code", "base", "trainer").err
    refused = cli("code", "base", "trainer", "--model", "ranking")
    assert refused.code == 1 and "do not go together" in refused.err and "Add a `target`" in refused.err


def test_code_of_a_broken_feature_config_says_what_is_wrong(cli: Cli, store: MemoryStore) -> None:
    store.documents["feature_configs/base"]["query_features"][1]["column"] = "prise"
    outcome = cli("code", "base", "transform")
    assert outcome.code == 1 and "stored feature_config base: `query_features.1.column`" in outcome.err


def test_code_needs_a_stack_and_says_so(cli: Cli) -> None:
    assert "No stack is running" in cli("code", EXAMPLE).err


# -------------------------------------------------------------------------------------------------- apply, run


def test_apply_tells_what_the_reports_say(
    cli: Cli, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("kind: model_config\nid: small\nname: Small\n")
    assert "its report takes longer: `quicktest describe model_config/small`" in cli("apply", "-f", path).out
    written = store.documents["model_configs/small"]["updated_at"]
    report = {"state": "ready", "source_updated_at": written, "valid": True, "problems": [PROBLEM]}
    store.documents["reports/model_configs__small"] = report
    outcome = cli("apply", "-f", path)
    assert "unchanged, valid" in outcome.out and "note: roles: few rows. Load more." in outcome.out
    told = json.loads(cli("apply", "-f", path, "--json").out)["documents"][0]
    assert told["valid"] is True and told["problems"] == [PROBLEM]
    store.documents["reports/model_configs__small"] |= {"source_updated_at": START}
    assert "takes longer" in cli("apply", "-f", path).out, "a report on an earlier version says nothing"


def test_run_tells_the_estimate_and_the_warnings(
    cli: Cli, store: MemoryStore, tmp_path: Path, monkeypatch: Any
) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text("kind: experiment\nfeature_config: base\nmodel_config: minimal\n")
    estimate = {"range_seconds": [60.0, 180.0], "range_usd": [0.05, 0.15], "total_usd": 0.1}
    run = run_document("compiling", estimate=estimate, problems=[PROBLEM])
    monkeypatch.setattr("quicktest.experiment.Experiment.run", lambda self: run)
    outcome = cli("run", "-f", path)
    assert outcome.code == 0 and "expected 1 min 00 s to 3 min 00 s, 0.05 USD to 0.15 USD" in outcome.out
    assert "note: roles: few rows. Load more." in outcome.out
    assert json.loads(cli("run", "-f", path, "--json").out)["estimate"] == estimate
    error = {"title": "Not valid", "explanation": "The dataset is empty.", "suggestion": "Load rows."}
    monkeypatch.setattr("quicktest.experiment.Experiment.run", lambda self: {**run, "state": "failed", "error": error})
    refused = cli("run", "-f", path)
    assert refused.code == 1 and "The dataset is empty.\nwhat to do: Load rows." in refused.out


def test_run_tells_a_refusal_once_after_what_was_started(
    cli: Cli, store: MemoryStore, tmp_path: Path, monkeypatch: Any
) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text("kind: experiment\nfeature_config: base\nmodel_config: minimal\n")
    problem = {"path": "split", "problem": "too few days.", "remedy": "Load more.", "severity": "error"}
    error = {"title": "It cannot run", "explanation": "split: too few days. Load more.", "suggestion": "Mend it."}
    run = run_document("failed", error=error, problems=[problem])
    monkeypatch.setattr("quicktest.experiment.Experiment.run", lambda self: run)
    outcome = cli("run", "-f", path)
    started, told, end = outcome.out.splitlines()
    assert (outcome.code, told) == (1, "problem: split: too few days. Load more.")
    assert started.startswith("Started exp-") and end == "It cannot run. Mend it."


def test_run_says_when_the_check_takes_longer(cli: Cli, store: MemoryStore, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text("kind: experiment\nfeature_config: base\nmodel_config: minimal\n")
    monkeypatch.setattr("quicktest.experiment.Experiment.run", lambda self: run_document("preparing"))
    outcome = cli("run", "-f", path)
    assert outcome.code == 0 and "It is still being checked: `quicktest show exp-" in outcome.out
    told = json.loads(cli("run", "-f", path, "--json").out)
    assert told["state"] == "preparing" and told["estimate"] is None
