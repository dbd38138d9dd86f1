"""Datasets: made of proposals, problems beside their fields, rows by a press, the page of one, its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from functions.services import Services
from tests.web.accessibility import accessibility_violations
from tests.web.config_service import answering, over_a_shop
from tests.web.documents import until
from tests.web.width import expect_to_fit

SALES = {
    "name": "Sales",
    "description": "All purchases",
    "tables": [{"table": "shop.sales"}],
    "roles": {"customer_id": "customer", "product_id": "product", "event_time": "sold_at", "revenue": "price"},
    "filters": {"rows": [{"kind": "number", "column": "price", "op": "gt", "value": 0.0}]},
}


def write(db: firestore.Client, path: str, document: dict[str, Any], owner: str = "local-admin") -> None:
    now = datetime.now(UTC)
    author = {"schema_version": 1, "owner": owner, "created_at": now, "updated_at": now}
    db.document(path).set({**document, **author})


@pytest.fixture
def service(db: firestore.Client) -> Iterator[Services]:
    with answering(db, over_a_shop(db)) as service:
        write(db, "datasets/sales", SALES)
        yield service


def says(page: Page, text: str) -> None:
    """What stands at the end of the form."""
    expect(page.locator(".editor-bar [role=status]")).to_contain_text(text)


def stored(db: firestore.Client, path: str) -> dict[str, Any]:
    document = db.document(path).get().to_dict() or {}
    return {name: value for name, value in document.items() if name not in ("owner", "created_at", "updated_at")}


def computed_at(db: firestore.Client) -> datetime:
    return db.document("reports/datasets__sales").get().get("computed_at")


def test_a_dataset_is_made_of_proposals_and_nothing_is_applied_by_itself(
    page: Page, db: firestore.Client, service: Services
) -> None:
    page.goto("/configs/datasets/new")
    page.get_by_role("button", name="Add shop.sales").click()
    proposal = page.locator(".proposal")
    expect(proposal).to_contain_text("Customer customer, Product product")
    expect(page.get_by_label("Customer", exact=True)).to_have_value("")
    proposal.get_by_role("button").press("Enter")
    expect(page.get_by_label("Time of purchase")).to_have_value("sold_at")
    page.get_by_role("button", name="Add shop.products").click()
    says(page, "Give it a name.")
    page.get_by_label("Name", exact=True).fill("Sales with brands")
    expect(page.get_by_label("Purchases are in this table").first).to_be_checked()
    page.get_by_role("button", name="sales.product = products.product").click()
    page.locator("summary", has_text="products").click()
    page.get_by_role("checkbox", name="brand").check()
    page.get_by_label("Name of brand").fill("maker")
    page.get_by_label("Add a filter of").select_option("maker")
    expect(page.get_by_text("Write at least one value.")).to_be_visible()
    says(page, "1 problem")
    expect(page.get_by_label("Customer", exact=True).locator("option")).to_have_count(6)  # it hides no column
    page.get_by_label("Values, one a line").fill("Falk\nOrla")
    expect(page.locator(".sentence")).to_have_text('maker is one of "Falk", "Orla"')
    says(page, "Valid.")
    expect(page.get_by_text("Reads about 3.0 KB.")).to_be_visible()
    page.get_by_role("button", name="Look at the rows").click()
    rows = page.get_by_role("region", name="Preview of rows")
    expect(rows.get_by_role("row")).to_have_count(2)
    expect(rows).to_contain_text("2025-01-01 00:00")
    expect(rows).to_contain_text("empty")
    expect(page.get_by_role("region", name="Rows after each step")).to_contain_text("20,000")
    expect(page.get_by_role("region", name="What the joins do")).to_contain_text("95.0%")
    page.get_by_label("Description").fill("Bought before")
    expect(page.get_by_text("What you see is of before your last change.")).to_be_visible()
    expect(rows).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Sales with brands")).to_be_visible()
    assert page.url.endswith("/configs/datasets/sales-with-brands")
    assert stored(db, "datasets/sales-with-brands") == {
        "schema_version": 1,
        "name": "Sales with brands",
        "description": "Bought before",
        "tables": [
            {"table": "shop.sales"},
            {"table": "shop.products", "columns": [{"column": "brand", "name": "maker"}]},
        ],
        "primary": "sales",
        "joins": [{"left": "sales", "right": "products", "keys": [{"left": "product", "right": "product"}]}],
        "roles": {"customer_id": "customer", "product_id": "product", "event_time": "sold_at", "revenue": "price"},
        "filters": {"rows": [{"kind": "category", "column": "maker", "values": ["Falk", "Orla"]}]},
    }


def test_a_page_tells_all_that_is_known_and_looks_again_by_a_press(
    page: Page, db: firestore.Client, service: Services
) -> None:
    page.goto("/configs/datasets/sales")
    expect(page.get_by_role("heading", name="Sales", exact=True)).to_be_visible()
    expect(page.locator(".quality")).to_be_visible()
    expect(page.get_by_text("Filter 1: price > 0 (20,000 of 20,000)")).to_be_visible()
    expect(page.get_by_role("region", name="Tables", exact=True)).to_contain_text("2.0 MB")
    page.get_by_role("group", name="Split").get_by_role("button", name="catalogue").click()
    expect(page.get_by_role("region", name="SQL of the split catalogue")).to_contain_text("WITH")
    expect(page.get_by_text("No experiment has used it yet.")).to_be_visible()
    looked_at = computed_at(db)
    page.get_by_role("button", name="Look again").click()
    until(lambda: computed_at(db) > looked_at, "the report is made anew")
    expect(page.get_by_role("button", name="Look again")).to_be_enabled()
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 900})
        expect_to_fit(page)
        assert accessibility_violations(page) == []
    write(db, "datasets/sales", {**SALES, "timezone": "Mars/Olympus"})
    expect(page.get_by_text("1 problem", exact=True)).to_be_visible()
    expect(page.locator(".finding")).to_contain_text("timezone")


def test_problems_stand_beside_their_fields_and_go_when_they_are_mended(
    page: Page, db: firestore.Client, service: Services
) -> None:
    page.goto("/configs/datasets/sales/edit")
    says(page, "Nothing has changed")
    zone = page.get_by_label("Time zone", exact=True)
    zone.fill("Europe/Berln")
    expect(zone).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Did you mean Europe/Berlin")).to_be_visible()
    expect(page.get_by_role("heading", name="Time zone, catalogue, limits 1 problem")).to_be_visible()
    zone.fill("Europe/Berlin")
    expect(zone).not_to_have_attribute("aria-invalid", "true")
    says(page, "Valid.")
    page.get_by_label("Quantity (optional)").select_option("customer")
    expect(page.get_by_text("must be", exact=False).first).to_be_visible()
    page.get_by_label("Quantity (optional)").select_option("")
    page.get_by_role("checkbox", name="price").uncheck()
    says(page, "2 problems")
    page.get_by_role("button", name="Undo").click()
    says(page, "Valid.")
    page.get_by_role("button", name="Add a history").click()
    expect(page.get_by_label("What is remembered")).to_have_value("product")
    page.get_by_role("button", name="Add a condition for customers").click()
    page.get_by_label("What they add up to").select_option("distinct_counterparts")
    page.get_by_label("Value").last.fill("3")
    expect(page.locator(".sentence").last).to_have_text("customers with distinct products >= 3")
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 900})
        expect_to_fit(page)
        assert accessibility_violations(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Sales", exact=True)).to_be_visible()
    saved = stored(db, "datasets/sales")
    assert (saved["timezone"], saved["history"]) == ("Europe/Berlin", [{"name": "bought_before", "item": "product"}])
    assert saved["filters"]["customers"] == {
        "aggregates": [{"measure": "distinct_counterparts", "op": "ge", "value": 3}]
    }


def test_a_dataset_that_experiments_refer_to_stays_and_another_goes(
    page: Page, db: firestore.Client, service: Services
) -> None:
    write(db, "feature_configs/base", {"name": "Base", "dataset": "sales"})
    write(db, "experiments/exp-01jd4qz0000000000000000000", {"feature_config": "base", "model_config": "small"})
    page.goto("/configs/datasets/sales")
    expect(page.get_by_role("link", name="base")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("1 experiment refers to it.")
    expect(dialog.get_by_role("link", name="exp-01jd4qz0000000000000000000")).to_be_visible()
    page.keyboard.press("Escape")
    db.document("experiments/exp-01jd4qz0000000000000000000").delete()
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="There is no dataset sales")).to_be_visible()


def test_a_clone_begins_with_everything_and_another_name(page: Page, db: firestore.Client, service: Services) -> None:
    page.goto("/configs/datasets/sales")
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Sales (copy)")
    says(page, "Valid.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Sales (copy)")).to_be_visible()
    assert stored(db, "datasets/sales-copy") == {**SALES, "schema_version": 1, "name": "Sales (copy)"}


def test_a_viewer_reads_and_changes_nothing(page_as: Callable[[str], Page], service: Services) -> None:
    page = page_as("viewer")
    page.goto("/configs/datasets/sales/edit")
    expect(page.get_by_text("You may look at configs, but not change them")).to_be_visible()
    expect(page.locator(".quality")).to_be_visible()
    for name in ("Edit", "Clone", "Delete", "Look again", "Save"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.goto("/configs/datasets/new")
    expect(page.get_by_role("heading", name="New dataset")).to_be_visible()
    expect(page.get_by_text("You may look at configs, but not change them")).to_be_visible()


def test_two_datasets_are_compared_with_the_statistics_of_their_columns(
    page: Page, db: firestore.Client, service: Services
) -> None:
    """S1.36. The rows of the tests are alike in all datasets, so one of them gets figures of its own."""
    join = {"left": "sales", "right": "products", "keys": [{"left": "product", "right": "product"}]}
    products = {"table": "shop.products", "columns": [{"column": "brand"}]}
    branded = {"tables": [*SALES["tables"], products], "primary": "sales", "joins": [join]}
    write(db, "datasets/branded", {**SALES, **branded, "name": "Branded"})
    report = db.document("reports/datasets__branded")
    until(lambda: (report.get().to_dict() or {}).get("state") == "ready", "the report is made")
    part = report.collection("parts").document("statistics")
    counted = (part.get().to_dict() or {})["columns"]
    part.set({"columns": [{**each, "mean": 2_450.5} if each["name"] == "price" else each for each in counted]})

    page.goto("/configs/datasets/sales/compare?with=branded")
    statistics = page.get_by_role("region", name="Statistics of the columns", exact=True)
    expect(statistics).to_contain_text("Only Branded has brand.")
    rows = statistics.locator("tbody tr")
    expect(rows).to_have_text([re.compile("price: Mean≠.*2,450.5$"), re.compile("brand: Type≠not thereSTRING$")])
    page.get_by_label("Only differences").uncheck()
    expect(rows.filter(has_text="price: Rows")).to_have_text(re.compile("≡(.+)\\1$"))
    expect(rows.filter(has_text="price: Mean")).to_have_class("diff-differs")
    expect(rows.filter(has_text="price: Mean").locator("td").last).to_have_css("text-align", "right")
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 900})
        expect_to_fit(page)
        assert accessibility_violations(page) == []

    part.delete()
    expect(statistics).to_contain_text("Branded has no statistics, for its rows could not be counted")
    report.update({"state": "computing"})
    expect(statistics).to_contain_text("Branded is not analysed yet: its statistics follow")
    expect(rows).to_have_count(0)
