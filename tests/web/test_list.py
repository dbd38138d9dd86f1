"""The list of experiments: live, searched, filtered, ordered, saved, by mouse and by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore
from playwright.sync_api import BrowserContext, Locator, Page, expect

from benchmarks.synthetic_runs import synthetic_runs
from quicktest.table_file import rows as rows_of_table
from shared.insights.lists.entries import block_of, from_json, to_json
from tests.web.accessibility import accessibility_violations
from tests.web.documents import finish_deletion, run_document, write_request, write_run
from tests.web.listed import experiment_id, write_entry, write_listed
from tests.web.width import expect_to_fit

PageAs = Callable[[str], Page]
COMPLETED, FAILED, RUNNING = (experiment_id(tail) for tail in ("cmp", "fed", "rrr"))
GROUPING = {"grouping": {"protocols": {"retrieval": "0b", "rating": "0c"}}}


@pytest.fixture
def several(db: firestore.Client) -> firestore.Client:
    """A live one, a starred one that completed, a failed one of somebody else, two of other model types."""
    write_listed(db, run_document("running", seconds_ago=0, number=8), RUNNING)
    completed = run_document("completed", number=7, seconds_ago=100, grouping={"protocols": {"retrieval": "0a"}})
    write_listed(db, completed, COMPLETED, starred=True, tags=["wide"])
    write_listed(db, run_document("failed", number=6, seconds_ago=200, owner="ada"), FAILED)
    write_listed(db, run_document("ranking", number=5, seconds_ago=300, **GROUPING), experiment_id("rank"))
    write_listed(db, run_document("multitask", number=4, seconds_ago=400, **GROUPING), experiment_id("mt"))
    return db


def row(page: Page, number: int) -> Locator:
    return page.get_by_role("row", name=re.compile(rf"^Select #{number}\b"))


def numbers(page: Page) -> list[int]:
    return [int(text.strip(" #")) for text in page.locator(".run-name .number").all_text_contents()]


def search(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search experiments")


def view_menu(page: Page) -> Locator:
    return page.get_by_role("combobox", name="View", exact=True)


# ------------------------------------------------------------------------------------------------------------- states


def test_an_empty_list_says_how_to_begin(page: Page, page_as: PageAs, db: firestore.Client) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    expect(page.get_by_text("quicktest run -f experiment.yaml")).to_be_visible()
    expect(page.get_by_role("link", name="Start the first one")).to_have_attribute("href", "/new")
    viewer = page_as("viewer")
    viewer.goto("/")
    expect(viewer.get_by_text("as soon as an editor starts one")).to_be_visible()


def test_a_request_becomes_a_run_that_moves_and_ends_without_a_reload(page: Page, db: firestore.Client) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    write_request(db, RUNNING)
    line = page.get_by_role("row", name="Country and price")
    expect(line).to_contain_text("Waitingnot picked up yet")
    run = write_run(db, run_document("running", seconds_ago=0), RUNNING)
    expect(line).to_contain_text("Running")
    expect(line).to_contain_text("Train, epoch 2 of 3")
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 62)
    run.update({"percent": 80, "progress.epochs_done": 2})
    expect(line).to_contain_text("80%")
    expect(line).to_contain_text("Train, epoch 3 of 3")
    completed = run_document("completed", seconds_ago=0)
    run.set(completed)
    write_entry(db, completed, RUNNING)
    expect(line).to_contain_text("Completed")
    expect(line).to_contain_text("0.214")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("[data-line]")).to_have_count(1)


def test_each_state_has_words_of_its_own(page: Page, several: firestore.Client) -> None:
    write_listed(several, run_document("requested", number=9), experiment_id("w"))
    write_listed(several, run_document("invalid", number=3), experiment_id("z"))
    write_listed(several, run_document("cancelled", number=2), experiment_id("x"))
    zero = run_document("completed", number=1)
    zero["metrics"]["recall_at_10"] |= {"value": 0.0, "low": 0.0, "high": 0.0}
    write_listed(several, zero, experiment_id("000"))
    write_listed(several, run_document("completed", number=10, metrics={}, headlines=[]), experiment_id("m"))
    page.goto("/")
    for number, texts in {
        9: ["Waiting", "2 experiments run already; this is next", "not yet", "requested"],
        8: ["Running", "Train, epoch 2 of 3", "62%", "not yet", "for"],
        7: ["Completed", "0.214", "0.202 to 0.226", "better", "took 40 s", "Demo purchases", "retrieval", "wide"],
        6: ["Failed", "Training diverged", "no result", "took 31 s"],
        5: ["Completed", "RMSE", "ranking"],
        4: ["Completed", "recall@10", "multitask"],
        3: ["Failed", "no result"],
        2: ["Cancelled", "no result"],
        1: ["0.000"],
        10: ["missing"],
    }.items():
        for text in texts:
            expect(row(page, number)).to_contain_text(text)
    expect(row(page, 7)).to_contain_text("+0.031 (+0.012 to +0.049) over personal frequency")
    expect(page.get_by_role("status").filter(has_text="live")).to_have_text("1 live, 1 waiting, 8 finished")
    time = row(page, 6).locator("time")
    expect(time).to_have_text("3 min ago")
    expect(time).to_have_attribute("title", re.compile(r"\d\d? \w+ 20\d\d.*\d\d:\d\d:\d\d"))


def test_each_model_endpoint_has_a_list(page: Page, db: firestore.Client) -> None:
    write_listed(db, run_document("completed"), COMPLETED)
    other = run_document("completed", model_endpoint="wholesale", number=12)
    write_listed(db, other, experiment_id("ws"), model_endpoint="wholesale")
    page.goto("/")
    expect(page.locator("[data-line]")).to_have_count(1)
    expect(row(page, 7)).to_be_visible()
    page.goto("/?endpoint=wholesale")
    expect(row(page, 12)).to_be_visible()
    expect(page.locator("[data-line]")).to_have_count(1)


def test_what_is_known_stays_on_the_page_when_the_connection_is_lost(
    page: Page, context: BrowserContext, complaints: list[str], several: firestore.Client
) -> None:
    page.goto("/")
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    context.set_offline(True)
    expect(page.get_by_text("What you see may be old")).to_have_count(1)
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    search(page).fill("state = failed")
    expect(page.locator("[data-line]")).to_have_count(1)
    search(page).fill("")
    several.collection("runs").document(RUNNING).update({"progress.epochs_done": 2})
    context.set_offline(False)
    expect(page.get_by_text("Train, epoch 3 of 3")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("What you see may be old")).to_have_count(0)
    complaints.clear()  # the browser reports each request that it could not send


def test_text_of_users_is_only_text(page: Page, db: firestore.Client) -> None:
    attack = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    run = run_document("failed", reason=attack)
    run["names"] = dict.fromkeys(run["names"], attack)
    run["error"] = dict.fromkeys(run["error"], attack)
    run["problems"] = [dict.fromkeys(("code", "path", "problem", "remedy", "severity"), attack)]
    run["mlflow"] = {"state": "done", "run_id": "x", "url": "javascript:document.title='hacked'", "reason": attack}
    run["parameters"] = {attack: attack}
    write_listed(db, run, FAILED, description=attack)
    for layout in ("table", "cards"):
        page.goto(f"/?layout={layout}")
        expect(page.get_by_role("link", name=attack[:60])).to_be_visible()
        assert page.locator("main img, main script").count() == 0
    page.goto(f"/experiments/{FAILED}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(attack[:80])
    expect(page.get_by_role("link", name="Open in MLflow")).to_have_count(0)
    assert page.locator("main img, main script").count() == 0
    assert "hacked" not in page.title().replace(attack, "").replace(attack[:80], "")


def test_an_entry_that_cannot_be_read_is_counted_and_hides_no_other(page: Page, several: firestore.Client) -> None:
    several.document("indexes/default__0").set({"entries": {experiment_id("bad"): '{"number": "three"}'}}, merge=True)
    page.goto("/")
    expect(page.get_by_text("1 experiment is not shown")).to_contain_text("quicktest insights --rebuild")
    expect(page.locator("[data-line]")).to_have_count(5)


# ---------------------------------------------------------------------------------------- searching, ordering, saving


def test_a_search_finds_while_it_is_typed_and_stands_in_the_address(page: Page, several: firestore.Client) -> None:
    page.goto("/")
    expect(page.locator("[data-line]")).to_have_count(5)
    search(page).fill("state = completed recall_at_10 > 0.2")
    expect(row(page, 7)).to_be_visible()
    expect(page.get_by_text("2 of 5 found")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=state\+%3D\+completed\+recall_at_10"))
    search(page).fill("recall_at_10 >")
    expect(page.get_by_text("A value is missing after")).to_be_visible()
    expect(search(page)).to_have_attribute("aria-invalid", "true")
    assert numbers(page) == [7, 4], "while it is no query, what was found stays"
    search(page).fill("tag:wide")
    expect(page.get_by_text("Write tag = wide or tag ~ wide.")).to_be_visible()
    search(page).fill("nonsense")
    expect(page.get_by_role("heading", name="Nothing is found")).to_be_visible()
    page.get_by_role("button", name="Show all experiments").click()
    expect(page.locator("[data-line]")).to_have_count(5)
    expect(page).to_have_url(re.compile(r"/$"))
    page.goto("/?q=tag+%3D+wide")
    expect(search(page)).to_have_value("tag = wide")
    expect(page.locator("[data-line]")).to_have_count(1)
    for text in ("#6", "exp 6", FAILED):
        search(page).fill(text)
        expect(page.get_by_text("1 of 5 found")).to_be_visible()
        assert numbers(page) == [6]
    search(page).press("Enter")
    expect(page).to_have_url(re.compile(rf"/experiments/{FAILED}"))
    page.go_back()
    expect(search(page)).to_have_value(FAILED)
    page.get_by_role("button", name="Help with searching").click()
    expect(page.get_by_role("dialog")).to_contain_text("recall_at_10")


def test_menus_write_into_the_search(page: Page, several: firestore.Client) -> None:
    page.goto("/?q=NOT+wide")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Model type").select_option(label="ranking (1)")
    expect(search(page)).to_have_value("NOT wide model_type = ranking")
    expect(page.locator("[data-line]")).to_have_count(1)
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    page.get_by_label("Model type").select_option("Any")
    page.get_by_label("State").select_option(label="Failed (1)")
    expect(search(page)).to_have_value("NOT wide state = failed")
    search(page).fill("state in (failed, running)")
    expect(page.get_by_label("State")).to_have_value("state in (failed, running)")
    assert numbers(page) == [8, 6]
    page.get_by_label("Star", exact=True).select_option(label="Starred (1)")
    expect(page.get_by_role("heading", name="Nothing is found")).to_be_visible()
    search(page).fill("(")
    expect(page.get_by_label("State")).to_be_disabled()


def test_the_order_is_chosen_in_the_headings_or_above(page: Page, several: firestore.Client) -> None:
    page.goto("/")
    expect(page.locator("[data-line]")).to_have_count(5)
    page.get_by_role("button", name="Experiment", exact=False).first.click()
    expect(page).to_have_url(re.compile("sort=-date"))
    assert numbers(page) == [4, 5, 6, 7, 8]
    expect(page.get_by_role("columnheader", name="Experiment")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("columnheader", name="Result").get_by_role("button").click()
    assert numbers(page)[-2:] == [8, 6], "what has no result comes last"
    assert numbers(page)[2] == 5, "errors stand after recalls, for they are no one scale"
    expect(page.get_by_text("measured in 3 different ways")).to_be_visible()
    page.get_by_label("Order").select_option(label="Shortest first")
    expect(page).to_have_url(re.compile("sort=-duration"))
    page.goto("/?sort=recall_at_10")
    expect(page.get_by_label("Order")).to_have_value("recall_at_10")


def test_views_are_kept_under_a_name(page: Page, several: firestore.Client) -> None:
    page.goto("/")
    view_menu(page).select_option("Live")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page).to_have_url(re.compile("layout=cards"))
    search(page).fill("state = failed")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()  # a space must not press "Close"
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give it a name.")).to_be_visible()
    page.get_by_label("Name").fill("What failed")
    page.keyboard.press("Enter")
    expect(view_menu(page)).to_have_value("What failed")
    page.goto("/")
    view_menu(page).select_option("What failed")
    expect(page.get_by_role("article")).to_contain_text("Training diverged")
    page.get_by_role("button", name="Forget view").click()
    expect(view_menu(page).get_by_role("option", name="What failed")).to_have_count(0)


def test_cards_show_stages_time_left_result_and_cost(page: Page, several: firestore.Client) -> None:
    left = {"remaining": {"seconds": 190.0, "at_most": True}}
    several.collection("runs").document(RUNNING).update(left)
    write_listed(several, run_document("completed", number=7, cost={"computed": 0.08}), COMPLETED)
    page.goto("/?layout=cards")
    live, done = page.get_by_role("article").nth(0), page.get_by_role("article").nth(1)
    expect(live.get_by_role("list", name="Stages")).to_contain_text("Train: running")
    expect(live).to_contain_text("62%")
    expect(live).to_contain_text("at most 3 min 10 s left")
    for text in ("0.214", "0.202 to 0.226", "better", "over personal frequency", "took 40 s", "0.080 USD"):
        expect(done).to_contain_text(text)
    page.get_by_role("button", name="Table").click()
    expect(row(page, 8)).to_contain_text("at most 3 min 10 s left")


# --------------------------------------------------------------------------------------------------------------- stars


def test_a_star_is_given_and_taken(page_as: PageAs, several: firestore.Client) -> None:
    editor, viewer = page_as("editor"), page_as("viewer")
    for each in (editor, viewer):
        each.goto("/")
    expect(viewer.get_by_role("button", name=re.compile("^Star"))).to_have_count(0)
    expect(row(viewer, 7)).to_contain_text("Starred")
    star = editor.get_by_role("button", name="Star #6")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(row(viewer, 6)).to_contain_text("Starred")
    found = several.collection("experiments").document(FAILED).get().to_dict() or {}
    assert found["starred"] is True and found["updated_at"] > found["created_at"]
    several.collection("experiments").document(FAILED).update(
        {"name": "Named anew", "starred": False, "updated_at": datetime.now(UTC)}
    )
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(editor.get_by_role("link", name="Named anew")).to_be_visible()


def test_a_star_that_is_refused_is_taken_back(page: Page, several: firestore.Client) -> None:
    several.collection("experiments").document(FAILED).update({"tags": ["NOT A TAG"]})  # as only a script can write
    page.goto("/")
    page.get_by_role("button", name="Star #6").click()
    expect(page.get_by_role("alert")).to_contain_text("The star was not changed.")
    expect(page.get_by_role("button", name="Star #6")).to_have_attribute("aria-pressed", "false")


# ------------------------------------------------------------------------------------------------------------ keyboard


def test_by_keyboard(page: Page, several: firestore.Client) -> None:
    page.goto("/")
    expect(page.locator("[data-line]")).to_have_count(5)
    page.keyboard.press("/")
    expect(search(page)).to_be_focused()
    page.keyboard.type("failed")
    page.keyboard.press("Escape")
    expect(search(page)).to_have_value("")
    page.get_by_role("heading", level=1).focus()
    for key in ("j", "ArrowDown", "ArrowDown", "k"):
        page.keyboard.press(key)
    expect(row(page, 7).get_by_role("link")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("region", name="Selection")).to_contain_text("1 experiment selected")
    expect(page.get_by_label("Select #7 Country and price")).to_be_checked()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Star #7")).to_have_attribute("aria-pressed", "false")
    write_listed(several, run_document("running", seconds_ago=0, number=20), experiment_id("newer"))
    expect(row(page, 20)).to_be_visible()
    expect(row(page, 7).get_by_role("link")).to_be_focused()
    page.keyboard.press("j")
    expect(row(page, 6).get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/experiments/{FAILED}"))


# -------------------------------------------------------------------------------------------------------- thousands


@pytest.fixture
def many(db: firestore.Client) -> firestore.Client:
    """Seven hundred, in three documents of the index."""
    blocks: dict[str, dict[str, str]] = {}
    for entry in synthetic_runs(700, 3, endpoint="default"):
        blocks.setdefault(block_of("default", entry.number), {})[entry.experiment] = to_json(entry)
    for name, texts in blocks.items():
        db.document(f"indexes/{name}").set({"entries": texts})
    return db


def test_of_many_only_those_near_are_drawn_and_all_are_found(page: Page, many: firestore.Client) -> None:
    page.goto("/")
    expect(page.get_by_text("700 finished")).to_be_visible()
    expect(page.get_by_role("table")).to_have_attribute("aria-rowcount", "701")
    assert page.locator("[data-line]").count() < 60
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(row(page, 1)).to_be_in_viewport()
    assert page.locator("[data-line]").count() < 60
    search(page).fill("number <= 3")
    expect(page.locator("[data-line]")).to_have_count(3)
    search(page).fill("")
    page.evaluate("scrollTo(0, 0)")
    page.get_by_label("Select all experiments").check()
    expect(page.get_by_role("region", name="Selection")).to_contain_text("700 experiments selected")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cards").click()
    expect(page.get_by_role("article").first).to_be_visible()
    assert page.get_by_role("article").count() < 60


def test_older_ones_are_kept_true(page: Page, many: firestore.Client) -> None:
    """Their document of the index is read once: labels, ends and deletions of theirs are heard of elsewhere."""
    old = "exp-" + f"{3:026d}"
    write_request(many, old, name="Synthetic", starred=False)
    late = experiment_id("rate")
    run = write_run(many, run_document("running", seconds_ago=0, number=4, experiment=late), late)
    page.goto("/?q=number+<%3D+4")
    expect(page.locator("[data-line]")).to_have_count(5)
    expect(page.get_by_text("Reading older")).to_have_count(0)
    many.collection("experiments").document(old).update({"name": "Called anew", "updated_at": datetime.now(UTC)})
    expect(page.get_by_role("link", name="Called anew")).to_be_visible()
    completed = run_document("completed", seconds_ago=0, number=4)
    run.set(completed | {"experiment": late})
    expect(page.get_by_role("row", name="Country and price")).to_contain_text("Completed")
    finish_deletion(many, old, number=3)
    expect(page.get_by_role("link", name="Called anew")).to_have_count(0)
    expect(page.locator("[data-line]")).to_have_count(4)


def test_what_is_listed_is_saved_with_the_columns_of_the_terminal(page: Page, many: firestore.Client) -> None:
    page.goto("/?q=number+>+690")
    expect(page.locator("[data-line]")).to_have_count(10)
    with page.expect_download() as saved:
        page.get_by_role("button", name="JSON").click()
    table = json.loads(saved.value.path().read_text())
    texts = (many.document("indexes/default__2").get().to_dict() or {})["entries"]
    entries = sorted((from_json(text) for text in texts.values()), key=lambda entry: -entry.number)[:10]
    expected = json.loads(json.dumps(rows_of_table(entries), default=lambda time: time.isoformat()))
    assert [list(found) for found in table] == [list(wanted) for wanted in expected]
    assert table == expected
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    assert len(saved.value.path().read_text().splitlines()) == 11


# -------------------------------------------------------------------------------------------------------------- looks


def test_no_state_of_the_list_is_an_accessibility_violation(page: Page, several: firestore.Client) -> None:
    write_listed(several, run_document("requested", number=9), experiment_id("w"), tags=["base"])
    quick = run_document("completed", number=3, seconds_ago=timedelta(days=40).total_seconds())
    quick["parameters"]["sample_percent"] = 10
    write_listed(several, quick, experiment_id("q"))
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for address in ("/?sort=headline", "/?layout=cards", "/?q=cost+<"):
            page.goto(address)
            expect(search(page)).to_be_visible()
            if "layout" not in address:
                page.get_by_role("button", name="Filters").click()
            assert accessibility_violations(page) == [], (address, width)
            expect_to_fit(page)
        page.get_by_role("button", name="Help with searching").click()
        assert accessibility_violations(page) == []


def test_rows_are_of_one_height(page: Page, several: firestore.Client) -> None:
    """What is not drawn is counted with the height of a row, so that none may be higher than another."""
    long = run_document("failed", number=1, reason="because " * 40)
    long["names"] = dict.fromkeys(long["names"], "A name as long as names may be, which are eighty characters " * 2)
    write_listed(several, long, experiment_id("ng"), tags=[f"a-tag-that-is-long-{n}" for n in range(9)])
    for address, width in (
        ("/", 1200),
        ("/", 910),
        ("/", 700),
        ("/", 360),
        ("/?layout=cards", 1200),
        ("/?layout=cards", 360),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        expect(page.locator("[data-line]")).to_have_count(6)
        heights = page.locator("[data-line]").evaluate_all("(lines) => lines.map((line) => line.offsetHeight)")
        assert len(set(heights)) == 1, (address, width, heights)
