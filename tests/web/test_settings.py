"""Settings and health: who somebody is, the endpoint's rules, what runs and waits, and what needs an administrator."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import run_document, write_run
from tests.web.width import expect_to_fit


@pytest.fixture
def written(db: firestore.Client) -> firestore.Client:
    """Two running, one of which stands still, one waiting; a dead letter, a place taken, a month's costs."""
    now = datetime.now(UTC)
    write_run(db, run_document("running", number=1, updated_at=now, state_entered_at=now), "exp-running")
    stuck = {"state": "preparing", "number": 2, "updated_at": now, "state_entered_at": now - timedelta(hours=1)}
    write_run(db, run_document("running", **stuck), "exp-stuck")
    write_run(db, run_document("requested", number=3, updated_at=now, state_entered_at=now), "exp-waiting")
    letter = {
        **{"source": "google.cloud.firestore.document.v1.written", "reason": "no document in the event"},
        **{"payload": '{"<b>": 1}', "experiment": None, "count": 3},
        **{"created_at": now, "last_at": now, "drained_at": None},
    }
    db.collection("dead_letters").document("a" * 32).set(letter)
    holder = {"exp-running": {"endpoint": "default", "since": now}, "exp-other": {"endpoint": "other", "since": now}}
    db.collection("quotas").document("running").set({"holders": holder})
    db.collection("ledgers").document(f"default__{now:%Y-%m}").set({"spent_usd": 12.5, "attempts": 30})
    return db


def part(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def test_an_admin_sees_what_runs_waits_stands_still_and_could_not_be_handled(
    page: Page, written: firestore.Client
) -> None:
    page.goto("/settings")
    words = "1 run stands still and 1 input could not be handled in the last 7 days."
    expect(page.get_by_text(words)).to_be_visible()
    expect(part(page, "You")).to_contain_text("Signed in as local-admin with the role admin")
    live = part(page, "Running and waiting")
    expect(live.get_by_role("row")).to_have_count(4)
    expect(live.get_by_role("row").last).to_contain_text("1. in line")
    expect(part(page, "Stuck runs").get_by_role("link")).to_have_attribute("href", "/experiments/exp-stuck")
    expect(part(page, "Stuck runs")).to_contain_text("preparing may last 15 min")
    use = part(page, "Quotas in use")
    expect(use).to_contain_text("12.50 USD")
    expect(use).to_contain_text("30 attempts ended")
    expect(use).to_contain_text("2 over all endpoints")
    letters = part(page, "Dead letters")
    letters.locator("summary").press("Enter")
    expect(letters).to_contain_text("3 times")
    expect(letters.locator("pre")).to_have_text('{"<b>": 1}')
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 2_400})
        expect_to_fit(page)
        assert accessibility_violations(page) == []
    written.collection("dead_letters").document("a" * 32).delete()
    expect(letters).to_contain_text("None: every event and document could be handled.")
    expect(page.get_by_text("1 run stands still.")).to_be_visible()


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_see_what_they_may_and_why_not_the_rest(
    page_as: Callable[[str], Page], written: firestore.Client, role: str
) -> None:
    page = page_as(role)
    page.goto("/settings")
    expect(page.get_by_text("1 run stands still.")).to_be_visible()
    expect(part(page, "You").locator(".set-own dt")).to_have_text(re.compile(role))
    for title in ("Quotas in use", "Dead letters"):
        expect(part(page, title)).to_contain_text("Shown to administrators")
    expect(part(page, "Model endpoint default")).to_contain_text("Administrators change these rules.")
    expect(part(page, "Index and read models")).to_contain_text("Administrators have them made anew.")
    expect(part(page, "Running and waiting").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("button", name=re.compile("Change the rules|Make them anew"))).to_have_count(0)
    assert accessibility_violations(page) == []


def test_an_admin_changes_the_endpoints_rules_by_keyboard(page: Page, written: firestore.Client) -> None:
    page.goto("/settings")
    rules = part(page, "Model endpoint default")
    expect(rules).to_contain_text("the default; the others wait")
    rules.get_by_role("button", name="Change the rules").press("Enter")
    rules.get_by_label("Experiments at once").fill("500")
    expect(rules.get_by_text(re.compile("^Write a whole number, 1 to 100"))).to_be_visible()
    rules.get_by_label("Budget of a month, USD").press("Enter")
    expect(rules.get_by_label("Experiments at once")).to_be_focused()
    assert accessibility_violations(page) == []
    rules.get_by_label("Experiments at once").fill("6")
    rules.get_by_label("Budget of a month, USD").fill("50")
    rules.get_by_label("Budget of a month, USD").press("Enter")
    expect(rules.get_by_role("status")).to_have_text("Saved.")
    stored = written.collection("model_endpoints").document("default")
    document = stored.get().to_dict() or {}
    assert (document["max_running"], document["monthly_budget_usd"], document["owner"]) == (6, 50, "local-admin")
    assert "max_cost_usd" not in document
    expect(part(page, "Quotas in use")).to_contain_text("37.50 USD")
    rules.get_by_role("button", name="Change the rules").click()
    rules.get_by_label("Budget of a month, USD").fill("")
    rules.get_by_role("button", name="Save").click()
    expect(rules.get_by_role("button", name="Change the rules")).to_be_visible()
    expect(rules).to_contain_text("no budget")
    assert "monthly_budget_usd" not in (stored.get().to_dict() or {})


def test_read_models_are_made_anew_once_however_often_it_is_asked(page: Page, db: firestore.Client) -> None:
    page.goto("/settings")
    expect(page.get_by_text("Nothing needs attention.")).to_be_visible()
    expect(page.get_by_text("Nothing runs, and nothing waits.")).to_be_visible()
    rebuild = part(page, "Index and read models")
    rebuild.get_by_role("button", name="Make them anew").click()
    expect(rebuild.get_by_text("Under way.")).to_be_visible()
    expect(rebuild.get_by_role("button")).to_be_disabled()
    command = db.collection("commands").document("default--rebuild")
    until = time.monotonic() + 20
    while not command.get().exists and time.monotonic() < until:
        time.sleep(0.05)
    assert command.get().get("kind") == "rebuild"
    now = datetime.now(UTC)
    times = {"asked_by": "local-admin", "began_at": now, "ended_at": now}
    done = {**times, "runs": 30, "changed": 0, "protocols": 2, "failed": []}
    db.collection("rebuilds").document("default").set(done)
    command.delete()
    expect(rebuild).to_contain_text("30 runs in 2 protocols, none of which had been wrong")
    expect(rebuild.get_by_role("button")).to_be_enabled()


def test_the_colours_are_chosen_and_remembered(page: Page, db: firestore.Client) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/settings")
    page.get_by_label("Dark").check()
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    assert max(page.evaluate(ground)) < 60
    page.reload()
    expect(page.get_by_label("Dark")).to_be_checked()
    page.get_by_label("As the system says").check()
    assert min(page.evaluate(ground)) > 200
