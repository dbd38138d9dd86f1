"""Reports on configurations: one for whatever was written, of what it is now, through crashes and reorderings."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import Refused, ReportWrite, StoredReport, Transient
from functions.config_reports import LEASE, report_on
from functions.missing_reports import MOST_OF_A_SWEEP, missing_reports
from functions.sweep import sweep
from shared.splits import SPLITS
from shared.versions import Change
from tests.fakes.crashing import Crash, Crasher
from tests.fakes.world import COUNTS, START, World, category

CONFIGS = ("datasets/sales", "feature_configs/base", "model_configs/minimal")


def quiet() -> World:
    """A world without a request, in which only configurations are looked at."""
    world = World()
    world.store.documents = {path: world.store.documents[path] for path in CONFIGS}
    return world


def report(world: World, path: str) -> dict[str, Any]:
    return world.store.documents[f"reports/{path.replace('/', '__')}"]


def save(world: World, path: str, **fields: Any) -> None:
    """What a client does when a user saves."""
    world.wait(1)
    world.store.put(path, {**world.store.documents.get(path, {}), **fields, "updated_at": world.now()})


def write(world: World, path: str, **fields: Any) -> None:
    """Save, and deliver the event."""
    save(world, path, **fields)
    report_on(*path.split("/"), world.services)


def write_all(world: World) -> None:
    for path in CONFIGS:
        write(world, path)


def codes(world: World, path: str) -> dict[str, str]:
    return {problem["path"]: problem["code"] for problem in report(world, path)["problems"]}


# --------------------------------------------------------------------------------------------------------- one report


@pytest.mark.parametrize("path", CONFIGS)
def test_a_valid_document_gets_a_report_that_says_so(path: str):
    world = quiet()
    write_all(world)
    found = report(world, path)
    collection, document_id = path.split("/")
    assert (found["collection"], found["id"], found["schema_version"]) == (collection, document_id, 1)
    assert (found["state"], found["valid"], found["version"], found["lease"]) == ("ready", True, 1, None)
    assert found["source_updated_at"] == world.store.documents[path]["updated_at"]
    assert found["computed_at"] == world.now() or collection != "model_configs"
    assert found["name"] == world.store.documents[path]["name"]


def test_a_dataset_shows_what_was_found_out_and_nothing_failed():
    world = quiet()
    write(world, "datasets/sales")
    found = report(world, "datasets/sales")
    assert "E_REPORT" not in codes(world, "datasets/sales").values()
    assert [column["name"] for column in found["columns"]] == ["customer", "price", "product", "sold_at"]
    assert found["schema"]["sales"][0] == {"name": "customer", "type": "STRING", "mode": "NULLABLE"}
    assert found["tables"]["sales"]["rows"] == 20_000
    assert [stage["rows"] for stage in found["funnel"]] == [20_000, 20_000]
    assert found["quality"]["grade"] in ("good", "fair", "poor")
    sql = world.store.documents["reports/datasets__sales/parts/sql"]
    assert sql["bytes"] == {"train": 1_000, "eval": 1_000, "test": 1_000, "catalogue": 1_000}


def test_an_analysis_that_the_warehouse_refuses_is_a_warning_and_the_others_are_there():
    world = quiet()
    answer = world.warehouse.answer

    def refusing(sql: str) -> Any:
        if "LIMIT 50" in sql:
            raise Refused("BadRequest: Query exceeded limit for bytes billed: 1000")
        return answer(sql)

    world.warehouse.answer = refusing
    write(world, "datasets/sales")
    assert codes(world, "datasets/sales")["preview"] == "E_BQ_BYTES"
    assert report(world, "datasets/sales")["valid"]
    assert "reports/datasets__sales/parts/preview" not in world.store.documents
    assert "reports/datasets__sales/parts/statistics" in world.store.documents


def test_an_analysis_with_a_fault_of_ours_leaves_the_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("functions.dataset_report.preview", lambda *_: 1 / 0)
    world = quiet()
    write(world, "datasets/sales")
    assert codes(world, "datasets/sales")["preview"] == "E_REPORT"
    assert report(world, "datasets/sales")["valid"]


def test_parts_of_a_dataset_that_became_unusable_are_gone():
    world = quiet()
    write(world, "datasets/sales")
    write(world, "datasets/sales", timezone="Mars/Olympus")
    assert not [path for path in world.store.documents if path.startswith("reports/datasets__sales/parts/")]


def test_an_empty_dataset_is_told_in_the_words_of_a_submission():
    world = quiet()
    world.warehouse.answer = lambda sql: {**COUNTS, "source_rows": 0, "role_rows": 0}
    write(world, "datasets/sales")
    assert codes(world, "datasets/sales") == {"tables.0.table": "E_EMPTY"}
    assert not report(world, "datasets/sales")["valid"]


def test_a_feature_config_shows_its_dimensions_and_its_code():
    world = quiet()
    write_all(world)
    found = report(world, "feature_configs/base")
    assert (found["config_type"], found["widths"]) == ("retrieval", {"query": 16, "candidate": 16})
    [row] = found["dimensions"]["query"]
    assert row == {"feature": "customer", "output": "q_customer", "width": 16, "share": 1.0}
    code = world.store.documents["reports/feature_configs__base/parts/code"]
    assert "def preprocessing_fn" in code["transform"]


def test_a_model_config_shows_its_structure_its_preset_and_its_parameters():
    world = quiet()
    write(world, "model_configs/minimal")
    found = report(world, "model_configs/minimal")
    assert (found["text"], found["preset"], found["regularisation"]) == (
        "query 64→32, candidate 64→32", "minimal", "none",
    )  # fmt: skip
    assert found["parameters"]["total"] == 12_480  # the table of S4.5
    assert "momentum" in found["not_applicable"]


RUBBISH = [
    {},
    {"name": 5, "updated_at": "yesterday"},
    {"dataset": "a/b", "tables": [{"x": []}], "query_features": {"a": [None]}},
    {"dataset": {"a": 1}, "roles": "none"},
    {"colour": "red"},
]


@pytest.mark.parametrize("path", CONFIGS)
@pytest.mark.parametrize("document", RUBBISH)
def test_whatever_is_written_gets_a_report_of_what_is_wrong(path: str, document: dict[str, Any]):
    world = quiet()
    world.store.put(path, document)
    collection, document_id = path.split("/")
    report_on(collection, document_id, world.services)
    found = report(world, path)
    assert (found["state"], found["valid"]) == ("ready", False)
    assert found["problems"]
    before = dict(world.store.documents)
    report_on(collection, document_id, world.services)
    assert world.store.documents == before, "the second delivery finds nothing to do"


@pytest.mark.parametrize("document_id", ["S", "a b", "été", "x" * 70])
def test_an_id_that_is_none_is_a_problem_of_the_document(document_id: str):
    world = quiet()
    world.store.put(f"model_configs/{document_id}", world.store.documents["model_configs/minimal"])
    report_on("model_configs", document_id, world.services)
    assert codes(world, f"model_configs/{document_id}")["id"] == "E_ID"


def test_a_dataset_without_its_table_is_told():
    world = quiet()
    world.warehouse.tables.clear()
    write(world, "datasets/sales")
    assert codes(world, "datasets/sales") == {"tables.0.table": "E_TABLE_NOT_FOUND"}


def test_a_table_that_may_not_be_read_is_told_with_the_warehouses_words():
    world = quiet()

    def table(*_: object) -> None:
        raise Refused("PERMISSION_DENIED: Access Denied: Table p:shop.sales: bigquery.tables.get")

    world.warehouse.table = table
    write(world, "datasets/sales")
    [problem] = report(world, "datasets/sales")["problems"]
    assert (problem["code"], problem["path"]) == ("E_BQ_DENIED", "tables.0.table")
    assert "bigquery.tables.get" in problem["problem"]


def test_an_outage_is_no_report_and_is_tried_again_at_once():
    world = quiet()
    table, world.warehouse.table = world.warehouse.table, _down
    with pytest.raises(Transient):
        write(world, "datasets/sales")
    assert report(world, "datasets/sales")["state"] == "computing"
    world.warehouse.table = table
    report_on("datasets", "sales", world.services)
    assert report(world, "datasets/sales")["valid"]


def _down(*_: object) -> None:
    raise Transient("UNAVAILABLE")


def test_a_fault_of_ours_is_a_report_and_not_a_loop(caplog: pytest.LogCaptureFixture):
    world = quiet()
    world.warehouse.table = lambda *_: 1 / 0
    write(world, "datasets/sales")
    [problem] = report(world, "datasets/sales")["problems"]
    assert problem["code"] == "E_REPORT"
    assert "ZeroDivisionError" in problem["problem"]
    assert "ZeroDivisionError" in caplog.text


# ----------------------------------------------------------------------------------------------------------- versions


def versions(world: World, path: str) -> dict[int, dict[str, Any]]:
    prefix = f"reports/{path.replace('/', '__')}/versions/"
    return {int(name.removeprefix(prefix)): doc for name, doc in world.store.documents.items() if prefix in name}


def test_every_saved_change_is_kept_and_words_are_no_change():
    world = quiet()
    path = "model_configs/minimal"
    write(world, path)
    write(world, path, name="Better name", description="and words")
    write(world, path, optimizer="adagrad")
    write(world, path, optimizer="adam")
    kept = versions(world, path)
    assert sorted(kept) == [1, 2, 3]
    assert [kept[number]["content"].get("optimizer") for number in (1, 2, 3)] == [None, "adagrad", "adam"]
    assert kept[2]["saved_at"] == kept[2]["content"]["updated_at"]
    assert report(world, path)["version"] == 3


def saved(world: World, path: str, **fields: Any) -> Change:
    """Save, and what the event of it will tell."""
    before = world.store.saved(*path.split("/"))
    save(world, path, **fields)
    after = world.store.saved(*path.split("/"))
    assert after is not None
    return Change(before, after)


def optimizers(world: World, path: str = "model_configs/minimal") -> dict[int, str | None]:
    return {number: kept["content"].get("optimizer") for number, kept in sorted(versions(world, path).items())}


def test_what_was_overwritten_before_anybody_looked_is_a_version():
    """Two save within the time that a function takes to start."""
    world = quiet()
    path = "model_configs/minimal"
    write(world, path)
    changes = [saved(world, path, optimizer=optimizer) for optimizer in ("adagrad", "adam")]
    for change in [*changes, *changes]:
        report_on("model_configs", "minimal", world.services, change)
    assert optimizers(world) == {1: None, 2: "adagrad", 3: "adam"}
    assert report(world, path)["version"] == 3
    assert versions(world, path)[2]["saved_at"] == changes[0].after.at


def test_a_late_event_adds_its_version_and_the_report_stays_as_it_is():
    world = quiet()
    path = "model_configs/minimal"
    write(world, path)
    late = saved(world, path, optimizer="adagrad")
    write(world, path, optimizer="adam")
    made = report(world, path)
    report_on("model_configs", "minimal", world.services, late)
    assert optimizers(world) == {1: None, 2: "adam", 3: "adagrad"}
    assert report(world, path) == made
    write(world, path, optimizer="sgd")
    assert optimizers(world)[4] == "sgd"


def test_an_event_reads_so_many_versions_and_none_older_is_doubled(monkeypatch: pytest.MonkeyPatch):
    """Hundreds, by a program: nobody reads all of them for each save."""
    monkeypatch.setattr("functions.config_versions.MOST_READ", 3)
    world = quiet()
    path = "model_configs/minimal"
    write(world, path)
    changes = [saved(world, path, temperature=number / 10) for number in range(1, 8)]
    for change in [changes[0], changes[6], changes[5], changes[3], changes[1], *changes]:
        report_on("model_configs", "minimal", world.services, change)
    kept = [version["content"].get("temperature") for version in versions(world, path).values()]
    assert kept == [None, 0.1, 0.7, 0.6, 0.5]


def test_a_late_event_leaves_whoever_makes_the_report_at_it():
    world = quiet()
    path = "datasets/sales"
    write(world, path)
    late = saved(world, path, timezone="Europe/Berlin")
    table = world.warehouse.table

    def slow(*arguments: Any) -> Any:
        world.warehouse.table = table
        report_on("datasets", "sales", world.services, late)
        return table(*arguments)

    world.warehouse.table = slow
    write(world, path, timezone="Europe/Rome")
    assert (report(world, path)["state"], report(world, path)["version"]) == ("ready", 2)
    assert versions(world, path)[3]["content"]["timezone"] == "Europe/Berlin"


def test_what_is_there_again_has_a_number_of_its_own_once_the_middle_is_heard_of():
    world = quiet()
    path = "model_configs/minimal"
    write(world, path, optimizer="adam")
    late = saved(world, path, optimizer="sgd")
    write(world, path, optimizer="adam")
    assert report(world, path)["version"] == 1
    report_on("model_configs", "minimal", world.services, late)
    assert optimizers(world) == {1: "adam", 2: "sgd", 3: "adam"}
    assert report(world, path)["version"] == 3


def test_a_number_that_changes_while_the_report_is_made_waits_for_it():
    world = quiet()
    path = "datasets/sales"
    write(world, path, timezone="Europe/Berlin")
    late = saved(world, path, timezone="Europe/Rome")
    table, refused = world.warehouse.table, []

    def slow(*arguments: Any) -> Any:
        world.warehouse.table = table
        with pytest.raises(Transient):
            report_on("datasets", "sales", world.services, late)
        refused.append(late)
        return table(*arguments)

    world.warehouse.table = slow
    write(world, path, timezone="Europe/Berlin")
    assert refused
    assert report(world, path)["state"] == "ready"
    report_on("datasets", "sales", world.services, late)  # delivered again
    assert [kept["content"]["timezone"] for _, kept in sorted(versions(world, path).items())] == [
        "Europe/Berlin", "Europe/Rome", "Europe/Berlin",
    ]  # fmt: skip
    assert report(world, path)["version"] == 3


def test_the_last_event_of_a_document_that_is_gone_keeps_nothing():
    world = quiet()
    path = "model_configs/minimal"
    late = saved(world, path, optimizer="adagrad")
    del world.store.documents[path]
    report_on("model_configs", "minimal", world.services, late)
    assert not versions(world, path)


def test_events_that_come_at_once_keep_each_content_once():
    """Ten saves, whose events are handled by ten functions at the same time."""
    world = quiet()
    path = "model_configs/minimal"
    changes = [saved(world, path, temperature=number / 10) for number in range(1, 11)]

    def deliver(change: Change) -> None:
        with contextlib.suppress(Transient):  # of whoever met too many others
            report_on("model_configs", "minimal", world.services, change)

    for _ in range(2):
        handlers = [threading.Thread(target=deliver, args=(change,)) for change in changes]
        for handler in handlers:
            handler.start()
        for handler in handlers:
            handler.join(30)
    kept = sorted(versions(world, path).values(), key=lambda version: version["saved_at"])
    assert [version["content"].get("temperature") for version in kept] == [None, *(n / 10 for n in range(1, 11))]
    assert versions(world, path)[report(world, path)["version"]]["content"]["temperature"] == 1


def test_a_default_that_is_written_out_is_no_new_version_of_a_feature_config():
    world = quiet()
    write(world, "feature_configs/base")
    write(world, "feature_configs/base", query_crosses=[], query_id="primary")
    assert report(world, "feature_configs/base")["version"] == 1


def test_a_change_that_does_not_parse_is_kept_too():
    world = quiet()
    write(world, "model_configs/minimal")
    write(world, "model_configs/minimal", optimizer="magic")
    assert versions(world, "model_configs/minimal")[2]["content"]["optimizer"] == "magic"


def test_equal_features_under_two_names_are_told():
    world = quiet()
    write_all(world)
    write(world, "feature_configs/copy", **{**world.store.documents["feature_configs/base"], "name": "Copy"})
    assert codes(world, "feature_configs/copy") == {"id": "W_SAME_FEATURES"}
    assert report(world, "feature_configs/copy")["valid"]


# ------------------------------------------------------------------------------------------- what depends on what


def test_a_feature_config_is_reported_on_again_when_its_dataset_changes():
    world = quiet()
    write_all(world)
    assert report(world, "feature_configs/base")["valid"]
    roles = world.store.documents["datasets/sales"]["roles"]
    columns = [{"column": "customer", "name": "client"}, {"column": "product"}, {"column": "sold_at"}]
    write(world, "datasets/sales", tables=[{"table": "shop.sales", "columns": columns}],
          roles={**roles, "customer_id": "client"})  # fmt: skip
    assert "query_features.0.column" in codes(world, "feature_configs/base")


def test_a_feature_config_without_its_dataset_waits_for_it():
    world = quiet()
    dataset = world.store.documents.pop("datasets/sales")
    write(world, "feature_configs/base")
    assert codes(world, "feature_configs/base") == {"dataset": "E_NOT_FOUND"}
    write(world, "datasets/sales", **dataset)
    assert report(world, "feature_configs/base")["valid"]


def test_an_unusable_dataset_is_one_problem_of_its_feature_configs():
    world = quiet()
    write_all(world)
    write(world, "datasets/sales", timezone="Mars/Olympus")
    assert codes(world, "feature_configs/base") == {"dataset": "E_DATASET"}


def test_a_dataset_knows_who_uses_it():
    world = quiet()
    write_all(world)
    assert report(world, "datasets/sales")["used_by"] == ["base"]
    write(world, "feature_configs/copy", **world.store.documents["feature_configs/base"])
    assert report(world, "datasets/sales")["used_by"] == ["base", "copy"]
    write(world, "datasets/other", **world.store.documents["datasets/sales"])
    write(world, "feature_configs/copy", dataset="other")
    assert report(world, "datasets/sales")["used_by"] == ["base"]
    assert report(world, "datasets/other")["used_by"] == ["copy"]
    delete(world, "feature_configs/copy")
    assert report(world, "datasets/other")["used_by"] == []


def test_a_name_belongs_to_the_oldest_and_is_free_when_it_is_given_up():
    """S1.1, S1.35: whatever its case, in the report and at submission; S3.1: feature configs, in their dataset."""
    world = quiet()
    write_all(world)
    for path in ("datasets/sales", "feature_configs/base", "model_configs/minimal"):
        collection, old = path.split("/")
        document = world.store.documents[path]
        young = {**document, "name": document["name"].upper(), "created_at": START + timedelta(days=1)}
        world.store.put(f"{collection}/{old}-two", young)
        report_on(collection, f"{old}-two", world.services)
        assert codes(world, f"{path}-two")["name"] == "E_NAME_TAKEN"
        told = [problem["problem"] for problem in report(world, f"{path}-two")["problems"]]
        assert f"`{old}` has the name `{document['name']}` already." in told
        assert "name" not in codes(world, path)
        write(world, path, name="Another")
        assert "name" not in codes(world, f"{path}-two"), "nobody wrote it, and it is valid now"
    elsewhere = world.store.documents["feature_configs/base-two"]
    world.store.put("feature_configs/three", {**elsewhere, "dataset": "sales-two"})
    report_on("feature_configs", "three", world.services)
    assert "name" not in codes(world, "feature_configs/three")


def delete(world: World, path: str) -> None:
    del world.store.documents[path]
    report_on(*path.split("/"), world.services)


@pytest.mark.parametrize("path", CONFIGS)
def test_a_deleted_document_has_no_report(path: str):
    world = quiet()
    write_all(world)
    delete(world, path)
    assert not [name for name in world.store.documents if name.startswith(f"reports/{path.replace('/', '__')}")]
    if path == "datasets/sales":
        assert codes(world, "feature_configs/base") == {"dataset": "E_NOT_FOUND"}


# ----------------------------------------------------------------------- crashes, doubles, reorderings, the sweep


def settled(world: World) -> dict[str, Any]:
    """Reports but for when they were made."""
    times = ("computed_at", "source_digest")
    return {
        path: {name: value for name, value in document.items() if name not in times}
        for path, document in world.store.documents.items()
        if path.startswith("reports/")
    }


def drive(world: World, look: Callable[[World, str], None]) -> None:
    """Users save, events come (some handlers die), and sweeps follow until nothing is missing."""
    for path in CONFIGS:
        look(world, path)
    save(world, "datasets/sales", timezone="Europe/Berlin")
    look(world, "datasets/sales")
    save(world, "model_configs/minimal", optimizer="adagrad")
    look(world, "model_configs/minimal")
    for _ in range(4):
        world.wait(LEASE.total_seconds() + 1)
        with contextlib.suppress(Crash, Transient):
            sweep(world.services)


def look_through(error: type[BaseException]) -> Callable[[World, str], None]:
    def look(world: World, path: str) -> None:
        with contextlib.suppress(error):
            report_on(*path.split("/"), world.services)

    return look


def without_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing SQL takes most of the time and calls nobody, so it is left out of hundreds of reports."""
    for query in ("statistics_query", "preview_query", "dependence_query"):
        monkeypatch.setattr(f"functions.dataset_report.{query}", lambda *_: "SELECT 1")
    monkeypatch.setattr("functions.dataset_report.facts_query", lambda *_: "SELECT 0 AS `regular_customers`")
    monkeypatch.setattr("functions.dataset_report.split_queries", lambda *_: dict.fromkeys(SPLITS, "SELECT 1"))
    monkeypatch.setattr("shared.preflight.reference_query", lambda *_: "SELECT 0 AS `source_rows`")
    monkeypatch.setattr("shared.preflight.count_query", lambda *_: "SELECT 0 AS `dropped_rows`")


