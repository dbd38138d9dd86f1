"""Read models, kept up to date as runs end (domain S7).

The commit that changes an index entry marks the read models made of it (`Store._mark_stale`); here each is computed
from the index and stored only if nobody has marked it meanwhile. Doing it twice changes nothing, and never doing it at
once only makes it late: the sweep computes whatever is stale.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from functions import telemetry
from functions.adapters import records
from functions.adapters.ports import Conflict, InsightWrite, Refused, StoredInsight, Transient
from functions.insight_pairs import incompatible_pairs
from functions.services import Services
from functions.suggestions import suggestions_of
from shared import paths
from shared.commands import command_of
from shared.documents import Rebuild
from shared.insights.charts.read_models import ReadModel, group_model, leaders, overview, wanted_curves
from shared.insights.comparing.customers import read_customers
from shared.insights.comparing.verdicts import Sums, Verdict, against, holm, sums_of
from shared.insights.lists.entries import Entry
from shared.metrics import HEADLINES
from shared.results import headline_population

log = logging.getLogger(__name__)

TRIES = 3  # of one read model, each after somebody else has changed what it is made of
LONGEST_CUSTOMERS = 64_000_000  # bytes of a per-customer file, as it is stored
Curve = Sequence[tuple[int, float]]  # (epoch, headline metric on eval)


def refresh_endpoint(endpoint: str, services: Services, end: float) -> None:
    """What a run that has just ended changes, until `end` of the monotonic clock; what fails is the sweep's.

    The index, which is most of what is read, is read once for all of them: after the marks of all.
    """
    store = services.store
    try:
        names = [name for name in store.stale_insights() if records.insight_of(name)[0] == endpoint]
        marked = [store.insight(name) for name in names if time.monotonic() < end]
        entries = store.index(endpoint) if marked else []
        for before in filter(_is_stale, marked):
            if time.monotonic() < end and not _is_made(before, entries, services):
                refresh(before.name, services)
    except Exception:
        log.exception("the read models of %s are not up to date: the sweep brings them there", endpoint)
        telemetry.count("insight_failures")


def refresh(name: str, services: Services) -> bool:
    """Compute a read model unless it is as it should be; False when somebody was faster each time, and it is not."""
    for _ in range(TRIES):
        before = services.store.insight(name)
        if not _is_stale(before) or _is_made(before, services.store.index(records.insight_of(name)[0]), services):
            return True
    return False


def _is_stale(before: StoredInsight) -> bool:
    return before.document is not None and bool(before.document.get("stale"))


def _is_made(before: StoredInsight, entries: Sequence[Entry], services: Services) -> bool:
    """Whether it is now as these entries of the index say, which were read after its mark: whatever is missing from
    them then comes with another mark."""
    try:
        _save(before, entries, services)
    except Conflict as conflict:
        log.info("%s", conflict)
        telemetry.count("conflicts")
        services.step_back()
        return False
    telemetry.count("insights")
    return True


def _save(before: StoredInsight, entries: Sequence[Entry], services: Services) -> None:
    _, protocol = records.insight_of(before.name)
    if protocol is not None:
        entries = [entry for entry in entries if protocol in entry.protocols.values()]
    if not entries:
        services.store.delete_insight(before)
        return
    if protocol is None:
        model, kept = overview(entries, services.now(), _qualities(entries, services)), {}
    else:
        model, kept = _of_protocol(before, protocol, entries, services)
    services.store.save_insight(before, InsightWrite(model.head, {**model.parts, **kept}))


def _qualities(entries: Sequence[Entry], services: Services) -> dict[str, float]:
    """The scores of the datasets, as their reports give them now (S1.31)."""
    reports = {each: services.store.report("datasets", each) for each in {entry.dataset for entry in entries} if each}
    known = {each: (report.document or {}).get("quality") for each, report in sorted(reports.items())}
    return {each: quality["score"] for each, quality in known.items() if quality is not None}


def _of_protocol(
    before: StoredInsight, protocol: str, entries: Sequence[Entry], services: Services
) -> tuple[ReadModel, dict[str, Any]]:
    """The read model, and what it took long to learn, kept for its next version."""
    known = _Known(before, services)
    metric = next(HEADLINES[family] for family, key in entries[0].protocols.items() if key == protocol)
    verdicts: dict[str, Verdict] = {}
    for leader, others in leaders(entries, protocol):
        verdicts |= _verdicts(leader, others, metric, known, services)
    curves = _curves(wanted_curves(entries, protocol), entries, metric, known, services)
    pairs = incompatible_pairs(entries, services)
    model = group_model(entries, protocol, verdicts, curves, services.now(), pairs)
    return model, known.kept | _suggestions(records.insight_of(before.name)[0], protocol, entries, services)


def _suggestions(endpoint: str, protocol: str, entries: Sequence[Entry], services: Services) -> dict[str, Any]:
    """What to run next, from what is stored and free just now; none rather than no read model."""
    try:
        return {"suggestions": suggestions_of(endpoint, protocol, entries, services)}
    except Transient:
        raise
    except Exception:
        log.exception("there are no suggestions for %s of %s", protocol, endpoint)
        telemetry.count("insight_failures")
        return {}


class _Known:
    """What an earlier version of a read model has learned of runs that have ended, and so holds for ever; one part for
    each sample size, which holds 20 runs."""

    def __init__(self, before: StoredInsight, services: Services) -> None:
        document = before.document or {}
        self._stored = () if document.get("from_scratch") else document.get("stored_parts", ())
        self._read = partial(services.store.insight_part, before.name)
        self._parts: dict[str, Mapping[str, Any]] = {}
        self.kept: dict[str, Any] = {}

    def part(self, name: str) -> Mapping[str, Any]:
        if name not in self._parts:
            self._parts[name] = self._whole(name) if name in self._stored else {}
        return self._parts[name]

    def _whole(self, name: str) -> Mapping[str, Any]:
        """What is damaged is learned anew."""
        try:
            found = self._read(name)
        except (ValueError, KeyError, TypeError):
            log.exception("the part %s is damaged", name)
            found = None
        return found if isinstance(found, Mapping) else {}


# ------------------------------------------------------------------------------------------------------------ verdicts


def _verdicts(
    leader: Entry, others: Sequence[Entry], metric: str, known: _Known, services: Services
) -> dict[str, Verdict]:
    """On each of the others against the leader (S7.8), as far as their files are still there."""
    part = f"verdicts-{leader.sample_percent}"
    before = known.part(part)
    of = before.get("of", {}) if before.get("leader") == leader.experiment else {}
    found = dict(_stored_verdicts(of, others))
    found |= _paired(leader, [each for each in others if each.experiment not in found], metric, services)
    kept = {name: None if each is None else each.to_dict() for name, each in found.items()}
    known.kept[part] = {"leader": leader.experiment, "of": kept}
    judged = [(each.experiment, verdict) for each in others if (verdict := found.get(each.experiment)) is not None]
    told = holm([verdict for _, verdict in judged])  # whose ties are in this order
    return dict(zip([name for name, _ in judged], told, strict=True))


def _stored_verdicts(of: Any, others: Sequence[Entry]) -> Iterator[tuple[str, Verdict | None]]:
    """None for a run whose file can never be read. What is of another version of ours, or damaged, is not among them,
    and reached anew."""
    for each in others if isinstance(of, Mapping) else ():
        if each.experiment not in of:
            continue
        stored = of[each.experiment]
        with suppress(TypeError):
            yield each.experiment, None if stored is None else Verdict(**stored)


def _paired(leader: Entry, others: Sequence[Entry], metric: str, services: Services) -> dict[str, Verdict | None]:
    """Of those whose files may be read just now."""
    run = services.store.config("runs", leader.experiment) if others else None
    population = headline_population(leader.sample_percent)
    of_leader = None
    with suppress(Refused):
        of_leader = None if run is None else _sums(run, metric, population, services)
    if run is None or of_leader is None:
        return {}
    found: dict[str, Sums | None] = {}
    for each in others:
        with suppress(Refused):
            found[each.experiment] = _sums_of(each, metric, population, services)
    known = {name: sums for name, sums in found.items() if sums is not None}
    split_seed = (run.get("parameters") or {}).get("split_seed", 0)
    told = against(of_leader, list(known.values()), metric, population, split_seed, _best_baseline(leader, metric))
    return {**dict.fromkeys(found), **dict(zip(known, told, strict=True))}


def _sums_of(entry: Entry, metric: str, population: str, services: Services) -> Sums | None:
    run = services.store.config("runs", entry.experiment)
    return None if run is None else _sums(run, metric, population, services)


def _sums(run: Mapping[str, Any], metric: str, population: str, services: Services) -> Sums | None:
    """None when the file is gone, damaged, or of before there were such files; raises Refused when it must not be read.
    Of 20 files no more is held than this."""
    name = paths.customers(run["experiment"], run["attempt"])
    try:
        content = services.blobs.read(name, LONGEST_CUSTOMERS)
        return None if content is None else sums_of(read_customers(content), metric, population)
    except Refused as error:
        log.warning("%s: %s", name, error)
        raise
    except ValueError as error:
        log.warning("%s: %s", name, error)
        return None


def _best_baseline(entry: Entry, metric: str) -> float | None:
    lift = entry.lifts.get(metric)
    figures = entry.baselines.get(lift.baseline, {}) if lift is not None else {}
    return figures[metric].value if metric in figures else None


# -------------------------------------------------------------------------------------------------------------- curves


def _curves(
    wanted: Iterable[str], entries: Iterable[Entry], metric: str, known: _Known, services: Services
) -> dict[str, Curve]:
    samples = {entry.experiment: entry.sample_percent for entry in entries}
    curves: dict[str, Curve] = {}
    for experiment in wanted:
        part = f"curves-{samples[experiment]}"
        kept = known.kept.setdefault(part, {})
        stored = known.part(part).get(experiment)
        kept[experiment] = _curve(experiment, metric, services) if stored is None else stored
        curves[experiment] = [(epoch, value) for epoch, value in kept[experiment]]
    return curves


def _curve(experiment: str, metric: str, services: Services) -> list[list[float]]:
    history = services.store.detail(experiment, "history") or {}
    measured = [(each["epoch"], (each.get("eval") or {}).get(metric)) for each in history.get("epochs", ())]
    return sorted([epoch, value] for epoch, value in measured if value is not None)


# ------------------------------------------------------------------------------------------------------------- rebuild


def rebuild(endpoint: str, services: Services, budget_s: float) -> bool:
    """Make an endpoint's index and all its read models anew, as a command wants it; False: the rest is another call's.

    How far it is, is stored: `rebuilds/{endpoint}` says that the index is made and the read models are marked, and each
    of these says itself whether it is still to be made.
    """
    store, end = services.store, time.monotonic() + budget_s
    wanted = records.rebuild_name(endpoint)
    written = store.config("commands", wanted)
    command = None if written is None else command_of(wanted, written)
    if not isinstance(command, Rebuild):  # done already, or one that does not count
        return True
    progress = store.rebuild_progress(endpoint)
    if progress is None or progress["asked_at"] != command.created_at or progress["ended_at"] is not None:
        progress = _begin_rebuild(endpoint, command, services)
    failed = []
    for model in store.stale_insights():
        if records.insight_of(model)[0] != endpoint:
            continue
        try:
            if time.monotonic() >= end or not refresh(model, services):
                return False
        except Transient:
            raise
        except Exception:  # it stays stale, and the sweep's; a command must not be obeyed for ever because of it
            log.exception("%s cannot be rebuilt", model)
            telemetry.count("insight_failures")
            failed.append(model)
    store.end_rebuild(endpoint, {**progress, "ended_at": services.now(), "failed": failed})
    log.info("%s is rebuilt", endpoint)
    telemetry.count("rebuilds")
    return True


def _begin_rebuild(endpoint: str, command: Rebuild, services: Services) -> dict[str, Any]:
    store = services.store
    changed = store.rebuild_index(endpoint)
    entries = store.index(endpoint)
    protocols = {protocol for entry in entries for protocol in entry.protocols.values()}
    progress = {
        "asked_at": command.created_at, "asked_by": command.owner, "began_at": services.now(), "ended_at": None,
        "runs": len(entries), "changed": changed, "protocols": len(protocols), "failed": [],
    }  # fmt: skip
    store.begin_rebuild(endpoint, protocols, progress)
    return progress
