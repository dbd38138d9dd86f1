"""`cancel`, `delete`: the end of experiments, of several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quicktest.commands.watching import EXIT_CODES, INTERRUPTED, terminated_like_interrupted
from quicktest.errors import QuicktestError
from quicktest.output import Json, console, errors, print_json, waiting
from quicktest.words import deleted_words, shown_state, size, state_words, title

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.experiment import Experiment

References = Annotated[
    list[str] | None, typer.Argument(help="`12`, `#12`, an id, or numbers such as 12-15.", metavar="EXPERIMENT")
]
State = Annotated[str | None, typer.Option("--state", help="Only those in this state, such as running or failed.")]
Endpoint = Annotated[str | None, typer.Option("--endpoint", help="Only those of this model endpoint.")]
SHOWN = 20  # of a selection that is about to be deleted


def register(app: typer.Typer) -> None:
    app.command("cancel")(cancel)
    app.command("delete")(delete)


def cancel(
    experiments: References = None,
    state: State = None,
    endpoint: Endpoint = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return once all have ended, and say how.")] = False,
    as_json: Json = False,
) -> None:
    """Stop experiments.

    A cancelled one says which phase it was in and what had been spent. One that finishes first is completed.

    Exit code 1 when none could be cancelled. With --wait: 0 when all were cancelled, else as of `quicktest watch`.
    """
    from quicktest.client import Client

    found = Client().select(experiments or [], state, endpoint)
    told = list(
        _each(found, lambda each: each.cancel(), as_json, "Asked to cancel", "A cancel was asked for before of")
    )
    asked = [each for each in found if each.id in {one["experiment"] for one in told}]
    code = 0
    if wait:
        ended = _waited(asked, lambda each: each.wait(), "Waiting for the end of")
        told = [{**one, **_end_of(run)} for one, run in zip(told, ended, strict=True)]
        code = max((0 if run["state"] == "cancelled" else EXIT_CODES[run["state"]] for run in ended), default=0)
    if as_json:
        print_json({"experiments": told})
    elif wait:
        for run in ended:
            console().print(f"{title(run)}: {state_words(run)}", markup=False, soft_wrap=True)
    raise typer.Exit(code if told else 1)


def delete(
    experiments: References = None,
    state: State = None,
    endpoint: Endpoint = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Return once all of it is gone, and say how much it was.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete experiments that have ended, with everything they keep.

    Results, curves, logs, the trained model, all other objects and the run in MLflow go for good; that they existed,
    and who deleted them, stays. Numbers are not used again. Configs and other experiments stay.
    """
    from quicktest.client import Client

    client = Client()
    found = client.select(experiments or [], state, endpoint)
    runs = [_deletable(each, one=len(found) == 1) for each in found]
    chosen = [(each, run) for each, run in zip(found, runs, strict=True) if run is not None]
    if not chosen:
        raise QuicktestError("None of these can be deleted: only experiments that have ended can.")
    if not yes and not _agreed(client, chosen):
        console().print("Nothing was deleted.")
        raise typer.Exit(1)
    asked = [each for each, _ in chosen]
    told = list(_each(asked, lambda each: each.delete(), as_json, "Deleting", "It is being deleted already:"))
    if wait:
        stones = _waited(asked, lambda each: each.wait_deleted(), "Deleting")
        told = [{**one, "bytes": stone.get("bytes")} for one, stone in zip(told, stones, strict=True)]
        if not as_json:
            for stone in stones:
                console().print(deleted_words(stone), markup=False, soft_wrap=True)
    if as_json:
        print_json({"experiments": told})


def _each(
    found: list[Experiment], act: Callable[[Experiment], bool], quiet: bool, new: str, again: str
) -> Iterator[dict[str, Any]]:
    """Act on each and say so; where there are several, one that cannot be is told and left out."""
    for each in found:
        try:
            run = each.run()  # before it may be gone
            first = act(each)
        except QuicktestError as error:
            if len(found) == 1:
                raise
            errors().print(str(error), style="yellow", markup=False)
            continue
        if not quiet:
            console().print(f"{new if first else again} {title(run)}.", markup=False)
        yield {"experiment": each.id, "number": run.get("number"), "requested": True, "new": first}


def _waited(found: list[Experiment], wait: Callable[[Experiment], dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """What each became. Ctrl-C ends the waiting only."""
    try:
        with terminated_like_interrupted():
            ended = []
            for place, each in enumerate(found, start=1):
                of = f" ({place} of {len(found)})" if len(found) > 1 else ""
                with waiting(f"{what} {each.id}{of}"):
                    ended.append(wait(each))
            return ended
    except KeyboardInterrupt:
        errors().print("\nStopped waiting; what was asked for goes on.")
        raise typer.Exit(INTERRUPTED) from None


def _end_of(run: dict[str, Any]) -> dict[str, Any]:
    return {"state": run["state"], "reason": run.get("reason"), "cancel": run.get("cancel")}


def _deletable(experiment: Experiment, one: bool) -> dict[str, Any] | None:
    """The run; None, after saying why, for one of several that cannot be deleted now."""
    try:
        return experiment.deletable()
    except QuicktestError as error:
        if one:
            raise
        errors().print(str(error), style="yellow", markup=False)
        return None


def _agreed(client: Client, chosen: list[tuple[Experiment, dict[str, Any]]]) -> bool:
    """Ask, after naming what goes and how much it is."""
    from quicktest.objects import size_of

    sizes = [size_of(client.deployment, each.id) for each, _ in chosen]
    for (_, run), kept in list(zip(chosen, sizes, strict=True))[:SHOWN]:
        amount = "" if kept is None else f", {size(kept)}"
        console().print(f"{title(run)}  {shown_state(run)}{amount}", markup=False)
    if len(chosen) > SHOWN:
        console().print(f"and {len(chosen) - SHOWN} more")
    known = [kept for kept in sizes if kept is not None]
    total = f", {size(sum(known))} of objects" if known else ""
    what = "1 experiment" if len(chosen) == 1 else f"{len(chosen)} experiments"
    try:
        return typer.confirm(f"Delete {what} with results, curves, logs, models and MLflow runs{total}, for good?")
    except typer.Abort:
        raise QuicktestError("\nNobody answered, so nothing was deleted. --yes deletes without asking.") from None
