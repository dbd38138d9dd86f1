"""Counters, alerts and runbook are one: what the code counts, docs/operations.md explains, Terraform measures, and each
alert has its page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "terraform/modules/monitoring"
RUNBOOK = ROOT / "docs/runbook"
COUNTERS: dict[str, Any] = yaml.safe_load((MODULE / "counters.yaml").read_text())
ALERTS: dict[str, Any] = yaml.safe_load((MODULE / "alerts.yaml").read_text())
CHARTS: list[dict[str, Any]] = yaml.safe_load((MODULE / "charts.yaml").read_text())
LABEL = re.compile(r"metric\.labels\.(\w+)")
LONGEST_PAGE = 35  # lines: it is read at 3 a.m.


def counted_by_the_code() -> dict[str, set[str]]:
    """Each counter of `telemetry.count`, with its labels."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "functions").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "telemetry.count":
                name = ast.literal_eval(node.args[0])
                assert found.setdefault(name, labels_of(node)) == labels_of(node), f"{name} has other labels in {file}"
    return found


def labels_of(call: ast.Call) -> set[str]:
    labels = set()
    for keyword in call.keywords:
        named = [keyword.arg] if keyword.arg else [ast.literal_eval(key) for key in keyword.value.keys]  # type: ignore[attr-defined]
        labels |= set(named)
    return labels


def explained() -> dict[str, tuple[set[str], str]]:
    """The table of docs/operations.md: labels, and what is said of an alert."""
    text = (ROOT / "docs/operations.md").read_text().partition("## Counters")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {name.strip("`"): (set(filter(None, labels.split(", "))), alert) for name, labels, _, alert in rows[2:]}


def selections() -> Iterator[tuple[str, dict[str, Any]]]:
    """Whatever reads a metric, by where it stands."""
    for name, alert in ALERTS.items():
        for condition in alert["conditions"]:
            yield name, condition
            if "of" in condition:
                yield name, {"by": condition.get("by", []), **condition["of"]}
    yield from ((chart["title"], chart) for chart in CHARTS)


def test_what_the_code_counts_is_measured_and_explained() -> None:
    measured = {name: set(counter["labels"]) for name, counter in COUNTERS.items()}
    assert measured == counted_by_the_code()
    assert {name: labels for name, (labels, _) in explained().items()} == measured


def test_the_alert_of_a_counter_is_the_one_that_is_told_of_it() -> None:
    told = {name: re.findall(r"\(runbook/([\w-]+)\.md\)", alert) for name, (_, alert) in explained().items()}
    alerting: dict[str, list[str]] = {name: [] for name in COUNTERS}
    for name, alert in ALERTS.items():
        for counter in dict.fromkeys(each["counter"] for each in alert["conditions"] if "counter" in each):
            alerting[counter].append(name)
    assert told == alerting


@pytest.mark.parametrize(
    ("where", "selected"), list(selections()), ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_is_selected_exists(where: str, selected: dict[str, Any]) -> None:
    assert ("counter" in selected) != ("metric" in selected), where
    if "counter" in selected:
        labels = set(LABEL.findall(" ".join([selected.get("filter", ""), *selected.get("by", [])])))
        assert labels <= set(COUNTERS[selected["counter"]]["labels"]), where


@pytest.mark.parametrize("name", ALERTS)
def test_a_condition_says_once_when_it_holds(name: str) -> None:
    """Cloud Monitoring closes an alert without data only when its condition must hold for a minute or more."""
    for condition in ALERTS[name]["conditions"]:
        assert len({"above", "below", "absent"} & condition.keys()) == 1
        assert condition["lasting"] >= 60 and condition["window"] >= 60 and condition["window"] % 60 == 0


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    assert {page.stem for page in RUNBOOK.glob("*.md")} - {"README"} == ALERTS.keys()


@pytest.mark.parametrize("name", ALERTS)
def test_a_page_says_first_what_the_message_says_and_then_what_to_do(name: str) -> None:
    lines = (RUNBOOK / f"{name}.md").read_text().splitlines()
    assert lines[:2] == [f"# {name}", ALERTS[name]["says"]]
    assert len(lines) <= LONGEST_PAGE
    assert "**For users:**" in lines[3]
    parts = [line.removeprefix("## ").partition(",")[0] for line in lines if line.startswith("## ")]
    assert parts == ["Look", "Likely causes", "Mend", "Over when"]


def test_the_index_of_the_runbook_has_each_alert_with_its_severity() -> None:
    rows = re.findall(
        r"^\| \[([\w-]+)\]\(([\w-]+)\.md\) \| (\w+) \|", (RUNBOOK / "README.md").read_text(), re.MULTILINE
    )
    assert {name: severity for name, page, severity in rows if name == page} == {
        name: alert["severity"].lower() for name, alert in ALERTS.items()
    }
    assert len(rows) == len(ALERTS)


def told_by(pattern: str) -> set[str]:
    """What the pages of the runbook name."""
    return {found for page in RUNBOOK.glob("*.md") for found in re.findall(pattern, page.read_text())}


def test_messages_that_pages_look_for_are_written() -> None:
    code = "\n".join(file.read_text() for file in (ROOT / "functions").rglob("*.py"))
    phrases = told_by(r'jsonPayload\.message:"([^"]+)"')
    assert "wanted by nobody" in phrases
    assert {phrase for phrase in phrases if phrase not in code} == set()


def test_rights_and_codes_that_pages_name_exist() -> None:
    deployment = "\n".join(file.read_text() for file in (ROOT / "terraform/modules").rglob("*.tf"))
    errors = "\n".join(file.read_text() for file in (ROOT / "shared/errors").glob("*.py"))
    named = told_by(r"`(roles/[\w.]+|quicktestPipelineJobs)`")
    assert "roles/run.invoker" in named
    assert {role for role in named if f'"{role}"' not in deployment} == set()
    assert {code for code in told_by(r"`(E_\w+)`") if f'"{code}"' not in errors} == set()
    assert {name for name in told_by(r"counted ([a-z_]+)") if name not in COUNTERS} == set()
