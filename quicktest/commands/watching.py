"""`run` and `watch`: an experiment live in the terminal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from quicktest.commands.documents import File
from quicktest.output import Disarmed, Json, console, errors, print_json, waiting
from quicktest.views.plain import changes
from quicktest.views.run import cost_line, outcome, run_view
from quicktest.words import title

if TYPE_CHECKING:
    from quicktest.experiment import Experiment

EXIT_CODES = {"completed": 0, "failed": 1, "cancelled": 3}
INTERRUPTED = 130
REFRESH_PER_S = 4


def register(app: typer.Typer) -> None:
    app.command("run")(run)
    app.command("watch")(watch)


def run(
    file: File,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Follow it until it ends.")] = False,
    as_json: Json = False,
) -> None:
    """Start the experiment of a YAML file.

    The file may hold the configs that the experiment names, too.

    It is started at once. Then its check is waited for, which tells what it will take and cost, or why it cannot run;
    `quicktest describe FILE` tells the same before it starts. Ctrl-C ends the waiting, not the experiment.

    Exit codes with --watch: 0 completed, 1 failed, 3 cancelled. Without it 1 when it is refused.
    """
    from quicktest.client import Client

    raise typer.Exit(tell_started(Client().run(Path(file)), watch, as_json))


def tell_started(experiment: Experiment, watch: bool, as_json: bool, **more: Any) -> int:
    """What there is to say about an experiment that was just written, until its check or its end; the exit code.
    `more` is added to the JSON."""
    if watch:
        return follow(experiment, as_json)
    if not as_json:
        console().print(
            f"Started {experiment.id}. Follow it with `quicktest watch {experiment.id}`{_on_page(experiment)}.",
            soft_wrap=True,
        )
    run = _prepared(experiment)
    if as_json:
        told = {name: run.get(name) for name in ("state", "reason", "estimate", "problems", "error")}
        print_json({"experiment": experiment.id, "page": experiment.page_url, **more, **told})
    else:
        _tell_prepared(run)
    return EXIT_CODES.get(run["state"], 0)


def _prepared(experiment: Experiment) -> dict[str, Any]:
    """The run with its estimate or its refusal; as it is when that takes longer or nobody waits for it."""
    from quicktest.verdicts import prepared

    try:
        with waiting("Checking it, and estimating time and cost"):
            return prepared(experiment) or experiment.run()
    except KeyboardInterrupt:
        return experiment.run()


def _tell_prepared(run: dict[str, Any]) -> None:
    """What it is expected to take, and what there is to say about it."""
    from quicktest.verdicts import waits

    shown = console()
    parts = [cost_line(run), *outcome({**run, "metrics": None})]
    if waits(run):
        parts = [f"{title(run)} waits for its turn: {run['reason']}. It is checked when that comes."]
    elif not run.get("estimate") and run["state"] not in EXIT_CODES:
        parts = [f"It is still being checked: `quicktest show {run['experiment']}` tells whether it runs."]
    for part in filter(None, parts):
        shown.print(part, soft_wrap=True)


def watch(
    experiment: Annotated[str, typer.Argument(help="`12`, `#12` or an id.")],
    as_json: Json = False,
) -> None:
    """Follow an experiment until it ends. With --json: the run document, one line for each change."""
    from quicktest.client import Client

    raise typer.Exit(follow(Client().experiment(experiment), as_json))


def follow(experiment: Experiment, as_json: bool = False) -> int:
    """Show the experiment until it ends; the exit code tells how. Ctrl-C stops the showing, not the experiment."""
    try:
        with terminated_like_interrupted():
            if as_json:
                last = _follow_json(experiment)
            elif (shown := console()).is_terminal:
                last = _follow_live(experiment, shown)
            else:
                last = _follow_plain(experiment, shown)
    except KeyboardInterrupt:
        name = experiment.id
        errors().print(
            f"\nStopped watching; the experiment goes on. Resume with `quicktest watch {name}`, "
            f"stop it with `quicktest cancel {name}`."
        )
        return INTERRUPTED
    return EXIT_CODES[last["state"]]


def _follow_json(experiment: Experiment) -> dict[str, Any]:
    last: dict[str, Any] = {}
    for last in experiment.watch():
        print_json(last, indent=None)
    return last


def _follow_live(experiment: Experiment, shown: Console) -> dict[str, Any]:
    """A screen that redraws itself; times go on between two versions."""
    state: dict[str, Any] = {"run": experiment.run(), "epochs": []}
    source = experiment.source()

    def render() -> Any:
        return run_view(state["run"], state["epochs"], datetime.now(UTC), source)

    with Live(
        get_renderable=lambda: Disarmed(render()), console=shown, refresh_per_second=REFRESH_PER_S, transient=True
    ) as live:
        for version in experiment.watch():
            state["epochs"] = _epochs(experiment, version, state["epochs"])
            state["run"] = version
            live.refresh()
    shown.print(render())  # in full, where the moving picture had to fit the screen
    tell_reproduction(experiment)
    shown.print(_page_line(experiment), soft_wrap=True)
    return state["run"]


def _follow_plain(experiment: Experiment, shown: Console) -> dict[str, Any]:
    before: dict[str, Any] = {}
    epochs: list[dict[str, Any]] = []
    source = experiment.source()
    shown.print(f"Watching {experiment.id}" + (f", {source}" if source else ""), markup=False)
    for version in experiment.watch():
        known, epochs = len(epochs), _epochs(experiment, version, epochs)
        now = datetime.now(UTC)
        for line in changes(before, version, epochs[known:], now):
            shown.print(f"{now.astimezone():%H:%M:%S}  {line}", markup=False, soft_wrap=True)
        before = version
    for part in outcome(before):
        shown.print()
        shown.print(part)
    tell_reproduction(experiment)
    shown.print(_page_line(experiment), soft_wrap=True)
    return before


def tell_reproduction(experiment: Experiment) -> None:
    """Below a rerun that is completed: whether it gave the same again."""
    if (found := experiment.reproduction()) is not None:
        text = Text(f"\nReproduced: {found}." if found.same else f"\nNot quite the same: {found}.")
        console().print(text, style="green" if found.same else "yellow")


def _epochs(experiment: Experiment, version: dict[str, Any], known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The epoch records; read again only when the run tells of more."""
    done = (version.get("progress") or {}).get("epochs_done") or 0
    return experiment.history() if done > len(known) else known


def _page_line(experiment: Experiment) -> str:
    return f"\n{title(experiment.run())} on the page: {experiment.page_url}" if experiment.page_url else ""


def _on_page(experiment: Experiment) -> str:
    return f" or at {experiment.page_url}" if experiment.page_url else ""


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """A SIGTERM ends the watching as Ctrl-C does, so that the terminal is left in order."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
