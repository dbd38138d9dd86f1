"""Words for people (domain S9.8): states, stages, baselines and metrics as the terminal shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.metric_words import baseline_label as baseline_label
from shared.metric_words import lift_words as lift_words
from shared.metric_words import metric_label as metric_label
from shared.metric_words import metric_number as metric_number
from shared.runs import TERMINAL
from shared.stages import KINDS

_OPENING = re.compile(r"^attempt \d+ of \d+( at [\d:]+ UTC)?: ")  # of a reason; attempt and time stand beside it
_UNITS = ("B", "kB", "MB", "GB", "TB")
TERMINAL_STATES = frozenset(state.value for state in TERMINAL)
STAGES = tuple(kind.name for kind in KINDS)
STATE_ICONS = {
    "requested": "◌", "preparing": "◔", "compiling": "◔", "submitting": "◔", "running": "▶", "collecting": "◕",
    "completed": "✔", "failed": "✘", "cancelling": "◌", "cancelled": "■", "deleting": "✕",
}  # fmt: skip
DELETION_STEPS = {  # by finalizer, in the words of the page
    "cloud": "waiting until nothing of it runs or is read",
    "mirror": "removing it from MLflow",
    "objects": "removing its files",
    "details": "removing its details",
}
DELETING = "deleting"  # shown instead of the state of a run that is on its way out
STATE_WORDS = {"requested": "waiting"}
STATE_STYLES = {
    "completed": "green",
    "failed": "red",
    "cancelled": "yellow",
    "cancelling": "yellow",
    "deleting": "yellow",
}
STAGE_ICONS = {
    "pending": "·", "running": "▶", "done": "✔", "reused": "✔", "failed": "✘", "skipped": "-", "cancelling": "◌",
    "cancelled": "■",
}  # fmt: skip
STAGE_STYLES = {
    "pending": "dim", "running": "cyan", "done": "green", "reused": "green", "failed": "red", "skipped": "dim",
    "cancelling": "yellow", "cancelled": "yellow",
}  # fmt: skip
VERDICTS = {
    "better": "better than the best baseline",
    "worse": "worse, below baseline",
    "cannot_tell": "cannot tell, too close to the best baseline",
}


def money(usd: float) -> str:
    """Two digits that count: `0.084 USD`, `1.2 USD`, `340 USD`; of next to nothing, that it is."""
    if 0 < usd < 0.001:
        return "under 0.001 USD"
    return f"{usd:.0f} USD" if usd >= 100 else f"{usd:.2g} USD"


def shown_state(run: Mapping[str, Any]) -> str:
    return DELETING if run.get("deletion") else run.get("state", "requested")


def state_word(run: Mapping[str, Any]) -> str:
    """The state in one word, `waiting` for what was requested and cannot begin yet."""
    state = shown_state(run)
    return STATE_WORDS.get(state, state)


def state_words(run: Mapping[str, Any]) -> str:
    """`waiting (no machines free)`, `running Train`, `failed in Train`, `deleting: removing its files`."""
    state, reason = shown_state(run), run.get("reason")
    words = state_word(run)
    if state == "running":
        running = [stage["name"] for stage in run.get("stages") or [] if stage["state"] == "running"]
        words = f"running {', '.join(running)}" if running else words
    if state == "failed" and run.get("error"):
        name = run["error"]["title"]
        words = "failed" + name.removeprefix("Failed") if name.startswith("Failed in ") else f"failed: {name}"
    if state == DELETING:
        step = next((DELETION_STEPS.get(each, each) for each in run["deletion"]["finalizers"]), "removing the rest")
        return f"{words}: {reason or step}"
    if state == "cancelled" and reason:  # while running (Train, epoch 3 of 20); about 0.04 USD had been spent
        return f"{words} {reason}"
    if state == "requested" and reason:
        reason = _OPENING.sub("", reason)
    return f"{words} ({reason})" if reason else words


def deleted_words(tombstone: Mapping[str, Any]) -> str:
    """`Exp #12 · first try was deleted on 2026-01-31 12:00 UTC by ada; 3.4 MB of objects went with it.`"""
    when, kept = tombstone["deleted_at"], tombstone.get("bytes")
    whom = f" by {tombstone['deleted_by']}" if tombstone.get("deleted_by") else ""
    went = "" if kept is None else f"; {size(kept)} of objects went with it"
    return f"{title(tombstone)} was deleted on {when:%Y-%m-%d %H:%M} UTC{whom}{went}."


def title(run: Mapping[str, Any]) -> str:
    """`Exp #12 · first try` (S5.4), or the id before it has a number."""
    number, name = run.get("number"), (run.get("names") or {}).get("experiment") or run.get("name")
    first = f"Exp #{number}" if number is not None else str(run.get("experiment", "experiment"))
    return f"{first} · {name}" if name else first


def duration(seconds: float | None) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: int) -> str:
    """Bytes as people read them: `0 B`, `12 kB`, `3.4 MB`, `1.2 GB` (powers of 1,000)."""
    if count < 1_000:
        return f"{count} B"
    power = min(4, next(power for power in range(1, 9) if count < 999.5 * 1_000**power))
    value = count / 1_000**power
    return f"{value:.1f} {_UNITS[power]}" if value < 9.95 else f"{value:,.0f} {_UNITS[power]}"