def calls_of_a_whole_way() -> int:
    with pytest.MonkeyPatch.context() as monkeypatch:
        without_sql(monkeypatch)
        world = quiet()
        crasher = Crasher(world, at=None)
        drive(world, lambda world, path: report_on(*path.split("/"), world.services))
        return crasher.calls


CALLS = calls_of_a_whole_way()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("error", [Crash, Transient])
def test_a_handler_that_dies_anywhere_changes_nothing_but_the_time(
    error: type, at: int, after: bool, monkeypatch: pytest.MonkeyPatch
):
    without_sql(monkeypatch)
    world = quiet()
    crasher = Crasher(world, at, after, error)
    drive(world, look_through(error))
    assert crasher.calls >= at
    found = settled(world)
    for path in ("reports/datasets__sales", "reports/feature_configs__base", "reports/model_configs__minimal"):
        assert found[path]["state"] == "ready"
        assert found[path]["valid"], found[path]["problems"]
        assert (
            found[path]["source_updated_at"]
            == world.store.documents[path.replace("reports/", "").replace("__", "/")]["updated_at"]
        )
    newest = max(versions(world, "model_configs/minimal").items())[1]
    assert newest["content"] == world.store.documents["model_configs/minimal"]


def test_without_any_event_the_sweep_finds_everything():
    world = quiet()
    for _ in range(3):
        world.wait(60)
        sweep(world.services)
    assert settled(world) == {path: doc for path, doc in settled(world).items() if doc.get("state", "ready") == "ready"}
    assert report(world, "feature_configs/base")["valid"]
    assert sweep(world.services)["reports"] == 0


