"""What a feature does must make sense for what its column holds (domain S3.2, S3.15, S3.21: E_FEATURE_KIND)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.columns import DAY_TYPES, NUMBER_TYPES, OutputColumn
from shared.documents import CategoryFeature, Feature, HistoryFeature, NumberFeature
from shared.problems import Problem


def kind_problems(path: str, feature: Feature, column: OutputColumn) -> Iterator[Problem]:
    """E_FEATURE_KIND."""
    held, where = f"column `{column.name}` holds {_held(column)}", f"{path}.kind"
    if isinstance(feature, HistoryFeature) != column.repeated:
        problem = f"{held}, which only a history can use." if column.repeated else f"{held}, not lists of items."
        yield Problem("E_FEATURE_KIND", where, problem, _better_kind(column))
    elif isinstance(feature, HistoryFeature):
        if column.example_type == "float" or _is_time(column):
            yield Problem("E_FEATURE_KIND", where, f"{held}, which are not items.", "Leave the column out.")
    elif isinstance(feature, CategoryFeature):
        if column.warehouse_type not in ("STRING", "INT64", "BOOL"):
            yield Problem("E_FEATURE_KIND", where, f"{held}, which make no categories.", _better_kind(column))
    elif isinstance(feature, NumberFeature):
        if column.example_type == "bytes" or column.warehouse_type in DAY_TYPES:
            yield Problem("E_FEATURE_KIND", where, f"{held}, which cannot be scaled.", _better_kind(column))
    elif column.warehouse_type == "TIME":
        if set(feature.cycles) != {"hour"} or feature.recency or feature.bucketize:
            problem = f"{held}, which have an hour but no day."
            yield Problem("E_FEATURE_KIND", f"{path}.cycles", problem, "Use `cycles: [hour]` only.")
    elif column.warehouse_type not in DAY_TYPES:
        yield Problem("E_FEATURE_KIND", where, f"{held}, which have no cycles.", _better_kind(column))


def target_type_problems(column: OutputColumn) -> Iterator[Problem]:
    """E_TARGET_TYPE: a target is a number, or 0 and 1."""
    is_number = column.warehouse_type in NUMBER_TYPES | {"BOOL"} and column.example_type != "bytes"
    if column.repeated or not is_number:
        problem = f"column `{column.name}` holds {_held(column)}, which cannot be predicted."
        yield Problem("E_TARGET_TYPE", "target.column", problem, "Use a column of numbers, or of yes and no.")


def _is_time(column: OutputColumn) -> bool:
    return column.warehouse_type in DAY_TYPES or column.warehouse_type == "TIME"


def _held(column: OutputColumn) -> str:
    if column.repeated:
        return f"lists ({column.warehouse_type})"
    if column.example_type == "bytes":
        return "text" if column.warehouse_type == "STRING" else "ids"
    if _is_time(column):
        return f"times ({column.warehouse_type})"
    return f"{'yes or no' if column.warehouse_type == 'BOOL' else 'numbers'} ({column.warehouse_type})"


def _better_kind(column: OutputColumn) -> str:
    if column.repeated:
        return "Use `kind: history`."
    if column.warehouse_type in DAY_TYPES:
        return "Use `kind: time` with `cycles`."
    if column.warehouse_type == "TIME":
        return "Use `kind: time` with `cycles: [hour]`."
    if column.example_type == "float":
        return "Use `kind: number`."
    return "Use `kind: category`."
