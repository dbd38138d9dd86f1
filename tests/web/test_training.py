"""How a run was trained: charts that move together, weights and gradients by group, and what is shown before, while and
after there is something (S6.1-S6.4)."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, load, run_document, write_details, write_run
from tests.web.recorded import experiment_of
from tests.web.width import expect_to_fit

MULTITASK, DIVERGED = 26, 30
ENDED = f"{EXPERIMENT[:-2]}bb"


def address(number: int, search: str = "") -> str:
    return f"/experiments/{experiment_of(number)}/training{search}"


def chart(page: Page, title: str) -> Locator:
    heading = page.locator("figcaption b").get_by_text(title, exact=True)
    return page.locator("figure").filter(has=heading)


def saved(page: Page, button: Locator) -> Path:
    with page.expect_download() as download:
        button.click()
    return download.value.path()


def test_every_number_of_every_epoch_is_a_chart_and_a_table(page: Page, recorded: firestore.Client) -> None:
    page.goto(address(MULTITASK))
    outcome = page.get_by_role("region", name="Outcome")
    expect(outcome).to_contain_text("Best epoch5, by recall@10 on eval")
    expect(outcome).to_contain_text("Ended becauseall planned epochs were run")
    for title in (
        "Loss", "Retrieval loss", "Retrieval loss, scaled", "Ranking loss", "Recall, average customer", "NDCG@10",
        "Error of the predicted value", "Learning rate", "Throughput", "Time of a step", "Waiting for input",
        "Weight norm", "Gradient norm", "Steps clipped",
    ):  # fmt: skip
        expect(chart(page, title).get_by_role("img")).to_have_attribute("data-points", "5")
    expect(chart(page, "Recall, average customer").locator(".legend .curve-mark")).to_have_count(4)
    expect(chart(page, "Loss").get_by_role("img")).to_have_attribute(
        "aria-label", "Loss over 5 epochs: train 1.067, best at epoch 5; eval 1.162, best at epoch 5"
    )
    numbers = page.get_by_role("region", name="The epochs that tell most")
    expect(numbers.get_by_role("columnheader")).to_have_text(
        ["At the end of", "epoch 1, first", "epoch 5, best and last"]
    )
    page.get_by_text("Numbers of each epoch").click()
    expect(page.get_by_role("region", name="Numbers of each epoch").locator("tbody tr")).to_have_count(5)
    rows = list(csv.DictReader(saved(page, page.locator(".training-bar").get_by_role("button", name="CSV")).open()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert float(rows[1]["train.retrieval_loss_scaled"]) == pytest.approx(0.9085, abs=1e-4)
    assert {"eval.rmse", "gradients.norm_mean", "input_wait_share", "learning_rate"} <= set(rows[0])


def test_cursors_move_together_and_axes_may_be_logarithmic(page: Page, recorded: firestore.Client) -> None:
    page.goto(address(MULTITASK))
    chart(page, "Loss").locator(".u-over").hover(position={"x": 3, "y": 50})
    for title in ("Loss", "NDCG@10", "Throughput", "Weight norm"):
        expect(chart(page, title).locator(".legend")).to_contain_text("epoch 1")
    page.mouse.move(5, 5)
    expect(chart(page, "NDCG@10").locator(".legend")).to_contain_text("epoch 5")
    page.keyboard.press("l")
    expect(page.get_by_label("Logarithmic axes")).to_be_checked()
    expect(page).to_have_url(re.compile(r"\?log=1$"))
    page.reload()
    expect(page.get_by_label("Logarithmic axes")).to_be_checked()
    expect(chart(page, "Loss").locator("canvas")).to_have_count(1)


def test_weights_are_read_when_they_are_asked_for(page: Page, recorded: firestore.Client) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.goto(address(MULTITASK))
    expect(chart(page, "Weight norm").locator("canvas")).to_have_count(1)
    assert not any("weights-" in body for body in asked)
    more = page.get_by_role("button", name="Show by group, with distributions and histograms")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    expect(page).to_have_url(re.compile("groups=1"))
    expect(chart(page, "Weight norm").locator(".legend")).to_contain_text("candidate tower")
    assert any("weights-" in body for body in asked)
    page.get_by_label("Norms of").select_option("embeddings and layers")
    expect(chart(page, "Weight norm").locator(".legend")).to_contain_text("head layers")
    page.get_by_label("Distributions and histograms of").select_option("Query layers")
    expect(chart(page, "Gradients").locator(".legend")).to_contain_text(re.compile("mean .* min .* max "))
    rows = json.loads(
        saved(page, page.locator(".weights .training-bar").get_by_role("button", name="JSON")).read_text()
    )
    assert len(rows) == 5 * 9
    assert len(rows[0]["weights.histogram"].split()) == 40


def test_an_epochs_histogram_is_chosen_by_keyboard(page: Page, recorded: firestore.Client) -> None:
    page.goto(address(MULTITASK, "?groups=1&group=total"))
    ridges = page.locator(".ridgeline")
    expect(ridges).to_have_count(2)
    expect(ridges.first.locator(".ridge")).to_have_count(5)
    slider = page.get_by_role("slider", name="Epoch")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 5 of 5")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 3 of 5")
    expect(ridges.first.locator(".ridge-chosen")).to_contain_text("3")
    expect(ridges.last).to_contain_text("holds 43.2% and is cut off")
    expect(page).to_have_url(re.compile("epoch=3"))
    ridges.first.locator(".ridge").first.locator("text").click()
    expect(slider).to_have_attribute("aria-valuetext", "epoch 1 of 5")
    ridges.first.get_by_text("Numbers of epoch 1").click()
    expect(ridges.first.get_by_role("row")).to_have_count(41)
    expect(ridges.first.get_by_role("row").nth(1)).to_contain_text("−4")


def test_curves_grow_while_it_trains(page: Page, recorded: firestore.Client) -> None:
    run = write_run(recorded, run_document("running", seconds_ago=0))
    page.goto(f"/experiments/{EXPERIMENT}/training?groups=1")
    expect(page.get_by_role("heading", name="Training has not begun")).to_be_visible()
    epochs = load("history")["epochs"]
    for done in (1, 2):
        run.collection("details").document("history").set({"epochs": epochs[:done]})
        expect(chart(page, "Loss").get_by_role("img")).to_have_attribute("data-points", str(done))
        expect(chart(page, "Loss").locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="So far")).to_contain_text("2 of 3")
    expect(page.get_by_role("heading", name="No distributions yet")).to_be_visible()
    block = recorded.document(f"runs/{experiment_of(MULTITASK)}/details/weights-00").get().to_dict() or {}
    run.collection("details").document("weights-00").set(block | {"epochs": block["epochs"][:2]})
    expect(page.get_by_role("slider", name="Epoch")).to_have_attribute("aria-valuetext", "epoch 2 of 2")


def test_what_ended_says_how_far_it_came(page: Page, recorded: firestore.Client) -> None:
    run = write_run(recorded, run_document("failed"), ENDED)
    page.goto(f"/experiments/{ENDED}/training")
    expect(page.get_by_role("heading", name="It ended before training")).to_be_visible()
    expect(page.get_by_role("link", name="its pipeline")).to_have_attribute("href", f"/experiments/{ENDED}/pipeline")
    history = run.collection("details").document("history")
    epochs: list[dict[str, Any]] = load("history")["epochs"][:2]
    history.set({"epochs": epochs})
    expect(page.get_by_text("It failed after 2 of 3 epochs.")).to_be_visible()
    epochs[1] |= {"problem": "the loss is not a number at step 31", "train": {"loss": None}}
    history.set({"epochs": epochs})
    expect(page.get_by_text("Training stopped with epoch 2: the loss is not a number at step 31")).to_be_visible()
    history.delete()
    write_run(recorded, run_document("completed"), ENDED)
    expect(page.get_by_role("heading", name="Nothing is known about its epochs")).to_be_visible()
    page.goto(address(DIVERGED))
    expect(page.locator(".warning")).to_contain_text("the model ignores who asks")


def test_of_many_epochs_some_are_drawn_and_all_are_kept(page: Page, recorded: firestore.Client) -> None:
    run = write_run(recorded, run_document("completed"))
    write_details(run, "evaluation")
    one = load("history")["epochs"][0]
    epochs = [one | {"epoch": epoch, "epochs": 700, "train": {"loss": 7 - epoch / 200}} for epoch in range(700)]
    run.collection("details").document("history").set({"epochs": epochs})
    page.goto(f"/experiments/{EXPERIMENT}/training")
    points = chart(page, "Loss").get_by_role("img")
    expect(points).to_be_visible()
    assert 490 < int(points.get_attribute("data-points") or 0) <= 500
    expect(page.get_by_text("500 of 700 epochs are drawn")).to_be_visible()
    rows = list(csv.DictReader(saved(page, page.locator(".training-bar").get_by_role("button", name="CSV")).open()))
    assert len(rows) == 700


def test_everybody_can_read_it_on_any_screen(page: Page, recorded: firestore.Client) -> None:
    write_run(recorded, run_document("failed"), ENDED)
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for where in (address(MULTITASK, "?groups=1&epoch=2"), f"/experiments/{ENDED}/training"):
            page.goto(where)
            expect(page.locator(".ridgeline, .notice-empty").first).to_be_visible()
            page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
            expect_to_fit(page)
            assert accessibility_violations(page) == [], (where, width)