def test_a_sweep_makes_only_a_few_reports_and_the_next_ones_the_others():
    world = quiet()
    for number in range(12):
        world.store.put(f"model_configs/model-{number}", world.store.documents["model_configs/minimal"])
    made = []
    for _ in range(10):
        made.append(sweep(world.services)["reports"])
        world.wait(60)
    assert max(made) == MOST_OF_A_SWEEP
    assert made[-1] == 0
    assert len([path for path in world.store.documents if path.startswith("reports/model_configs__")]) >= 13


def test_old_documents_are_looked_at_hourly():
    world = quiet()
    world.wait(timedelta(hours=3).total_seconds() + 60)
    assert missing_reports(world.services) == []
    world.time = START.replace(minute=0) + timedelta(hours=4)
    assert {missing.collection for missing in missing_reports(world.services)} == {
        "datasets", "feature_configs", "model_configs",
    }  # fmt: skip


def test_the_report_of_a_document_that_is_gone_is_found_hourly():
    world = quiet()
    write_all(world)
    del world.store.documents["model_configs/minimal"]
    world.time = START.replace(minute=0) + timedelta(hours=1)
    sweep(world.services)
    assert "reports/model_configs__minimal" not in world.store.documents


def test_a_doubled_event_asks_nobody_again():
    world = quiet()
    write_all(world)
    before, queries = dict(world.store.documents), len(world.warehouse.queries)
    for path in CONFIGS:
        report_on(*path.split("/"), world.services)
    assert (world.store.documents, len(world.warehouse.queries)) == (before, queries)


