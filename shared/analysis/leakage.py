"""What a model would know that it must not (domain S1.33), by its documents, the days of its rows, and the rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from shared.analysis.dependence import MOST_VARYING
from shared.analysis.leakage_queries import (
    HISTORY,
    ITEM,
    TARGET,
    VARIATION,
    Used,
    determining_columns,
    history_columns,
    target_columns,
    used_columns,
    varying_columns,
)
from shared.columns import Catalogue
from shared.documents import Dataset, FeatureConfig
from shared.problems import Problem
from shared.splits import Bounds

SAME_AS_TARGET = 0.99  # S1.33
PROXY_CORRELATION, PROXY_AUC = 0.98, 0.99
LEAST_HISTORY, MOST_HISTORY = 0.05, 0.5
DETERMINES_PRODUCT = 0.95
Answers = Mapping[str, Sequence[Mapping[str, Any]]]


def leakage(
    dataset: Dataset,
    catalogue: Catalogue,
    features: FeatureConfig,
    bounds: Bounds,
    today: date,
    answers: Answers,
    with_target: bool,
) -> list[Problem]:
    """Findings by path; `answers`: the rows of each of `leakage_queries`; `today`: the submission's day in the
    dataset's time zone. `with_target`: the model uses the target.

    L_BOTH_TOWERS is W_BOTH_TOWERS of the feature config, which every submission repeats.
    """
    used = used_columns(dataset, catalogue, features)
    findings = list(_future(bounds, today))
    if ITEM in answers:
        findings += _query_item(determining_columns(dataset, used), answers[ITEM])
    if VARIATION in answers:
        findings += _candidate_context(varying_columns(dataset, used), answers[VARIATION])
    if HISTORY in answers:
        findings += _histories(history_columns(used), answers[HISTORY][0])
    if with_target and features.target is not None:
        findings += _target_in_tower(used, features.target.column)
    if TARGET in answers:
        findings += _like_target(target_columns(used, features), answers[TARGET], features)
    return sorted(findings, key=lambda finding: (finding.path, finding.code))


# ------------------------------------------------------------------------------------------------------- of documents


def _future(bounds: Bounds, today: date) -> Iterator[Problem]:
    days = (bounds.ref - today).days if bounds.ref is not None else 0
    if days > 0:
        late = "tomorrow" if days == 1 else f"{bounds.ref}, {days:,} days after today"
        problem = f"the newest rows are of {late}."
        remedy = f"End the window at today: `filters.window.to: {today}`."
        yield Problem("L_FUTURE", "dataset.roles.event_time", problem, remedy, "warning")


def _target_in_tower(used: Iterable[Used], target: str) -> Iterator[Problem]:
    for each in used:
        if each.output.name == target:
            problem = f"column `{target}` is the target, and equals it in 100% of the rows."
            yield Problem("L_TARGET_FEATURE", each.path, problem, "Remove the feature: it gives the answer away.")


# ------------------------------------------------------------------------------------------------------------ of rows


def _like_target(columns: Sequence[Used], rows: Iterable[Mapping[str, Any]], features: FeatureConfig) -> list[Problem]:
    target = features.target.column if features.target else ""
    findings = []
    for row in rows:
        each = columns[int(row["qt_column"])]
        same = int(row["equal_rows"]) / int(row["target_rows"])
        if same >= SAME_AS_TARGET:
            problem = f"column `{each.output.name}` equals the target `{target}` in {_percent(same)} of the rows."
            remedy = "Remove the feature: it gives the answer away."
            findings.append(Problem("L_TARGET_FEATURE", each.path, problem, remedy))
        elif (measured := _proxy(each, row)) is not None:
            problem = f"column `{each.output.name}` tells the target `{target}` almost alone: {measured}."
            remedy = "Remove the feature if it is known only together with the target."
            findings.append(Problem("L_TARGET_PROXY", each.path, problem, remedy, "warning"))
    return findings


def _proxy(each: Used, row: Mapping[str, Any]) -> str | None:
    """The largest measure above its limit, in words."""
    if not each.is_number:
        return None
    auc = _auc(row)
    if auc is not None and auc > PROXY_AUC:
        return f"AUC {auc:.4f} (above {PROXY_AUC})"
    found = {kind: abs(_number(row[kind]) or 0.0) for kind in ("pearson", "spearman")}
    kind = max(found, key=lambda name: found[name])
    if found[kind] <= PROXY_CORRELATION:
        return None
    return f"absolute {kind.title()} correlation {found[kind]:.4f} (above {PROXY_CORRELATION})"


def _auc(row: Mapping[str, Any]) -> float | None:
    """Of a target with two values, whichever way round; None for others. From the ranks' sum (Mann and Whitney)."""
    pairs, positives = int(row["pairs"]), int(row["positives"])
    negatives = pairs - positives
    if int(row["target_values"]) != 2 or not positives or not negatives:
        return None
    area = (float(row["positive_ranks"]) - positives * (positives + 1) / 2) / (positives * negatives)
    return max(area, 1 - area)


def _query_item(columns: Sequence[Used], rows: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    for row in rows:
        each = columns[int(row["qt_column"])]
        share = int(row["of_one_product"]) / int(row["repeated_values"])
        if share > DETERMINES_PRODUCT:
            known = f"{_percent(share)} of its values occur with one product"
            problem = f"column `{each.output.name}` settles the product: {known}."
            remedy = "Move it to the candidate tower, or remove it: a query must not know what is bought."
            yield Problem("L_QUERY_ITEM", each.path, problem, remedy)


def _candidate_context(columns: Sequence[Used], rows: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    for row in rows:
        each = columns[int(row["qt_column"])]
        share = int(row["vary"]) / int(row["of"])
        if share > MOST_VARYING:
            problem = (
                f"column `{each.output.name}` differs within {_percent(share)} of the products: "
                "it describes the event, not the product."
            )
            remedy = "Remove it, or use a column that is settled by the product."
            yield Problem("L_CANDIDATE_CONTEXT", each.path, problem, remedy, "warning")


def _histories(columns: Sequence[Used], row: Mapping[str, Any]) -> Iterator[Problem]:
    rows = int(row["rows"])
    for number, each in enumerate(columns):
        own, again = (int(row[name]) / rows if rows else 0.0 for name in (f"own_{number}", "again"))
        if own - again > LEAST_HISTORY:
            problem = (
                f"history `{each.output.name}` holds the row's own product in {_percent(own)} of the train rows, while "
                f"{_percent(again)} are bought again: {_percent(own - again)} could only be known afterwards."
            )
            remedy = "Build the history from purchases before each row, e.g. as a `history` of the dataset."
            severity = "error" if own - again > MOST_HISTORY else "warning"
            yield Problem("L_HISTORY", each.path, problem, remedy, severity)


def _number(value: Any) -> float | None:
    """None for what no correlation could be computed of: a constant."""
    number = None if value is None else float(value)
    return None if number is None or math.isnan(number) else number


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
