"""The statistics report as a browser shows it: alone, from a file (S7.3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from functions.artifacts import schema_from, split_from
from local.tools import ROOT
from quicktest.views.statistics_page import statistics_page
from shared.insights.data.anomalies import anomalies_of
from shared.insights.data.drift import drift_rows
from shared.insights.data.schema import schema_documents
from shared.insights.data.statistics import SPLITS, statistics_documents
from tests.web.accessibility import accessibility_violations
from tests.web.width import expect_to_fit

FIXTURES = ROOT / "tests/unit/fixtures/tfx_statistics"
EVIL = '"><script>document.title = "taken"</script>'


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    splits = [split_from(name, (FIXTURES / f"{name}.pb").read_bytes()) for name in SPLITS]
    schema = schema_from((FIXTURES / "schema.pbtxt").read_bytes())
    anomalies = anomalies_of(splits, schema)
    statistics = statistics_documents(splits)["statistics"]
    found = {
        "experiment": "exp-1", "title": f"Exp #12 {EVIL}", "problems": [EVIL], "checked_by": "quicktest",
        "splits": statistics["splits"], "features": statistics["features"], "drift": drift_rows(splits),
        "schema": schema_documents(schema, anomalies, {})["schema"]["features"], "anomalies": anomalies,
    }  # fmt: skip
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(statistics_page(json.loads(json.dumps(found)), datetime.now(UTC)), encoding="utf-8")
    return path


@pytest.fixture
def shown(browser: Browser, report: Path) -> Page:
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    asked: list[str] = []
    page.goto(report.as_uri())
    assert asked == [report.as_uri()], "it needs nothing but itself"
    return page


def test_texts_of_users_are_texts(shown: Page) -> None:
    assert shown.title() == f"Statistics of Exp #12 {EVIL}"
    assert shown.locator("h1").inner_text() == f"Statistics of Exp #12 {EVIL}"
    assert shown.locator("script").count() == 0


def test_it_can_be_read_by_everybody_in_both_colour_schemes(shown: Page) -> None:
    assert accessibility_violations(shown) == []


@pytest.mark.parametrize("width", [360, 760, 1200])
def test_it_fits_every_width(shown: Page, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 800})
    expect_to_fit(shown)


def test_every_feature_has_its_histograms_and_a_link(shown: Page) -> None:
    features = shown.locator("article")
    assert features.count() == shown.locator("tbody th a").count() == 9
    price = shown.locator("article", has=shown.get_by_role("heading", name="price", exact=True))
    assert price.locator("svg").count() == 6
    assert all(float(each.get_attribute("width") or 0) > 0 for each in price.locator("svg rect").all())
    shown.get_by_role("link", name="price", exact=True).click()
    assert shown.url.endswith(f"#{price.get_attribute('id')}")


def test_it_prints(shown: Page) -> None:
    shown.emulate_media(media="print", color_scheme="dark")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(shown.pdf()) > 10_000
