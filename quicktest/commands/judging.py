"""`compare`: which of two to five experiments is better, and what else differs."""

from __future__ import annotations

from typing import Annotated

import typer

from quicktest.output import Json, console, print_json, waiting

NOT_COMPARABLE = 3


def register(app: typer.Typer) -> None:
    app.command("compare")(compare)


def compare(
    references: Annotated[list[str], typer.Argument(metavar="A B [C D E]", help="2 to 5 experiments: 12, #12 or ids.")],
    metric: Annotated[
        str | None, typer.Option("--metric", help="Decide by this one, such as ndcg@10, instead of the headline.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is equal, and every population.")] = False,
    name: Annotated[str | None, typer.Option("--name", help="Keep the comparison under this name.")] = None,
    as_json: Json = False,
) -> None:
    """Say which of some experiments is better, and what else differs.

    The verdict comes first: a paired bootstrap over the customers that both were tested on. Then results with 95%
    intervals, then all settings that differ; ★ marks a run that is better than every other one of its group.

    Runs are comparable when they were tested on the same rows by the same rules; what differs is named otherwise.
    Exit code 0: at least two of them are comparable, whatever the verdict; 3: no two are; 1: something is wrong.
    """
    from quicktest.client import Client
    from quicktest.comparisons import compare as compared
    from quicktest.errors import QuicktestError

    if not 2 <= len(references) <= 5:
        raise QuicktestError(f"Name 2 to 5 experiments, not {len(references)}.")
    client = Client()
    with waiting("Comparing"):
        found = compared(client, references, metric.replace("@", "_at_") if metric else None, name)
    if as_json:
        print_json({"id": found.id, "name": found.document["name"], **found.report, "rows": found.rows})
    else:
        from quicktest.views.comparison import comparison_view

        console().print(comparison_view(found, everything), soft_wrap=True)
    if not any(pair["comparable"] for verdict in found.report["verdicts"] for pair in verdict["pairs"]):
        raise typer.Exit(NOT_COMPARABLE)
