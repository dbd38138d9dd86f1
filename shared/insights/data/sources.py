"""Where each column of the examples comes from and what Transform makes of it, out of a frozen snapshot (S7.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlglot
from pydantic import ValidationError
from sqlglot import exp

from shared.documents import Dataset, FeatureConfig
from shared.features import TOWERS, cross_members, cross_output, crosses_of, feature_name, features_of, outputs
from shared.insights.data.statistics import Document
from shared.tables import table_alias

DIALECT = "bigquery"
SOURCE = "src_"  # opens the name that the SQL gives to a table (shared.sql.sources)
LONGEST_EXPRESSION = 400


def sources_of(snapshot: Mapping[str, Any]) -> dict[str, Document]:
    """By column: `source` {table, column, type, expression} and `outputs` [{tower, feature, output, width}].

    A snapshot of another version that cannot be read gives nothing: the schema is shown without it.
    """
    try:
        configs = snapshot["configs"]
        dataset = Dataset.model_validate_json(json.dumps(configs["dataset"], default=str))  # frozen as JSON
        features = FeatureConfig.model_validate_json(json.dumps(configs["feature_config"], default=str))
        found = _sources(dataset, snapshot["sql"]["train"], snapshot.get("schema", {}))
    except (KeyError, TypeError, ValidationError, sqlglot.errors.SqlglotError):
        return {}
    made = _outputs(features)
    return {
        name: {"source": found.get(name), "outputs": made.get(name, [])} for name in sorted(found.keys() | made.keys())
    }


def _sources(dataset: Dataset, sql: str, schema: Mapping[str, Any]) -> dict[str, Document]:
    """The columns of train's query: what `joined` reads and what `converted` makes of it."""
    steps = {step.alias: step.this for step in sqlglot.parse_one(sql, read=DIALECT).find_all(exp.CTE)}
    joined = {column.alias_or_name: column.unalias() for column in steps["joined"].selects}
    converted = {column.alias_or_name: column.unalias() for column in steps["converted"].selects}
    tables = {table_alias(table): table.table for table in dataset.tables}
    types = {(table, column["name"]): column["type"] for table, columns in schema.items() for column in columns}
    found = {name: _source(made, joined, tables, types) for name, made in converted.items() if name in joined}
    for history in dataset.history:
        words = f"the last {history.length} values of `{history.item}` before each row"
        found[history.name] = {"table": None, "column": history.item, "type": None, "expression": words}
    return {name: source for name, source in found.items() if not name.startswith("qt_")}


def _source(
    made: exp.Expression,
    joined: Mapping[str, exp.Expression],
    tables: Mapping[str, str],
    types: Mapping[tuple[str, str], str],
) -> Document:
    """`made` with what `joined` reads in the place of its columns."""

    def read(node: exp.Expression) -> exp.Expression:
        inner = joined.get(node.name) if isinstance(node, exp.Column) and not node.table else None
        return inner.copy() if inner is not None else node

    whole = made.copy().transform(read)
    named = ([part.name for part in node.parts] for node in whole.find_all(exp.Column, exp.Dot))  # fields come first
    first, *rest = next((parts for parts in named if parts[0].startswith(SOURCE)), [""])
    alias, path = first.removeprefix(SOURCE), ".".join(rest)
    text = whole.sql(dialect=DIALECT).replace(f"`{SOURCE}{alias}`.", "")
    return {
        "table": tables.get(alias),
        "column": path or None,
        "type": types.get((alias, path)),
        "expression": text[:LONGEST_EXPRESSION],
    }


def _outputs(features: FeatureConfig) -> dict[str, list[Document]]:
    """What Transform writes of each column, alone and in crosses."""
    made: dict[str, list[Document]] = {}
    for tower in TOWERS:
        columns = {feature_name(feature): feature.column for feature in features_of(features, tower)}
        for feature in features_of(features, tower):
            for output in outputs(feature, tower, features):
                row = {"tower": tower, "feature": feature_name(feature), "output": output.name, "width": output.width}
                made.setdefault(feature.column, []).append(row)
        for cross in crosses_of(features, tower):
            output, members = cross_output(cross, tower), cross_members(cross)
            row = {"tower": tower, "feature": " × ".join(members), "output": output.name, "width": output.width}
            for member in members:
                made.setdefault(columns.get(member, member), []).append(row)
    return made
