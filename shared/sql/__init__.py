"""The SQL of a dataset, as expression trees in BigQuery's dialect (domain S1.25-S1.28, S2).

`rows_steps`, `with_steps` and `print_query` are for statements about the rows of a dataset that are not of a run.
"""

from shared.sql.counts import count_query, history_query, reference_query
from shared.sql.parts import hash_of, print_query, source_table, with_steps
from shared.sql.queries import frozen_at, preview_query, split_queries
from shared.sql.steps import rows_steps

__all__ = [
    "count_query",
    "frozen_at",
    "hash_of",
    "history_query",
    "preview_query",
    "print_query",
    "reference_query",
    "rows_steps",
    "source_table",
    "split_queries",
    "with_steps",
]
