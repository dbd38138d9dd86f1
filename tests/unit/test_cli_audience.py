"""Whom a model works for, as the terminal shows it (S2.18, S6.14, S6.18)."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from quicktest.views.audience import audience_view


def figure(value: float | None, n: int, reason: str | None = None) -> dict[str, Any]:
    low, high = (None, None) if reason else (value - 0.05, value + 0.05)
    return {"value": value, "low": low, "high": high, "n": n, "reason": reason}


EVALUATION: dict[str, Any] = {
    "metrics": {
        "all": {"recall_at_10": figure(0.4, 300)},
        "warm": {"recall_at_10": figure(0.45, 260), "rmse": figure(2.0, 1_200)},
        "cold_customer": {"recall_at_10": figure(0.1, 40)},
        "cold_product": {"recall_at_10": figure(None, 0, "no customers")},
    },
    "segments": {
        "activity": {"0": {"recall_at_10": figure(0.1, 12, "too few customers (12)")}},
        "popularity": {"head": {"recall_at_10": figure(0.6, 280)}},
    },
    "vocabularies": [
        {
            "kind": "vocabulary", "column": "country", "status": "poor", "kept": 2, "distinct": 3_000,
            "out_of_vocabulary": {"test": {"share": 0.31}}, "remedy": "Raise `max_size` (it is 2), or hash the column.",
        },
        {"kind": "vocabulary", "column": "brand", "status": "good"},
        {"kind": "cross", "name": "a_x_b"},
    ],
}  # fmt: skip


def drawn(evaluation: dict[str, Any] | None) -> str:
    console = Console(file=io.StringIO(), width=120, no_color=True, highlight=False)
    view = audience_view(evaluation)
    if view is not None:
        console.print(view)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())  # type: ignore[attr-defined]


def test_parts_that_anybody_belongs_to_are_shown_with_their_number() -> None:
    assert (
        drawn(EVALUATION)
        == """\
who it works for                        recall@10              of   rmse               of
customers and products of train         0.450 (0.400-0.500)   260   2 (1.95-2.05)   1,200
customers not in train                  0.100 (0.050-0.150)    40   -
customers without a purchase in train   0.100                  12   -
products that make half of the sales    0.600 (0.550-0.650)   280   -

country: 31% of the test rows are out of its vocabulary (2 of 3,000 values kept). Raise `max_size` (it is 2), or hash
the column."""
    )


def test_an_older_result_shows_what_it_has() -> None:
    assert drawn(None) == drawn({"metrics": {"all": {"recall_at_10": figure(0.4, 300)}}}) == ""
    older = {name: EVALUATION["metrics"][name] for name in ("all", "warm")}
    assert drawn({"metrics": older}).count("\n") == 1
