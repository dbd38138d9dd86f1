"""The list of experiments, live."""

from __future__ import annotations

import re

import pytest
from google.cloud import firestore
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.documents import run_document, write_run


def test_an_empty_list_says_how_to_begin(page: Page, db: firestore.Client) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    expect(page.get_by_text("quicktest run -f experiment.yaml")).to_be_visible()


def test_a_run_appears_and_moves_without_a_reload(page: Page, db: firestore.Client) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="No experiments yet")).to_be_visible()
    run = write_run(db, run_document("running", seconds_ago=0))
    expect(page.get_by_role("row", name="Country and price")).to_contain_text("Running")
    expect(page.get_by_role("row", name="Country and price")).to_contain_text("Train, epoch 2 of 3")
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 62)
    run.update({"percent": 80, "progress.epochs_done": 2})
    expect(page.get_by_text("80%")).to_be_visible()
    expect(page.get_by_role("row", name="Country and price")).to_contain_text("Train, epoch 3 of 3")
    run.set(run_document("completed", seconds_ago=0))
    expect(page.get_by_role("row", name="Country and price")).to_contain_text("Completed")
    expect(page.get_by_role("row", name="Country and price")).to_contain_text("0.214")
    expect(page.get_by_role("progressbar")).to_have_count(0)


@pytest.mark.parametrize(
    ("fixture", "texts"),
    [
        ("requested", ["#9", "Waiting", "2 experiments run already; this is next", "not yet"]),
        ("running", ["#8", "Running", "Train, epoch 2 of 3", "62%", "not yet", "for"]),
        ("completed", ["#7", "Completed", "0.214", "0.202 to 0.226", "better", "took 40 s", "Demo purchases"]),
        ("failed", ["#6", "Failed", "Training diverged", "no result", "took 31 s"]),
        ("invalid", ["#5", "Failed", "1 problem in its documents", "no result"]),
        ("cancelled", ["#4", "Cancelled", "no result"]),
    ],
)
def test_each_state_has_words_of_its_own(page: Page, db: firestore.Client, fixture: str, texts: list[str]) -> None:
    write_run(db, run_document(fixture))
    page.goto("/")
    line = page.get_by_role("row").nth(1)
    for text in texts:
        expect(line).to_contain_text(text)


def test_endpoints_are_named_where_there_are_several(page: Page, db: firestore.Client) -> None:
    """Each numbers its own experiments, so a number alone would not tell them apart."""
    write_run(db, run_document("completed", model_endpoint="default"))
    page.goto("/")
    expect(page.get_by_role("rowheader").first).to_contain_text("#7")
    expect(page.get_by_role("rowheader").first).not_to_contain_text("default")
    write_run(db, run_document("completed", model_endpoint="wholesale"), "exp-2")
    expect(page.get_by_role("rowheader").filter(has_text="wholesale")).to_have_count(1)
    expect(page.get_by_role("rowheader").filter(has_text="default")).to_have_count(1)


def test_the_lift_is_a_sentence_about_the_best_baseline(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("completed"))
    page.goto("/")
    sentence = "+0.031 (+0.012 to +0.049) over personal frequency"
    expect(page.get_by_role("row", name="Country and price")).to_contain_text(sentence)


def test_missing_zero_and_failed_results_look_different(page: Page, db: firestore.Client) -> None:
    zero = run_document("completed", number=1)
    zero["headline"] |= {"value": 0.0, "low": 0.0, "high": 0.0, "lift": None}
    write_run(db, zero, "exp-zero")
    write_run(db, run_document("completed", number=2, headline=None), "exp-missing")
    write_run(db, run_document("failed", number=3), "exp-failed")
    page.goto("/")
    expect(page.get_by_role("row", name="#1")).to_contain_text("0.000")
    expect(page.get_by_role("row", name="#2")).to_contain_text("missing")
    expect(page.get_by_role("row", name="#3")).to_contain_text("no result")


def test_newest_first_and_summarised(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("completed", seconds_ago=5000), "exp-old")
    write_run(db, run_document("running", seconds_ago=1), "exp-new")
    page.goto("/")
    expect(page.get_by_role("status").filter(has_text="live")).to_have_text("1 live, 1 finished")
    assert page.get_by_role("row").nth(1).get_by_role("link").get_attribute("href") == "/experiments/exp-new"


def test_times_are_relative_and_exact_on_hover(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("completed", seconds_ago=7200))
    page.goto("/")
    time = page.get_by_role("row").nth(1).locator("time")
    expect(time).to_have_text("2 h ago")
    expect(time).to_have_attribute("title", re.compile(r"\d\d? \w+ 20\d\d.*\d\d:\d\d:\d\d"))


def test_what_is_known_stays_on_the_page_when_the_connection_is_lost(
    page: Page, context: BrowserContext, complaints: list[str], db: firestore.Client
) -> None:
    run = write_run(db, run_document("running"))
    page.goto("/")
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    context.set_offline(True)
    expect(page.get_by_text("What you see may be old")).to_be_visible()
    expect(page.get_by_text("Train, epoch 2 of 3")).to_be_visible()
    run.update({"progress.epochs_done": 2})
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
    write_run(db, run, "exp-attack")
    page.goto("/")
    expect(page.get_by_role("link", name=attack)).to_be_visible()
    page.goto("/experiments/exp-attack")
    expect(page.get_by_role("heading", level=1)).to_contain_text(attack)
    expect(page.get_by_role("link", name="Open in MLflow")).to_have_count(0)
    assert page.locator("main img, main script").count() == 0
    assert "hacked" not in page.title().replace(attack, "")
