"""Reports in the store: compare-and-swap, parts, versions; on the fake and on the Firestore emulator."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from google.cloud import firestore

from functions.adapters import firestore_reports
from functions.adapters.ports import Conflict, ReportWrite, StoredReport
from shared.insights.comparing.comparison import compare
from shared.versions import Version
from tests.contract.conftest import Documents
from tests.contract.saves import at_once
from tests.unit.comparison_samples import compared

NOW = datetime(2026, 11, 21, 12, 30, 0, 123456, tzinfo=timezone.utc)
PATH = "reports/datasets__sales"


def report(**fields: Any) -> dict[str, Any]:
    return {"collection": "datasets", "id": "sales", "state": "ready", "source_digest": "d1", "lease": None, **fields}


def saved(documents: Documents, document: dict[str, Any], **write: Any) -> StoredReport:
    before = documents.store.report("datasets", "sales")
    return documents.store.save_report(before, ReportWrite(document, **write))


def test_there_is_no_report_at_first(documents: Documents):
    found = documents.store.report("datasets", "sales")
    assert (found.collection, found.id, found.document) == ("datasets", "sales", None)
    assert documents.store.report_part("datasets", "sales", "preview") is None
    assert documents.store.report_heads("datasets") == {}


def test_a_report_is_read_as_it_was_saved(documents: Documents):
    document = report(computed_at=NOW, problems=[{"code": "E_X", "path": "a.0"}], nested={"a": [1.5, None, True]})
    stored = saved(documents, document)
    assert stored.document == document
    assert documents.store.report("datasets", "sales") == stored
    assert documents.get(PATH) == document


def test_a_save_replaces_the_whole_report(documents: Documents):
    saved(documents, report(old=1, nested={"a": 1, "b": 2}))
    saved(documents, report(new=1, nested={"a": 3}))
    assert documents.get(PATH) == report(new=1, nested={"a": 3})


def test_the_second_of_two_saves_conflicts_and_leaves_nothing(documents: Documents):
    first = saved(documents, report())
    documents.store.save_report(first, ReportWrite(report(number=2)))
    late = ReportWrite(report(number=3), {"preview": {"late": True}}, [version(9)])
    with pytest.raises(Conflict):
        documents.store.save_report(first, late)
    assert documents.get(PATH) == report(number=2)
    assert documents.get(f"{PATH}/parts/preview") is None
    assert documents.get(f"{PATH}/versions/9") is None


def test_two_creators_of_a_report_make_one(documents: Documents):
    nothing = documents.store.report("datasets", "sales")
    documents.store.save_report(nothing, ReportWrite(report(number=1)))
    with pytest.raises(Conflict):
        documents.store.save_report(nothing, ReportWrite(report(number=2)))


def test_what_a_save_gives_can_be_saved_again(documents: Documents):
    stored = saved(documents, report(number=1))
    stored = documents.store.save_report(stored, ReportWrite(report(number=1)))  # the same content
    stored = documents.store.save_report(stored, ReportWrite(report(number=2)))
    assert documents.store.report("datasets", "sales") == stored


def test_parts_are_written_replaced_and_removed_and_the_others_stay(documents: Documents):
    saved(documents, report(), parts={"preview": {"rows": [{"a": 1}]}, "sql": {"train": "SELECT 1"}})
    assert documents.store.report_part("datasets", "sales", "preview") == {"rows": [{"a": 1}]}
    saved(documents, report(), parts={"preview": {"rows": []}, "none": None})
    assert documents.store.report_part("datasets", "sales", "preview") == {"rows": []}
    assert documents.store.report_part("datasets", "sales", "sql") == {"train": "SELECT 1"}
    saved(documents, report(), parts={"preview": None})
    assert documents.store.report_part("datasets", "sales", "preview") is None


def version(number: int, **fields: Any) -> Version:
    return Version(**{"number": number, "digest": f"d{number}", "saved_at": NOW, "is_change": False, **fields})


def test_versions_stay_and_are_listed_without_their_content(documents: Documents):
    later = NOW + timedelta(seconds=1)
    first, second = version(1, content={"name": "a"}), version(2, saved_at=later, is_change=True, content={"name": "b"})
    assert documents.store.versions("datasets", "sales", 9) == []
    saved(documents, report(version=1), versions=[first])
    saved(documents, report(version=2), versions=[second])
    kept = {"version": 1, "digest": "d1", "saved_at": NOW, "is_change": False, "content": {"name": "a"}}
    assert documents.get(f"{PATH}/versions/1") == kept
    assert documents.get(f"{PATH}/versions/2")["content"] == {"name": "b"}
    assert documents.store.versions("datasets", "sales", 2) == [second, first]
    assert documents.store.versions("datasets", "sales", 1) == [second]
    assert documents.store.versions("datasets", "other", 9) == []


def test_a_number_is_given_once(documents: Documents):
    saved(documents, report(version=1), versions=[version(1, content={"name": "a"})])
    with pytest.raises(Conflict):
        saved(documents, report(version=2), versions=[version(1, content={"name": "b"})])
    assert documents.get(f"{PATH}/versions/1")["content"] == {"name": "a"}
    assert documents.get(PATH) == report(version=1)


def test_of_two_who_know_more_of_a_version_the_second_looks_again(documents: Documents):
    saved(documents, report(), versions=[version(1, content={"name": "a"})])
    [known] = documents.store.versions("datasets", "sales", 9)
    earlier = replace(known, saved_at=NOW - timedelta(seconds=2), is_change=True)
    saved(documents, report(), versions=[earlier])
    with pytest.raises(Conflict):
        saved(documents, report(), versions=[replace(known, saved_at=NOW - timedelta(seconds=1))])
    assert documents.store.versions("datasets", "sales", 9) == [earlier]
    assert documents.get(f"{PATH}/versions/1")["content"] == {"name": "a"}


def test_a_version_of_an_earlier_release_may_not_say_when_it_was_saved(documents: Documents):
    documents.put(f"{PATH}/versions/1", {"version": 1, "digest": "d1", "saved_at": None, "content": {}})
    [found] = documents.store.versions("datasets", "sales", 9)
    assert (found.number, found.digest, found.is_change) == (1, "d1", False)
    assert found.saved_at < NOW


def test_a_save_that_only_adds_a_version_lets_nobody_elses_save_fail(documents: Documents):
    loaded = saved(documents, report(number=1))
    saved(documents, report(number=1), versions=[version(1, content={})])
    documents.store.save_report(loaded, ReportWrite(report(number=2)))
    assert documents.get(PATH) == report(number=2)


def test_a_saved_document_has_times_that_grow_and_a_birth_that_stays(documents: Documents):
    path = "datasets/sales"
    assert documents.store.saved("datasets", "sales") is None
    documents.put(path, {"name": "a", "created_at": NOW, "updated_at": NOW})
    first = documents.store.saved("datasets", "sales")
    documents.put(path, {"name": "b", "created_at": NOW, "updated_at": NOW + timedelta(seconds=1)})
    second = documents.store.saved("datasets", "sales")
    assert (first.content["name"], second.content["name"]) == ("a", "b")
    assert first.created_at <= first.at < second.at
    assert second.created_at == first.created_at


def test_a_deleted_report_takes_its_parts_and_versions_with_it(documents: Documents):
    before = saved(documents, report(), parts={"preview": {"rows": []}}, versions=[version(1, content={})])
    stale = documents.store.save_report(before, ReportWrite(report(number=2)))
    with pytest.raises(Conflict):
        documents.store.delete_report(before)
    documents.store.delete_report(stale)
    for path in (PATH, f"{PATH}/parts/preview", f"{PATH}/versions/1"):
        assert documents.get(path) is None
    with pytest.raises(Conflict):
        documents.store.delete_report(stale)


@pytest.mark.parametrize("most", [2, 400])
def test_who_dies_while_deleting_leaves_no_version_under_a_report_that_is_gone(
    documents: Documents, monkeypatch: pytest.MonkeyPatch, most: int
):
    """Nobody would look for it, and the next document of this id would have it for its own (S3.19)."""
    kept = [version(number, content={}) for number in (1, 2, 3)]
    before = saved(documents, report(), parts={"preview": {"rows": []}}, versions=kept)
    below = [f"{PATH}/parts/preview", *(f"{PATH}/versions/{number}" for number in (1, 2, 3))]
    commit = firestore.WriteBatch.commit

    def die_after(batch: firestore.WriteBatch, **bounds: Any) -> Any:
        commit(batch, **bounds)
        raise InterruptedError

    monkeypatch.setattr(firestore_reports, "MOST_WRITES", most)
    monkeypatch.setattr(firestore.WriteBatch, "commit", die_after)
    with contextlib.suppress(InterruptedError):
        documents.store.delete_report(before)
    assert documents.get(PATH) is not None or not any(map(documents.get, below))
    monkeypatch.setattr(firestore.WriteBatch, "commit", commit)
    with contextlib.suppress(Conflict):  # it is gone
        documents.store.delete_report(before)
    assert not any(map(documents.get, [PATH, *below]))


def test_heads_are_of_one_collection_and_short(documents: Documents):
    saved(documents, report(statistics={"a": 1}, digest="x"))
    other = documents.store.report("model_configs", "minimal")
    documents.store.save_report(other, ReportWrite({"collection": "model_configs", "id": "minimal", "state": "ready"}))
    assert documents.store.report_heads("datasets") == {
        "sales": {"state": "ready", "source_digest": "d1", "digest": "x", "lease": None}
    }
    assert documents.store.report_heads("model_configs") == {"minimal": {"state": "ready"}}


def test_configs_are_all_or_those_written_lately(documents: Documents):
    documents.put("datasets/old", {"name": "old", "updated_at": NOW - timedelta(hours=2)})
    documents.put("datasets/new", {"name": "new", "updated_at": NOW})
    documents.put("datasets/odd", {"updated_at": "yesterday"})
    documents.put("datasets/bare", {"name": "bare"})
    assert set(documents.store.configs("datasets", None)) == {"old", "new", "odd", "bare"}
    assert documents.store.configs("datasets", NOW) == {"new": {"name": "new", "updated_at": NOW}}
    assert documents.store.configs("feature_configs", None) == {}
    assert documents.store.configs("datasets", NOW, ("updated_at", "edit")) == {"new": {"updated_at": NOW}}
    assert documents.store.configs("datasets", None, ("name",))["odd"] == {}


def test_feature_configs_are_found_by_their_dataset(documents: Documents):
    for name, dataset in (("b", "sales"), ("a", "sales"), ("c", "other"), ("d", None)):
        documents.put(f"feature_configs/{name}", {"dataset": dataset})
    found = documents.store.feature_configs_of("sales")
    assert list(found.items()) == [("a", {"dataset": "sales"}), ("b", {"dataset": "sales"})]
    assert documents.store.feature_configs_of("nothing") == {}


def test_some_documents_are_read_by_their_ids_and_the_latest_by_their_time(documents: Documents):
    for name, hours in (("old", 2), ("new", 0), ("older", 3)):
        documents.put(f"model_configs/{name}", {"name": name, "updated_at": NOW - timedelta(hours=hours)})
    documents.put("model_configs/bare", {"name": "bare"})
    some = documents.store.some_of("model_configs", ["older", "gone", "bare"])
    assert {name: found["name"] for name, found in some.items()} == {"older": "older", "bare": "bare"}
    assert documents.store.some_of("model_configs", []) == {}
    assert set(documents.store.latest("model_configs", 2)) == {"old", "new"}
    assert set(documents.store.latest("model_configs", 9)) == {"old", "new", "older"}


def test_who_refers_to_a_config_is_found_by_request_and_by_run(documents: Documents):
    documents.put("experiments/exp-b", {"feature_config": "base", "model_config": "small"})
    documents.put("experiments/exp-a", {"feature_config": "base", "model_config": "large"})
    documents.put("runs/exp-c", {"grouping": {"dataset": "sales"}, "state": "failed"})
    documents.put("runs/exp-d", {"grouping": None, "state": "failed"})
    assert documents.store.experiments_naming("feature_config", "base") == ["exp-a", "exp-b"]
    assert documents.store.experiments_naming("model_config", "large") == ["exp-a"]
    assert documents.store.experiments_naming("model_config", "other") == []
    assert documents.store.runs_over("sales") == ["exp-c"]
    assert documents.store.runs_over("other") == []


def test_a_document_of_a_client_is_removed_and_may_be_gone_already(documents: Documents):
    documents.put("drafts/draft-1", {"kind": "dataset"})
    documents.store.delete_document("drafts", "draft-1")
    documents.store.delete_document("drafts", "draft-1")
    assert documents.get("drafts/draft-1") is None


def test_of_many_savers_at_once_one_wins_each_time(documents: Documents):
    saved(documents, report(number=0))
    won: list[int] = []

    def add_one(_: int) -> None:
        before = documents.store.report("datasets", "sales")
        number = before.document["number"] + 1
        with contextlib.suppress(Conflict):
            documents.store.save_report(before, ReportWrite(report(number=number)))
            won.append(number)

    at_once(add_one)
    assert len(won) == len(set(won)) > 0
    assert documents.get(PATH)["number"] == len(won)


def test_names_are_those_of_every_document_with_what_makes_them_unique(documents: Documents):
    documents.put("feature_configs/a", {"name": "A", "dataset": "sales", "created_at": NOW, "target": None})
    documents.put("feature_configs/b", {"name": 7})
    documents.put("datasets/sales", {"name": "Sales"})
    found = {"a": {"name": "A", "dataset": "sales", "created_at": NOW}, "b": {"name": 7}}
    assert documents.store.names("feature_configs") == found


def test_a_comparison_is_read_as_it_was_made(documents: Documents):
    """Rows hold lists in groups in lists, and there are as many as a document takes."""
    many = [
        {"kind": "number", "column": f"column_{number:03d}", "scale": {"method": "zscore"}} for number in range(150)
    ]
    wide = {"query_features": many, "query_id": "none", "query_crosses": []}
    made = compare([compared(number, features=wide) for number in range(1, 6)])
    before = documents.store.report("comparisons", "cmp-1")
    document = {**report(), **made.head}
    assert documents.store.save_report(before, ReportWrite(document, made.parts)).document == document
    for name, part in made.parts.items():
        assert documents.store.report_part("comparisons", "cmp-1", name) == part
