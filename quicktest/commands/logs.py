"""`logs`: what the stages of a run printed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from quicktest.commands.experiments import Reference
from quicktest.output import Json, console, print_json
from quicktest.words import STAGES, title

STYLES = {"ERROR": "red", "CRITICAL": "bold red", "ALERT": "bold red", "EMERGENCY": "bold red", "WARNING": "yellow"}


def register(app: typer.Typer) -> None:
    app.command("logs")(logs)


def logs(
    experiment: Reference,
    stage: Annotated[str | None, typer.Option(help="Only this stage, such as Train or Transform.")] = None,
    severity: Annotated[str, typer.Option(help="This severity and above, such as WARNING or ERROR.")] = "DEFAULT",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Last lines of each stage.")] = 100,
    as_json: Json = False,
) -> None:
    """Print what an experiment's stages logged."""
    from quicktest.client import Client
    from quicktest.logs import known_severity, known_stage, stage_logs

    stages = [known_stage(stage)] if stage else list(STAGES)
    client = Client()
    handle = client.experiment(experiment)
    found = handle.run()
    lines = stage_logs(client.deployment, found, stages, known_severity(severity), limit, handle.detail)
    if as_json:
        print_json([vars(line) for line in lines])
        return
    shown = console()
    if not lines:
        shown.print(f"{title(found)} has logged nothing like that yet.", markup=False)
    for line in lines:
        text = Text(f"{line.time.astimezone():%H:%M:%S} {line.stage:<10} {line.severity:<8} ", style="dim")
        text.append(clean(line.message), style=STYLES.get(line.severity, "not dim"))
        shown.print(text, soft_wrap=True)


def clean(message: str) -> str:
    """Log lines are untrusted: escape sequences and control characters do not reach the terminal (S8.8)."""
    plain = Text.from_ansi(message).plain
    return "".join(character for character in plain if character.isprintable() or character in "\n\t")
