"""What a run's data is like, on the page: statistics, drift, schema, anomalies, vocabularies (S7.3-S7.6, S6.18)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from quicktest.statistics_words import drift_cell, drift_sentence, is_told, rows_of_figures, schema_sentences, summary
from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, run_document, write_details, write_run
from tests.web.recorded import experiment_of
from tests.web.width import expect_to_fit

SPLITS = ("train", "eval", "test")
TIMES = {"ordered_at", "launched_on"}
Document = dict[str, Any]


@pytest.fixture
def multitask(recorded: firestore.Client) -> firestore.DocumentReference:
    """A recorded run with every kind of feature."""
    return recorded.collection("runs").document(experiment_of(26))


def address(run: firestore.DocumentReference, search: str = "") -> str:
    return f"/experiments/{run.id}/data{search}"


def part(run: firestore.DocumentReference, name: str) -> Document:
    return run.collection("details").document(name).get().to_dict() or {}


def as_page(words: str) -> str:
    """The page writes a real minus."""
    return words.replace("-", "−") if re.fullmatch(r"-?[\d.,e+-]+", words) else words


def texts(locator: Locator) -> list[str]:
    return [" ".join(text.split()) for text in locator.all_inner_texts()]


def features(run: firestore.DocumentReference) -> Iterator[Document]:
    for feature in part(run, "statistics")["features"]:
        yield {**feature, "splits": {split: feature["splits"][split] for split in SPLITS}}


# The page says what the command line says (quicktest/statistics_words.py), feature by feature.


def test_every_feature_stands_there_with_all_splits_side_by_side(page: Page, multitask: Any) -> None:
    drift = {(row["feature"], row["split"]): row for row in part(multitask, "drift")["features"]}
    page.goto(address(multitask))
    expect(page.get_by_text("train 18,260 rows, eval 952 rows, test 788 rows")).to_be_visible()
    for feature in features(multitask):
        shown = page.get_by_role("article", name=feature["name"], exact=True)
        for split, told in zip(SPLITS, texts(shown.locator(".feature-split")), strict=True):
            assert summary(feature["splits"][split], feature["name"] in TIMES) in told
            if split != "train":
                assert f"drift {drift_cell(drift[feature['name'], split])}" in told
    quantity = page.get_by_role("article", name="quantity", exact=True)
    assert quantity.get_by_role("img").count() == 3
    brand = page.get_by_role("article", name="brand", exact=True)
    assert len(texts(brand.locator(".top-values li"))) == 9


def test_a_feature_is_opened_by_its_address_with_everything_of_it(page: Page, multitask: Any) -> None:
    found = {feature["name"]: feature for feature in features(multitask)}
    for name in ("quantity", "ordered_at", "bought_before"):
        page.goto(address(multitask, f"?open={name}"))
        shown = page.get_by_role("article", name=name, exact=True)
        table = shown.get_by_role("region", name=f"Figures of {name}")
        rows = [
            " ".join([heading, *map(as_page, cells)]) for heading, cells in rows_of_figures(found[name], name in TIMES)
        ]
        expect(table.locator("tbody tr")).to_have_count(len(rows))
        assert texts(table.locator("tbody tr")) == rows
    schema = {row["name"]: row for row in part(multitask, "schema")["features"]}
    told = " ".join(texts(shown.locator("dl")))
    for heading, words in schema_sentences(schema["bought_before"]):
        if heading not in ("values in a row", "shape"):
            assert f"{heading} {words}".replace("`", "") in told
    expect(shown.get_by_text("P-00264").nth(3)).to_be_visible()  # the twenty most frequent, in every split
    page.get_by_role("button", name="Less of bought_before").press("Enter")
    expect(table).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/data$"))


def test_features_are_filtered_and_the_filter_can_be_sent(page: Page, multitask: Any) -> None:
    page.goto(address(multitask))
    articles = page.get_by_role("article")
    expect(articles).to_have_count(11)
    page.get_by_label("Only with drift").check()
    expect(page).to_have_url(re.compile(r"\?drifted=1$"))
    expect(articles).to_have_count(4)
    page.get_by_label("Name contains").fill("ID")
    expect(page.get_by_text("3 of 11 features")).to_be_visible()
    page.reload()
    expect(articles).to_have_count(3)
    page.get_by_label("Kind").select_option("time")
    expect(page.get_by_text("No feature is like that.")).to_be_visible()


def test_drift_is_told_largest_first_and_with_what_chance_gives(page: Page, multitask: Any) -> None:
    rows = part(multitask, "drift")["features"]
    page.goto(address(multitask))
    link = page.get_by_role("link", name="Drift 4 to look at")
    link.press("Enter")
    expect(page).to_have_url(re.compile(r"\?part=drift$"))
    told = texts(page.locator(".told").first.get_by_role("listitem"))
    expected = [drift_sentence(row) for row in rows if is_told(row) and not row["by_split"]]
    assert [said.removesuffix(" Half of it or more is chance.") for said in told] == expected
    page.get_by_text("4 more differ because of how the splits are made").click()
    expect(page.get_by_text("splitting by time makes it so").first).to_be_visible()
    table = page.get_by_role("table", name="Drift of every feature")
    assert len(texts(table.locator("tbody tr"))) == len(rows)
    page.get_by_role("button", name="By chance").click()
    expect(table.get_by_role("columnheader", name="By chance")).to_have_attribute("aria-sort", "descending")
    table.get_by_role("link", name="product_id").first.click()
    expect(page.get_by_role("region", name="Figures of product_id")).to_be_visible()


def test_the_schema_says_where_a_column_comes_from_and_what_becomes_of_it(page: Page, multitask: Any) -> None:
    page.goto(address(multitask, "?part=schema"))
    row = page.get_by_role("row", name="ordered_at")
    for words in ("INT", "in every row", "1 value", "quicktest.demo_purchases.ordered_at (DATETIME)", "UNIX_SECONDS"):
        expect(row).to_contain_text(words)
    expect(row).to_contain_text("q_ordered_at_month_sin query, 1 wide")
    expect(page.get_by_role("row", name="order_id")).to_contain_text("no input of the model")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    assert {row["feature"] for row in json.loads(Path(download.value.path()).read_text())} >= {"brand", "quantity"}
    page.get_by_role("link", name="Anomalies").click()
    expect(page.get_by_text("Nothing contradicts it.")).to_be_visible()


def test_vocabularies_say_what_the_model_does_not_know(page: Page, multitask: Any) -> None:
    page.goto(address(multitask, "?part=vocabularies"))
    row = page.get_by_role("row", name="q_customer_id")
    for words in ("good", "881", "2.0% (19 rows)", "0.8% (6 rows)"):
        expect(row).to_contain_text(words)
    page.get_by_text("Frequent and rare values of q_customer_id").click()
    expect(page.get_by_text("C-00430")).to_be_visible()
    expect(page.get_by_text("C-00241")).to_be_visible()


def test_the_whole_report_is_one_page_that_needs_nothing(page: Page, multitask: Any, tmp_path: Path) -> None:
    page.goto(address(multitask))
    expect(page.get_by_text(re.compile(r"quicktest stats 26 --html"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as one page").click()
    download.value.save_as(tmp_path / "report.html")
    report = page.context.new_page()
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.goto((tmp_path / "report.html").as_uri())
    assert len(asked) == 1
    assert report.locator("article").count() == 11
    assert report.locator("article svg").count() > 11
    report.evaluate("document.querySelectorAll('article:nth-of-type(n + 3)').forEach((each) => each.remove())")
    assert accessibility_violations(report) == []


def test_it_can_be_read_by_everybody(page: Page, multitask: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(address(multitask, "?open=quantity&name=quantity"))
    page.get_by_role("region", name="Figures of quantity").wait_for()
    for name in ("Features", "Drift", "Schema", "Anomalies", "Vocabularies"):
        page.get_by_role("navigation", name="Parts of the data").get_by_role("link", name=name).click()
        assert accessibility_violations(page) == [], name
        expect_to_fit(page)


# Live: each panel fills when its stage ends. These empty the database: what looks at the recorded run stands above.


def test_panels_say_what_they_wait_for_and_fill_by_themselves(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("running", seconds_ago=0, insights={}))
    page.goto(f"/experiments/{EXPERIMENT}/data")
    expect(page.get_by_role("status").filter(has_text="when the stage Statistics ends")).to_be_visible()
    page.get_by_role("link", name="Vocabularies").click()
    expect(page.get_by_text("It is there when the stage Collect ends.")).to_be_visible()
    page.get_by_role("link", name="Features").click()
    figures = {"missing": 0.25, "present": 3, "values": 3, "texts": {"unique": 2, "average_length": 1.0, "top": []}}
    feature = {"type": "text", "list": False, "splits": {"train": figures}}
    details = run.collection("details")
    first = {"splits": [{"name": "train", "rows": 4}], "parts": 2, "left_out": 7}
    details.document("statistics").set({**first, "features": [{"name": "a", **feature}]})
    details.document("drift").set({"against": "train", "parts": 1, "left_out": 0, "features": []})
    run.update({"insights": {"statistics": "done"}})
    expect(page.get_by_text("They are being written.")).to_be_visible()  # one part of two
    details.document("statistics-2").set({"features": [{"name": "<b>evil</b>", **feature}]})
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("article", name="<b>evil</b>")).to_contain_text("2 different, 25% missing")
    expect(page.get_by_text("7 more features are not in the statistics")).to_be_visible()
    run.update({"insights.schema": "failed: the file is larger than 2 MB"})
    page.get_by_role("link", name="Anomalies").click()
    expect(page.get_by_text("The schema cannot be shown: the file is larger than 2 MB.")).to_be_visible()


def test_anomalies_and_poor_vocabularies_are_counted_where_they_are_looked_for(
    page: Page, db: firestore.Client
) -> None:
    run = write_run(db, run_document("completed", insights={"statistics": "done", "schema": "done"}))
    write_details(run, "evaluation")
    words = "`city` has values that train does not have: `Ulm`, 12% of its values."
    anomaly = {"feature": "city", "split": "test", "kind": "ENUM_TYPE_UNEXPECTED_STRING_VALUES", "words": words}
    schema = {"checked_by": "quicktest", "anomalies": [anomaly], "features": [], "parts": 1, "left_out": 0}
    details = run.collection("details")
    details.document("schema").set(schema)
    outside = {"rows": 30, "share": 0.3, "missing_share": 0.0}
    vocabulary = {
        **{"kind": "vocabulary", "name": "q_city", "column": "city", "distinct": 9, "kept": 5, "cut_by_size": 0},
        **{"cut_by_frequency": 4, "out_of_vocabulary": {"test": outside}, "most_frequent": [], "rarest_kept": []},
        **{"status": "poor", "remedy": "Lower `min_frequency`."},
    }
    hashed = {
        **{"kind": "hash", "name": "q_sku", "column": "sku", "buckets": 100, "used": 40, "distinct": 50},
        **{"expected_collisions": 0.2, "measured_collisions": 0.25},
    }
    ranges = {
        **{"kind": "bucket", "name": "q_price", "column": "price", "ranges": 2, "boundaries": [5.0], "rows": [1, 3]},
        "missing_share": 0.1,
    }
    crossed = {"kind": "cross", "name": "q_city_x_sku", "buckets": 1_000, "used": 80}
    details.document("evaluation").update({"vocabularies": [vocabulary, hashed, ranges, crossed]})
    page.goto(f"/experiments/{EXPERIMENT}/data?part=anomalies")
    expect(page.get_by_role("row", name="city")).to_contain_text("city has values that train does not have: Ulm")
    page.get_by_role("link", name="Vocabularies 1 to look at").click()
    row = page.get_by_role("row", name="q_city").first
    for words in ("poor", "Lower min_frequency.", "30% (30 rows)", "–"):
        expect(row).to_contain_text(words)
    expect(page.get_by_role("row", name="q_sku").first).to_contain_text("40 of 100 buckets are used")
    expect(page.get_by_role("row", name="q_city_x_sku")).to_contain_text("80 of 1,000 buckets are used")
    page.get_by_text("2 ranges of price").click()
    expect(page.get_by_text("5 and above")).to_be_visible()
    assert accessibility_violations(page) == []
