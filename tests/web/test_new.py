"""A new experiment (issue view 2): two steps, the service's check beside the fields, what it takes, and its start; from
nothing, as a clone, from a suggestion. What the service says of a draft is said here by a stand-in."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, run_document, wait_for, write_configs, write_request, write_run
from tests.web.recorded import experiment_of
from tests.web.width import expect_to_fit

NEW_EXPERIMENT = re.compile(r"/experiments/(exp-[0-9a-hjkmnp-tv-z]{26})$")
ABOUT = ("owner", "created_at", "updated_at", "schema_version")
Document = dict[str, Any]

FORECAST: Document = {
    "counts": {
        "rows": {"train": 18260, "eval": 952, "test": 788, "catalogue": 468},
        "customers": {"train": 881, "eval": 310, "test": 291}, "products": {"train": 468, "eval": 279, "test": 254},
        "days": {"train": 286, "eval": 12, "test": 12}, "dropped": 40,
    },
    "split": {
        "kind": "strict_time", "ref": "2025-09-30", "test_start": "2025-09-17", "val_start": "2025-09-03",
        "train_start": None,
    },
    "sample_percent": 100,
    "parameters": {"epochs": 20, "batch_size": 512, "learning_rate": 0.01, "sample_percent": 100},
    "hardware": {
        "tier": "small", "workers": 0, "processing": "in_process",
        "reason": "20,000 rows and 76,576 parameters: `small` is enough for fewer than 100,000 rows.",
    },
    "estimate": {
        "total_seconds": 440.5, "range_seconds": [264.3, 792.9], "total_usd": 0.0481, "range_usd": [0.0409, 0.0625],
        "seconds": {"Train": 122.1, "Compile": 0.0, "Examples": 92.4},
        "usd": {"machines": 0.018, "pipeline": 0.03, "dataflow": 0.0},
        "prices": {"as_of": "2026-11-21", "currency": "USD", "region": "europe-west4"},
    },
    "parameter_count": {"total": 76576, "trainable": 76576, "embeddings": 64096, "parts": {}},
    "protocol": {"name": "strict 14 days to 30 Sep 2025", "keys": {"retrieval": "f88727ded1582bc0"}},
    "budget": {"cap_usd": 5.0, "monthly_budget_usd": 20.0, "spent_usd": 3.2, "remaining_usd": 16.8},
    "waits": "`default` runs 4 experiments at a time; 1 waits before this one",
}  # fmt: skip


def finding(path: str, problem: str, *, code: str = "E_X", severity: str = "error") -> Document:
    return {"code": code, "path": path, "problem": problem, "remedy": "Mend it.", "severity": severity}


class Service:
    """Answers each edit of each draft as soon as it sees it, until it is told to be silent."""

    def __init__(self, db: firestore.Client) -> None:
        self.silent = False
        self.problems: Callable[[Document], list[Document]] = lambda content: []
        self.asked: list[Document] = []
        self._db, self._answered = db, dict[str, int]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            if self.silent:
                continue
            for draft in self._db.collection("drafts").stream():
                self._answer(draft.id, draft.to_dict() or {})

    def _answer(self, draft_id: str, draft: Document) -> None:
        if self._answered.get(draft_id) == draft["edit"]:
            return
        self._answered[draft_id] = draft["edit"]
        self.asked.append(draft["content"])
        problems = self.problems(draft["content"])
        valid = not any(each["severity"] == "error" for each in problems)
        fields = FORECAST if valid else {"budget": FORECAST["budget"]}
        report = {"state": "ready", "kind": "experiment", "edit": draft["edit"], "valid": valid, "problems": problems}
        self._db.collection("reports").document(f"drafts__{draft_id}").set({**fields, **report})


@pytest.fixture
def service(firestore_client: firestore.Client) -> Iterator[Service]:
    with Service(firestore_client) as service:
        yield service


@pytest.fixture
def stack(recorded: firestore.Client) -> Iterator[firestore.Client]:
    """What a real stack wrote; what a test adds is taken away again."""
    before = {item.id for item in recorded.collection("experiments").stream()}
    yield recorded
    for item in recorded.collection("experiments").stream():
        if item.id not in before:
            item.reference.delete()
    for item in recorded.collection("drafts").stream():
        item.reference.delete()


@pytest.fixture
def parent(db: firestore.Client) -> firestore.Client:
    write_configs(db)
    write_request(db, split={"kind": "strict_time", "test_days": 7, "val_days": 7, "train_days": None})
    write_run(db, run_document("completed"))
    return db


def started(page: Page, db: firestore.Client) -> Document:
    """The request of the experiment whose page is shown, but for who wrote it and when."""
    expect(page).to_have_url(NEW_EXPERIMENT)
    match = NEW_EXPERIMENT.search(page.url)
    assert match
    request = wait_for(db, "experiments")[match[1]]
    assert request["owner"] == "local-admin"
    return {key: value for key, value in request.items() if key not in ABOUT}


def checked(page: Page) -> None:
    expect(page.get_by_text("Checked against the data as they are now.")).to_be_visible()


def start(page: Page) -> None:
    page.get_by_role("button", name="Start experiment").click()


def difference(page: Page) -> Locator:
    return page.get_by_role("region", name="Difference to").get_by_role("listitem")


# --------------------------------------------------------------------------------------------------------- from nothing


def test_from_nothing_to_a_started_experiment(page: Page, stack: firestore.Client, service: Service) -> None:
    page.goto("/new")
    expect(page.get_by_label("Retrieval")).to_be_checked()
    # a type of model says which features it needs, and why others are out
    page.get_by_label("Ranking").check()
    ids = page.get_by_label("Ids only")
    expect(ids).to_be_disabled()
    expect(ids).to_have_accessible_description("A ranking model predicts a target, and this feature config has none.")
    expect(page.get_by_label("Towers and a rating head")).to_be_checked()
    page.get_by_label("Retrieval").check()
    page.get_by_label("Customer, place and season; product, brand and price").check()
    page.get_by_label("Small towers, 64 to 32").check()
    # what they are made of
    features, model = page.get_by_role("region", name="Feature config"), page.get_by_role("region", name="Model config")
    expect(features.get_by_role("heading", name="Query tower, 68 wide")).to_be_visible()
    expect(features.get_by_role("listitem").filter(has_text="customer_region × customer_segment")).to_contain_text(
        "cross16 24%"
    )
    expect(model.get_by_role("list").first).to_have_text("68 in6432")
    expect(model.get_by_text("76,576 parameters, 64,096 of them in embeddings")).to_be_visible()
    dataset = page.get_by_role("region", name="Dataset")
    expect(dataset).to_contain_text("Demo purchases")
    expect(dataset).to_contain_text("good, 97 of 100")
    expect(dataset).to_contain_text("1 Oct 2024 to 30 Sep 2025")
    # the split, and what comes of it
    checked(page)
    page.get_by_label("By time", exact=True).check()
    page.get_by_label("Validation days").fill("7")
    checked(page)
    assert service.asked[-1]["split"] == {"kind": "strict_time", "test_days": 14, "val_days": 7}
    expect(page.get_by_role("img", name="Timeline of the splits: train 1 Oct 2024 to 2 Sep 2025")).to_be_visible()
    rows = page.get_by_role("region", name="Rows by split").get_by_role("row")
    expect(rows.nth(1)).to_have_text("Train18,260881468286")
    expect(page.get_by_text("40 rows are older than the train split")).to_be_visible()
    # what it takes
    expect(page.get_by_text("about 7 min")).to_be_visible()
    expect(page.get_by_text("about 0.048 USD")).to_be_visible()
    expect(page.get_by_text("3.20 USD of 20.00 USD spent this month, 16.80 USD left.")).to_be_visible()
    expect(page.get_by_text("It will wait for a place: default runs 4 experiments at a time")).to_be_visible()
    expect(page.get_by_text("strict 14 days to 30 Sep 2025, 291 customers, 468 products: 27")).to_be_visible()
    # how it is trained
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"/new\?step=2$"))
    expect(page.get_by_role("heading", name="Step 2 of 2")).to_be_focused()
    page.get_by_role("group", name="Sample of the customers").get_by_label("25%").check()
    page.get_by_label("Epochs").fill("5")
    page.get_by_label("Leave out what a customer has bought").check()
    expect(page.get_by_label("Recommended")).to_be_checked()
    expect(page.get_by_text("small: e2-standard-4, 4 vCPU, 16 GB")).to_be_visible()
    page.get_by_label("medium").check()
    page.get_by_label("Name").fill("My first")
    page.get_by_label("Tags").fill("first, quick")
    page.get_by_text("As YAML").click()
    expect(page.locator("pre")).to_contain_text("kind: experiment\nfeature_config: demo-features")
    checked(page)
    start(page)
    assert started(page, stack) == {
        "feature_config": "demo-features", "model_config": "demo-model", "name": "My first",
        "tags": ["first", "quick"], "split": {"kind": "strict_time", "test_days": 14, "val_days": 7},
        "sample_percent": 25, "epochs": 5, "exclude_purchased": True, "hardware": "medium",
    }  # fmt: skip
    page.go_back()  # not to a used form
    page.goto("/new")
    expect(page.get_by_text("This is what you entered before.")).to_have_count(0)


def test_problems_stand_beside_their_fields_and_nothing_starts(
    page: Page, stack: firestore.Client, service: Service
) -> None:
    leak = finding("feature_config.candidate_features.3.column", "it describes the event.", severity="warning")
    large = finding("batch_size", "a batch of 4096 is larger than the train split.", code="E_BATCH_SIZE")
    small = finding("split", "eval would hold 3 rows (minimum 20).", code="E_SPLIT_TOO_SMALL")
    service.problems = lambda content: [leak, *([large, small] if content.get("batch_size") == 4096 else [])]
    before = len(list(stack.collection("experiments").stream()))
    page.goto("/new?feature_config=demo-features&model_config=demo-model&step=2")
    checked(page)
    minutes = page.get_by_label("Most minutes")
    minutes.fill("1")
    expect(page.get_by_text("Write a whole number, 10 to 1,440.")).to_have_count(0)  # not while it is being typed
    minutes.press("Tab")
    expect(page.get_by_text("Write a whole number, 10 to 1,440.").first).to_be_visible()
    minutes.fill("60")
    batch = page.get_by_label("Batch size")
    batch.fill("4096")
    expect(page.get_by_text("A batch of 4096 is larger than the train split. Mend it.").first).to_be_visible()
    expect(batch).to_have_accessible_description(re.compile("A batch of 4096 is larger"))
    expect(page.get_by_text("about 0.048 USD")).to_be_visible()  # of the last settings that could be run
    expect(page.get_by_text("2 things are to be mended:")).to_be_visible()
    start(page)
    expect(page).to_have_url(re.compile(r"demo-model$"))  # the first of them is on the first step
    expect(page.get_by_role("radio", name="Chosen by the data")).to_be_focused()
    expect(page.get_by_role("group", name="Split")).to_have_accessible_description(re.compile("Eval would hold 3 rows"))
    features = page.get_by_role("region", name="Feature config")
    expect(features.get_by_text("It describes the event. Mend it.")).to_be_visible()
    expect(features.get_by_role("link", name="Edit the feature config")).to_have_attribute(
        "href", "/configs/features/demo-features/edit"
    )
    page.get_by_role("button", name="Batch size").click()
    expect(batch).to_be_focused()
    # what a field cannot hold is said at once, and the service is not asked
    batch.fill("12")
    asked = len(service.asked)
    page.get_by_label("Tags").fill("Upper")
    page.keyboard.press("Control+Enter")
    expect(batch).to_be_focused()
    expect(page.get_by_role("alert").filter(has_text="mended")).to_contain_text('"Upper" is no tag.')
    assert len(service.asked) == asked
    assert len(list(stack.collection("experiments").stream())) == before


def test_what_was_entered_survives_steps_and_a_reload(page: Page, stack: firestore.Client, service: Service) -> None:
    page.goto("/new?epochs=7")
    page.get_by_label("Ids only").check()
    page.get_by_role("link", name="2. How it is trained").click()
    expect(page.get_by_label("Epochs")).to_have_value("7")
    page.get_by_label("Name").fill("Mine")
    page.go_back()
    expect(page.get_by_label("Ids only")).to_be_checked()
    page.go_forward()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page).to_have_url(re.compile(r"/new\?epochs=7&step=2$"))
    page.reload()
    expect(page.get_by_text("This is what you entered before.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    checked(page)
    page.get_by_role("button", name="Begin anew").click()
    expect(page.get_by_label("Name")).to_have_value("")
    expect(page.get_by_label("Epochs")).to_have_value("7")


def test_a_form_can_be_filled_and_sent_by_keyboard_alone(page: Page, stack: firestore.Client, service: Service) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("Retrieval")).to_be_visible()
    expect(page.get_by_role("heading", name="New experiment")).to_be_focused()
    for _ in range(3):  # the steps, and then the form
        page.keyboard.press("Tab")
    expect(page.get_by_label("Retrieval")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Ranking")).to_be_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("group", name="Feature config").locator("input:checked").get_attribute("value")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Step 2 of 2")).to_be_focused()
    page.keyboard.press("Control+Enter")  # before the check is through: it starts as soon as it is
    assert started(page, stack)["feature_config"] == chosen


def test_a_check_that_cannot_be_reached_does_not_keep_anybody_from_starting(
    page: Page, stack: firestore.Client, service: Service
) -> None:
    service.silent = True
    page.clock.install()
    page.goto("/new?step=2")
    expect(page.get_by_text("Counting rows and estimating…")).to_be_visible()
    start(page)
    expect(page.get_by_role("button", name="Starts when checked…")).to_be_visible()
    page.clock.fast_forward(16_000)
    expect(page.get_by_text("The check cannot be reached. You may start all the same")).to_be_visible()
    page.get_by_role("button", name="Start without the check").click()
    assert started(page, stack)["feature_config"]


def test_viewers_are_told_why_they_may_not(page_as: Callable[[str], Page], stack: firestore.Client) -> None:
    page = page_as("viewer")
    page.goto("/new")
    expect(page.get_by_role("heading", name="You may only look")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    page.goto(f"/new?parent={experiment_of(19)}")
    expect(page.get_by_role("link", name="Back to the experiment")).to_be_visible()


# --------------------------------------------------------------------------------------------------------- suggestions


def test_a_suggestion_says_what_it_changes_and_why(page: Page, stack: firestore.Client, service: Service) -> None:
    model = stack.collection("model_configs").document("sug-42972a77b7837cc8")
    page.goto("/dashboard")
    page.get_by_role("region", name="What to run next").scroll_into_view_if_needed()
    page.get_by_role("link", name="Open in the form suggestion 1", exact=True).click()
    panel = page.get_by_role("region", name="The suggestion")
    expect(page.get_by_text("The model config of the suggestion is not stored yet.").first).to_be_visible()
    expect(panel).to_contain_text("rate 0.01 → 0.03, batch 256 → 512")
    expect(panel).to_contain_text("Why: ")
    expect(page.get_by_role("heading", name="Suggestion from Exp #15")).to_be_visible()
    panel.get_by_role("button", name="Store the model config").click()
    expect(panel.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("group", name="Model config").locator("input:checked")).to_have_value(model.id)
    checked(page)
    expect(difference(page).first).to_contain_text("Model configLinear becomes linear, adam 0.03")
    page.keyboard.press("Control+Enter")
    start(page)
    request = started(page, stack)
    assert (request["parent"], request["origin"]) == (experiment_of(15), "clone")
    assert (request["model_config"], request["seed"], request["tags"]) == (model.id, 19, ["suggested"])
    model.delete()
    page.goto("/new?suggestion=default__f88727ded1582bc0~suggestions~gone")
    expect(page.get_by_role("heading", name="This suggestion is not made any more")).to_be_visible()


# ---------------------------------------------------------------------------------------------------------------- looks


def test_no_step_breaks_a_rule_of_accessibility_or_is_too_wide(
    page: Page, stack: firestore.Client, service: Service
) -> None:
    service.problems = lambda content: [
        finding("batch_size", "it is too large."),
        finding("dataset.tables.0.table", "it has grown.", severity="warning"),
        finding("model_endpoint", "the month's budget is spent.", code="E_MONTH_BUDGET"),
    ] if content.get("epochs") == 9 else []  # fmt: skip
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("/new", "/new?step=2", f"/new?epochs=9&parent={experiment_of(19)}"):
            page.goto(address)
            expect(page.get_by_text("Checked against").or_(page.get_by_text("mended:"))).to_be_visible()
            page.evaluate("document.querySelectorAll('form details').forEach((each) => { each.open = true })")
            expect_to_fit(page)
            assert accessibility_violations(page) == [], (address, width)


@pytest.mark.parametrize(("width", "height"), [(1200, 2000), (360, 800)])  # nothing is scrolled; at the lower edge
def test_no_answer_of_the_check_moves_the_buttons(
    page: Page, stack: firestore.Client, service: Service, width: int, height: int
) -> None:
    service.silent = True
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/new")
    expect(page.get_by_text("Counting rows and estimating")).to_be_visible()
    place = page.get_by_role("button", name="Next").bounding_box()
    service.problems = lambda content: [finding("model_config", "it is too large.")]
    service.silent = False
    expect(page.get_by_text("mended:")).to_be_visible()
    assert page.get_by_role("button", name="Next").bounding_box() == place
    service.problems = lambda content: []
    page.get_by_label("Small towers, 64 to 32").check()
    checked(page)
    assert page.get_by_role("button", name="Next").bounding_box() == place


def test_without_configs_the_form_says_where_they_are_made(page: Page, db: firestore.Client) -> None:
    page.goto("/new")
    expect(page.get_by_text("There is no feature config yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Make the first one").last).to_have_attribute(
        "href", "/configs/models/new?model_type=retrieval"
    )
    page.get_by_role("button", name="Next").click()
    start(page)
    expect(page.get_by_role("group", name="Feature config")).to_be_focused()
    expect(page.get_by_text("Choose a feature config.").first).to_be_visible()


# --------------------------------------------------------------------------------------------------------------- clones


def test_a_clone_is_filled_edited_compared_and_started(page: Page, parent: firestore.Client, service: Service) -> None:
    page.goto(f"/experiments/{EXPERIMENT}/clone")
    expect(page.get_by_role("heading", name="Clone of Exp #7")).to_be_visible()
    expect(page.get_by_text("None so far")).to_be_visible()
    expect(page.get_by_label("Test days")).to_have_value("7")
    expect(page.get_by_label("Train days")).to_have_value("")
    page.get_by_label("Ids, country, price").check()
    page.get_by_label("The last days are the test").check()
    page.get_by_label("Holdout days").fill("5")
    expect(page.get_by_label("Test days")).to_have_count(0)
    page.get_by_role("button", name="Next").click()
    for label, value in {
        "Name": "Country and price", "Tags": "base", "Epochs": "3", "Batch size": "", "Most cost, USD": "2.5",
        "Most minutes": "120", "Seed": "17", "Notes": "",
    }.items():  # fmt: skip
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    page.get_by_label("Name").fill("With the country")
    page.get_by_label("Learning rate").fill("5e-4")
    expect(difference(page).filter(has_text="Name")).to_have_text("NameCountry and price becomes With the country")
    expect(difference(page).filter(has_text="Learning rate")).to_contain_text("0.0005")
    expect(difference(page).filter(has_text="Feature config")).to_have_text(
        "Feature configIds becomes Ids, country, price"
    )
    checked(page)
    page.get_by_role("button", name="Start experiment").evaluate("(button) => { button.click(); button.click(); }")
    assert started(page, parent) == {
        "parent": EXPERIMENT, "origin": "clone", "name": "With the country", "tags": ["base"],
        "feature_config": "ids-country", "model_config": "small", "split": {"kind": "time_holdout", "holdout_days": 5},
        "epochs": 3, "learning_rate": 0.0005, "max_cost_usd": 2.5, "region": "europe-west4",
    }  # fmt: skip
    expect(page.get_by_text("Clone of Exp #7")).to_be_visible()
    assert len(wait_for(parent, "experiments", 2)) == 2


def test_configs_that_changed_since_are_part_of_the_difference(page: Page, parent: firestore.Client) -> None:
    frozen = {
        "feature_config": {"updated_at": "2026-10-01T10:00:00Z"},
        "model_config": {"updated_at": "2026-11-01T10:00:00Z"},
    }
    run = parent.collection("runs").document(EXPERIMENT)
    run.collection("details").document("snapshot").set({"configs": frozen})
    page.goto(f"/new?parent={EXPERIMENT}")
    expect(difference(page)).to_have_count(1)
    expect(difference(page)).to_contain_text(re.compile("Feature config.*Ids of 1 Oct 2026.*changed on 1 Nov 2026"))


def test_a_config_that_is_gone_must_be_replaced_and_what_changes_elsewhere_touches_nothing(
    page: Page, parent: firestore.Client, service: Service
) -> None:
    parent.collection("model_configs").document("small").delete()
    page.goto(f"/new?parent={EXPERIMENT}&step=2")
    page.get_by_label("Name").fill("Mine")
    write_request(parent, name="Renamed", updated_at=datetime.now(UTC))
    start(page)
    expect(page.get_by_text("There is no model config small any more. Choose another one.").first).to_be_visible()
    page.get_by_label("Three layers, 128").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    checked(page)
    start(page)
    expect(page).to_have_url(NEW_EXPERIMENT)


def test_a_refused_clone_keeps_what_was_edited(page: Page, parent: firestore.Client, service: Service) -> None:
    write_request(parent, model_endpoint="Not An Endpoint")  # a script wrote it past the rules
    page.goto(f"/new?parent={EXPERIMENT}&step=2")
    page.get_by_label("Name").fill("Mine")
    checked(page)
    start(page)
    expect(page.get_by_role("alert")).to_contain_text("The server refused it.")
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.get_by_role("button", name="Start experiment")).to_be_enabled()
    assert len(list(parent.collection("experiments").stream())) == 1


def test_an_experiment_that_only_was_asked_for_can_be_cloned(page: Page, db: firestore.Client) -> None:
    write_configs(db)
    write_request(db)
    page.goto(f"/new?parent={EXPERIMENT}")
    expect(page.get_by_role("heading", name="Clone of Country and price")).to_be_visible()
    page.goto("/new?parent=exp-nothing")
    expect(page.get_by_text("There is no experiment at this address.")).to_be_visible()