def test_an_older_computation_never_replaces_a_newer_one():
    """The first handler has read its documents and computes; meanwhile the user saves, and that event is handled."""
    world = quiet()
    write_all(world)
    table, reached, go_on = world.warehouse.table, threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        world.warehouse.table = table
        reached.set()
        assert go_on.wait(10)
        return table(*arguments)

    save(world, "datasets/sales", timezone="Europe/Berlin")
    world.warehouse.table = slow
    late = threading.Thread(target=report_on, args=("datasets", "sales", world.services))
    late.start()
    assert reached.wait(10)
    write(world, "datasets/sales", timezone="Mars/Olympus")
    newer = report(world, "datasets/sales")
    assert not newer["valid"]
    go_on.set()
    late.join(10)
    assert report(world, "datasets/sales") == newer
    assert [version["content"]["timezone"] for version in list(versions(world, "datasets/sales").values())[1:]] == [
        "Europe/Berlin", "Mars/Olympus",
    ]  # fmt: skip


def test_two_handlers_at_once_compute_once():
    world = quiet()
    table, asked = world.warehouse.table, []

    def counted(*arguments: Any) -> Any:
        asked.append(arguments)
        report_on("datasets", "sales", world.services)  # the event again, in the middle of the first
        return table(*arguments)

    world.store.documents.pop("feature_configs/base")
    world.warehouse.table = counted
    write(world, "datasets/sales")
    assert len(asked) == 1
    assert report(world, "datasets/sales")["state"] == "ready"


def test_who_dies_at_it_is_replaced_when_the_lease_is_over():
    world = quiet()
    save_report = world.store.save_report

    def die_after_claim(before: StoredReport, write: ReportWrite) -> StoredReport:
        save_report(before, write)
        raise Crash

    world.store.save_report = die_after_claim
    with pytest.raises(Crash):
        write(world, "model_configs/minimal")
    world.store.save_report = save_report
    report_on("model_configs", "minimal", world.services)
    assert report(world, "model_configs/minimal")["state"] == "computing", "somebody may still be at it"
    world.wait(LEASE.total_seconds() + 1)
    assert report_on("model_configs", "minimal", world.services) is None
    assert report(world, "model_configs/minimal")["state"] == "ready"


def test_whose_document_is_changed_meanwhile_begins_again():
    world = quiet()
    write_all(world)
    write(world, "feature_configs/base", query_features=[category("customer", is_primary_id=True), category("product")])
    assert codes(world, "feature_configs/base") == {"candidate_features.0.column": "W_BOTH_TOWERS"}
