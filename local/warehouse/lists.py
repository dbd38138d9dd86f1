"""BigQuery's arrays as DuckDB's lists: subqueries over their elements become list functions, which are also faster."""

from __future__ import annotations

from sqlglot import exp


def selected(node: exp.Array) -> exp.Expr:
    """`ARRAY(SELECT f(e) FROM UNNEST(x) AS e WITH OFFSET AS o WHERE … ORDER BY o LIMIT n)` as list functions.

    Of NULL it is the empty list, as in BigQuery. Other arrays are left as they are.
    """
    query = node.expressions[0] if len(node.expressions) == 1 else None
    if not isinstance(query, exp.Select) or not _is_in_order(query):
        return node
    unnest = query.args["from_"].this
    element = unnest.args["alias"].columns[0]
    made: exp.Expr = unnest.expressions[0].copy()
    where = query.args.get("where")
    if where is not None:
        made = _function("LIST_FILTER", made, _lambda(element, where.this))
    value = query.selects[0].unalias()
    if not (isinstance(value, exp.Column) and value.name == element.name):
        made = _function("LIST_TRANSFORM", made, _lambda(element, value))
    if query.args.get("limit") is not None:
        made = _first(made, query.args["limit"].expression)
    return _function("COALESCE", made, exp.Array(expressions=[]))


def aggregated(node: exp.ArrayAgg) -> exp.Expr:
    """`ARRAY_AGG(x ORDER BY y LIMIT n)`: DuckDB's takes no LIMIT."""
    limit = node.this
    if not isinstance(limit, exp.Limit):
        return node
    return _first(exp.ArrayAgg(this=limit.this.copy()), limit.expression)


def _is_in_order(query: exp.Select) -> bool:
    """Whether it reads one unnested array, in the order of its positions and without anything that needs a query."""
    source, order = query.args.get("from_"), query.args.get("order")
    if source is None or order is None or not isinstance(source.this, exp.Unnest):
        return False
    offset = source.this.args.get("offset")
    plain = not any(query.args.get(part) for part in ("joins", "group", "having", "distinct", "qualify", "with_"))
    return plain and isinstance(offset, exp.Identifier) and [o.this.name for o in order.expressions] == [offset.name]


def _lambda(element: exp.Identifier, body: exp.Expr) -> exp.Lambda:
    return exp.Lambda(this=body.copy(), expressions=[element.copy()])


def _first(value: exp.Expr, count: exp.Expr) -> exp.Expr:
    return _function("LIST_SLICE", value, exp.Literal.number(1), count.copy())


def _function(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))
