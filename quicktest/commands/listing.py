"""`history`: what ran, searched and sorted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from quicktest.output import Json, console, errors, print_json

if TYPE_CHECKING:
    from shared.insights.lists.entries import Entry

Tags = Annotated[list[str] | None, typer.Option("--tag", help="Only those with this tag; several: with all of them.")]


def register(app: typer.Typer) -> None:
    app.command("history")(history)


def history(
    query: Annotated[
        str, typer.Argument(metavar="[QUERY]", help='Such as: "recall_at_10 > 0.2 AND ended >= -7d".')
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many.")] = 50,
    sort: Annotated[str | None, typer.Option(help="By a metric, the best first; or by cost, duration, ended …")] = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    model_type: Annotated[str | None, typer.Option(help="Only retrieval, ranking or multitask.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only those of this dataset, by id or name.")] = None,
    feature_config: Annotated[str | None, typer.Option(help="Only those of this feature config.")] = None,
    model_config: Annotated[str | None, typer.Option(help="Only those of this model config.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Only those of this protocol, by its key.")] = None,
    tag: Tags = None,
    owner: Annotated[str | None, typer.Option(help="Only those of this owner.")] = None,
    starred: Annotated[bool, typer.Option("--starred", help="Only those with a star.")] = False,
    since: Annotated[str | None, typer.Option(help="Only those created since then, such as 2026-11-01 or -7d.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Only those of this model endpoint.")] = None,
    as_json: Json = False,
) -> None:
    """List experiments, newest first, with a query.

    A query is made of words, which are looked for in number, name, description and tags, and of tests: a field, one of
    < <= = != >= > ~ in, and a value. AND, OR, NOT and ( ) join them. Fields are those of the list, every metric and
    every parameter: `state = failed`, `tag in (wide, deep)`, `name ~ ^base`, `learning_rate < 0.01`, `ended >= -7d`,
    `error != none`.
    """
    from quicktest.client import Client
    from quicktest.history import History
    from shared.insights.lists.entries import to_json
    from shared.insights.lists.query import both, comparison_text

    equal = {"state": state, "model_type": model_type, "dataset": dataset, "feature_config": feature_config}
    equal |= {"model_config": model_config, "protocol": protocol, "owner": owner}
    tests = [comparison_text(name, "=", [value]) for name, value in equal.items() if value is not None]
    tests += [comparison_text("tag", "=", [each]) for each in tag or ()]
    tests += ["starred = true"] if starred else []
    tests += [comparison_text("created", ">=", [since])] if since is not None else []
    found = History(Client().store, endpoint).listed(both([query, *tests]), datetime.now(UTC), limit, sort)
    if as_json:
        print_json([json.loads(to_json(entry)) for entry in found.entries])
    else:
        _show(found.entries, found.more, sort)
    _warn(found.entries, found.damaged, sort)


def _show(entries: Sequence[Entry], more: bool, sort: str | None) -> None:
    from quicktest.views.history import history_table
    from shared.metrics import METRICS

    shown = console()
    if not entries:
        shown.print("No experiment is like that.")
        return
    shown.print(history_table(entries, sort if sort in METRICS else None))
    if more:
        shown.print(f"\nThe first {len(entries):,}. There are more: --limit shows them, a query narrows them.")


def _warn(entries: Sequence[Entry], damaged: int, sort: str | None) -> None:
    """S2.16: what does not compare is never ranked without saying so."""
    from quicktest.history import protocols_of
    from shared.metrics import METRICS

    told = errors()
    if sort in METRICS and (groups := len(protocols_of(entries, sort))) > 1:
        told.print(
            f"These figures are of {groups} protocols or sample sizes: they do not compare, and their order says "
            "nothing. Choose one with --protocol and `sample = 100`.",
            style="yellow",
            markup=False,
        )
    if damaged:
        told.print(
            f"{damaged:,} entries cannot be read. `quicktest insights --rebuild` makes them anew.", style="yellow"
        )
