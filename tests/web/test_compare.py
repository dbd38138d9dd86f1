"""Experiments side by side: which ones, what the service says of them, what of it is shown (S7.7, S7.8, S2.16)."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from shared.hashing import digest
from tests.web.accessibility import accessibility_violations
from tests.web.documents import Document, run_document, write_run
from tests.web.recorded import experiment_of
from tests.web.width import expect_to_fit

RECORDED = "cmp-6a71ec0e3534bed1"  # of #19, #13 and #16, without a metric of its own
GONE = "exp-01kaj0000000000000000000zz"


def of(*numbers: int) -> str:
    return f"/compare?ids={','.join(experiment_of(number) for number in numbers)}"


def id_of(*numbers: int, metric: str | None = None) -> str:
    experiments = sorted(experiment_of(number) for number in numbers)
    return f"cmp-{digest({'experiments': experiments, 'metric': metric})}"


def asked(db: firestore.Client, comparison: str, after: datetime | None = None) -> Document:
    """The comparison, as soon as the page has written it; `after`: again."""
    deadline = time.monotonic() + 20
    while True:
        found = db.document(f"comparisons/{comparison}").get().to_dict()
        if found is not None and (after is None or found["updated_at"] > after):
            return found
        assert time.monotonic() < deadline, f"the page did not write {comparison}"
        time.sleep(0.1)


def answer(db: firestore.Client, comparison: str, of: Document | None = None, **changes: Any) -> None:
    """What the service says about a comparison: by default the recorded report, about it as it is stored."""
    stored = asked(db, comparison)
    report = of or db.document(f"reports/comparisons__{RECORDED}").get().to_dict() or {}
    about = {"id": comparison, "source_updated_at": stored["updated_at"]}
    db.document(f"reports/comparisons__{comparison}").set(report | about | changes)
    for part in db.collection(f"reports/comparisons__{RECORDED}/parts").stream():
        db.document(f"reports/comparisons__{comparison}/parts/{part.id}").set(part.to_dict() or {})


@pytest.fixture
def stack(recorded: firestore.Client) -> Iterator[firestore.Client]:
    """With the recorded comparison alone, as it was."""
    path = f"comparisons/{RECORDED}"
    before = recorded.document(path).get().to_dict() or {}
    yield recorded
    recorded.document(path).set(before)
    for folder in ("comparisons", "reports"):
        for item in recorded.collection(folder).stream():
            if item.id.startswith(("cmp-", "comparisons__")) and not item.id.endswith(RECORDED):
                item.reference.delete()


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def fields(page: Page, name: str) -> Locator:
    return section(page, name).locator("tbody th[scope=row]:has(.side-mark)")


def saved(page: Page, button: Locator) -> Path:
    with page.expect_download() as download:
        button.click()
    return download.value.path()


def test_verdicts_come_first_then_what_differs(page: Page, stack: firestore.Client) -> None:
    page.goto(f"/compare/{RECORDED}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare #19, #13 and #16")
    expect(page).to_have_title("Compare #19, #13, #16 · Quicktest")
    verdict = section(page, "Verdict")
    expect(verdict.locator(".verdict-success")).to_contain_text("#19 leads by recall@10")
    expect(verdict).to_contain_text("about 1,700 customers would be needed")
    between = verdict.get_by_role("img", name="Between the experiments")
    expect(between).to_have_attribute(
        "aria-label",
        re.compile(r"#19 against #13 \+0\.011 \(−0\.007 to \+0\.030\), cannot tell; #19 against #16 .*better"),
    )
    expect(between.locator(".interval-margin")).to_have_count(1)
    expect(between.locator(".interval-zero")).to_have_count(1)
    over = verdict.get_by_role("img", name="Against the best baseline")
    expect(over.locator(".interval-worse")).to_contain_text("#16 against item knn: worse")
    expect(page.get_by_role("listitem").filter(has_text="#16").locator(".badge")).to_have_text("quick (50%)")
    expect(section(page, "Training")).to_contain_text("8 of 11 are equal.")
    expect(fields(page, "Training")).to_have_text(
        ["≠differs: batch size", "≠differs: learning rate", "≠differs: steps"]
    )
    expect(section(page, "Dataset")).to_contain_text("All 18 are equal.")
    expect(section(page, "Features").locator(".change")).to_have_text(["removed", "added", "removed", "added", "added"])
    expect(section(page, "Training")).to_contain_text(
        "Losses cannot be compared, because they measure different things"
    )
    page.locator("summary").get_by_text("Numbers of the verdicts").click()
    expect(page.get_by_role("region", name="Numbers of the verdicts").locator("tbody tr")).to_have_count(6)


def test_what_is_shown_is_in_the_address_and_in_the_files(page: Page, stack: firestore.Client) -> None:
    page.goto(f"/compare/{RECORDED}")
    expect(section(page, "Verdict")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_label("Only differences")).not_to_be_checked()
    expect(page).to_have_url(re.compile(r"\?all=1$"))
    expect(fields(page, "Training")).to_have_count(11)
    expect(section(page, "Training").locator(".side-same").first).to_contain_text("≡")
    page.get_by_label("Results of").select_option("New customers")
    expect(page).to_have_url(re.compile("population=cold_customer"))
    page.reload()
    expect(page.get_by_label("Results of")).to_have_value("cold_customer")
    expect(page.get_by_label("Only differences")).not_to_be_checked()
    rows = list(csv.DictReader(saved(page, page.locator(".heading").get_by_role("button", name="CSV")).open()))
    assert len(rows) == 171 + 11 + 21 + 18 + 86 + 42 + 18
    assert {"section": "training", "name": "epochs", "equal": "true", "#19": "4", "#13": "4", "#16": "4"} in rows
    whole = json.loads(saved(page, page.get_by_role("button", name="Whole report")).read_text())
    assert whole["report"]["verdicts"][0]["pairs"][0]["spread"] == pytest.approx(0.1646, abs=1e-4)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_choice_is_asked_for_once_by_any_role(page_as: Callable[[str], Page], stack: firestore.Client) -> None:
    viewer = page_as("viewer")
    viewer.goto(of(19, 13))
    expect(viewer.get_by_role("status").filter(has_text="Comparing: a few seconds")).to_be_visible()
    comparison = id_of(13, 19)
    written = asked(stack, comparison)
    assert written["experiments"] == sorted([experiment_of(13), experiment_of(19)])
    assert (written["metric"], written["name"], written["owner"]) == (None, "", "local-viewer")
    recorded = stack.document(f"reports/comparisons__{RECORDED}").get().to_dict() or {}
    answer(stack, comparison, of=recorded | {"experiments": recorded["experiments"][1::-1]})
    expect(viewer.get_by_role("region", name="Verdict", exact=True)).to_be_visible()
    expect(viewer.get_by_role("status").filter(has_text="Comparing")).to_have_count(0)
    expect(viewer.get_by_role("heading", level=1)).to_have_text("Compare #13 and #19")
    viewer.get_by_label("Name", exact=True).fill("Batch size")
    viewer.get_by_role("button", name="Keep").click()
    expect(viewer.get_by_role("heading", level=1)).to_have_text("Batch size")
    expect(viewer.get_by_role("region", name="Verdict", exact=True)).to_be_visible()
    editor = page_as("editor")
    editor.goto(of(13, 19))
    expect(editor.get_by_role("heading", level=1)).to_have_text("Batch size")
    editor.get_by_label("Decide by").select_option("MRR")
    expect(editor).to_have_url(re.compile("metric=mrr"))
    assert asked(stack, id_of(13, 19, metric="mrr"))["metric"] == "mrr"


def test_only_authors_and_editors_change_a_comparison(page_as: Callable[[str], Page], stack: firestore.Client) -> None:
    stack.document(f"comparisons/{RECORDED}").update({"notes": "<b>Wide</b> towers"})
    viewer = page_as("viewer")
    viewer.goto(f"/compare/{RECORDED}")
    expect(viewer.get_by_text("<b>Wide</b> towers")).to_be_visible()
    expect(viewer.get_by_text("Only its author and editors may name it")).to_be_visible()
    expect(viewer.get_by_role("button", name="Keep")).to_have_count(0)
    recorded = stack.document(f"reports/comparisons__{RECORDED}").get().to_dict() or {}
    first, *others = recorded["experiments"]
    answer(stack, RECORDED, of=recorded | {"experiments": [first | {"state": "running"}, *others]})
    expect(viewer.get_by_text("the service looks again within an hour")).to_be_visible()
    stack.document(f"reports/comparisons__{RECORDED}").set(recorded)


def test_experiments_are_added_and_removed_by_keyboard(page: Page, stack: firestore.Client) -> None:
    page.goto(f"/compare/{RECORDED}")
    page.get_by_role("button", name="Remove #16").press("Enter")
    expect(page).to_have_url(re.compile(f"ids={experiment_of(19)},{experiment_of(13)}$"))
    expect(
        page.get_by_role("listitem").filter(has=page.get_by_role("button", name=re.compile("Remove")))
    ).to_have_count(2)
    page.get_by_role("button", name="Add an experiment").press("Enter")
    dialog = page.get_by_role("dialog", name="Add an experiment")
    expect(dialog.get_by_role("listitem").first).to_be_visible()
    dialog.get_by_label("Experiment").fill("#26")
    expect(dialog.get_by_role("status")).to_have_text("1 found.")
    expect(dialog.get_by_role("button", name="Add #19")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile(experiment_of(26)))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare #19, #13 and #16")


def test_one_experiment_is_a_beginning(page: Page, stack: firestore.Client) -> None:
    page.goto(of(19))
    expect(page.get_by_text("#19 is chosen. Add another one to compare it with.")).to_be_visible()
    expect(page.get_by_role("link", name="#19, #13, #16")).to_have_attribute("href", f"/compare/{RECORDED}")
    page.get_by_label("Experiment").fill("multitask epochs")
    page.get_by_role("button", name="Add #26 Multitask, more epochs").click()
    expect(page).to_have_url(re.compile(f"ids={experiment_of(19)},{experiment_of(26)}"))


def test_what_lives_what_is_gone_and_what_cannot_be_compared_is_said(page: Page, stack: firestore.Client) -> None:
    live = "exp-01kaj0000000000000000000ab"
    write_run(stack, run_document("running", seconds_ago=0, number=44), live)
    page.goto(f"/compare?ids={experiment_of(19)},{live},{GONE},nonsense")
    experiments = sorted([experiment_of(19), live, GONE])
    comparison = f"cmp-{digest({'experiments': experiments, 'metric': None})}"
    asked(stack, comparison)
    expect(page.get_by_text("Left out of the address: nonsense.")).to_be_visible()
    expect(page.get_by_text("Deleted, or never there")).to_be_visible()
    expect(page.get_by_text("#44 has no results yet")).to_be_visible()
    problem = {
        "code": "E_INTERNAL",
        "path": "id",
        "problem": "it met a fault.",
        "remedy": "Report it.",
        "severity": "error",
    }
    answer(
        stack,
        comparison,
        of={"state": "ready", "computed_at": datetime.now(UTC), "valid": False, "problems": [problem]},
    )
    expect(page.get_by_role("alert")).to_contain_text("id: it met a fault. Report it.")
    recorded = stack.document(f"reports/comparisons__{RECORDED}").get().to_dict() or {}
    headings = [
        heading
        | {"experiment": experiment, "label": f"#{place}", "protocols": {"retrieval": f"p{place}"}, "state": state}
        for place, (heading, experiment, state) in enumerate(
            zip(recorded["experiments"], experiments, ("running", None, "completed"), strict=True)
        )
    ]
    reason = "They were not tested alike: split_seed (7 and 17)."
    apart = {"comparable": False, "verdict": "not_comparable", "reason": reason, "sentence": reason}
    verdict = recorded["verdicts"][0] | {
        "pairs": [{"one": 0, "other": 1, **apart}, {"one": 0, "other": 2, **apart}], "success": False, "baselines": [],
        "sentence": "No two of these runs can be compared by recall@10.", "leader": None,
    }  # fmt: skip
    answer(stack, comparison, of=recorded | {"experiments": headings, "verdicts": [verdict]})
    mixed = page.locator(".warning").filter(has_text="They were not all tested alike.")
    groups = mixed.get_by_role("listitem")
    expect(groups).to_have_text(
        [
            "#0: strict 14 days to 28 Dec 2025, 391 customers, 412 products",
            "#1",
            "#2: strict 14 days to 30 Sep 2025, 291 customers, 468 products",
        ]
    )
    expect(mixed).to_contain_text("split_seed (7 and 17)")
    expect(page.get_by_text("never stands on one axis")).to_be_visible()
    expect(section(page, "Verdict").get_by_role("img")).to_have_count(0)
    expect(section(page, "Verdict")).to_contain_text(f"No pair can be compared. {reason}")


def test_an_experiment_is_called_what_it_is_called_now(page: Page, stack: firestore.Client) -> None:
    request = stack.document(f"experiments/{experiment_of(19)}")
    before = request.get().to_dict() or {}
    page.goto(f"/compare/{RECORDED}")
    members = page.get_by_role("list", name="Experiments")
    expect(members.get_by_role("link", name="#19")).to_be_visible()
    try:
        request.update({"name": "Named anew"})
        expect(members.get_by_role("link", name="#19 Named anew")).to_be_visible()
    finally:
        request.set(before)


def test_runs_that_ended_since_are_compared_again(page: Page, stack: firestore.Client) -> None:
    recorded = stack.document(f"reports/comparisons__{RECORDED}").get().to_dict() or {}
    before = stack.document(f"comparisons/{RECORDED}").get().to_dict() or {}
    headings = recorded["experiments"]
    old = recorded | {"experiments": [headings[0] | {"state": "running"}, *headings[1:]]}
    stack.document(f"reports/comparisons__{RECORDED}").set(old)
    page.goto(f"/compare/{RECORDED}")
    expect(page.get_by_role("status").filter(has_text="Comparing again, as something has changed")).to_be_visible()
    expect(section(page, "Verdict")).to_be_visible()  # what was known stays on the screen
    changed = asked(stack, RECORDED, after=before["updated_at"])
    assert changed["owner"] == before["owner"]
    answer(stack, RECORDED, of=recorded)
    expect(page.get_by_role("status").filter(has_text="Comparing again")).to_have_count(0)
    stack.document(f"reports/comparisons__{RECORDED}").set(recorded)


def test_a_star_stands_only_where_the_service_says_better(page: Page, stack: firestore.Client) -> None:
    path = f"reports/comparisons__{RECORDED}/parts/results"
    before = stack.document(path).get().to_dict() or {}
    first, *others = before["rows"]
    doubt = "not shown to be above the best baseline"
    starred = [
        first | {"stars": [0], "doubts": [None, None, None]},
        others[0] | {"stars": [1], "doubts": [None, doubt, None]},
    ]
    stack.document(path).set({"rows": [*starred, *others[1:]]})
    page.goto(f"/compare/{RECORDED}")
    stars = section(page, "Results").locator(".winner")
    expect(stars).to_have_count(2)
    expect(stars.first).to_have_text(re.compile(r"★\s*better than all others"))
    expect(stars.last).to_contain_text(doubt)
    stack.document(path).set(before)


def test_nothing_is_at_an_address_that_nobody_kept(page: Page, stack: firestore.Client) -> None:
    page.goto("/compare/cmp-none")
    expect(page.get_by_text("There is no comparison at this address.")).to_be_visible()


def test_everybody_can_read_it_on_any_screen(page: Page, stack: firestore.Client) -> None:
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("/compare", f"/compare/{RECORDED}"):
            page.goto(address)
            ready = page.get_by_role("region", name="Verdict", exact=True).or_(
                page.locator(".picker-list li, .members").first
            )
            expect(ready.first).to_be_visible()
            page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
            expect_to_fit(page)
            assert accessibility_violations(page) == [], (address, width)
    page.get_by_role("button", name="Add an experiment").click()
    expect(page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
    assert accessibility_violations(page) == []
