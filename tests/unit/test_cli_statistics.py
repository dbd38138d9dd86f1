"""`stats`: what the examples of an experiment are like, in the terminal, as JSON and as one page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from functions.artifacts import schema_from, split_from
from quicktest.statistics_words import alarm, figure, percent
from shared.insights.data import statistics
from shared.insights.data.anomalies import anomalies_of
from shared.insights.data.drift import drift_rows
from shared.insights.data.schema import schema_documents
from shared.insights.data.statistics import SPLITS, in_parts, statistics_documents
from tests.unit.user_side import EXPERIMENT_ID, START, Cli, Document, MemoryStore, make_cli, run_document

FIXTURES = Path(__file__).parent / "fixtures" / "tfx_statistics"
EVIL = "<script>alert(1)</script>"
DONE = {"statistics": "done", "schema": "done"}
SOURCES = {
    "price": {
        "source": {"table": "shop.sales", "column": "price", "type": "FLOAT64", "expression": "COALESCE(`price`, 0)"},
        "outputs": [{"tower": "candidate", "feature": "price", "output": "price_num", "width": 1}],
    },
    "quantity": {"source": {"table": "shop.sales", "column": "at", "type": "TIMESTAMP", "expression": "`at`"}},
}


def details() -> dict[str, Document]:
    splits = [split_from(name, (FIXTURES / f"{name}.pb").read_bytes()) for name in SPLITS]
    schema = schema_from((FIXTURES / "schema.pbtxt").read_bytes())
    return {
        **statistics_documents(splits),
        **in_parts("drift", {"against": "train"}, "features", drift_rows(splits)),
        **schema_documents(schema, anomalies_of(splits, schema), SOURCES),
    }


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    run = run_document(insights=DONE, names={"experiment": f"first {EVIL}"})
    found = MemoryStore({f"runs/{EXPERIMENT_ID}": run})
    for name, document in details().items():
        found.documents[f"runs/{EXPERIMENT_ID}/details/{name}"] = document
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-test")
    monkeypatch.setattr("quicktest.client.FirestoreStore", lambda project: found)
    return found


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    return make_cli(monkeypatch, capsys)


def test_splits_stand_side_by_side_with_drift_and_anomalies(cli: Cli, store: MemoryStore):
    out = cli("stats", 12).out
    assert "rows: train 4,000, eval 1,000, test 800" in out
    assert re.search(r"campaign +text +34% +0% +100% +2 different +1 different +– +constant +missing", out)
    assert re.search(r"group .* 0\.22 noticeable", out)
    assert "campaign has no values in test" in out
    assert "price, train to test: divergence 0.11 (noticeable), largest difference of a share 16%" in out
    assert "test: `price` is missing in 127 of 800 rows (16%); train had it in every row." in out
    assert "the pipeline has no ExampleValidator" in out


def test_figures_stand_under_their_split_however_the_database_orders_maps(cli: Cli, store: MemoryStore, tmp_path: Path):
    asked = (["stats", 12], ["stats", 12, "--feature", "price"], ["stats", 12, "--html", tmp_path / "page.html"])
    told = [cli(*each).out for each in asked]
    page = (tmp_path / "page.html").read_text()
    for row in store.documents[f"runs/{EXPERIMENT_ID}/details/statistics"]["features"]:
        row["splits"] = {name: row["splits"][name] for name in reversed(SPLITS)}
    (tmp_path / "page.html").unlink()
    assert [cli(*each).out for each in asked] == told
    assert re.sub("written .* UTC", "", (tmp_path / "page.html").read_text()) == re.sub("written .* UTC", "", page)


def test_what_splitting_by_time_makes_is_no_alarm(cli: Cli, store: MemoryStore):
    for row in store.documents[f"runs/{EXPERIMENT_ID}/details/drift"]["features"]:
        row["by_split"] = row["feature"] == "price"
    assert "largest difference of a share 16%; splitting by time makes it so" in cli("stats", 12).out
    assert alarm({"level": "strong", "by_split": True}) == "" and alarm({"level": "strong", "by_split": False})


def test_one_feature_has_everything_of_it(cli: Cli, store: MemoryStore):
    out = cli("stats", 12, "--feature", "price").out
    assert re.search(r"missing +0% +0% +16%", out) and re.search(r"5% are at most +3\.814", out)
    assert "shop.sales.price (FLOAT64)" in out and "COALESCE(`price`, 0)" in out
    assert "price_num (candidate tower, price, width 1)" in out
    assert "caviar" not in out
    texts = cli("stats", 12, "--feature", "group").out
    assert "Most frequent" in texts and "naïve 🍷" in texts


def test_moments_are_shown_as_such(cli: Cli, store: MemoryStore):
    assert re.search(r"most +1970-01-01 00:00", cli("stats", 12, "--feature", "quantity").out)


def test_a_feature_that_is_not_there(cli: Cli, store: MemoryStore):
    found = cli("stats", 12, "--feature", "pricy")
    assert found.code == 1 and "price" in found.err


def test_json_holds_all(cli: Cli, store: MemoryStore):
    found = json.loads(cli("stats", 12, "--json").out)
    assert [split["name"] for split in found["splits"]] == list(SPLITS)
    assert {row["name"] for row in found["features"]} == {row["name"] for row in found["schema"]}
    assert found["drift"][0]["flag"] == "missing" and len(found["anomalies"]) == 6


def test_parts_are_put_together(cli: Cli, store: MemoryStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statistics, "LONGEST_PART", 3_000)
    whole = json.loads(cli("stats", 12, "--json").out)
    for name, document in details().items():
        store.documents[f"runs/{EXPERIMENT_ID}/details/{name}"] = document
    assert f"runs/{EXPERIMENT_ID}/details/statistics-4" in store.documents
    assert json.loads(cli("stats", 12, "--json").out) == whole


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"insights": {}}, "no statistics yet: it is running"),
        ({}, "no statistics yet"),
        ({"insights": {"statistics": "failed: the statistics of eval are damaged"}},
         "has no statistics: the statistics of eval are damaged."),
        ({"insights": {}, "state": "cancelled", "ended_at": START}, "it is cancelled, and its stage"),
    ],
)  # fmt: skip
def test_why_there_are_none(cli: Cli, store: MemoryStore, changes: dict[str, Any], words: str):
    """Documents of an attempt that was given up are not shown: the run says what is there."""
    store.documents[f"runs/{EXPERIMENT_ID}"] = run_document(**changes)
    found = cli("stats", 12)
    assert found.code == 1 and words in found.err.replace("\n", " ")


def test_statistics_are_shown_without_a_schema(cli: Cli, store: MemoryStore):
    run = run_document(insights={"statistics": "done", "schema": "failed: the schema is damaged"})
    store.documents[f"runs/{EXPERIMENT_ID}"] = run
    out = cli("stats", 12).out
    assert "The schema cannot be shown: the schema is damaged." in out and "Against the schema" not in out


# ------------------------------------------------------------------------------------------------------------ page


class Elements(HTMLParser):
    """The names of all elements, and the attributes that could load something or run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str, str | None]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {(tag, name, value) for name, value in attrs if name in ("src", "href", "style", "srcset")
                            or name.startswith("on")}  # fmt: skip


