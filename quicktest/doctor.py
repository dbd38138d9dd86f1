"""What is wrong with a deployment, and what to do about it: the machine, the stack's parts, its experiments."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

import psutil

from local import tools
from local.counters import Counter as Counted
from local.errors import StackError
from local.lock import Lock
from local.parts import Layout, parts
from local.ports import require_free
from local.processes import PART, mark, with_environment
from quicktest.deployment import running_stack
from quicktest.store import Document, Store
from quicktest.words import duration, size, title
from shared.documents import ModelEndpoint
from shared.lifecycle import DEADLINES
from shared.runs import LIVE, SEATED, State
from shared.stuck import Pulse, why_stuck

Status = Literal["ok", "note", "wrong"]
LEAST_DISK, LEAST_MEMORY = 2 << 30, 1 << 30  # bytes, below which a run is likely to fail
FRESH = timedelta(days=1)  # a dead letter that is younger is news
SWEEP_EVERY = timedelta(minutes=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LONG_DELETION = timedelta(minutes=30)
MOST_OF_AN_ENDPOINT = ModelEndpoint.model_fields["max_running"].default
LETTERS_READ, LETTERS_SHOWN = 1_000, 3


@dataclass(frozen=True)
class Check:
    """One finding: where, what, and what to do about it unless it is fine."""

    area: str
    name: str
    status: Status
    text: str
    remedy: str = ""


# ------------------------------------------------------------------------------------------------------ the machine


def machine(home: Path) -> list[Check]:
    """Programs that the stack needs, space and memory."""
    return [*_tools(), *_resources(home)]


def _tools() -> Iterator[Check]:
    yield Check("machine", "Python", "ok", f"{sys.version.split()[0]}, {sys.executable}")
    looks: dict[str, Callable[[], str | Path]] = {
        "Java": tools.java,
        "Node.js": tools.node,
        "Firestore emulator": tools.firestore_emulator,
        "Pub/Sub emulator": tools.pubsub_emulator,
        "Firebase tools": tools.firebase,
        "page": tools.page,
        "TFX environment": tools.tfx_python,
    }
    for name, look in looks.items():
        try:
            found = look()
        except StackError as error:
            what, _, remedy = str(error).partition(": ")
            yield Check("machine", name, "wrong", f"{what}.", _sentence(remedy))
        else:
            version = _version(found) if name in ("Java", "Node.js", "TFX environment") else ""
            yield Check("machine", name, "ok", ", ".join(filter(None, [version, str(found)])))


def _version(program: str | Path) -> str:
    """The first line of what a program says of itself; Java says it as an error, and with one hyphen."""
    argument = "-version" if Path(program).name == "java" else "--version"
    try:
        done = subprocess.run([program, argument], capture_output=True, text=True, timeout=20, check=False)
    except OSError as error:
        return str(error.strerror)
    return next(iter((done.stdout or done.stderr).splitlines()), "")


def _resources(home: Path) -> Iterator[Check]:
    folder = next(each for each in (home.resolve(), *home.resolve().parents) if each.exists())
    free, memory = shutil.disk_usage(folder).free, psutil.virtual_memory()
    remedy = f"Free some: `quicktest delete --state failed`, or `quicktest reset` for all of {home}."
    yield _least("disk", free, LEAST_DISK, f"{size(free)} free at {folder}", remedy)
    text = f"{size(memory.available)} of {size(memory.total)} available"
    yield _least("memory", memory.available, LEAST_MEMORY, text, "End what needs it before a run is started.")


def _least(name: str, found: int, least: int, text: str, remedy: str) -> Check:
    return Check("machine", name, "ok" if found >= least else "wrong", text, "" if found >= least else remedy)


# -------------------------------------------------------------------------------------------------------- the stack


def stack(home: Path, ports: Mapping[str, int]) -> list[Check]:
    """The parts of the stack of `home`; where none runs, whether its `ports` are free."""
    state = running_stack(home)
    if state is None and Lock(home / "run/lock").holder() is not None:
        return [Check("stack", "stack", "note", f"one is starting or stopping on {home}", "Look again in a minute.")]
    if state is None:
        note = Check("stack", "stack", "note", f"none runs on {home}", "Start it with `quicktest up`.")
        return [note, *_ports(ports)]
    layout = Layout(home.resolve(), state["ports"])
    try:
        known = parts(layout)
    except StackError as error:  # a program went missing while the stack runs
        return [
            Check("stack", "parts", "wrong", str(error), "Mend it, then restart: `quicktest down`, `quicktest up`.")
        ]
    return [_part(home, part.name, part.port, part.health) for part in known]


def _ports(ports: Mapping[str, int]) -> Iterator[Check]:
    taken = []
    for name, port in ports.items():
        try:
            require_free(name, {name: port})
        except StackError as error:
            what, _, remedy = str(error).partition(": ")
            taken.append(Check("stack", f"port {port}", "wrong", f"{what}.", _sentence(remedy)))
    free = Check("stack", "ports", "ok", f"all {len(ports)} are free")
    yield from taken or [free]


def _part(home: Path, name: str, port: int | None, healthy: Callable[[], bool]) -> Check:
    log = home.resolve() / "logs" / name
    lives = bool(with_environment({**mark(home), PART: str(log)}))  # as local.supervisor marks them
    where = f", port {port}" if port else ""
    if lives and healthy():
        return Check("stack", name, "ok", f"up{where}")
    text = f"{'does not answer' if lives else 'is down'}{where}"
    remedy = (
        f"It is started again by itself; if it stays so, look into {log}.log, then `quicktest down` and `quicktest up`."
    )
    return Check("stack", name, "wrong", text, remedy)


# ------------------------------------------------------------------------------------------------------ experiments


def experiments(store: Store, now: datetime, most_running: int) -> list[Check]:
    """Runs that look stuck, places, dead letters. `most_running`: at once, of all endpoints together."""
    live = [run for state in sorted(state.value for state in LIVE) for run in store.where("runs", "state", state)]
    stuck = [check for run in live if (check := _stuck(run, now)) is not None]
    counts = Counter(run["state"] for run in live)
    states = ", ".join(f"{count} {state}" for state, count in counts.items()) or "none"
    return [
        Check("experiments", "not ended", "ok", states),
        *stuck,
        *_places(store, live, most_running),
        *_deleting(store, now),
        _letters(store, now),
    ]


def _stuck(run: Document, now: datetime) -> Check | None:
    """A run that stands still: what of it, and what to do."""
    pulse = Pulse.of(run)
    why = why_stuck(pulse, now)
    if why is None or pulse.state is None:
        return None

    def ago(time: datetime | None) -> str:
        return duration((now - (time or now)).total_seconds())

    text = f"has been {pulse.state.value} for {ago(pulse.state_entered_at)}"
    remedy = f"The sweep should have ended this: see whether it runs, then `quicktest cancel {run['experiment']}`."
    if why == "overdue":
        text += f", and no run may be so for longer than {duration(DEADLINES[pulse.state].total_seconds())}"
    elif why == "unseen":
        text += f"; for {ago(pulse.unseen_since)} the functions were not let look at it"
        remedy = "Give the functions' service account its rights back, or see their log for a fault."
    elif why == "silent":
        text += f", and nothing was written about it for {ago(pulse.updated_at)}"
    return Check("experiments", title(run), "wrong", text, remedy)


def _places(store: Store, live: Sequence[Document], most_running: int) -> Iterator[Check]:
    holders = (store.get("quotas/running") or {}).get("holders", {})
    seated = {run["experiment"] for run in live if State(run["state"]) in SEATED}
    used = Counter(holder["endpoint"] for holder in holders.values())
    waiting = Counter(run["model_endpoint"] for run in live if run["state"] == State.REQUESTED.value)
    each = []
    for endpoint in sorted({*used, *waiting}):
        most = (store.get(f"model_endpoints/{endpoint}") or {}).get("max_running", MOST_OF_AN_ENDPOINT)
        waits = f", {waiting[endpoint]} waiting" if waiting[endpoint] else ""
        each.append(f"{endpoint} {used[endpoint]} of {most}{waits}")
    yield Check("experiments", "places", "ok", "; ".join([f"{len(holders)} of {most_running} in use", *each]))
    if drift := sorted(seated ^ holders.keys()):
        some = ", ".join(drift[:3]) + (f" and {len(drift) - 3} more" if len(drift) > 3 else "")
        text = f"places and runs differ about {some}"
        yield Check(
            "experiments", "places", "note", text, "The sweep mends this within a minute; if not, it stands still."
        )


def _deleting(store: Store, now: datetime) -> Iterator[Check]:
    """Deletions that do not come to an end; each says itself what it waits for."""
    for run in store.between("runs", "deletion.requested_at", EARLIEST, now - LONG_DELETION):
        deletion = run["deletion"]
        left = run.get("reason") or f"{', '.join(deletion['finalizers'])} left"
        text = f"is being deleted for {duration((now - deletion['requested_at']).total_seconds())}: {left}"
        yield Check("experiments", title(run), "wrong", text, "See the functions' log for what keeps it.")


def _letters(store: Store, now: datetime) -> Check:
    """Inputs that nobody could handle. Old ones are history."""
    letters = list(islice(store.newest("dead_letters"), LETTERS_READ))
    if not letters:
        return Check("experiments", "dead letters", "ok", "none")
    open_ = [letter for letter in letters if not letter.get("drained_at")]
    fresh = [letter for letter in open_ if now - letter.get("last_at", letter["created_at"]) < FRESH]
    count = f"{len(letters)}{'+' if len(letters) == LETTERS_READ else ''}, {len(open_)} not looked after"
    reasons = "; ".join(f"{letter['source']}: {letter['reason']}" for letter in (fresh or letters)[:LETTERS_SHOWN])
    remedy = "Mend what sends them; `dead_letters` in the database has what came. Those of a day ago are not told of."
    return Check("experiments", "dead letters", "wrong" if fresh else "note", f"{count}. Newest: {reasons}", remedy)


# --------------------------------------------------------------------------------------------------------- counters


def counted(counters: Sequence[Counted], now: datetime, swept: bool = True) -> list[Check]:
    """What the functions' own figures tell. `swept`: whether a sweep must have run by now."""
    sweeps = [each for each in counters if each.name == "events" and each.labels.get("function") == "sweep"]
    last = max((each.last_at for each in sweeps if each.last_at), default=None)
    checks = []
    if last is not None and now - last > 3 * SWEEP_EVERY or last is None and swept:
        ago = "has not run since the start" if last is None else f"ran {duration((now - last).total_seconds())} ago"
        remedy = "It comes each minute: see whether the parts `gateway` and `functions` are up, and their logs."
        checks.append(Check("functions", "sweep", "wrong", ago, remedy))
    elif last is not None:
        checks.append(Check("functions", "sweep", "ok", f"ran {duration((now - last).total_seconds())} ago"))
    sums = Counter[str]()
    for each in counters:
        sums[each.name] += each.count
    notes = {
        "orphans": (
            "builds or jobs that nobody waited for were stopped",
            "Nothing to do; see the functions' log for why.",
        ),
        "quota_repairs": ("times places and runs differed and were mended", "Nothing to do; often means a defect."),
        "unseen": ("looks were refused by the provider", "Give the functions' service account its rights back."),
    }
    checks += [Check("functions", name, "note", f"{sums[name]} {text}", remedy)
               for name, (text, remedy) in notes.items() if sums[name]]  # fmt: skip
    return checks


def totals(counters: Iterable[Counted]) -> list[tuple[str, int, str]]:
    """Each counter: its sum, and the parts by labels (`on_object_finalized 12, sweep 3`), the largest first."""
    by_name: dict[str, list[Counted]] = {}
    for each in counters:
        by_name.setdefault(each.name, []).append(each)
    return [
        (name, sum(each.count for each in found), _by_labels(name, found)) for name, found in sorted(by_name.items())
    ]


def _by_labels(name: str, counters: Sequence[Counted]) -> str:
    key = {"transitions": "by"}.get(name)  # by what called for it; from where to where would be a long list
    parts = Counter[str]()
    for each in counters:
        parts[each.labels.get(key, "") if key else " ".join(each.labels.values())] += each.count
    return ", ".join(f"{label} {count}" for label, count in parts.most_common() if label)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
