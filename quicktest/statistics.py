"""The statistics of an experiment's examples, put together from the documents that they are stored in (S7.3-S7.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quicktest.errors import NotFound, QuicktestError
from quicktest.experiment import Experiment
from quicktest.words import state_word, title
from shared.insights.data.statistics import part_names

STAGES = {"statistics": "Statistics", "schema": "Schema"}

Document = dict[str, Any]


def read_statistics(experiment: Experiment) -> Document:
    """Run, splits, features, drift, schema, anomalies, and why a part is not there (`problems`). Raises QuicktestError
    while the statistics are not there, or when they never will be."""
    run = experiment.run()
    marks = run.get("insights") or {}
    statistics = _whole(experiment, "statistics", marks)
    if statistics is None:
        raise QuicktestError(_why_not(run, marks))
    drift = _whole(experiment, "drift", marks, "statistics") or {}
    schema = _whole(experiment, "schema", marks) or {}
    problems = [f"The schema cannot be shown: {_reason(marks['schema'])}."] if _failed(marks, "schema") else []
    for kind, document in (("statistics", statistics), ("schema", schema)):
        if left := document.get("left_out", 0):
            problems.append(f"{left:,} features are not in the {kind}: they would be too much.")
    return {
        "experiment": run["experiment"],
        "title": title(run),
        "splits": statistics["splits"],
        "features": [_ordered(each, statistics["splits"]) for each in statistics["features"]],
        "drift": drift.get("features", []),
        "schema": schema.get("features", []),
        "anomalies": schema.get("anomalies", []),
        "checked_by": schema.get("checked_by"),
        "problems": problems,
    }


def _ordered(feature: Mapping[str, Any], splits: Sequence[Mapping[str, Any]]) -> Document:
    """With its splits in the order of their list: a database keeps the fields of a map in any order, and readers set
    figures side by side under the names of the splits."""
    return {**feature, "splits": {each["name"]: feature["splits"][each["name"]] for each in splits}}


def only(found: Document, feature: str) -> Document:
    """What is there of one feature; raises NotFound with those that exist."""
    names = [each["name"] for each in found["features"]]
    if feature not in names:
        raise NotFound("feature", feature, names, "`quicktest stats` without --feature lists them.")
    kept = {
        key: [row for row in found[key] if row.get("name", row.get("feature")) == feature]
        for key in ("features", "drift", "schema", "anomalies")
    }
    return {**found, **kept}


def _whole(experiment: Experiment, name: str, marks: Mapping[str, str], mark: str | None = None) -> Document | None:
    """A document with all of its parts; None unless the run says that they are its present attempt's."""
    if marks.get(mark or name) != "done":
        return None
    first = experiment.detail(name)
    if first is None:
        return None
    rest = [(experiment.detail(part) or {}).get("features", []) for part in part_names(name, first)]
    return {**first, "features": [*first["features"], *(row for rows in rest for row in rows)]}


def _why_not(run: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    if _failed(marks, "statistics"):
        return f"{title(run)} has no statistics: {_reason(marks['statistics'])}."
    if run.get("ended_at"):
        return f"{title(run)} has no statistics: it is {run['state']}, and its stage Statistics had not ended."
    return (
        f"{title(run)} has no statistics yet: it is {state_word(run)}. They are there when its stage Statistics ends."
    )


def _failed(marks: Mapping[str, str], kind: str) -> bool:
    return marks.get(kind, "").startswith("failed")


def _reason(mark: str) -> str:
    return mark.removeprefix("failed: ").rstrip(".")
