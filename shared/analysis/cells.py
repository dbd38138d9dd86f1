"""Rows taken apart: one row for each value, so that one scan answers for all columns, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from shared.columns import DAY_TYPES, NUMBER_TYPES, Catalogue, OutputColumn, output_columns
from shared.documents import Dataset
from shared.sql.parts import as_, cast, column, identifier, if_, integer, not_null, string, table, text
from shared.sql.values import ELEMENT, UNIT_SEPARATOR, elements, seconds, typed, wall_clock

# No output name begins with qt_ (S0.5). A value is NULL when both its text and its number are.
COLUMN, TEXT, NUMBER, HOUR = "qt_column", "qt_text", "qt_number", "qt_hour"
_CELL, _ELEMENT = "qt_cell", "qt_element"
Fields = Mapping[str, exp.Expression]


def stored_outputs(dataset: Dataset, catalogue: Catalogue) -> list[OutputColumn]:
    """The columns that the tables hold: all but derived histories."""
    return [output for output in output_columns(dataset, catalogue) if output.history is None]


def taken_apart(step: str, cells: Sequence[Fields], keep: Iterable[str] = ()) -> exp.Select:
    """For each row of `step` one row for each of `cells`, beside the columns `keep`. All cells have the same fields."""
    unnested = exp.Unnest(
        expressions=[exp.Array(expressions=[_struct(cell) for cell in cells], struct_name_inheritance=True)],
        alias=exp.TableAlias(columns=[identifier(_CELL)]),
        explode_array=True,  # what the parser says of an array of structs (S1.25: the tree reads back as it was built)
    )
    shown = [*(column(name) for name in keep), *(column(name, _CELL) for name in cells[0])]
    return exp.select(*shown).from_(table(step)).join(unnested, join_type="CROSS")


def elements_apart(step: str, number: int, output: OutputColumn, timezone: str) -> exp.Select:
    """The cells of the elements of a list, as the column `number`; NULL elements are left out."""
    element = column(_ELEMENT)
    unnested = exp.Unnest(expressions=[column(output.name)], alias=exp.TableAlias(columns=[identifier(_ELEMENT)]))
    local = wall_clock(element, output.warehouse_type, timezone)  # `joined` leaves lists as they are
    shown = [as_(value, name) for name, value in cell(number, local, output.warehouse_type).items()]
    return exp.select(*shown).from_(table(step)).join(unnested, join_type="CROSS").where(not_null(local.copy()))


def cell(number: int, value: exp.Expression, kind: str) -> dict[str, exp.Expression]:
    """A value of `joined`: numbers as FLOAT64, times as seconds; text tells apart what is equal as FLOAT64."""
    as_number, as_text, hour = cast(exp.null(), "FLOAT64"), cast(exp.null(), "STRING"), cast(exp.null(), "INT64")
    if kind in NUMBER_TYPES:
        as_number = cast(value.copy(), "FLOAT64")
    elif kind in DAY_TYPES:
        as_number = cast(seconds(value.copy()), "FLOAT64")
        # the type of `joined`: a TIMESTAMP is local time there (S1.2); a DATE has the hour 0
        hour = exp.Extract(this=exp.var("HOUR"), expression=cast(value.copy(), "DATETIME"))
    elif kind == "TIME":
        as_number = cast(typed(value.copy(), "TIME", "int64"), "FLOAT64")
        hour = exp.Extract(this=exp.var("HOUR"), expression=value.copy())
    if kind != "FLOAT64":
        as_text = text(value.copy())
    return {COLUMN: integer(number), TEXT: as_text, NUMBER: as_number, HOUR: hour}


def length_cell(number: int, value: exp.Expression) -> dict[str, exp.Expression]:
    """The length of a list; NULL for an empty one, which a warehouse need not tell from a missing one."""
    length = exp.ArraySize(this=value)
    some = if_(exp.GT(this=length, expression=integer(0)), length.copy())
    return {
        COLUMN: integer(number),
        TEXT: cast(exp.null(), "STRING"),
        NUMBER: cast(some, "FLOAT64"),
        HOUR: cast(exp.null(), "INT64"),
    }


def comparable(output: OutputColumn) -> exp.Expression:
    """A value that rows can be compared by; lists as text, since not every warehouse compares lists."""
    if not output.repeated:
        return column(output.name)
    made = elements(column(output.name), text(column(ELEMENT)), [not_null(column(ELEMENT))])
    return exp.ArrayToString(this=made, expression=string(UNIT_SEPARATOR))


def _struct(fields: Fields) -> exp.Struct:
    named = [exp.PropertyEQ(this=identifier(name), expression=value) for name, value in fields.items()]
    return exp.Struct(expressions=named)
