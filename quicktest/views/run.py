"""One run as a screen: title, stages with times, epochs, and at its end the result or the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from quicktest.views.results import result_view
from quicktest.words import (
    STAGE_ICONS,
    STAGE_STYLES,
    STAGES,
    STATE_ICONS,
    STATE_STYLES,
    TERMINAL_STATES,
    duration,
    metric_label,
    metric_number,
    money,
    shown_state,
    state_words,
    title,
)
from shared.metrics import HEADLINES
from shared.stages import STAGE_OF_TASK

EPOCHS_SHOWN = 12
TASK_STAGES = frozenset(STAGE_OF_TASK.values())  # those whose log can be read

Run = Mapping[str, Any]
Epochs = Sequence[Mapping[str, Any]]


def run_view(run: Run, epochs: Epochs, now: datetime, source: str | None = None) -> RenderableType:
    """Everything about a run that its watcher wants to see; `now` is UTC, `source` what it repeats or varies."""
    origin = Text(source, style="dim") if source else None
    parts: list[RenderableType] = [heading(run, now), *filter(None, [origin, cost_line(run)]), Text()]
    if run.get("attempts"):
        parts += [*map(attempt_line, run["attempts"]), Text()]
    parts.append(Padding(stage_table(run, now), (0, 0, 0, 2), expand=False))
    if epochs:
        parts += [Text(), Padding(epoch_table(epochs), (0, 0, 0, 2), expand=False)]
    parts += [Padding(part, (1, 0, 0, 0), expand=False) for part in outcome(run)]
    return Group(*parts)


def heading(run: Run, now: datetime) -> RenderableType:
    state = shown_state(run)
    line = Text.assemble(
        (title(run), "bold"),
        "  ",
        (f"{STATE_ICONS.get(state, '')} {state_words(run)}", STATE_STYLES.get(state, "cyan")),
        (f"  {duration(_elapsed(run, now))}", "dim"),
    )
    if run.get("attempt", 1) > 1:
        line.append(f"  {attempt_words(run)}", style="yellow")
    if (pause := pause_words(run, now)) is not None:
        line.append(f"  {pause}", style="yellow")
    if run.get("state") in TERMINAL_STATES:
        return line
    bar = Table.grid(padding=(0, 1))
    done = f"{run.get('percent', 0)}%"
    bar.add_row(ProgressBar(total=100, completed=run.get("percent", 0), width=40), done, remaining_words(run))
    return Group(line, bar)


def attempt_words(run: Run) -> str:
    """`attempt 2 of 3`, as far as it is known how many there may be."""
    most = (run.get("limits") or {}).get("attempts")
    return f"attempt {run['attempt']}" + (f" of {most:.0f}" if most else "")


def pause_words(run: Run, now: datetime) -> str | None:
    """`next attempt in 28 s` while it rests after a failure that may pass."""
    retry_at = run.get("retry_at")
    if run.get("state") != "requested" or retry_at is None or retry_at <= now:
        return None
    return f"next attempt in {duration((retry_at - now).total_seconds())}"


def attempt_line(attempt: Run) -> Text:
    """`attempt 1 failed after 3 min 05 s in europe-west4: No machines free (in Train), 0.012 USD`"""
    error, began = attempt["error"], attempt.get("started_at")
    took = f" after {duration((attempt['ended_at'] - began).total_seconds())}" if began else ""
    place = f" in {attempt['region']}" if attempt.get("region") else ""
    where = f" (in {error['component']})" if error.get("component") else ""
    spent = f", {money(attempt['spent_usd'])}" if attempt.get("spent_usd") else ""
    words = f"{took}{place}: {error['title']}{where}{spent}"
    return Text.assemble((f"attempt {attempt['attempt']} failed", "yellow"), (words, "dim"))


def remaining_words(run: Run) -> str:
    """`about 3 min 20 s left`, `at most` while training may stop early, `longer than usual` without a number (S9.7)."""
    remaining = run.get("remaining")
    if not remaining:
        return ""
    if remaining.get("seconds") is None:
        return "longer than usual"
    return f"{'at most' if remaining.get('at_most') else 'about'} {duration(remaining['seconds'])} left"


def stage_table(run: Run, now: datetime) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(4):
        table.add_column(no_wrap=True)
    table.add_column()  # the note may be a sentence
    for stage in run.get("stages") or [{"name": name, "state": "pending"} for name in STAGES]:
        state = stage["state"]
        table.add_row(
            Text(STAGE_ICONS.get(state, "?"), style=STAGE_STYLES.get(state, "")),
            stage["name"],
            Text("" if state in ("done", "pending") else state, style=STAGE_STYLES.get(state, "")),
            Text(duration(stage_seconds(stage, now)), justify="right"),
            Text(stage.get("note") or "", style="dim"),
        )
    return table


def epoch_table(epochs: Epochs) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    metrics = epoch_metrics(epochs)
    for column in ("epoch", *epoch_headings(metrics), "time"):
        table.add_column(column, justify="right")
    for record in epochs[-EPOCHS_SHOWN:]:
        table.add_row(*epoch_cells(record, metrics))
    return table


def epoch_metrics(epochs: Epochs) -> list[str]:
    """What training is watched by: the headline metric of each family that was measured on eval."""
    return [metric for metric in HEADLINES.values() if any(record["eval"].get(metric) is not None for record in epochs)]


def epoch_headings(metrics: Sequence[str]) -> list[str]:
    return ["train loss", "eval loss", *(f"eval {metric_label(metric)}" for metric in metrics)]


def epoch_cells(record: Mapping[str, Any], metrics: Sequence[str]) -> tuple[str, ...]:
    """Number, losses, metrics, time; what this epoch was not measured by is left blank."""
    found = record["eval"]
    return (
        f"{record['epoch'] + 1}/{record['epochs']}",
        *("" if losses.get("loss") is None else f"{losses['loss']:.4f}" for losses in (record["train"], found)),
        *("" if found.get(name) is None else metric_number(name, found[name]) for name in metrics),
        duration(record["epoch_seconds"]),
    )


def cost_line(run: Run) -> Text | None:
    """What is expected before the end, what it cost after it (S5.8, S5.9); None while nothing is known."""
    estimate, cost = run.get("estimate") or {}, run.get("cost") or {}
    spent = cost.get("computed")
    if run.get("state") in TERMINAL_STATES and isinstance(spent, (int, float)):
        estimated = estimate.get("total_usd")
        beside = "" if estimated is None else f" (estimated {money(estimated)})"
        return Text(f"cost {money(spent)}{beside}", style="dim")
    words = estimate_words(estimate)
    return Text(f"expected {words}", style="dim") if words else None


def estimate_words(estimate: Mapping[str, Any]) -> str:
    """`6 min 34 s to 19 min 40 s, 0.062 USD to 0.12 USD`; empty when there is none."""
    if not estimate.get("range_seconds"):
        return ""
    (fast, slow), (cheap, dear) = estimate["range_seconds"], estimate["range_usd"]
    return f"{duration(fast)} to {duration(slow)}, {money(cheap)} to {money(dear)}"


def outcome(run: Run) -> list[RenderableType]:
    """Warnings, then the result, the error or nothing."""
    problems, error = run.get("problems") or [], run.get("error")
    refused = error is not None and any(_is_error(problem) for problem in problems)
    parts: list[RenderableType] = []
    if problems:
        parts.append(Group(*(problem_line(problem) for problem in problems)))
    if error:
        parts.append(refusal_view(error) if refused else error_view(run))
    if run.get("metrics"):
        parts.append(result_view(run))
    return parts


def problem_line(problem: Mapping[str, Any]) -> Text:
    style, label = ("red", "problem") if _is_error(problem) else ("yellow", "note")
    return Text.assemble((f"{label}: ", style), f"{problem['path']}: {problem['problem']} {problem['remedy']}")


def _is_error(problem: Mapping[str, Any]) -> bool:
    return problem.get("severity") == "error"


def refusal_view(error: Mapping[str, Any]) -> RenderableType:
    """The end of an experiment that never began; its problems stand above."""
    return Text.assemble((f"{error['title']}.", "bold red"), f" {error['suggestion']}")


def error_view(run: Run) -> RenderableType:
    """What went wrong and what to do: the sentence, the remedy, the places, and the evidence."""
    error = run["error"]
    component = error.get("component")
    lines = [
        Text(_headed(error["title"], component), style="bold red"),
        Text(error["explanation"]),
        Text.assemble(("what to do: ", "bold"), error["suggestion"]),
        *(Text.assemble((f"{label}: ", "bold"), words) for label, words in error_places(error).items()),
    ]
    if error.get("raw") and error["raw"] not in error["explanation"]:
        lines.append(Text.assemble(("original message: ", "bold"), (error["raw"], "dim")))
    if run.get("job") and component in TASK_STAGES:
        lines.append(Text(f"quicktest logs {run['experiment']} --stage {component}", style="dim"))
    return Group(*lines)


def _headed(title: str, component: str | None) -> str:
    """`Memory full (in Train)`; a title that names the stage itself is left alone."""
    return title if component is None or component in title else f"{title} (in {component})"


def error_places(error: Mapping[str, Any]) -> dict[str, str]:
    """Label -> the place in a config, and in the code, that an error is about; only what is known (S8.5)."""
    file = f"{error['file']}, line {error['line']}" if error.get("file") else None
    return {label: place for label, place in (("in the config", error.get("subject")), ("in the code", file)) if place}


def stage_seconds(stage: Mapping[str, Any], now: datetime) -> float | None:
    started = stage.get("started_at")
    if started is None:
        return None
    return max(0.0, ((stage.get("ended_at") or now) - started).total_seconds())


def _elapsed(run: Run, now: datetime) -> float | None:
    if run.get("duration_seconds") is not None:
        return run["duration_seconds"]
    started = run.get("started_at") or run.get("created_at")
    return max(0.0, (now - started).total_seconds()) if started else None