def test_the_page_stands_alone_and_every_text_is_escaped(cli: Cli, store: MemoryStore, tmp_path: Path):
    for row in store.documents[f"runs/{EXPERIMENT_ID}/details/statistics"]["features"]:
        row["name"] = f"{EVIL}{row['name']}" if row["name"] == "campaign" else row["name"]
        for split in row["splits"].values():
            for top in (split.get("texts") or {}).get("top", []):
                top["value"] = f'"><img src=x onerror=alert(1)>{top["value"]}'
    cli("stats", 12, "--html", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = Elements()
    found.feed(page)
    assert not found.names & {"script", "img", "iframe", "link", "object", "base", "form"}
    assert {attribute for attribute in found.attributes if not str(attribute[2]).startswith("#feature-")} == set()
    assert "url(" not in page and "@import" not in page and "http://" not in page and "https://" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "prefers-color-scheme: dark" in page and "@media print" in page
    assert page.count("<svg") > 18 and "naïve 🍷" in page


def test_the_page_needs_a_folder(cli: Cli, store: MemoryStore, tmp_path: Path):
    found = cli("stats", 12, "--html", tmp_path / "none" / "report.html")
    assert found.code == 1 and "There is no folder" in found.err.replace("\n", " ")


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0.0, "0"), (1234.0, "1,234"), (0.12345, "0.1235"), (1234.567, "1,234.57"), (1e300, "1e+300")],
)
def test_figures(value: float | None, words: str):
    assert figure(value) == words


def test_moments_out_of_this_world_are_no_error():
    assert figure(1e11, is_time=True) == "5138-11-16 09:46"
    assert figure(-1e12, is_time=True) == "-1,000,000,000,000"
    assert figure(-9e10, is_time=True) == "–"


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (0.0, "0%"), (0.0001, "<0.1%"), (0.003, "0.3%"), (0.0999, "10%"), (0.5, "50%"), (1.0, "100%")],
)
def test_percents(share: float | None, words: str):
    assert percent(share) == words
