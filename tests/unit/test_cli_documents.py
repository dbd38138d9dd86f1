"""`apply` and the reading of YAML: every problem at once, each with file, document and line."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from quicktest.client import drafts_from
from quicktest.drafts import load_text
from quicktest.errors import QuicktestError
from quicktest.findings import InvalidDrafts
from quicktest.yaml_text import load_all
from tests.unit.user_side import EXPERIMENT_ID, Cli, MemoryStore, make_cli

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*/*.yaml"))
MODEL = "kind: model_config\nid: small\nname: Small\n"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    for wait in ("REPORT_WAIT_S", "PREPARE_WAIT_S"):  # there are no functions here
        monkeypatch.setattr(f"quicktest.verdicts.{wait}", 0.0)
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: store)
    return store


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "documents.yaml"
    path.write_text(text)
    return path


def problems(text: str) -> list[str]:
    """What `text` as file a.yaml is refused for."""
    with pytest.raises(InvalidDrafts) as raised:
        drafts_from(text)
    return [str(finding).replace("the text", "a.yaml") for finding in raised.value.findings]


# ------------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_valid_and_complete(path: Path) -> None:
    kinds = [draft.kind for draft in drafts_from(path)]
    assert kinds == ["dataset", "feature_config", "model_config", "experiment"]


def test_all_problems_of_all_documents_are_told_with_their_lines() -> None:
    text = MODEL + "output_embedding_dim: 1\nlayers: []\n---\nkind: experiment\nepochs: 0\nmodel_config: small\n"
    found = problems(text)
    assert [problem.split(":")[0] for problem in found] == [
        "a.yaml, document 1, line 5",
        "a.yaml, document 1, line 4",
        "a.yaml, document 2, line 8",
        "a.yaml, document 2, line 7",
    ]
    assert "`output_embedding_dim`" in found[1] and "`epochs`" in found[2] and "`feature_config`" in found[3]


def test_a_problem_deep_inside_has_its_own_line() -> None:
    text = MODEL + "query_layers:\n  - {type: dense, units: 64}\n  - type: dense\n    units: 99999\n"
    assert problems(text)[0].startswith("a.yaml, line 7: `query_layers.1.units`")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "kind: modle\n",
            "`kind`: `modle` is not a kind of document. Use `dataset`, `feature_config`, `model_config`,",
        ),
        ("id: x\n", "line 1: `kind`: the field is missing."),
        ("kind: model_config\nname: x\n", "`id`: the field is missing."),
        ("kind: model_config\nid: 7\nname: x\n", "line 2: `id`: `7` is not text."),
        ("kind: model_config\nid: Big Model\nname: x\n", "line 2: `id`: 'Big Model' is not an id."),
        (MODEL + "name: Large\n", "line 4: `name`: it stands twice."),
        (MODEL + "owner: me\n", "line 4: `owner`: it is filled in"),
        ("- a\n- b\n", "line 1: `document`: it is not a list of `field: value` lines."),
        (MODEL + "---\n" + MODEL, "line 6: `id`: model_config small stands twice."),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, expected: str) -> None:
    assert any(expected in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "kind: [1\nid: x",
            "line 2: this is not YAML: expected ',' or ']', but got ':'. A `[` or a `{` before",
        ),
        ("kind: a\n\tid: x", "a.yaml, line 2: this is not YAML"),
        ("name: First: try", "mapping values are not allowed here. Put text with a colon in it in quotes"),
        ("a:\n    b: 1\n  c: 2", "line 3: this is not YAML: expected <block end>"),
        ("name: @x", "cannot start any token. Put text that begins with a special character in quotes."),
        ('name: "x', "found unexpected end of stream. A quote is not closed."),
        ("", "a.yaml holds no document."),
        ("---\n---\n", "a.yaml holds no document."),
        ("a: &a\n  b: *a\n", "contains itself"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, expected: str) -> None:
    with pytest.raises(QuicktestError, match=expected.split(":")[0]) as raised:
        load_text(text, "a.yaml")
    assert expected in str(raised.value)


def test_words_that_yaml_once_took_for_yes_and_no_stay_words() -> None:
    """Of YAML 1.2: a filter for Norway is a filter for `NO`, and `on` is a name."""
    (located,) = load_all("values: [NO, yes, on]\non: true\noff: False\n", "a.yaml")
    assert located.value == {"values": ["NO", "yes", "on"], "on": True, "off": False}


def test_numbers_with_an_exponent_are_numbers() -> None:
    (draft,) = drafts_from(MODEL + "learning_rate: 1e-3\n")
    assert draft.body["learning_rate"] == 0.001


def test_days_stay_text_because_firestore_has_no_type_for_them() -> None:
    from datetime import date

    window = "filters: {window: {from: 2025-01-31}}\n"
    (draft,) = drafts_from(DATASET + window)
    assert draft.body["filters"] == {"window": {"from": "2025-01-31"}}
    raw = {"kind": "dataset", "id": "shop", **draft.body, "filters": {"window": {"from": date(2025, 1, 31)}}}
    assert drafts_from(raw)[0].body == draft.body
    assert any("line 6: `filters.window.from`" in told for told in problems(DATASET + window.replace("01-31", "02-30")))


def test_every_value_knows_its_line() -> None:
    (located,) = load_all("a:\n  - b: 1\n    c: 2\nd: 3\n", "a.yaml")
    assert located.lines == {"a": 1, "a.0": 2, "a.0.b": 2, "a.0.c": 3, "d": 4}
    assert located.line_of("a.0.nothing") == 2


DATASET = """kind: dataset
id: shop
name: Shop
tables: [{table: sales.purchases}]
roles: {customer_id: customer, product_id: product, event_time: bought_at}
"""
FEATURES = """kind: feature_config
id: base
name: Base
dataset: shop
query_features:
  - {kind: category, column: customer, vocabulary: {embedding_dim: 8}, is_primary_id: true}
  - {kind: category, column: segment, vocabulary: {embedding_dim: 4}}
