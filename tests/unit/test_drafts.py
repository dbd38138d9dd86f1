"""Drafts: what there is to say about a form while it is being filled in, through every order of edits and events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import ReportWrite, StoredReport
from functions.drafts import LIVES, MOST_OF_A_SWEEP, UNDER_WAY, report_on_draft, sweep_drafts
from functions.prepare import make_snapshot
from functions.remembering import PACE
from shared.documents import MOST_TABLES
from shared.reports import MOST_PROBLEMS
from tests.fakes.world import COLUMNS, COUNTS, EXPERIMENT, START, WRITTEN, World, documents, table

DRAFT = "draft-01jd4qz0000000000000000000"
PATH = f"drafts/{DRAFT}"


def content_of(path: str) -> dict[str, Any]:
    return {name: value for name, value in documents()[path].items() if name not in WRITTEN}


CONTENT = {
    "dataset": content_of("datasets/sales"),
    "feature_config": content_of("feature_configs/base"),
    "model_config": content_of("model_configs/minimal"),
    "experiment": content_of(f"experiments/{EXPERIMENT}"),
}


def write(world: World, kind: str, content: dict[str, Any] | None = None, **fields: Any) -> None:
    """What the page does when somebody pauses."""
    world.wait(1)
    before = world.store.documents.get(PATH, {"edit": 0, "created_at": world.now()})
    draft = {**WRITTEN, "kind": kind, "edit": before["edit"] + 1, "created_at": before["created_at"]}
    draft |= {"content": CONTENT[kind] if content is None else content, "updated_at": world.now(), **fields}
    world.store.put(PATH, draft)


def report(world: World) -> dict[str, Any]:
    return world.store.documents[f"reports/drafts__{DRAFT}"]


def part(world: World, name: str) -> dict[str, Any]:
    return world.store.documents[f"reports/drafts__{DRAFT}/parts/{name}"]


def told(world: World, kind: str, content: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    write(world, kind, content, **fields)
    report_on_draft(DRAFT, world.services)
    return report(world)


def codes(found: dict[str, Any]) -> dict[str, str]:
    return {problem["path"]: problem["code"] for problem in found["problems"]}


# ------------------------------------------------------------------------------------------------------- every draft


@pytest.mark.parametrize("kind", CONTENT)
def test_a_draft_of_what_is_stored_is_valid(kind: str) -> None:
    world = World()
    found = told(world, kind, document={"experiment": None, "model_config": "minimal"}.get(kind, "sales"))
    if kind in ("dataset", "model_config", "experiment"):
        assert [problem for problem in found["problems"] if problem["severity"] == "error"] == []
    assert (found["collection"], found["id"], found["kind"], found["edit"]) == ("drafts", DRAFT, kind, 1)
    assert (found["state"], found["source_updated_at"]) == ("ready", world.now())


@pytest.mark.parametrize("kind", CONTENT)
def test_an_empty_form_is_told_what_it_needs_and_nothing_fails(kind: str) -> None:
    found = told(World(), kind, {})
    assert not found["valid"]
    assert set(codes(found).values()) == {"E_REQUIRED"}


@pytest.mark.parametrize("kind", CONTENT)
def test_nothing_but_the_report_is_written(kind: str) -> None:
    world = World()
    before = set(world.store.documents)
    told(world, kind, look=True, feature_config="base")
    written = {path for path in set(world.store.documents) - before if not path.startswith("reports/drafts__")}
    assert written == {PATH}
    assert (world.blobs.objects, world.builds.builds, world.pipelines.jobs) == ({}, {}, {})


def test_what_is_no_draft_is_told_so() -> None:
    world = World()
    found = told(world, "dataset", edit="first")
    assert codes(found) == {"edit": "E_WRONG_TYPE"}


def test_a_draft_that_is_gone_takes_its_report_with_it() -> None:
    world = World()
    told(world, "dataset")
    del world.store.documents[PATH]
    report_on_draft(DRAFT, world.services)
    report_on_draft(DRAFT, world.services)
    assert not [path for path in world.store.documents if path.startswith("reports/drafts__")]


def test_the_event_again_computes_nothing() -> None:
    world = World()
    told(world, "experiment")
    saved = report(world)
    world.wait(5)
    report_on_draft(DRAFT, world.services)
    assert report(world) == saved


def test_a_computation_that_began_with_an_older_edit_never_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another edit, with its event, arrives after the first was computed and before it is saved."""
    world = World()
    write(world, "model_config")
    save, late = world.store.save_report, iter([True])

    def save_later(before: StoredReport, written: ReportWrite) -> StoredReport:
        if next(late, False):
            told(world, "model_config", {"name": "Second"})
        return save(before, written)

    monkeypatch.setattr(world.store, "save_report", save_later)
    report_on_draft(DRAFT, world.services)
    assert report(world)["edit"] == 2


