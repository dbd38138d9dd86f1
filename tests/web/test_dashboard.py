"""The dashboard on read models of a real stack: every panel, its filters in the address, suggestions that start."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.recorded import experiment_of

RETRIEVAL, RATINGS = "f88727ded1582bc0", "f550978e0b8e39db"
TALL = 8_000  # pixels: all panels are near the window, so all of them are read
PANELS = (
    *("Figures", "Leaderboard", "What to run next", "Trend", "What matters", "Two parameters"),
    *("What was tried", "Training by epoch", "What quick runs tell", "Datasets", "What was built on what"),
)


def opened(page: Page, search: str = "", *, tall: bool = True) -> Page:
    page.set_viewport_size({"width": 1200, "height": TALL if tall else 900})
    page.goto(f"/dashboard{search}")
    expect(panel(page, "Leaderboard").get_by_role("row").nth(1)).to_be_visible()
    return page


def panel(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def saved(page: Page, title: str, kind: str) -> Path:
    with page.expect_download() as download:
        panel(page, title).get_by_role("button", name=kind, exact=True).first.click()
    return download.value.path()


def soon(found: Callable[[], Any]) -> Any:
    until = time.monotonic() + 20
    while not (value := found()) and time.monotonic() < until:
        time.sleep(0.05)
    return value


def test_each_panel_says_what_the_read_models_hold(page: Page, recorded: firestore.Client) -> None:
    opened(page)
    for title in PANELS:
        expect(panel(page, title).get_by_text(re.compile(r"Computed .* from \d+ runs"))).to_be_visible()
    figures = panel(page, "Figures")
    expect(figures.get_by_role("heading", name="Retrieval")).to_be_visible()
    expect(figures).to_contain_text("recall@10 0.565 (0.523 to 0.608)")
    expect(figures).to_contain_text("+0.026 (+0.005 to +0.046) over item knn")
    board = panel(page, "Leaderboard")
    first = board.get_by_role("row").nth(1)
    expect(first).to_contain_text("#19 linear on demo-both")
    expect(first).to_contain_text("★ best")
    expect(first).to_have_class("dash-first")
    expect(board.locator(".dash-baseline").first).to_contain_text("item knn")
    expect(board).to_contain_text("share rank 1")
    expect(board.get_by_role("row")).to_have_count(16)
    board.get_by_role("button", name=re.compile("Show all")).click()
    expect(board.locator(".dash-baseline")).to_have_count(5)
    expect(panel(page, "Trend")).to_contain_text("Best recall@10 so far 0.565 (#19)")
    expect(panel(page, "What matters")).to_contain_text("Evidence: ")
    expect(panel(page, "What was tried")).to_contain_text("2 do not fit together")
    expect(panel(page, "Training by epoch").get_by_role("row")).to_have_count(21)
    expect(panel(page, "What quick runs tell")).to_contain_text("not known yet (0 of 8 pairs)")
    expect(panel(page, "What quick runs tell").get_by_role("link", name=re.compile("^#8"))).to_be_visible()
    expect(panel(page, "Datasets")).to_contain_text("never by the metric itself")
    expect(panel(page, "What was built on what")).to_contain_text("Wide adagrad medium")


def test_a_parameter_tells_its_values_and_what_they_were_seen_with(page: Page, recorded: firestore.Client) -> None:
    opened(page)
    matters = panel(page, "What matters")
    matters.locator("summary", has_text="activation").press("Enter")
    values = matters.get_by_role("region", name="Values of activation")
    expect(values.get_by_role("row", name=re.compile("^none")).get_by_text("evidence")).to_be_visible()
    expect(matters).to_contain_text("activation = none is seen together with")
    expect(matters).to_contain_text("the effect may be theirs")
    matters.locator(".dash-parameter-name", has_text=re.compile("parameters$")).click()
    expect(matters.get_by_role("img", name=re.compile("Good runs lie most often near parameters"))).to_be_visible()


def test_filters_stand_in_the_address_and_never_mix_protocols(page: Page, recorded: firestore.Client) -> None:
    opened(page, tall=False)
    page.get_by_label("Protocol").select_option(RATINGS)
    expect(panel(page, "Leaderboard")).to_contain_text("RMSE, less is better")
    page.wait_for_url(re.compile(f"protocol={RATINGS}"))
    expect(panel(page, "Leaderboard").locator(".dash-baseline").first).to_contain_text("bias")
    page.get_by_label("Type of model").select_option("retrieval")
    expect(panel(page, "Leaderboard")).to_contain_text("recall@10")
    expect(page.get_by_label("Protocol").locator("option")).to_have_count(1)
    expect(panel(page, "Leaderboard").get_by_text("#25 Lists")).to_have_count(0)
    page.get_by_label("Sample").select_option("50")
    expect(page.get_by_text("quick: 50% of the customers: 3 of 3 runs finished")).to_be_visible()
    page.get_by_label("Metric").select_option("mrr")
    expect(panel(page, "Leaderboard")).to_contain_text("nobody has tested whether these differences")
    expect(panel(page, "Leaderboard").locator(".dash-baseline")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Metric")).to_have_value("mrr")
    expect(page.get_by_label("Sample")).to_have_value("50")
    page.goto("/dashboard?protocol=0123456789abcdef")
    expect(page.get_by_text("There is no protocol 0123456789abcdef any more")).to_be_visible()


def test_grids_of_other_metrics_and_pairs_are_computed_and_lead_to_their_runs(
    page: Page, recorded: firestore.Client
) -> None:
    opened(page, "?x=learning_rate&y=batch_size&metric=ndcg_at_10")
    grid = panel(page, "Two parameters")
    cell = grid.get_by_role("link", name=re.compile(r"learning_rate 0\.01, batch_size 256: mean .* n = \d+"))
    expect(cell).to_be_visible()
    expect(grid.locator(".heat-none").first).to_contain_text("no run")
    grid.get_by_label("Across").select_option("batch_size")  # the other one takes its place
    expect(grid.get_by_label("Down")).to_have_value("learning_rate")
    expect(panel(page, "Trend")).to_contain_text("Best NDCG@10 so far")
    rows = list(csv.DictReader(saved(page, "Two parameters", "CSV").open()))
    assert {row["x_parameter"] for row in rows} == {"batch_size"}
    grid.get_by_role("link", name=re.compile("learning_rate 0.01")).first.click()
    page.wait_for_url(re.compile(r"/\?q=protocol"))


def test_points_of_the_trend_are_links_by_keyboard(page: Page, recorded: firestore.Client) -> None:
    opened(page)
    trend = panel(page, "Trend")
    points = trend.get_by_role("group", name="Trend of recall@10").get_by_role("link")
    points.last.focus()
    page.keyboard.press("Home")
    expect(points.first).to_be_focused()
    expect(trend.locator(".dash-hint")).to_contain_text("#1: 0.463 (0.422 to 0.506), the best until then")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/experiments/{experiment_of(2)}")


def test_panels_are_saved_as_tables(page: Page, recorded: firestore.Client) -> None:
    opened(page)
    board = list(csv.DictReader(saved(page, "Leaderboard", "CSV").open()))
    assert board[0]["name"] == "linear on demo-both"
    assert {"metrics.mrr", "lift.verdict", "parameters"} <= board[0].keys()
    for title in ("Figures", "What to run next", "Trend", "What matters", "Training by epoch", "What was tried"):
        assert json.loads(saved(page, title, "JSON").read_text()), title


def test_a_suggestion_starts_after_its_cost_was_seen(page: Page, recorded: firestore.Client) -> None:
    opened(page)
    card = panel(page, "What to run next").get_by_role("article", name="Suggestion 1", exact=True)
    expect(card).to_contain_text("rate 0.01 → 0.03")
    expect(card).to_contain_text("recall@10 0.503 to 0.565 (the 5 nearest runs)")
    form = card.get_by_role("link", name="Open in the form suggestion 1")
    expect(form).to_have_attribute("href", re.compile(rf"/new\?suggestion=default__{RETRIEVAL}%7Esuggestions%7E\w+$"))
    card.get_by_role("button", name="Start it").press("Enter")
    expect(card).to_contain_text("about 0.043 USD, and stores a new model config")
    card.get_by_role("button", name="No", exact=True).click()
    card.get_by_role("button", name="Start it").click()
    card.get_by_role("button", name="Yes, start it").click()
    expect(card.get_by_text(re.compile("^Started"))).to_be_visible()
    started = soon(lambda: [each for each in children(recorded) if "suggested" in each.get("tags")])
    try:
        [experiment] = started
        assert experiment.get("owner") == "local-admin"
        config = recorded.collection("model_configs").document(experiment.get("model_config")).get()
        assert config.get("learning_rate") == 0.03
        page.reload()
        expect(card).to_contain_text("Started already")
        expect(card.get_by_role("button")).to_have_count(0)
    finally:
        for each in started:
            recorded.collection("model_configs").document(each.get("model_config")).delete()
            each.reference.delete()


def children(db: firestore.Client) -> list[firestore.DocumentSnapshot]:
    wanted = firestore.FieldFilter("parent", "==", experiment_of(15))
    return list(db.collection("experiments").where(filter=wanted).stream())


def test_a_viewer_is_told_why_nothing_starts(page_as: Callable[[str], Page], recorded: firestore.Client) -> None:
    page = opened(page_as("viewer"))
    suggestions = panel(page, "What to run next")
    expect(suggestions.get_by_text("Viewers start no experiments").first).to_be_visible()
    expect(suggestions.get_by_role("button", name="Start it")).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("Fill the form"))).to_have_count(0)


def test_newer_results_are_announced_and_come_by_themselves(page: Page, recorded: firestore.Client) -> None:
    opened(page, tall=False)
    group = recorded.collection("insights").document(f"default__{RETRIEVAL}")
    before = group.get().to_dict() or {}
    try:
        group.update({"stale": True})
        expect(panel(page, "Leaderboard")).to_contain_text("newer results are on their way")
        group.update({"stale": False, "inputs": {"count": 99, "revision": "x"}})
        expect(panel(page, "Leaderboard")).to_contain_text("from 99 runs")
        expect(panel(page, "Leaderboard")).not_to_contain_text("on their way")
    finally:
        group.set(before)


def test_nothing_scrolls_sideways_or_breaks_accessibility(page: Page, recorded: firestore.Client) -> None:
    opened(page)
    panel(page, "What matters").locator("summary").first.click()
    panel(page, "What to run next").get_by_role("button", name="Start it").first.click()
    expect(panel(page, "What was built on what").get_by_role("listitem").first).to_be_visible()
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": TALL})
        expect(page.locator("html")).to_have_js_property("scrollWidth", width)  # charts follow
        assert accessibility_violations(page) == []


def test_before_anything_has_ended_it_says_what_to_do(page: Page, db: firestore.Client) -> None:
    """The last of this module: `db` empties what was recorded."""
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="Nothing to compare yet")).to_be_visible()
    expect(page.get_by_role("link", name="Start an experiment")).to_have_attribute("href", "/new")
    assert accessibility_violations(page) == []
    overview = db.collection("insights").document("default")
    overview.set({"stale": True, "endpoint": "default", "protocol": None, "marks": 1})
    expect(page.get_by_role("heading", name="The first figures are being computed")).to_be_visible()
    spend = {"month": "2000-01", "usd": 0.0, "runs": 0, "unpriced": 0}
    counts = {"runs": 1, "finished": 0, "failed": 1}
    kpi = {**counts, "model_type": "retrieval", "cancelled": 0, "failed_share": 1.0, "median_minutes": None}
    identity = {"stale": False, "endpoint": "default", "protocol": None, "marks": 1}
    made = {"computed_at": "2026-11-21T22:00:00+00:00", "inputs": {"count": 1, "revision": "x"}}
    overview.set({**identity, **made, **counts, "kpis": [{**kpi, "best": [], "spend": spend}]})
    expect(page.get_by_text("No figure yet: none of them has finished.")).to_be_visible()
    expect(page.get_by_role("heading", name="No leaderboard yet")).to_be_visible()
