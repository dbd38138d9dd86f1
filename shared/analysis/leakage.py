"""What a model would know that it must not (domain S1.33): eight tests, three of the documents and five of rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shared.analysis.dependence import MOST_VARYING
from shared.analysis.leakage_queries import (
    HISTORY,
    ITEM,
    ROWS,
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

SAME_AS_TARGET = 0.99  # S1.33
PROXY_CORRELATION, PROXY_AUC = 0.98, 0.99
LEAST_HISTORY, MOST_HISTORY = 0.05, 0.5
DETERMINES_PRODUCT = 0.95
MOST_DUPLICATES = 0.01
Answers = Mapping[str, Sequence[Mapping[str, Any]]]


def leakage(
    dataset: Dataset, catalogue: Catalogue, features: FeatureConfig, answers: Answers, with_target: bool
) -> list[Problem]:
    """Findings by path; `answers`: the rows of each of `leakage_queries`. `with_target`: the model uses the target."""
    used = used_columns(dataset, catalogue, features)
    findings = [*_both_towers(used), *_rows(answers[ROWS][0])]
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


def _both_towers(used: Iterable[Used]) -> Iterator[Problem]:
    used = list(used)
    of_query = {each.output.name for each in used if each.tower == "query"}
    for each in used:
        if each.tower == "candidate" and each.output.name in of_query:
            problem = f"column `{each.output.name}` is in both towers."
            remedy = (
                "Keep it where it belongs: a product's attribute in the candidate tower, a buyer's in the query tower."
            )
            yield Problem("L_BOTH_TOWERS", each.path, problem, remedy, "warning")


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
    for number, each in enumerate(columns):
        rows = int(row[f"rows_{number}"])
        own, again = (int(row[f"{name}_{number}"]) / rows if rows else 0.0 for name in ("own", "again"))
        if own - again > LEAST_HISTORY:
            problem = (
                f"history `{each.output.name}` holds the row's own product in {_percent(own)} of the train rows, while "
                f"{_percent(again)} are bought again: {_percent(own - again)} could only be known afterwards."
            )
            remedy = "Build the history from purchases before each row, e.g. as a `history` of the dataset."
            severity = "error" if own - again > MOST_HISTORY else "warning"
            yield Problem("L_HISTORY", each.path, problem, remedy, severity)


def _rows(row: Mapping[str, Any]) -> Iterator[Problem]:
    test_rows = int(row["test_rows"])
    share = int(row["repeated_test_rows"]) / test_rows if test_rows else 0.0
    if share > MOST_DUPLICATES:
        problem = f"{_percent(share)} of the test rows have the same role values as a train row."
        remedy = "Remove duplicates in a view, or map `roles.order_id` so that orders stay together."
        yield Problem("L_DUPLICATE_SPLIT", "split", problem, remedy, "warning")
    future = int(row["future_rows"])
    if future:
        problem = f"{future:,} rows are of days after today."
        remedy = "End the window at today: `filters.window.to`."
        yield Problem("L_FUTURE", "dataset.roles.event_time", problem, remedy, "warning")


def _number(value: Any) -> float | None:
    """None for what no correlation could be computed of: a constant."""
    number = None if value is None else float(value)
    return None if number is None or math.isnan(number) else number


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
