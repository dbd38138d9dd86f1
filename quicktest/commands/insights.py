"""`leaderboard`, `insights`: what an endpoint's ended runs say together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quicktest.errors import QuicktestError
from quicktest.output import Json, console, errors, print_csv, print_json, waiting

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.read_models import Group, ReadModels
    from quicktest.store import Document

INTERRUPTED = 130
Endpoint = Annotated[str | None, typer.Option("--endpoint", help="The model endpoint; needed where there are several.")]
Protocol = Annotated[
    str | None,
    typer.Option("--protocol", help="Its key, the beginning of it, or words of its name. Without it: all."),
]


def register(app: typer.Typer) -> None:
    app.command("leaderboard")(leaderboard)
    app.command("insights")(insights)


def leaderboard(
    protocol: Protocol = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="Order by this one, such as ndcg@10; its differences are untested.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, max=100, help="Only runs on this percentage of the customers.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="Runs of each table.")] = 20,
    endpoint: Endpoint = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table for spreadsheets.")] = False,
) -> None:
    """Show which runs are best, beside the baselines, in one table for each protocol and sample size.

    Runs of different protocols were measured on different customers, so they are never in one table. Runs whose test
    customers cannot tell them from the best one share rank 1. `★ best` has beaten the best baseline for certain;
    `below baseline` has not.
    """
    from quicktest.client import Client
    from quicktest.read_models import ReadModels, endpoint_of, freshness

    if as_json and as_csv:
        raise QuicktestError("Choose one of --json and --csv.")
    client = Client()
    models = ReadModels(client.store, endpoint_of(client.store, endpoint))
    known = _metric(metric)
    boards = {group.id: _boards(models, group, sample) for group in models.group(protocol)}
    groups = [group for group in models.group(protocol) if boards[group.id]]
    _check_metric(known, [board for found in boards.values() for board in found])
    if as_json:
        print_json([{"head": group.head, "leaderboards": boards[group.id]} for group in groups])
        return
    if as_csv:
        print_csv([row for group in groups for board in boards[group.id] for row in _csv_rows(board, group)])
        return
    if not groups:
        of = f" on {sample}% of the customers" if sample is not None else ""
        told = f"No run of {models.endpoint} has ended{of} yet. Start one with `quicktest run -f`; `quicktest list`"
        console().print(f"{told} shows what is under way.", markup=False, soft_wrap=True)
        return
    from quicktest.views.leaderboard import boards_view

    shown = console()
    for place, group in enumerate(groups):
        has = [board for board in boards[group.id] if known is None or known in board["metrics"]]
        if has:
            if place:
                shown.print()
            shown.print(boards_view(group, has, limit, known))
            shown.print(freshness(group.head, _now()), style="dim", markup=False)


def insights(
    protocol: Protocol = None,
    endpoint: Endpoint = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index and all read models of the endpoint anew; needs an admin.")
    ] = False,
    timeout: Annotated[float, typer.Option("--timeout", min=0.001, help="Minutes to wait for a rebuild.")] = 10.0,
    as_json: Json = False,
) -> None:
    """Show what all ended runs say together: figures, the trend, what matters, what was tried, datasets.

    What matters is told with the number of runs and the uncertainty of every statement, for one protocol and one sample
    size at a time; it needs 20 finished runs.
    """
    from quicktest.client import Client
    from quicktest.read_models import ReadModels, endpoint_of, freshness

    client = Client()
    models = ReadModels(client.store, endpoint_of(client.store, endpoint))
    if rebuild:
        rebuilt(client, models.endpoint, 60 * timeout, as_json)
        return
    groups, head = models.group(protocol), models.overview()
    if as_json:
        print_json(
            {
                "overview": _whole(models, models.endpoint, head),
                "protocols": [_whole(models, group.id, group.head) for group in groups],
            }
        )
        return
    if head is None:
        told = f"No run of {models.endpoint} has ended yet, so there is nothing to learn from. Start one with"
        console().print(f"{told} `quicktest run -f`; insights come with the first end.", markup=False, soft_wrap=True)
        return
    from quicktest.views.insights import group_view, overview_view

    shown = console()
    shown.print(overview_view(models.endpoint, head, models.part(models.endpoint, "datasets"), _now()))
    detailed = groups if protocol is not None else groups[:1]
    for group in detailed:
        shown.print()
        shown.print(group_view(group, _parts(models, group.id, group.head)))
    if others := [group for group in groups if group not in detailed]:
        names = "; ".join(f"{group.protocol} ({group.name}, {group.finished} finished)" for group in others)
        shown.print(f"\nOther protocols, see --protocol: {names}.", markup=False, soft_wrap=True)
    shown.print(f"\n{freshness(head, _now())}", style="dim", markup=False)


def rebuilt(client: Client, endpoint: str, timeout_s: float, as_json: bool) -> None:
    """Ask for a rebuild, wait for it, and say what was rebuilt."""
    from quicktest.read_models import ask_rebuild, wait_rebuilt
    from quicktest.words import duration

    first = ask_rebuild(client.store, endpoint, client.owner)
    if not as_json and not first:
        console().print(f"A rebuild of {endpoint} was asked for before; waiting for it.", markup=False)
    try:
        with waiting(f"Rebuilding what is shown of {endpoint}"):
            done = wait_rebuilt(client.store, endpoint, timeout_s)
    except TimeoutError:
        problem = f"The rebuild of {endpoint} is not over after {duration(timeout_s)}."
        raise QuicktestError(f"{problem} It goes on; `quicktest doctor` says whether functions run.") from None
    except KeyboardInterrupt:
        errors().print("\nStopped waiting; the rebuild goes on.")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json({"endpoint": endpoint, **done})
    else:
        console().print(rebuilt_words(endpoint, done), markup=False, soft_wrap=True)


def rebuilt_words(endpoint: str, done: dict[str, Any]) -> str:
    """`Rebuilt wholesale in 3.2 s: 24 ended runs, 2 protocols; 1 entry of the index was not as the runs are.`"""
    from quicktest.words import duration

    runs, protocols, changed = (int(done.get(name) or 0) for name in ("runs", "protocols", "changed"))
    if not runs:
        return f"Rebuilt {endpoint}: no run has ended there yet."
    took = ""
    if done.get("began_at") and done.get("ended_at"):
        took = f" in {duration((done['ended_at'] - done['began_at']).total_seconds())}"
    entries = "1 entry of the index was" if changed == 1 else f"{changed:,} entries of the index were"
    wrong = f"{entries} not as the runs are" if changed else "every entry of the index was as its run"
    return f"Rebuilt {endpoint}{took}: {runs:,} ended runs, {protocols} protocols; {wrong}."


def _metric(written: str | None) -> str | None:
    """`ndcg@10` as the registry spells it."""
    return None if written is None else written.strip().lower().replace("@", "_at_").replace(" ", "_")


def _check_metric(metric: str | None, boards: list[dict[str, Any]]) -> None:
    """Raises QuicktestError for one that no run of these has."""
    known = sorted({name for board in boards for name in board["metrics"]})
    if metric is not None and boards and metric not in known:
        raise QuicktestError(f"No run has the metric `{metric}`. There are {', '.join(known)}.")


def _boards(models: ReadModels, group: Group, sample: int | None) -> list[dict[str, Any]]:
    wanted = [each for each in group.samples if sample in (None, each)]
    found = [models.part(group.id, f"leaderboard-{each}") for each in wanted]
    return [board for board in found if board is not None]


def _csv_rows(board: dict[str, Any], group: Group) -> list[dict[str, Any]]:
    from shared.insights.charts.read_models import rows_of

    of = {"protocol": group.protocol, "protocol_name": group.name, "sample_percent": board["sample_percent"]}
    rows = rows_of(f"leaderboard-{board['sample_percent']}", board)
    return [{**of, **row} for row in rows]


def _parts(models: ReadModels, of: str, head: Document) -> dict[str, Any]:
    return {name: models.part(of, name) for name in head.get("parts", ())}


def _whole(models: ReadModels, of: str, head: Document | None) -> Document | None:
    return None if head is None else {"head": head, "parts": _parts(models, of, head)}


def _now() -> datetime:
    return datetime.now(UTC)