query_crosses:
  - {features: [customer, segment], hash_buckets: 50}
candidate_features:
  - {kind: category, column: product, vocabulary: {embedding_dim: 16}, is_primary_id: true}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("16}, is_primary_id: true", "16}", "line 10: `candidate_features`: the candidate tower has no primary id."),
        (", segment]", ", segmnt]", "line 9: `query_crosses.0.features.1`: the query tower has no feature `segmnt`."),
        ("column: segment", "column: customer", "line 7: `query_features.1.name`: the query tower already has"),
        ("4}}", "4}, is_primary_id: true}", "line 7: `query_features.1.is_primary_id`: the query tower has 2"),
    ],
)
def test_features_are_checked_as_far_as_no_table_is_needed(old: str, new: str, expected: str) -> None:
    assert len(drafts_from(FEATURES)) == 1
    text = FEATURES.replace(old, new)
    assert any(expected in problem for problem in problems(text)), problems(text)


def test_a_dictionary_has_no_lines() -> None:
    with pytest.raises(InvalidDrafts) as raised:
        drafts_from([{"kind": "model_config", "id": "small"}, {1: 2}])
    assert [finding.where for finding in raised.value.findings] == ["document 1", "document 2"]


# ----------------------------------------------------------------------------------------------------- applying


def test_apply_writes_all_documents_and_then_says_unchanged(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    path = write(tmp_path, MODEL)
    first, second = cli("apply", "-f", path), cli("apply", "-f", path)
    assert (first.code, second.code) == (0, 0)
    assert "created" in first.out and "unchanged" in second.out
    stored = store.documents["model_configs/small"]
    assert stored["name"] == "Small" and stored["schema_version"] == 1 and stored["created_at"].tzinfo


def test_apply_updates_and_keeps_owner_and_birth(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    cli("apply", "-f", write(tmp_path, MODEL))
    before = store.documents["model_configs/small"]
    outcome = cli("apply", "-f", write(tmp_path, MODEL + "output_embedding_dim: 16\n"), "--json")
    after = store.documents["model_configs/small"]
    assert json.loads(outcome.out)["documents"] == [{"kind": "model_config", "id": "small", "action": "updated"}]
    assert after["output_embedding_dim"] == 16
    assert (after["owner"], after["created_at"]) == (before["owner"], before["created_at"])
    assert after["updated_at"] > before["updated_at"]


def test_dry_run_writes_nothing(cli: Cli, store: MemoryStore) -> None:
    outcome = cli("apply", "-f", EXAMPLES[0], "--dry-run")
    assert outcome.code == 0 and "would be created" in outcome.out
    assert store.documents == {}


def test_dry_run_needs_no_stack(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path))
    outcome = cli("apply", "-f", EXAMPLES[0], "--dry-run")
    assert outcome.code == 0 and outcome.out.count("valid") == 4
    assert outcome.out.endswith("are checked when a stack runs.\n")
    assert len(json.loads(cli("apply", "-f", EXAMPLES[0], "--dry-run", "--json").out)["documents"]) == 4


def test_a_file_that_can_be_read_once_is_enough(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(MODEL,), daemon=True)
    writer.start()
    assert cli("apply", "-f", pipe).code == 0
    assert store.ids("model_configs") == ["small"]


def test_what_somebody_else_writes_meanwhile_keeps_all_from_being_written(
    cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.documents["datasets/demo-purchases"] = {"name": "Theirs"}
    monkeypatch.setattr(store, "get", lambda path: None)  # as it was a moment ago
    outcome = cli("apply", "-f", EXAMPLES[0])
    assert outcome.code == 1 and "nothing was written" in outcome.err
    assert store.documents == {"datasets/demo-purchases": {"name": "Theirs"}}


def test_one_bad_document_keeps_all_from_being_written(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    outcome = cli("apply", "-f", write(tmp_path, MODEL + "---\nkind: experiment\n"))
    assert outcome.code == 1 and "nothing was written" in outcome.err
    assert store.documents == {}


def test_a_config_that_does_not_exist_is_named_with_near_ones(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    text = "---\nkind: experiment\nfeature_config: bsae\nmodel_config: small\n"
    store.documents["feature_configs/base"] = {"name": "Base"}
    outcome = cli("apply", "-f", write(tmp_path, MODEL + text))
    assert outcome.code == 1
    assert (
        "document 2, line 6: `feature_config`: there is no feature_config `bsae`. Did you mean `base`?" in outcome.err
    )


def test_an_experiment_is_a_new_one_each_time(cli: Cli, store: MemoryStore) -> None:
    cli("apply", "-f", EXAMPLES[0])
    cli("apply", "-f", EXAMPLES[0])
    assert len(store.ids("experiments")) == 2 and len(store.ids("datasets")) == 1


def test_what_an_experiment_asked_for_never_changes(cli: Cli, store: MemoryStore, tmp_path: Path) -> None:
    store.documents["feature_configs/base"] = store.documents["model_configs/small"] = {}
    text = f"kind: experiment\nid: {EXPERIMENT_ID}\nfeature_config: base\nmodel_config: small\nepochs: "
    assert cli("apply", "-f", write(tmp_path, f"{text}3\n")).code == 0
    assert cli("apply", "-f", write(tmp_path, f"{text}3\nname: Better name\n")).out.rstrip().endswith("updated")
    outcome = cli("apply", "-f", write(tmp_path, f"{text}4\nname: Better name\n"))
    assert outcome.code == 1 and "`epochs` of an experiment never changes" in outcome.err
    assert store.documents[f"experiments/{EXPERIMENT_ID}"]["epochs"] == 3
