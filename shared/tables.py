"""Tables as the warehouse lists them, and the tables of a dataset as a tree of joins (domain S1.1, S1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.documents import CatalogueTable, Dataset, Join, Table
from shared.names import as_output_name, is_quotable
from shared.problems import InvalidDocument, Problem

CATALOGUE_TABLE = "qt_catalogue"  # the key of `catalogue: {table}` (S1.1); no alias begins with qt_
_ALIASES = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
    "RECORD": "STRUCT",
}


@dataclass(frozen=True)
class SourceColumn:
    """A column as the warehouse's catalogue lists it; `type` in BigQuery's REST or standard spelling.

    `fields` are those of a struct. `type` of a REPEATED column is that of its elements.
    """

    name: str
    type: str
    mode: str = "NULLABLE"
    fields: tuple[SourceColumn, ...] = ()

    @property
    def warehouse_type(self) -> str:
        """The standard type without parameters: `NUMERIC(10, 2)` is NUMERIC."""
        name = re.split(r"[(<]", self.type.upper(), maxsplit=1)[0].strip()
        return _ALIASES.get(name, name)

    @property
    def repeated(self) -> bool:
        return self.mode.upper() == "REPEATED"


@dataclass(frozen=True)
class SourceTable:
    """A table of the warehouse; what only some warehouses know is None."""

    columns: tuple[SourceColumn, ...]
    location: str | None = None
    native: bool = True  # neither a view nor external: FOR SYSTEM_TIME AS OF works (S1.28)
    modified_at: datetime | None = None
    rows: int | None = None
    bytes: int | None = None

    def find(self, path: str) -> SourceColumn | None:
        """The column `path` names, or the field of a struct (`address.city`), in the catalogue's spelling only."""
        columns = self.columns
        found = None
        for depth, name in enumerate(path.split(".")):
            if depth and (found is None or found.repeated or found.warehouse_type != "STRUCT"):
                return None
            found = next((column for column in columns if column.name == name), None)
            columns = found.fields if found else ()
        return found


Catalogue = Mapping[str, SourceTable]  # by alias, and CATALOGUE_TABLE


def table_path(table: str) -> tuple[str | None, str, str]:
    """Project (None: the deployment's), dataset and table; raises InvalidDocument (E_TABLE_NAME)."""
    parts = table.rsplit(".", 2)
    if len(parts) < 2 or not all(parts) or not all(map(is_quotable, parts)):
        remedy = "Write `dataset.table` or `project.dataset.table`."
        problem = Problem("E_TABLE_NAME", "table", f"`{table}` is not the name of a table.", remedy)
        raise InvalidDocument("dataset", [problem])
    project, name, last = [None, *parts] if len(parts) == 2 else parts
    return project, name, last


def table_alias(table: Table) -> str:
    """What joins and output names call a table: its `alias`, or the last part of its path (S1.1)."""
    return table.alias or as_output_name(table.table.rsplit(".", 1)[-1])


def aliases(dataset: Dataset) -> dict[str, Table]:
    """The tables by alias, in the order of the document."""
    return {table_alias(table): table for table in dataset.tables}


def primary_alias(dataset: Dataset) -> str:
    """The table of interactions: the only one, or the one that `primary` names."""
    return dataset.primary if len(dataset.tables) > 1 and dataset.primary else table_alias(dataset.tables[0])


def tables_needed(dataset: Dataset) -> dict[str, str]:
    """What the warehouse must be asked for: table names by alias, and the catalogue's table under CATALOGUE_TABLE."""
    needed = {alias: table.table for alias, table in aliases(dataset).items()}
    if isinstance(dataset.catalogue, CatalogueTable):
        needed[CATALOGUE_TABLE] = dataset.catalogue.table
    return needed


def join_order(dataset: Dataset) -> Iterator[Join]:
    """The joins breadth-first from the primary table, siblings by alias (S1.4): their order in the document is none."""
    level = [primary_alias(dataset)]
    seen = set(level)
    while level:
        joins = [join for left in level for join in sorted(dataset.joins, key=_right) if join.left == left]
        joins = [join for join in joins if join.right not in seen]
        yield from joins
        level = [join.right for join in joins]
        seen.update(level)


def _right(join: Join) -> str:
    return join.right
