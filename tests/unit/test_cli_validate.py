"""`validate` and `diff`: all problems at once with their places; two configurations leaf by leaf."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from quicktest.answers import Answers
from quicktest.client import drafts_from, load
from quicktest.comparing import Row, compare
from quicktest.deployment import Deployment
from quicktest.documents import Documents
from quicktest.errors import QuicktestError
from quicktest.validating import validate
from shared.leaves import leaves
from shared.parsing import parse
from shared.validation import name_problems
from tests.unit import samples
from tests.unit.user_side import EXPERIMENT_ID, START, Cli, MemoryStore, completed_run, make_cli

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.yaml"))
TWO_WRONG = """kind: model_config
id: small
name: Small
momentum: 0.5
---
kind: experiment
epochs: 0
feature_config: base
model_config: small
"""


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Without a stack."""
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def store(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A stack with an empty database."""
    store = MemoryStore()
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    return store


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "documents.yaml"
    path.write_text(text)
    return path


# ---------------------------------------------------------------------------------------------------- validate


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_examples_are_valid_without_a_stack(cli: Cli, path: Path) -> None:
    outcome = cli("validate", "-f", path)
    assert outcome.code == 0 and "valid" in outcome.out, outcome.out


def test_examples_that_share_a_document_hold_the_same(cli: Cli) -> None:
    """They are applied one after the other: a dataset that differs would be updated back and forth."""
    bodies: dict[tuple[str, str | None], Any] = {}
    for path in EXAMPLES:
        for draft in drafts_from(path):
            if draft.id is not None:
                assert bodies.setdefault((draft.kind, draft.id), draft.body) == draft.body, (path, draft.label)


def test_every_problem_has_a_line_a_value_a_code_and_a_remedy(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("validate", "-f", write(tmp_path, TWO_WRONG), "--json")
    told = json.loads(outcome.out)
    assert (outcome.code, told["valid"], told["offline"]) == (1, False, True)
    places = [(p["document"], p["line"], p["path"], p["value"], p["code"]) for p in told["problems"]]
    assert places == [
        ("model_config small", 4, "momentum", 0.5, "E_UNKNOWN_FIELD"),
        ("new experiment", 7, "epochs", 0, "E_RANGE"),
    ]
    assert all(problem["problem"] and problem["remedy"] for problem in told["problems"])
    shown = cli("validate", "-f", write(tmp_path, TWO_WRONG))
    assert "line 4: momentum = 0.5  E_UNKNOWN_FIELD" in shown.out
    assert "2 errors and 0 warnings in 2 documents" in shown.out and "when a stack runs" in shown.out


def test_warnings_are_shown_and_never_block(cli: Cli, tmp_path: Path) -> None:
    text = "kind: model_config\nid: small\nname: Small\nlearning_rate: 0.5\n"
    outcome = cli("validate", write(tmp_path, text))
    assert outcome.code == 0 and "W_LEARNING_RATE" in outcome.out and "1 document valid, with 1 warning" in outcome.out


def test_the_pairs_of_a_file_are_checked_without_a_stack() -> None:
    """S4.15: a ranking model needs a target; the problem stands at the feature config."""
    model = {**samples.RANKING_MODEL_CONFIG, "ranking_loss": "mse"}
    del model["positive_class_weight"]
    found = validate(Documents(drafts_of(("feature_config", "base", samples.FEATURE_CONFIG),
                                         ("model_config", "minimal", model),
                                         ("experiment", None, samples.EXPERIMENT))))  # fmt: skip
    assert [(f.document, f.problem.path, f.problem.code) for f in found if f.is_error] == [
        ("feature_config base", "target", "E_TARGET_NEEDED")
    ]


def drafts_of(*documents: tuple[str, str | None, dict[str, Any]]) -> list[Any]:
    reserved = ("owner", "created_at", "updated_at")
    raw = [
        {"kind": kind, **({"id": name} if name else {}), **{k: v for k, v in body.items() if k not in reserved}}
        for kind, name, body in documents
    ]
    drafts, findings = load(copy.deepcopy(raw))
    assert findings == []
    return drafts


class Tables:
    """A warehouse that has the tables of the samples."""

    def table(self, project: str | None, dataset: str, table: str) -> Any:
        from shared.columns import SourceTable

        return SourceTable(tuple(samples.CATALOGUE)) if (dataset, table) == ("sales", "purchases") else None


DEPLOYMENT = Deployment("demo-test", "europe-west4", None, local=True)
WHOLE_DATASET = {**samples.DATASET, "tables": [{"table": "sales.purchases"}]}


def test_columns_are_checked_where_a_stack_runs() -> None:
    features = copy.deepcopy(samples.FEATURE_CONFIG)
    features["query_features"][1]["column"] = "prise"
    dataset = {**WHOLE_DATASET, "roles": {**samples.DATASET["roles"], "order_id": "bascket"}}
    both = Documents(drafts_of(("dataset", "shop", WHOLE_DATASET), ("feature_config", "base", features)), MemoryStore())
    (found,) = validate(both, Answers(both, DEPLOYMENT, Tables()))
    assert (found.document, found.problem.path, found.value) == (
        "feature_config base", "query_features.1.column", "prise",
    )  # fmt: skip
    assert "`price`" in found.problem.remedy
    alone = Documents(drafts_of(("dataset", "shop", dataset)), MemoryStore())
    (found,) = validate(alone, Answers(alone, DEPLOYMENT, Tables()))
    assert found.problem.path == "roles.order_id" and "`basket`" in found.problem.remedy


def test_each_mistake_is_told_once_however_many_documents_it_concerns() -> None:
    """S0.4: what is wrong with a dataset of the file is not told again of its feature config; what the functions know
    better replaces what was told without them, but for near names, which only the file and the store give."""
    features = {**copy.deepcopy(samples.FEATURE_CONFIG), "dataset": "shop"}
    features["candidate_features"][0]["is_primary_id"] = False
    broken = {**WHOLE_DATASET, "timezone": "Berlin"}
    experiment = {**samples.EXPERIMENT, "feature_config": "base", "model_config": "smal"}
    drafts = drafts_of(
        ("dataset", "shop", broken),
        ("feature_config", "base", features),
        ("model_config", "small", samples.MODEL_CONFIG),
        ("experiment", None, experiment),
    )
    documents = Documents(drafts, MemoryStore())
    told = [found.problem for found in validate(documents, Answers(documents, DEPLOYMENT, Tables()))]
    assert sorted(problem.code for problem in told) == ["E_NOT_FOUND", "E_PRIMARY_ID", "E_TIMEZONE"]
    assert next(problem for problem in told if problem.code == "E_NOT_FOUND").remedy == "Did you mean `small`?"
    alone = Documents(drafts_of(("feature_config", "base", features)), MemoryStore({"datasets/shop": broken}))
    codes = {found.problem.code for found in validate(alone, Answers(alone, DEPLOYMENT, Tables()))}
    assert codes == {"E_DATASET", "E_PRIMARY_ID"}, "a stored dataset has no place of its own among the findings"


def test_the_warehouse_is_asked_once_however_many_documents_need_a_table() -> None:
    class Counted(Tables):
        asked = 0

        def table(self, project: str | None, dataset: str, table: str) -> Any:
            self.asked += 1
            return super().table(project, dataset, table)

    features = {**samples.FEATURE_CONFIG, "dataset": "shop"}
    documents = Documents(drafts_of(("dataset", "shop", WHOLE_DATASET), ("feature_config", "base", features)))
    tables = Counted()
    assert validate(documents, Answers(documents, DEPLOYMENT, tables)) == [] and tables.asked == 1


def test_a_new_document_cannot_take_the_name_of_a_stored_one() -> None:
    """S1.1: the stored one is older, whatever the clocks say; a document that is stored keeps its name."""
    stored = {**samples.raw(samples.DATASET), "name": "SHOP", "schema_version": 1}
    store = MemoryStore({"datasets/older": stored, "datasets/mine": {**stored, "name": "Mine"}})
    new, mine = ({**WHOLE_DATASET, "name": name} for name in ("shop", "Ours"))
    drafts = drafts_of(("dataset", "new", new), ("dataset", "mine", mine))
    overlay = Answers(Documents(drafts, store), DEPLOYMENT, Tables())._services.store
    names = overlay.names("datasets")
    assert [each.code for each in name_problems("new", names)] == ["E_NAME_TAKEN"]
    assert name_problems("older", names) == [] and names["mine"]["created_at"] == stored["created_at"]


def test_a_dataset_that_breaks_a_stored_feature_config_warns() -> None:
    """S1.11: renaming a column of a dataset invalidates the feature configs that use it."""
    store = MemoryStore({"feature_configs/base": samples.FEATURE_CONFIG, "feature_configs/other": {"dataset": "x"}})
    columns = [{"column": name} for name in ("customer", "product", "bought_at", "basket", "quantity")]
    renamed = [*columns, {"column": "price", "name": "net_price"}]
    dataset = {**samples.DATASET, "tables": [{"table": "sales.purchases", "columns": renamed}]}
    documents = Documents(drafts_of(("dataset", "shop", dataset)), store)
    found = validate(documents, Answers(documents, DEPLOYMENT, Tables()))
    assert {(f.where, f.problem.severity) for f in found} == {("stored feature_config base", "warning")}
    assert any("`net_price`" in f.problem.remedy for f in found)


def test_a_missing_config_is_told_with_near_names(cli: Cli, store: MemoryStore) -> None:
    store.documents["feature_configs/base"] = samples.FEATURE_CONFIG
    documents = Documents(drafts_of(("experiment", None, {**samples.EXPERIMENT, "feature_config": "bsae"})), store)
    told = {found.problem.path: found.problem for found in validate(documents)}
    assert told["feature_config"].remedy == "Did you mean `base`?"
    assert told["model_config"].code == "E_NOT_FOUND"


def test_nothing_to_validate_is_a_sentence(cli: Cli) -> None:
    assert "Name what to validate" in cli("validate").err
    assert "no stack runs" in cli("validate", "dataset/shop").err


# -------------------------------------------------------------------------------------------------------- diff


def test_equal_configurations_have_no_difference_whatever_was_written() -> None:
    """A default that is written is a default; the order of joins and crosses means nothing."""
    for collection, documents in samples.DOCUMENTS.items():
        if collection == "commands":
            continue
        for name, raw in documents:
            document = parse(collection, name, raw)
            dumped = document.model_dump(by_alias=True)
            if collection == "model_configs":
                again = parse(collection, name, dumped)
                assert {row.change for row in compare(leaves(document), leaves(again))} == {"same"}
            assert {row.change for row in compare(leaves(document), leaves(document))} == {"same"}


def test_every_field_of_every_document_is_a_leaf() -> None:
    """S0.2 for `diff`: changing any one field changes a row."""
    model = samples.model()
    changed = samples.model(temperature=0.5)
    rows = [row for row in compare(leaves(model), leaves(changed)) if row.change != "same"]
    assert rows == [Row("temperature", "1", "0.5")]


def test_features_are_added_removed_and_changed_with_their_widths() -> None:
    full = parse("feature_configs", "everything", samples.FULL_FEATURE_CONFIG)
    base = samples.features()
    rows = {row.name: row for row in compare(leaves(base), leaves(full))}
    assert rows["query.land"] == Row("query.land", None, "land(8)")
    assert rows["query.price"].change == "removed" and rows["query.price"].left == "price(1)"
    assert rows["query.bought_at"] == Row("query.bought_at", "bought_at(4)", "bought_at(10)")
    assert rows["candidate.brand×category×price"].right == "brand×category×price(16)"
    assert rows["query.customer.vocabulary.min_frequency"] == Row(
        "query.customer.vocabulary.min_frequency", "1", "2"
    )  # fmt: skip
    assert not any(name.startswith("query.land.") for name in rows), "what is new has no details to compare"
    assert rows["query tower"] == Row("query tower", "29 wide", "58 wide")


def test_layers_are_text_and_settings_of_other_types_are_not_applicable() -> None:
    both = parse("model_configs", "both", samples.MULTITASK_MODEL_CONFIG)
    rows = {row.name: row for row in compare(leaves(samples.model()), leaves(both))}
    assert rows["query"] == Row("query", "64→32", "64→d0.2→32")
    assert rows["head"] == Row("head", "not applicable", "16→1")
    assert rows["ranking_loss"] == Row("ranking_loss", "not applicable", "huber")
    assert rows["momentum"].change == "same"


def test_diff_of_two_files_shows_only_differences_until_asked_for_all(cli: Cli) -> None:
    first, second = (ROOT / "examples" / name / "experiment.yaml" for name in ("demo", "online_retail"))
    few, every = cli("diff", first, second), cli("diff", first, second, "--all")
    assert few.code == every.code == 0
    assert "≠" in few.out and "≡" not in few.out and "≡" in every.out
    for title in ("Training, sampling and split", "Dataset", "Features", "Model"):
        assert title in few.out
    told = json.loads(cli("diff", first, second, "--kind", "model_configs", "--json").out)
    assert told["kind"] == "model_config" and not told["same"]
    assert {row["name"] for row in told["rows"]} >= {"query", "batch_size", "learning_rate"}
    assert json.loads(cli("diff", first, first, "--json").out)["rows"] == []


def test_two_kinds_cannot_be_compared(cli: Cli, store: MemoryStore) -> None:
    store.documents["datasets/shop"] = samples.DATASET
    store.documents["model_configs/small"] = samples.MODEL_CONFIG
    outcome = cli("diff", "dataset/shop", "small")
    assert outcome.code == 1 and "Compare two of one kind" in outcome.err
    outcome = cli("diff", "dataset/shpo", "small")
    assert "Did you mean `dataset/shop`?" in outcome.err


def test_a_run_is_compared_by_its_frozen_copies(cli: Cli, store: MemoryStore) -> None:
    """What was edited since does not count (S1.36)."""
    configs = {"dataset": samples.dataset(), "feature_config": samples.features(),
               "model_config": samples.model(), "experiment": samples.experiment()}  # fmt: skip
    frozen = {kind: document.model_dump(mode="json", by_alias=True) for kind, document in configs.items()}
    store.documents[f"runs/{EXPERIMENT_ID}"] = completed_run()
    store.documents[f"runs/{EXPERIMENT_ID}/details/snapshot"] = {"configs": frozen}
    other = EXPERIMENT_ID[:-1] + "d"
    store.documents[f"experiments/{other}"] = {**samples.EXPERIMENT, "created_at": START}
    store.documents["feature_configs/base"] = samples.FEATURE_CONFIG
    store.documents["model_configs/minimal"] = {**samples.MODEL_CONFIG, "temperature": 0.5}
    told = json.loads(cli("diff", "12", other, "--json").out)
    assert [(row["section"], row["name"], row["left"], row["right"]) for row in told["rows"]] == [
        ("model_config", "temperature", "1", "0.5")
    ]


def test_a_file_that_cannot_be_read_is_told_as_by_apply(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("diff", write(tmp_path, TWO_WRONG), EXAMPLES[0])
    assert outcome.code == 1 and "`epochs`: 0 is outside" in outcome.err
    with pytest.raises(QuicktestError):
        drafts_from(TWO_WRONG)
