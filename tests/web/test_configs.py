"""Configs: lists, pages, editors by drag and by keys, versions, comparing, deleting, roles; the functions answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.config_service import answering, over_the_demo
from tests.web.documents import until
from tests.web.width import expect_to_fit

FEATURES, MODELS = "/configs/features", "/configs/models"
COLLECTIONS = ("feature_configs", "model_configs", "commands", "drafts")


@pytest.fixture
def stack(recorded: firestore.Client) -> Iterator[firestore.Client]:
    """What a real stack wrote, with functions that answer; what a test writes is taken back."""
    before = {kind: _documents(recorded, kind) for kind in COLLECTIONS}
    with answering(recorded, over_the_demo(recorded)):
        yield recorded
    for kind in COLLECTIONS:
        for name, document in _documents(recorded, kind).items():
            if document != before[kind].get(name):
                recorded.recursive_delete(recorded.document(f"reports/{kind}__{name}"))  # with its versions
                recorded.document(f"{kind}/{name}").delete()


def _documents(db: firestore.Client, kind: str) -> dict[str, Any]:
    return {item.id: item.to_dict() for item in db.collection(kind).stream()}


def _stored(db: firestore.Client, kind: str, name: str) -> dict[str, Any]:
    document = db.document(f"{kind}/{name}").get().to_dict()
    assert document is not None, f"there is no {kind}/{name}"
    return document


def _write_model(db: firestore.Client, name: str, owner: str = "local-admin", **content: Any) -> None:
    now = datetime.now(UTC)
    author = {"schema_version": 1, "owner": owner, "created_at": now, "updated_at": now}
    db.document(f"model_configs/{name}").set({"name": f"Model {name}", **content, **author})


def cards(page: Page, list_name: str) -> Locator:
    return page.get_by_role("list", name=list_name).locator(".piece-name")


def card(page: Page, list_name: str, place: int) -> Locator:
    return cards(page, list_name).nth(place)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def checked(page: Page) -> Locator:
    """What the service says of the form as a whole."""
    return page.locator(".editor-bar [role=status]")


def test_configs_are_listed_searched_and_sorted_in_their_address(page: Page, recorded: firestore.Client) -> None:
    page.goto("/configs")
    expect(page.get_by_role("link", name="Demo purchases", exact=True)).to_be_visible()
    page.get_by_role("link", name="Model configs").click()
    expect(page.get_by_role("heading", name="Model configs")).to_be_visible()
    rows = page.locator(".config-list tbody tr")
    expect(rows).to_have_count(6)
    small = rows.filter(has_text="demo-model")
    expect(small).to_contain_text("valid")
    expect(small).to_contain_text("query 64→32")
    expect(small).to_contain_text("minimal")
    expect(small.get_by_role("cell").nth(5)).to_have_text("8")
    page.keyboard.press("/")
    expect(page.get_by_label("Search model configs")).to_be_focused()
    page.keyboard.type("dropout")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?q=dropout$"))
    page.get_by_role("button", name="Experiments").click()
    expect(page).to_have_url(re.compile(r"q=dropout&sort=-experiments$"))
    expect(rows.first).to_contain_text("Standard")
    page.reload()
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Standard")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert "standard" in download.value.path().read_text().lower()
    page.get_by_label("Search model configs").fill("nothing like it")
    expect(page.get_by_text("No model config has “nothing like it” in it.")).to_be_visible()


def test_a_feature_config_is_made_of_smart_defaults_by_keys_alone(page: Page, stack: firestore.Client) -> None:
    page.goto(FEATURES)
    expect(page.get_by_role("link", name="Ids only", exact=True)).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="New feature config")).to_be_focused()
    page.get_by_role("button", name="Begin with smart defaults").press("Enter")
    expect(page.get_by_text("it is text; 20 values")).to_be_visible()
    query = "Features of the query tower"
    expect(cards(page, query)).to_have_count(5)
    expect(page.get_by_text("Query tower, 86 wide")).to_be_visible()  # the service has answered
    expect(checked(page)).to_have_text(re.compile("^Valid"))

    page.get_by_role("button", name="Add order_id to the query tower").press("Enter")
    expect(page.locator("#feature-query-order_id")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_text("order_id is in place 5.")).to_be_attached()
    expect(card(page, query, 4)).to_have_text("order_id")
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#feature-candidate-order_id")).to_be_focused()
    expect(card(page, "Features of the candidate tower", -1)).to_have_text("order_id")
    page.keyboard.press("Delete")
    expect(page.get_by_text("order_id was removed from the candidate tower.")).to_be_attached()
    expect(page.locator("#feature-candidate-product_name")).to_be_focused()

    page.keyboard.press("Enter")  # its settings
    expect(page.get_by_role("button", name="16, recommended")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="64", exact=True).press("Enter")
    expect(page.get_by_text("Candidate tower, 97 wide")).to_be_visible()
    page.get_by_label("Least frequency").fill("20")
    expect(page.get_by_text(re.compile(r"About [\d.]+% of the rows fall out of it\."))).to_be_visible()
    expect(page.get_by_text(re.compile("are cut from the vocabulary")).first).to_be_visible()
    page.get_by_label("Least frequency").fill("0")
    expect(page.get_by_text("Write a whole number, 1 to 1,000.")).to_be_visible()
    expect(checked(page)).to_contain_text("no experiment can use it until")
    page.get_by_label("Least frequency").fill("")

    candidate = page.get_by_role("region", name=re.compile("^Candidate tower"))
    candidate.get_by_text("Add a cross").press("Enter")
    candidate.get_by_label("Feature 1").select_option("brand")
    candidate.get_by_label("Feature 2").select_option("category")
    candidate.get_by_role("button", name="Add the cross").press("Enter")
    expect(candidate.get_by_role("button", name="brand × category", exact=True)).to_be_visible()
    page.get_by_role("region", name="Target").get_by_label("Column").select_option("quantity")
    page.get_by_label("Normalise").select_option("zscore")
    expect(page.get_by_text("Candidate tower, 113 wide")).to_be_visible()
    page.get_by_text("Transform code").press("Enter")
    expect(page.get_by_label("transform.py")).to_contain_text("c_brand_x_category")

    page.get_by_label("Name", exact=True).first.fill("Brands, crossed")
    expect(page.get_by_label("Id", exact=True)).to_have_value("brands-crossed")
    page.get_by_label("Id", exact=True).fill("ids-only")
    expect(page.get_by_text("ids-only is taken.")).to_be_visible()
    page.get_by_label("Id", exact=True).fill("brands")
    expect(checked(page)).to_have_text(re.compile("^Valid"))
    save(page)
    expect(page).to_have_url(re.compile(f"{FEATURES}/brands$"))
    expect(page.get_by_role("heading", name="Brands, crossed")).to_be_visible()
    expect(page.locator(".config-facts")).to_contain_text("version 1")
    stored = _stored(stack, "feature_configs", "brands")
    assert stored["owner"] == "local-admin"
    assert stored["candidate_crosses"] == [{"features": ["brand", "category"]}]
    assert stored["target"] == {"column": "quantity", "normalise": "zscore"}
    assert stored["candidate_features"][-1]["vocabulary"] == {"embedding_dim": 64}
    until(lambda: not list(stack.collection("drafts").stream()), "the draft goes with its form")


def test_a_form_goes_on_when_its_draft_was_swept(page: Page, stack: firestore.Client) -> None:
    page.goto(f"{MODELS}/new")
    name = page.get_by_label("Name", exact=True).first
    name.fill("One day")
    expect(checked(page)).to_have_text(re.compile("^Valid"))
    for draft in stack.collection("drafts").stream():
        draft.reference.delete()
    name.fill("Another day")
    drafts = stack.collection("drafts")
    until(lambda: [each.get("content.name") for each in drafts.stream()] == ["Another day"], "it is written again")
    expect(checked(page)).to_have_text(re.compile("^Valid"))


def test_features_are_dragged_and_what_is_unsaved_survives(page: Page, stack: firestore.Client) -> None:
    page.goto(f"{FEATURES}/demo-both/edit")
    query, candidate = "Features of the query tower", "Features of the candidate tower"
    expect(cards(page, candidate)).to_have_count(4)
    column = page.locator(".columns-list li").filter(has_text="product_name")
    column.drag_to(page.get_by_role("list", name=candidate).locator(".piece").nth(1), target_position={"x": 60, "y": 4})
    expect(cards(page, candidate)).to_have_count(5)
    expect(card(page, candidate, 1)).to_have_text("product_name")
    brand = page.get_by_role("list", name=candidate).locator(".piece").filter(has_text="brand")
    brand.drag_to(page.get_by_role("list", name=query).locator(".piece").first, target_position={"x": 60, "y": 4})
    expect(card(page, query, 0)).to_have_text("brand")
    expect(cards(page, candidate).filter(has_text="brand")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(cards(page, candidate).filter(has_text="brand")).to_have_count(1)

    page.get_by_role("link", name="Experiments").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Leave without saving?")
    page.get_by_role("button", name="Stay").click()
    page.once("dialog", lambda dialog: dialog.accept())  # the browser asks too
    page.reload()
    expect(page.get_by_text("These are changes that were not saved.")).to_be_visible()
    expect(card(page, candidate, 1)).to_have_text("product_name")
    page.get_by_role("button", name="Discard them").click()
    expect(card(page, candidate, 1)).to_have_text("category")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()


def test_a_query_tower_without_an_id_and_problems_beside_their_feature(page: Page, stack: firestore.Client) -> None:
    page.goto(f"{FEATURES}/new?dataset=demo-purchases&start=blank")
    page.get_by_label("Name", exact=True).first.fill("For anybody")
    page.get_by_label("Knows the customer's id").uncheck()
    expect(page.get_by_text("No feature yet. Drag a column here, or press its button.")).to_be_visible()
    expect(checked(page)).to_contain_text("problem")
    page.get_by_role("button", name="Add bought_before to the query tower").click()
    page.get_by_role("button", name="bought_before", exact=True).click()
    expect(page.get_by_label("Shares the embeddings of")).to_have_value("product_id")
    expect(checked(page)).to_have_text(re.compile("^Valid"))
    page.get_by_role("button", name="Add unit_price to the candidate tower").click()
    page.get_by_role("button", name="unit_price", exact=True).click()
    page.get_by_label("Scale", exact=True).uncheck()
    card = page.get_by_role("list", name="Features of the candidate tower").locator(".piece").nth(1)
    expect(card).to_have_class(re.compile("piece-problem"))
    expect(card).to_contain_text("no option yet")
    page.get_by_label("Buckets", exact=True).check()
    page.get_by_label("Own boundaries").fill("5, 1")
    expect(page.get_by_text(re.compile("not.*increasing|increase|rising", re.I)).first).to_be_visible()
    page.get_by_label("Own boundaries").fill("1, 5.5, 20")
    expect(checked(page)).to_have_text(re.compile("^Valid"))
    save(page)
    expect(page).to_have_url(re.compile(f"{FEATURES}/for-anybody$"))
    expect(page.get_by_text("The query tower knows no customer's id.")).to_be_visible()
    assert _stored(stack, "feature_configs", "for-anybody")["query_id"] == "none"


def test_a_model_config_is_edited_layer_by_layer(page: Page, stack: firestore.Client) -> None:
    page.goto(f"{MODELS}/new")
    expect(page.get_by_role("button", name="minimal")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Temperature")).to_be_visible()
    expect(page.get_by_label("Huber delta")).to_have_count(0)
    page.get_by_label("Model type").select_option("multitask")
    expect(page.get_by_label("Weight of ranking")).to_be_visible()
    expect(page.get_by_role("list", name="Layers of the rating head")).to_be_visible()
    page.get_by_role("button", name="standard", exact=True).click()
    expect(page.get_by_text("query 128→64→32, candidate 128→64→32, head 64→32→1")).to_be_visible()

    query = "Layers of the query tower"
    page.get_by_role("button", name="Add dropout to the query tower").press("Enter")
    expect(page.locator("#layer-query_layers-2")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_text("dropout 0.2 is layer 2.")).to_be_attached()
    page.keyboard.press("Enter")
    page.get_by_label("Rate", exact=True).fill("0.95")
    expect(page.get_by_text("Write a number, above 0 to 0.9.")).to_be_visible()
    page.get_by_label("Rate", exact=True).fill("0.3")
    expect(page.get_by_text("query 128→d0.3→64→32")).to_be_visible()
    page.locator("#layer-query_layers-0").press("Delete")
    expect(cards(page, query)).to_have_text(["1. Dropout", "2. Dense"])
    dense = page.get_by_role("list", name=query).locator(".piece").nth(1)
    dense.drag_to(page.get_by_role("list", name=query).locator(".piece").first, target_position={"x": 60, "y": 4})
    expect(cards(page, query)).to_have_text(["1. Dense", "2. Dropout"])
    expect(page.get_by_text("query_output").first).to_be_visible()

    expect(page.get_by_text("It follows the optimizer: 0.001 of adam.")).to_be_visible()
    page.get_by_label("Optimizer").select_option("adagrad")
    expect(page.get_by_text("It follows the optimizer: 0.1 of adagrad.")).to_be_visible()
    page.get_by_label("Learning rate").fill("0.2")
    page.get_by_label("Optimizer").select_option("sgd")
    expect(page.get_by_label("Learning rate")).to_have_value("0.2")
    expect(page.get_by_label("Momentum")).to_be_visible()
    expect(page.get_by_text(re.compile("diverges at a rate of 0.2")).first).to_be_visible()
    page.get_by_role("button", name="Follow sgd: 0.01").click()
    page.get_by_role("button", name="Do not clip").click()

    parameters = page.get_by_role("region", name="Parameters")
    page.get_by_label("Parameters with the features").select_option("demo-features")
    expect(page.get_by_text("a multitask model predicts a target").first).to_be_visible()
    page.get_by_label("Parameters with the features").select_option("demo-both")
    expect(page).to_have_url(re.compile("features=demo-both"))
    expect(parameters.get_by_role("row").filter(has_text="Query")).not_to_contain_text("Query0")
    page.get_by_text("Trainer code").click()
    expect(page.get_by_label("trainer.py")).to_contain_text("def ")
    page.get_by_label("Model type").select_option("retrieval")
    expect(page.get_by_role("list", name="Layers of the rating head")).to_have_count(0)
    expect(page.get_by_label("Weight of ranking")).to_have_count(0)

    page.get_by_label("Name", exact=True).fill("Small towers, 64 to 32")
    expect(page.get_by_label("Id", exact=True)).to_have_value("small-towers-64-to-32")
    expect(checked(page)).to_contain_text("problem")  # a name is another's (S1.1)
    page.get_by_label("Name", exact=True).fill("Dropout first")
    expect(checked(page)).to_have_text(re.compile("^Valid"))
    save(page)
    expect(page).to_have_url(re.compile(f"{MODELS}/dropout-first$"))
    expect(page.get_by_role("region", name="All settings")).to_contain_text("dropout 0.3")
    stored = _stored(stack, "model_configs", "dropout-first")
    assert stored["query_layers"] == [{"type": "dense", "units": 64}, {"type": "dropout", "rate": 0.3}]
    assert "rating_head_layers" not in stored  # it would do nothing, and be refused
    assert stored["clipnorm"] is None
    assert "learning_rate" not in stored


def test_nobody_overwrites_what_somebody_else_saved_meanwhile(page: Page, stack: firestore.Client) -> None:
    _write_model(stack, "shared", temperature=0.5)
    page.goto(f"{MODELS}/shared/edit")
    page.get_by_label("Temperature").fill("0.7")
    expect(checked(page)).to_have_text("Valid.")
    _write_model(stack, "shared", temperature=0.9)
    expect(page.get_by_role("alert")).to_contain_text("Somebody else saved this model config since you opened it.")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    assert _stored(stack, "model_configs", "shared")["temperature"] == 0.9
    page.get_by_role("button", name="Save mine over theirs").click()
    expect(page).to_have_url(re.compile(f"{MODELS}/shared$"))
    assert _stored(stack, "model_configs", "shared")["temperature"] == 0.7

    expect(page.locator(".config-facts")).to_contain_text("version 3")
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_role("heading", name="Versions of Model shared")).to_be_focused()
    expect(page.locator(".diff tbody tr")).to_have_text(re.compile("Temperature.*0.9.*0.7"))
    page.get_by_label("From").select_option("1")
    expect(page).to_have_url(re.compile("from=1"))
    expect(page.locator(".diff tbody tr")).to_have_text(re.compile("Temperature.*0.5.*0.7"))
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.locator(".config-facts")).to_contain_text("version 4")
    assert _stored(stack, "model_configs", "shared")["temperature"] == 0.5


def test_a_version_that_was_heard_of_late_stands_where_it_was_saved(page: Page, stack: firestore.Client) -> None:
    """S3.19: its number is higher than that of what the config is now."""
    _write_model(stack, "late", temperature=0.5)
    page.goto(f"{MODELS}/late")
    expect(page.locator(".config-facts")).to_contain_text("version 1")
    between = datetime.now(UTC)
    _write_model(stack, "late", temperature=0.9)
    expect(page.locator(".config-facts")).to_contain_text("version 2")
    version = {"version": 3, "digest": "d", "saved_at": between, "is_change": True, "content": {"temperature": 0.7}}
    stack.document("reports/model_configs__late/versions/3").set(version)
    page.get_by_role("link", name="Versions").click()
    rows = page.get_by_role("table", name="Versions of Model late").locator("tbody tr")
    expect(rows).to_have_text([re.compile("^2.*as it is now"), re.compile("^3.*Restore version 3"), re.compile("^1")])
    expect(page.locator(".diff tbody tr").filter(has_text="Temperature")).to_have_text(re.compile("0.7.*0.9"))


def test_a_config_is_cloned_compared_used_and_deleted(page: Page, stack: firestore.Client) -> None:
    page.goto(f"{MODELS}/demo-model")
    expect(page.get_by_role("region", name="Experiments that use it").get_by_role("row")).to_have_count(9)
    expect(page.get_by_label("demo-model as YAML")).to_contain_text("kind: model_config")
    page.get_by_role("button", name="JSON").last.click()
    expect(page.get_by_label("demo-model as JSON")).to_contain_text('"kind": "model_config"')
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("8 experiments refer to it.")
    expect(page.get_by_role("dialog").get_by_role("link")).to_have_count(8)
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Small towers, 64 to 32 (copy)")
    page.get_by_role("button", name="deep", exact=True).click()
    expect(checked(page)).to_have_text(re.compile("^Valid"))
    save(page)
    expect(page).to_have_url(re.compile(f"{MODELS}/small-towers-64-to-32-copy$"))
    page.get_by_role("link", name="Compare").click()
    page.get_by_label("Compare with").select_option("demo-model")
    rows = page.locator(".diff tbody tr")
    expect(rows.filter(has_text="Query tower: Layer 2")).to_contain_text("dense 128, relu")
    expect(rows.filter(has_text="Query tower: Layer 2")).to_contain_text("not there")
    expect(rows.filter(has_text="Temperature")).to_have_count(0)
    page.get_by_label("Only differences").uncheck()
    expect(rows.filter(has_text="Temperature")).to_have_count(1)
    page.goto(f"{MODELS}/small-towers-64-to-32-copy")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="There is no model config small-towers-64-to-32-copy")).to_be_visible()


def test_viewers_look_on_and_are_told_why(page_as: Callable[[str], Page], stack: firestore.Client) -> None:
    viewer = page_as("viewer")
    viewer.goto(MODELS)
    expect(viewer.get_by_role("link", name="Standard", exact=True)).to_be_visible()
    expect(viewer.get_by_role("link", name=re.compile("New model config|Clone"))).to_have_count(0)
    for address in (f"{FEATURES}/ids-only", f"{FEATURES}/ids-only/edit", f"{MODELS}/standard", f"{MODELS}/new"):
        viewer.goto(address)
        expect(viewer.get_by_text("You may look at configs, but not change them")).to_be_visible()
        expect(viewer.get_by_role("link", name=re.compile("^(Edit|Clone)$"))).to_have_count(0)
        expect(viewer.get_by_role("button", name=re.compile("Delete|Save"))).to_have_count(0)
    viewer.goto(f"{FEATURES}/ids-only/versions")
    expect(viewer.get_by_text("has not changed since it was saved first")).to_be_visible()
    editor = page_as("editor")
    editor.goto(f"{MODELS}/standard")  # whose owner is another
    expect(editor.get_by_role("link", name="Edit")).to_be_visible()
    expect(editor.get_by_role("button", name="Delete")).to_have_count(0)


def test_no_view_of_configs_is_too_wide_or_an_accessibility_violation(page: Page, stack: firestore.Client) -> None:
    def open_feature() -> None:
        page.get_by_role("button", name="launched_on", exact=True).click()
        page.get_by_label("Buckets", exact=True).check()

    def open_layer() -> None:
        page.locator("#layer-query_layers-0").click()
        page.get_by_label("Units").fill("0")

    views: list[tuple[str, str, Callable[[], None] | None]] = [
        (FEATURES, "Ids only", None),
        (f"{FEATURES}/demo-features", "Transform code", None),
        (f"{FEATURES}/demo-both/edit", "Query tower, 84 wide", open_feature),
        (f"{FEATURES}/new", "Begin blank", None),
        (f"{MODELS}/demo-ranking", "Where it is used", None),
        (f"{MODELS}/standard/edit", "Early stopping", open_layer),
        (f"{MODELS}/standard/compare?with=demo-ranking&all=1", "rows differ", None),
        (f"{MODELS}/standard/versions", "Versions of Standard", None),
        (f"{MODELS}/nothing-there", "There is no model config", None),
    ]
    for address, ready, act in views:
        page.set_viewport_size({"width": 1200, "height": 900})
        page.goto(address)
        expect(page.get_by_text(ready).first).to_be_visible()
        if act is not None:
            act()
        for width in (1200, 360):
            page.set_viewport_size({"width": width, "height": 900})
            expect_to_fit(page)
            assert accessibility_violations(page) == [], (address, width)
