"""`src_<alias>` and `joined`: the columns in use under their output names (domain S1.2, S1.4, S1.26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlglot import exp

from shared.columns import ID_TYPES, Catalogue, OutputColumn
from shared.documents import CatalogueTable, Dataset, Join
from shared.sql.parts import Step, all_, as_, column, source_table, table, text
from shared.sql.values import as_joined, source_column
from shared.tables import CATALOGUE_TABLE, aliases, join_order, primary_alias

Outputs = Mapping[str, OutputColumn]


def source_steps(
    dataset: Dataset,
    catalogue: Catalogue,
    outputs: Outputs,
    names: Iterable[str],
    as_of: datetime | None = None,
    with_catalogue: bool = False,
) -> list[Step]:
    """One step for each table, alphabetically, and `joined` with the output columns `names`."""
    used = [outputs[name] for name in sorted(set(names))]
    tables = {alias: found.table for alias, found in aliases(dataset).items()}
    columns = {alias: _columns_of(alias, dataset, used) for alias in tables}
    if with_catalogue and isinstance(dataset.catalogue, CatalogueTable):
        tables[CATALOGUE_TABLE] = dataset.catalogue.table
        wanted = (dataset.catalogue.product_id, dataset.catalogue.where_active)
        columns[CATALOGUE_TABLE] = {path.split(".")[0] for path in wanted if path}
    steps: list[Step] = [
        (source_step(alias), _select(columns[alias]).from_(source_table(name, as_of)))
        for alias, name in sorted(tables.items())
    ]
    return [*steps, ("joined", _joined(dataset, catalogue, used))]


def source_step(alias: str) -> str:
    return f"src_{alias}"


def _columns_of(alias: str, dataset: Dataset, used: Iterable[OutputColumn]) -> set[str]:
    """The columns of one table that outputs and keys of joins read; of a struct the whole column."""
    paths = {output.source for output in used if output.table == alias}
    for join in dataset.joins:
        paths |= {key.left for key in join.keys if join.left == alias}
        paths |= {key.right for key in join.keys if join.right == alias}
    return {path.split(".")[0] for path in paths}


def _select(columns: Iterable[str]) -> exp.Select:
    names = sorted(columns)
    # a table may be joined for its rows alone
    return exp.select(*map(column, names)) if names else exp.select(as_(exp.true(), "qt_row"))


def _joined(dataset: Dataset, catalogue: Catalogue, used: Iterable[OutputColumn]) -> exp.Select:
    shown = [as_(as_joined(output, source_step(output.table), dataset.timezone), output.name) for output in used]
    query = exp.select(*shown).from_(table(source_step(primary_alias(dataset))))
    for join in join_order(dataset):
        kind = "LEFT" if join.type == "left" else "INNER"
        query = query.join(table(source_step(join.right)), on=_condition(join, catalogue), join_type=kind)
    return query


def _condition(join: Join, catalogue: Catalogue) -> exp.Expression:
    """Keys are equal; an id that is a number equals its text, as the roles hold it (S1.5)."""
    conditions = []
    for key in join.keys:
        left, right = source_column(key.left, source_step(join.left)), source_column(key.right, source_step(join.right))
        kinds = [_type(catalogue, join.left, key.left), _type(catalogue, join.right, key.right)]
        if kinds[0] != kinds[1] and ID_TYPES.issuperset(kinds):
            left, right = (
                text(side) if kind == "INT64" else side for side, kind in zip((left, right), kinds, strict=True)
            )
        conditions.append(exp.EQ(this=left, expression=right))
    return all_(conditions)


def _type(catalogue: Catalogue, alias: str, path: str) -> str:
    found = catalogue[alias].find(path)
    if found is None:
        raise ValueError(f"table {alias!r} has no column {path!r}; validate the dataset before compiling it")
    return found.warehouse_type