def test_who_was_overtaken_leaves_later_edits_to_their_own_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody, or a program, that never stops writing must not keep a handler busy."""
    world = World()
    write(world, "model_config")
    save, late, looks = world.store.save_report, iter([True]), []

    def overtaken(before: StoredReport, written: ReportWrite) -> StoredReport:
        looks.append(written.document["edit"])
        if next(late, False):
            told(world, "model_config", {"name": "Second"})
            write(world, "model_config", {"name": "Third"})
        return save(before, written)

    monkeypatch.setattr(world.store, "save_report", overtaken)
    report_on_draft(DRAFT, world.services)
    assert (looks, report(world)["edit"]) == ([1, 2], 2)


def test_thousands_of_mistakes_fit_the_report() -> None:
    found = told(World(), "dataset", {f"field_{number}": 1 for number in range(3_000)})
    assert len(found["problems"]) == MOST_PROBLEMS + 1
    assert found["problems"][0]["code"] == "W_MORE"


def test_no_more_tables_are_looked_up_than_a_dataset_may_have() -> None:
    world = World()
    told(world, "dataset", {"name": "Many", "tables": [{"table": f"shop.t{number}"} for number in range(2_000)]})
    assert len(set(world.warehouse.looked_up)) == MOST_TABLES


def test_forms_that_ask_too_much_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.remembering.MOST_QUESTIONS", 1)
    world = World()
    found = told(world, "experiment")
    assert codes(found) == {"id": "E_QUOTA"}
    assert "1 questions within 10 minutes" in found["problems"][0]["problem"]
    world.wait(PACE.seconds)
    assert "E_QUOTA" in codes(told(world, "experiment")).values()  # a pause alone answers nothing


def test_a_fault_of_ours_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.model_draft.model_content", lambda *_: 1 / 0)
    assert codes(told(World(), "model_config")) == {"id": "E_REPORT"}


def test_a_name_that_is_taken_is_told_unless_it_is_its_own() -> None:
    world = World()
    assert codes(told(world, "model_config", {"name": "minimal"})) == {"name": "E_NAME_TAKEN"}
    assert codes(told(world, "model_config", {"name": "minimal"}, document="minimal")) == {}
    world.store.put("model_configs/older", {**WRITTEN, "name": "Older", "created_at": START - timedelta(days=1)})
    assert codes(told(world, "model_config", {"name": "older"}, document="minimal")) == {"name": "E_NAME_TAKEN"}


# ----------------------------------------------------------------------------------------------------------- datasets


def test_a_dataset_shows_its_columns_and_what_could_be_added() -> None:
    world = World()
    world.warehouse.tables["shop.products"] = table(*COLUMNS, native=False)
    found = told(world, "dataset", document="sales")
    assert [column["name"] for column in found["columns"]] == ["customer", "price", "product", "sold_at"]
    assert found["roles_suggested"]["revenue"][0]["column"] == "price"
    assert (found["tables"]["sales"]["rows"], found["look_bytes"]) == (20_000, 3_000)
    assert "funnel" not in found
    assert part(world, "catalogue") == {
        "tables": {
            "sales": [
                {"column": "customer", "type": "STRING", "mode": "NULLABLE", "becomes": "bytes"},
                {"column": "product", "type": "STRING", "mode": "NULLABLE", "becomes": "bytes"},
                {"column": "sold_at", "type": "TIMESTAMP", "mode": "NULLABLE", "becomes": "int64"},
                {"column": "price", "type": "FLOAT64", "mode": "NULLABLE", "becomes": "float"},
            ]
        },
        "offered": [{"table": "shop.products", "kind": "VIEW"}, {"table": "shop.sales", "kind": "TABLE"}],
        "left_out": {},
    }


def test_without_a_look_no_row_is_asked_for() -> None:
    world = World()
    told(world, "dataset")
    assert world.warehouse.queries == []


def test_a_look_shows_the_funnel_the_split_and_some_rows() -> None:
    world = World()
    found = told(world, "dataset", look=True)
    assert [stage["rows"] for stage in found["funnel"]] == [20_000, 20_000]
    assert (found["first_day"], found["last_day"], found["split"]["kind"]) == (
        "2025-01-01",
        "2025-12-31",
        "strict_time",
    )
    assert part(world, "preview")["rows"] == []
    told(world, "dataset")
    assert f"reports/drafts__{DRAFT}/parts/preview" not in world.store.documents


def test_a_dataset_without_rows_is_told_in_the_words_of_a_submission() -> None:
    world = World()
    world.warehouse.answer = lambda sql: {**COUNTS, "source_rows": 0, "role_rows": 0}
    assert codes(told(world, "dataset", look=True, document="sales")) == {"tables.0.table": "E_EMPTY"}


def test_the_first_table_is_enough_for_its_columns_and_for_proposals() -> None:
    world = World()
    found = told(world, "dataset", {"tables": [{"table": "shop.sales"}]})
    assert codes(found) == dict.fromkeys(["name", "roles"], "E_REQUIRED")
    assert [column["name"] for column in found["columns"]] == ["customer", "price", "product", "sold_at"]
    assert found["roles_suggested"]["customer_id"][0]["column"] == "customer"


def test_an_unfinished_filter_hides_neither_columns_nor_other_mistakes() -> None:
    world = World()
    rows = [{"kind": "category", "column": "product"}, {"kind": "null", "column": "price", "keep": "not_null"}]
    found = told(
        world,
        "dataset",
        {**CONTENT["dataset"], "timezone": "Mars/Olympus", "filters": {"rows": rows}},
        document="sales",
    )
    assert codes(found) == {"filters.rows.0.values": "E_REQUIRED", "timezone": "E_TIMEZONE"}
    assert len(found["columns"]) == 4
    assert found["filters"] == []


def test_a_table_that_is_not_there_is_told_with_the_rest_unfinished() -> None:
    found = told(World(), "dataset", {"tables": [{"table": "shop.nothing"}]})
    assert codes(found)["tables.0.table"] == "E_TABLE_NOT_FOUND"


def test_tables_with_thousands_of_columns_fit_into_the_part() -> None:
    from shared.tables import SourceColumn

    world = World()
    world.warehouse.tables["shop.wide"] = table(*(SourceColumn(f"column_{n:05d}", "STRING") for n in range(5_000)))
    told(world, "dataset", {"tables": [{"table": "shop.wide"}, {"table": "shop.sales"}]})
    catalogue = part(world, "catalogue")
    assert catalogue["left_out"]["wide"] == 5_000 - len(catalogue["tables"]["wide"]) > 0
    assert len(catalogue["tables"]["sales"]) == 4


# ----------------------------------------------------------------------------------------------------- feature configs


def test_a_feature_config_shows_dimensions_code_and_aids() -> None:
    world = World()
    found = told(world, "feature_config", document="base")
    assert found["valid"]
    assert found["widths"] == {"query": 16, "candidate": 16}
    assert "def preprocessing_fn" in part(world, "code")["transform"]
    assert found["aids"]["sold_at"]["kind"] == "time"
    assert found["aids"]["customer"]["distinct"] is None


def test_aids_are_there_for_a_form_without_features() -> None:
    found = told(World(), "feature_config", {"name": "New", "dataset": "sales"})
    assert codes(found) == dict.fromkeys(["candidate_features", "query_features"], "E_REQUIRED")
    assert set(found["aids"]) == {"customer", "price", "product", "sold_at"}


def test_a_feature_config_without_a_dataset_has_no_aids() -> None:
    assert told(World(), "feature_config", {"name": "New", "dataset": "nothing"})["aids"] == {}


# ------------------------------------------------------------------------------------------------------- model configs


def test_a_model_config_alone_has_no_trainer() -> None:
    world = World()
    found = told(world, "model_config", document="minimal")
    assert (found["valid"], found["model_type"], found["parameters"]["input_width"]) == (True, "retrieval", 64)
    assert f"reports/drafts__{DRAFT}/parts/code" not in world.store.documents


def test_with_a_feature_config_it_has_exact_parameters_and_its_trainer() -> None:
    world = World()
    found = told(world, "model_config", document="minimal", feature_config="base")
    assert set(found["parameters"]["tables"]) == {"q_customer", "c_product"}
    assert "def run_fn" in part(world, "code")["trainer"]


def test_what_the_two_have_against_each_other_is_told() -> None:
    content = {"name": "Ranking", "model_type": "ranking"}
    assert (
        codes(told(World(), "model_config", content, feature_config="base"))["feature_config.target"]
        == "E_TARGET_NEEDED"
    )
    assert codes(told(World(), "model_config", content, feature_config="gone"))["feature_config"] == "E_NOT_FOUND"


# --------------------------------------------------------------------------------------------------------- experiments


def test_an_experiment_shows_what_it_would_be_run_with() -> None:
    world = World()
    found = told(world, "experiment")
    frozen = make_snapshot(EXPERIMENT, world.services)
    assert found["parameters"] == {**frozen.parameters, "epochs": 2}
    assert (found["estimate"], found["hardware"]) == (frozen.estimate, frozen.hardware)
    assert (found["counts"], found["shape"]) == (frozen.counts, frozen.shape)
    assert found["protocol"]["keys"] == frozen.protocol["keys"]
    assert found["protocol"]["name"].startswith("strict 14 days")
    assert found["parameter_count"]["total"] > 0
    assert found["budget"] == {
        "cap_usd": None, "monthly_budget_usd": None, "spent_usd": None, "remaining_usd": None
    }  # fmt: skip


def test_an_experiment_that_would_wait_says_for_what() -> None:
    world = World()
    assert told(world, "experiment")["waits"] is None
    holders = {f"exp-{n}": {"endpoint": "wholesale"} for n in range(4)}
    world.store.put("quotas/running", {"holders": holders})
    content = {**CONTENT["experiment"], "model_endpoint": "wholesale"}
    assert told(world, "experiment", content)["waits"] == "`wholesale` runs 4 experiments at a time"


def test_an_edit_that_changes_no_row_asks_the_warehouse_for_nothing() -> None:
    world = World()
    told(world, "experiment")
    asked, looked_up = len(world.warehouse.queries), len(world.warehouse.looked_up)
    found = told(world, "experiment", {**CONTENT["experiment"], "name": "Better", "epochs": 50, "learning_rate": 0.1})
    assert found["parameters"]["epochs"] == 50
    assert (len(world.warehouse.queries), len(world.warehouse.looked_up)) == (asked, looked_up)
    told(world, "experiment", {**CONTENT["experiment"], "split_seed": 18})
    assert len(world.warehouse.queries) > asked


def test_what_the_warehouse_refuses_is_told_in_its_words() -> None:
    world = World()
    world.warehouse.bytes = 2**50
    found = told(world, "experiment")
    assert codes(found)["dataset"] == "E_BQ_BYTES"
    assert found["budget"]["cap_usd"] is None


def test_a_price_over_the_cap_is_an_error_and_is_shown_all_the_same() -> None:
    found = told(
        World(), "experiment", {**CONTENT["experiment"], "max_cost_usd": 0.1, "epochs": 500, "hardware": "large"}
    )
    assert codes(found)["max_cost_usd"] == "E_COST_CAP"
    assert (found["valid"], found["estimate"]["total_usd"] > 0.1) == (False, True)


def test_what_is_left_of_the_month_is_told() -> None:
    world = World()
    rules = {**WRITTEN, "name": "Wholesale", "monthly_budget_usd": 10.0, "max_cost_usd": 20.0}
    world.store.put("model_endpoints/wholesale", rules)
    world.store.put("ledgers/wholesale__2026-11", {"spent_usd": 4.0})
    found = told(world, "experiment")
    assert found["budget"] == {
        "cap_usd": 20.0, "monthly_budget_usd": 10.0, "spent_usd": 4.0, "remaining_usd": 6.0
    }  # fmt: skip


def test_problems_of_what_it_names_carry_the_documents_kind() -> None:
    world = World()
    world.store.documents["datasets/sales"]["timezone"] = "Mars/Olympus"
    world.store.documents["model_configs/minimal"]["momentum"] = 0.5
    found = told(world, "experiment", {**CONTENT["experiment"], "region": "nowhere"})
    assert {"dataset.timezone", "model_config.momentum", "region"} <= set(codes(found))


def test_a_split_that_is_too_small_proposes_another() -> None:
    world = World()
    small = {**COUNTS, "eval_rows": 3}
    answer = world.warehouse.answer
    world.warehouse.answer = lambda sql: small if "AS `dropped_rows`" in sql else answer(sql)
    assert codes(told(world, "experiment"))["split"] == "E_SPLIT_TOO_SMALL"


def test_a_rerun_shows_what_its_parent_was_run_with() -> None:
    world = World()
    world.bring_to("completed")
    frozen = world.run()
    content = {**CONTENT["experiment"], "origin": "rerun", "parent": EXPERIMENT, "name": "Again"}
    found = told(world, "experiment", content)
    assert found["valid"], found["problems"]
    assert found["parameters"]["epochs"] == (frozen.parameters or {})["epochs"]
    assert codes(told(world, "experiment", {**content, "epochs": 9}))["epochs"] == "E_RERUN"


# --------------------------------------------------------------------------------------------------------------- sweep


def test_the_sweep_looks_at_drafts_whose_event_was_lost() -> None:
    world = World()
    write(world, "model_config")
    assert sweep_drafts(world.services) == []  # it may be under way
    world.wait(UNDER_WAY.seconds)
    assert sweep_drafts(world.services) == [DRAFT]
    report_on_draft(DRAFT, world.services)
    assert sweep_drafts(world.services) == []


def test_the_sweep_looks_at_the_newest_of_very_many_drafts() -> None:
    world = World()
    for number in range(MOST_OF_A_SWEEP + 5):
        world.wait(1)
        world.store.put(f"drafts/draft-{number:026}", {**WRITTEN, "edit": 1, "updated_at": world.now()})
    world.wait(UNDER_WAY.seconds)
    found = sweep_drafts(world.services)
    assert (len(found), found[0]) == (MOST_OF_A_SWEEP, f"draft-{5:026}")


def test_who_comes_back_while_the_sweep_is_at_it_keeps_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    told(world, "model_config")
    world.time = (world.time + LIVES).replace(minute=0)
    drafts = world.store.configs("drafts", None)
    write(world, "model_config")
    monkeypatch.setattr(world.store, "configs", lambda *_: drafts)
    sweep_drafts(world.services)
    assert PATH in world.store.documents


def test_a_draft_of_yesterday_is_removed_with_its_report() -> None:
    world = World()
    told(world, "model_config")
    world.time = (world.time + LIVES).replace(minute=59)
    assert sweep_drafts(world.services) == []
    world.wait(60)
    assert world.time.minute == 0
    assert sweep_drafts(world.services) == [DRAFT]
    report_on_draft(DRAFT, world.services)
    assert not [path for path in world.store.documents if DRAFT in path]


def test_a_report_that_is_left_of_a_draft_is_found_hourly() -> None:
    world = World()
    told(world, "model_config")
    del world.store.documents[PATH]
    assert sweep_drafts(world.services) == []
    world.time = world.time.replace(minute=0)
    assert sweep_drafts(world.services) == [DRAFT]
