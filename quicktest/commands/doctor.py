"""`doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from quicktest.errors import NothingRunning
from quicktest.files import home
from quicktest.output import Json, console, print_json, waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.counters import Counter
    from quicktest.doctor import Check

ICONS = {"ok": ("✔", "green"), "note": ("!", "yellow"), "wrong": ("✘", "red")}


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(as_json: Json = False) -> None:
    """Tell what is wrong here, and what to do about it.

    Looks at the programs, the space and the memory of this machine; at the parts of the stack; at experiments that
    look stuck, the places that are in use, and inputs that nobody could handle; and adds up what the functions counted
    since the stack was started. Without a stack it looks at what can be looked at; with GOOGLE_CLOUD_PROJECT and no
    stack here, at the experiments of that project.

    Exit code 1 when something is wrong.
    """
    from local import counters

    with waiting("Looking"):
        checks = examined()
        found = counters.read(home() / "logs/functions.log") if _runs_here() else []
    wrong = sum(check.status == "wrong" for check in checks)
    if as_json:
        listed = [vars(each) for each in found]
        print_json({"healthy": not wrong, "checks": [vars(check) for check in checks], "counters": listed})
    else:
        console().print(diagnosis(checks, found, wrong))
    raise typer.Exit(1 if wrong else 0)


def examined() -> list[Check]:
    """Every check that can be made now."""
    from functions.config import Config
    from local import counters
    from local.ports import configured_ports
    from quicktest import doctor as checks
    from quicktest.client import Client

    now = datetime.now(UTC)
    found = []
    if _runs_here() or not os.environ.get("GOOGLE_CLOUD_PROJECT"):  # whose stack is in the cloud needs nothing here
        found += [*checks.machine(home()), *checks.stack(home(), configured_ports())]
    if _runs_here():
        found += checks.counted(counters.read(home() / "logs/functions.log"), now)
    try:
        client = Client()
    except NothingRunning:
        return found
    most = int(os.environ.get("QUICKTEST_MAX_RUNNING") or Config.max_running)
    return [*found, *checks.experiments(client.store, now, most)]


def _runs_here() -> bool:
    from quicktest.deployment import running_stack

    return running_stack() is not None


def diagnosis(checks: Sequence[Check], counters: Sequence[Counter], wrong: int) -> Group:
    """The findings by area, what to do below each; then the counters, and the verdict."""
    from quicktest.doctor import totals

    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column()
    before = ""
    for check in checks:
        icon, style = ICONS[check.status]
        text = Text(check.text)
        if check.remedy:
            text.append(f"\n{check.remedy}", style=style)
        table.add_row(Text(icon, style=style), check.area if check.area != before else "", check.name, text)
        before = check.area
    parts = [table, Text()]
    if counters:
        parts += [Text("counted by the functions since the start", style="bold"), _counters(totals(counters)), Text()]
    verdict = "Nothing is wrong." if not wrong else "1 thing is wrong." if wrong == 1 else f"{wrong} things are wrong."
    return Group(*parts, Text(verdict, style="red" if wrong else "green"))


def _counters(rows: Sequence[tuple[str, int, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, count, by in rows:
        table.add_row(name.replace("_", " "), Text(f"{count:,}", justify="right"), Text(by, style="dim"))
    return table
