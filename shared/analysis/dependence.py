"""Which columns describe the product, which the customer, and which the purchase (domain S1.33, S3.17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlglot import exp

from shared.analysis.cells import COLUMN, TEXT, comparable, stored_outputs, taken_apart
from shared.columns import Catalogue, OutputColumn
from shared.documents import Dataset
from shared.sql.parts import (
    Step,
    as_,
    cast,
    column,
    count_distinct,
    count_if,
    count_rows,
    integer,
    print_query,
    string,
    table,
    text,
    with_steps,
)
from shared.sql.steps import rows_steps
from shared.sql.values import UNIT_SEPARATOR

MOST_VARYING = 0.05  # of the products, or customers: above, a column is not theirs (L_CANDIDATE_CONTEXT)
Entity = Literal["product", "customer"]
_LEAST, _MOST = "qt_least", "qt_most"  # beside columns of the dataset, whose names may be anything else (S0.5)
ENTITIES: tuple[Entity, ...] = ("product", "customer")


def dependence_query(dataset: Dataset, catalogue: Catalogue) -> str:
    """One row for each column: products and customers, and those in which the column varies. Of all of `filtered`."""
    outputs = stored_outputs(dataset, catalogue)
    steps: list[Step] = rows_steps(dataset, catalogue, upto="filtered")
    steps += variation_steps(dataset, steps[-1][0], outputs)
    by_product, by_customer = (table(variation_step(entity)) for entity in ENTITIES)
    figures = [
        as_(column(name, variation_step(entity)), f"{entity}_{name}") for entity in ENTITIES for name in ("of", "vary")
    ]
    same = exp.EQ(this=column(COLUMN, "by_product"), expression=column(COLUMN, "by_customer"))
    query = exp.select(as_(column(COLUMN, "by_product"), COLUMN), *figures).from_(by_product)
    return print_query(with_steps(query.join(by_customer, on=same, join_type="INNER"), steps), dataset)


def dependencies(dataset: Dataset, catalogue: Catalogue, rows: Iterable[Mapping[str, Any]]) -> dict[str, Entity]:
    """Output names of the columns that are settled by the product or by the customer, whichever varies less."""
    outputs = stored_outputs(dataset, catalogue)
    found: dict[str, Entity] = {}
    for row in rows:
        shares = {entity: int(row[f"{entity}_vary"]) / int(row[f"{entity}_of"]) for entity in ENTITIES}
        best = min(ENTITIES, key=lambda entity: shares[entity])  # the product, when they are even
        if shares[best] <= MOST_VARYING:
            found[outputs[int(row[COLUMN])].name] = best
    return dict(sorted(found.items()))


def pairs_query(dataset: Dataset, catalogue: Catalogue, pairs: Sequence[tuple[str, str]]) -> str:
    """One row: the distinct pairs of values of columns that might be crossed (S3.17)."""
    names = {name for pair in pairs for name in pair}
    steps: list[Step] = rows_steps(dataset, catalogue, upto="filtered", columns=names)
    counts = []
    for number, pair in enumerate(pairs):
        parts = [exp.func("COALESCE", text(column(name)), string(""), dialect="bigquery") for name in pair]
        both = exp.func("CONCAT", parts[0], string(UNIT_SEPARATOR), parts[1], dialect="bigquery")
        counts.append(as_(count_distinct(both), f"pair_{number}"))
    return print_query(with_steps(exp.select(*counts).from_(table(steps[-1][0])), steps), dataset)


def distinct_pairs(pairs: Sequence[tuple[str, str]], row: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    return {pair: int(row[f"pair_{number}"]) for number, pair in enumerate(pairs)}


def variation_steps(
    dataset: Dataset, source: str, outputs: Sequence[OutputColumn], entities: Sequence[Entity] = ENTITIES
) -> list[Step]:
    """`by_product`, `by_customer`: for each of `outputs`, by its number, how many there are and in how many it varies.

    Missing values do not make a column vary.
    """
    cells = [
        {COLUMN: integer(number), TEXT: cast(comparable(output), "STRING")} for number, output in enumerate(outputs)
    ]
    roles = {"product": dataset.roles.product_id, "customer": dataset.roles.customer_id}
    steps: list[Step] = [("values", taken_apart(source, cells, keep=[roles[entity] for entity in entities]))]
    for entity in entities:
        identity = column(roles[entity])
        ends = [as_(exp.Min(this=column(TEXT)), _LEAST), as_(exp.Max(this=column(TEXT)), _MOST)]
        each = exp.select(column(COLUMN), *ends).from_(table("values")).group_by(column(COLUMN), identity)
        varies = exp.NEQ(this=column(_LEAST), expression=column(_MOST))
        counts = [as_(count_rows(), "of"), as_(count_if(varies), "vary")]
        each_step = f"each_{entity}"
        steps.append((each_step, each))
        counted = exp.select(column(COLUMN), *counts).from_(table(each_step)).group_by(column(COLUMN))
        steps.append((variation_step(entity), counted))
    return steps


def variation_step(entity: Entity) -> str:
    return f"by_{entity}"
