"""The form of a clone: filled from the parent, checked field by field, compared with the parent, sent once (S5.12)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.documents import EXPERIMENT, run_document, wait_for, write_configs, write_request, write_run

ADDRESS = f"/experiments/{EXPERIMENT}"
NEW_EXPERIMENT = re.compile(r"/experiments/(exp-[0-9a-hjkmnp-tv-z]{26})$")


@pytest.fixture
def parent(db: firestore.Client) -> firestore.Client:
    write_configs(db)
    write_request(db, split={"kind": "strict_time", "test_days": 7, "val_days": 7, "train_days": None})
    write_run(db, run_document("completed"))
    return db


def difference(page: Page) -> Locator:
    return page.get_by_role("region", name="Difference to Exp #7").get_by_role("listitem")


def start(page: Page) -> None:
    page.get_by_role("button", name="Start experiment").click()


def test_a_clone_is_filled_edited_compared_and_started(page: Page, parent: firestore.Client) -> None:
    page.goto(ADDRESS)
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_role("heading", name="Clone of Exp #7")).to_be_focused()
    for label, value in {
        "Name": "Country and price", "Tags": "base", "Test days": "7", "Train days": "", "Sample, percent": "auto",
        "Epochs": "3", "Batch size": "", "Most cost, USD": "2.5", "Most minutes": "120", "Seed": "17",
        "Feature config": "ids", "Model config": "small", "Split": "strict_time", "Hardware": "auto",
    }.items():  # fmt: skip
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    expect(page.get_by_text("None so far")).to_be_visible()
    page.get_by_label("Name").fill("With the country")
    page.get_by_label("Feature config").select_option("Ids, country, price")
    page.get_by_label("Learning rate").fill("5e-4")
    page.get_by_label("Split").select_option("time_holdout")
    page.get_by_label("Holdout days").fill("5")
    expect(page.get_by_label("Test days")).to_have_count(0)
    expect(difference(page).first).to_have_text("NameCountry and price becomes With the country")
    expect(difference(page).filter(has_text="Learning rate")).to_contain_text("0.0005")
    expect(difference(page).filter(has_text="Feature config")).to_have_text(
        "Feature configIds becomes Ids, country, price"
    )
    page.get_by_role("button", name="Start experiment").evaluate("(button) => { button.click(); button.click(); }")
    expect(page).to_have_url(NEW_EXPERIMENT)
    expect(page.get_by_text("Clone of Exp #7")).to_be_visible()
    experiments = wait_for(parent, "experiments", 2)
    assert len(experiments) == 2
    match = NEW_EXPERIMENT.search(page.url)
    assert match
    clone = experiments[match[1]]
    about = {key: clone.pop(key) for key in ("owner", "created_at", "updated_at", "schema_version")}
    assert (about["owner"], about["schema_version"]) == ("local-admin", 1)
    assert clone == {
        "parent": EXPERIMENT, "origin": "clone", "name": "With the country", "description": "", "tags": ["base"],
        "feature_config": "ids-country", "model_config": "small", "split": {"kind": "time_holdout", "holdout_days": 5},
        "sample_percent": "auto", "epochs": 3, "learning_rate": 0.0005, "hardware": "auto", "max_minutes": 120,
        "max_cost_usd": 2.5, "seed": 17, "region": "europe-west4",
    }  # fmt: skip


def test_back_from_a_clone_leads_to_its_parent_not_to_a_used_form(page: Page, parent: firestore.Client) -> None:
    page.goto(ADDRESS)
    page.get_by_role("link", name="Clone").click()
    start(page)
    expect(page).to_have_url(NEW_EXPERIMENT)
    page.go_back()
    expect(page).to_have_url(re.compile(f"{ADDRESS}$"))
    expect(page.get_by_role("link", name="Clone")).to_be_visible()
    page.get_by_role("link", name="Clone").click()
    start(page)
    expect(page).to_have_url(NEW_EXPERIMENT)
    assert len(wait_for(parent, "experiments", 3)) == 3


def test_a_mistake_stands_beside_its_field_and_nothing_is_sent(page: Page, parent: firestore.Client) -> None:
    page.goto(f"{ADDRESS}/clone")
    epochs = page.get_by_label("Epochs")
    epochs.fill("0")
    expect(page.get_by_text("Write a whole number from 1 to 500.")).to_have_count(0)  # not while it is being typed
    epochs.press("Tab")
    expect(page.get_by_text("Write a whole number from 1 to 500.")).to_be_visible()
    expect(epochs).to_have_attribute("aria-invalid", "true")
    expect(epochs).to_have_accessible_description("1 to 500 Write a whole number from 1 to 500.")
    page.get_by_label("Tags").fill("Upper")
    start(page)
    expect(page.get_by_role("alert")).to_have_text("2 fields need to be mended.")
    expect(page.get_by_label("Tags")).to_be_focused()
    epochs.fill("4")
    page.get_by_label("Tags").fill("")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(list(parent.collection("experiments").stream())) == 1


def test_configs_that_changed_since_are_part_of_the_difference(page: Page, parent: firestore.Client) -> None:
    frozen = {
        "feature_config": {"updated_at": "2026-10-01T10:00:00Z"},
        "model_config": {"updated_at": "2026-11-01T10:00:00Z"},
    }
    run = parent.collection("runs").document(EXPERIMENT)
    run.collection("details").document("snapshot").set({"configs": frozen})
    page.goto(f"{ADDRESS}/clone")
    expect(difference(page)).to_have_count(1)
    expect(difference(page)).to_contain_text(re.compile("Feature config.*Ids of 1 Oct 2026.*changed on 1 Nov 2026"))


def test_a_config_that_is_gone_is_shown_and_must_be_replaced(page: Page, parent: firestore.Client) -> None:
    parent.collection("model_configs").document("small").delete()
    page.goto(f"{ADDRESS}/clone")
    expect(page.get_by_label("Model config")).to_have_value("small")
    start(page)
    expect(page.get_by_text("There is no model config small any more. Pick another one.")).to_be_visible()
    page.get_by_label("Model config").select_option("Three layers, 128")
    start(page)
    expect(page).to_have_url(NEW_EXPERIMENT)


def test_a_refused_clone_keeps_what_was_edited(page: Page, parent: firestore.Client) -> None:
    write_request(parent, max_workers=99)  # nothing that the form shows: a script wrote it past the rules
    page.goto(f"{ADDRESS}/clone")
    page.get_by_label("Name").fill("Mine")
    start(page)
    expect(page.get_by_role("alert")).to_contain_text("The server refused it.")
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.get_by_role("button", name="Start experiment")).to_be_enabled()
    assert len(list(parent.collection("experiments").stream())) == 1


def test_what_changes_elsewhere_does_not_touch_the_form(page: Page, parent: firestore.Client) -> None:
    page.goto(f"{ADDRESS}/clone")
    page.get_by_label("Name").fill("Mine")
    write_request(parent, name="Renamed", updated_at=datetime.now(UTC))
    parent.collection("model_configs").document("new").set({"name": "Brand new", "updated_at": datetime.now(UTC)})
    expect(page.get_by_label("Model config").get_by_role("option", name="Brand new")).to_have_count(1)
    expect(page.get_by_label("Name")).to_have_value("Mine")


def test_an_experiment_that_only_was_asked_for_can_be_cloned(page: Page, db: firestore.Client) -> None:
    write_configs(db)
    write_request(db)
    page.goto(f"{ADDRESS}/clone")
    expect(page.get_by_role("heading", name="Clone of Country and price")).to_be_visible()
    page.goto("/experiments/exp-nothing/clone")
    expect(page.get_by_text("There is no experiment at this address.")).to_be_visible()
