"""The safety net: once a minute, everything that may have lost its event is looked at (design section 5)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from functions import config_commands, telemetry
from functions.adapters.ports import Transient
from functions.config_reports import report_on
from functions.drafts import report_on_draft, sweep_drafts
from functions.keeping import keep
from functions.labels import edited_lately, relabel
from functions.missing_reports import missing_reports
from functions.places import Line, line_now
from functions.reconcile import BUDGET_S, look_after, reconcile
from functions.searching import search, walk
from functions.services import Services
from functions.stage_logs import fetch_logs, keep_logs, wanted_fetches
from shared.orphans import Live, orphans
from shared.stuck import why_stuck

log = logging.getLogger(__name__)
Item = TypeVar("Item")

BUDGET_OF_SWEEP_S = 150.0  # nothing is begun after it: a step may take as long again, and the function lives for 300 s
BUDGET_OF_LOOKS_S = 120.0  # so that letters and reports have their turn in every minute
BUDGET_OF_LABELS_S = 15.0  # of whose edits most have been brought to the lists by their events
BUDGET_OF_INSIGHTS_S = 20.0  # whatever the runs have left of the minute
BUDGET_OF_LOGS_S = 20.0  # of which most are kept by the events of their stages
MOST_WAITING = 100  # runs of the line whose reason is refreshed in one sweep; those whose turn has come are not counted
TOLD = ("looked_at", "places", "orphans", "relabelled", "insights", "drained", "reports", "logs", "failed")
GOLDEN = (5**0.5 - 1) / 2


def sweep(services: Services) -> dict[str, int]:
    """Repair the places, stop orphans, look after whatever is not at rest, then labels, read models, dead letters,
    missing reports and logs; one failure stops no other. What the time is too short for is the next minute's
    (`in_turn`)."""
    with telemetry.context(source="sweep"):
        return _Sweep(services).run()


class _Sweep:
    """One minute's work, and what is told of it."""

    def __init__(self, services: Services) -> None:
        self._services, self._store = services, services.store
        self._now, self._begun = services.now(), time.monotonic()
        self._told = dict.fromkeys(TOLD, 0)
        self._searched = services.searches.done
        self._lost = set(self._searched.lost)  # requests that nobody has looked at, until this sweep has

    def run(self) -> dict[str, int]:
        self._try("the places", self._repair_places)
        self._try("orphans", self._stop_orphans)
        self._look_after_runs()
        self._try("labels", self._relabel)
        self._try("read models", self._refresh)
        self._try("dead letters", self._drain)
        self._try("reports", self._report)
        self._try("commands about configs", self._obey)
        self._try("drafts", self._report_on_drafts)
        self._try("logs", self._keep_logs)
        return self._told

    # -------------------------------------------------------------------------------------------------- the runs

    def _look_after_runs(self) -> None:
        """Those that move, then those whose turn has come, then the line for its reasons."""
        line = self._line()
        waiting = {each.experiment for each in line.queue.waiting} if line else set()
        moving = [each for each in self._found() if each not in waiting]
        for each in self._within(in_turn(moving, self._now), BUDGET_OF_LOOKS_S):
            self._look(each, lambda each=each: self._bring_on(each))
        self._services.searches.remember(self._searched, self._lost)
        if not waiting or (line := self._line()) is None:
            return
        starting = line.may_start()
        for each in self._within(starting, BUDGET_OF_LOOKS_S):
            self._look(each, lambda each=each: self._bring_on(each))
        if (line := self._line() if starting else line) is None:
            return
        resting = sorted({each.experiment for each in line.queue.waiting} - set(line.may_start()))
        for each in self._within(in_turn(resting, self._now)[:MOST_WAITING], BUDGET_OF_LOOKS_S):
            self._look(each, lambda each=each: reconcile(each, self._services, self._left(), line))

    def _found(self) -> list[str]:
        """Whatever may have lost its event, each once."""
        store = self._store
        searches: list[Callable[[], Collection[str]]] = [
            self._lost_requests,
            self._live_runs,
            store.to_delete,
            store.pending_mirrors,
        ]
        return list(dict.fromkeys(each for search in searches for each in self._try("a search", search) or []))

    def _lost_requests(self) -> set[str]:
        for step in (search, walk):
            found = self._try("requests", lambda step=step: step(self._searched, self._store, self._now))
            self._searched = found or self._searched
        self._lost = set(self._searched.lost)
        return set(self._lost)

    def _live_runs(self) -> list[str]:
        """Counts those that stand still: each in every minute, so that an alert lasts as long as they do. They are
        counted as they are found, before this sweep mends them: the former ones should have."""
        found = self._store.live_runs()
        for experiment, pulse in found.items():
            if (why := why_stuck(pulse, self._now)) is not None:
                state = pulse.state.value if pulse.state else "unknown"
                with telemetry.context(experiment=experiment):
                    telemetry.count("stuck", state=state, why=why)
        return list(found)

    def _line(self) -> Line | None:
        return self._try("the line", lambda: line_now(self._services))

    def _bring_on(self, experiment_id: str) -> None:
        """What is shown of those that end is computed once for all of them, in its turn."""
        look_after(experiment_id, self._services, self._left(), shows=False)

    def _look(self, experiment_id: str, work: Callable[[], object]) -> None:
        self._told["looked_at"] += 1
        if self._try(experiment_id, lambda: [work()]):
            self._lost.discard(experiment_id)

    # ------------------------------------------------------------------------------------------- what has no run

    def _repair_places(self) -> None:
        """The holders first: whatever moves before the runs are read makes the repair fail, and it is tried again."""
        queue = self._store.queue(self._now)
        seated = self._store.seated_runs()
        drift = dict(queue.holders).items() ^ seated.items()
        if drift and self._store.repair_places(seated, queue, self._now):
            log.error("places were not as the runs are: %s", sorted(drift))
            telemetry.count("quota_repairs")
            self._told["places"] += 1

    def _stop_orphans(self) -> None:
        """Builds and jobs first, then the runs: a run always exists before what it starts."""
        builds, pipelines = self._services.builds, self._services.pipelines
        cancels: dict[Live, Callable[[str], None]] = {}
        cancels |= dict.fromkeys(self._try("builds", builds.live) or [], builds.cancel)
        for region in self._services.config.regions:
            there = pipelines.at(region)
            cancels |= dict.fromkeys(self._try(f"jobs in {region}", there.live) or [], there.cancel)
        heads = self._store.heads({each.experiment for each in cancels})
        for orphan in orphans(cancels, heads):
            log.warning("%s %s of %s is wanted by nobody", orphan.kind, orphan.id, orphan.experiment)
            telemetry.count("orphans", kind=orphan.kind)
            self._told["orphans"] += 1
            self._try(orphan.id, lambda orphan=orphan: cancels[orphan](orphan.id))

    def _refresh(self) -> None:
        """Read models that somebody wants from scratch, then those that nobody has brought up to date. Each of these is
        begun within the time for all, and takes seconds."""
        from functions.insights import rebuild, refresh  # numpy comes with it: 0.1 s of each cold start

        end = self._budget(BUDGET_OF_INSIGHTS_S)
        for endpoint in self._within(in_turn(self._store.rebuilds(), self._now), end):
            left = self._begun + end - time.monotonic()
            self._try(endpoint, lambda endpoint=endpoint, left=left: rebuild(endpoint, self._services, left))
        for name in self._within(in_turn(self._store.stale_insights(), self._now), end):
            self._told["insights"] += 1
            self._try(name, lambda name=name: refresh(name, self._services))

    def _relabel(self) -> None:
        """Before the read models, which show them, too."""
        edited = in_turn(edited_lately(self._services, self._now), self._now)
        for each in self._within(edited, self._budget(BUDGET_OF_LABELS_S)):
            changed = self._try(f"labels of {each}", lambda each=each: relabel(each, self._services))
            self._told["relabelled"] += bool(changed)
            if self._now.minute == 0:
                self._try(f"what {each} has stored", lambda each=each: keep(each, self._services))

    def _keep_logs(self) -> None:
        """Those that somebody wants to see, then those that nobody has kept."""
        end = self._budget(BUDGET_OF_LOGS_S)
        for command in self._within(in_turn(wanted_fetches(self._services), self._now), end):
            self._told["logs"] += 1
            self._try(command, lambda command=command: fetch_logs(command, self._services))
        for each in self._within(in_turn(self._store.pending_logs(), self._now), end):
            self._told["logs"] += 1
            keep_logs(each, self._services, self._begun + BUDGET_OF_SWEEP_S)

    def _drain(self) -> None:
        letters = self._store.undrained()
        for name in self._within(in_turn(letters, self._now), BUDGET_OF_SWEEP_S):
            self._try(f"letter {name}", lambda name=name: self._drain_one(name, letters[name]))

    def _drain_one(self, name: str, experiment_id: str) -> None:
        """Once, unless a service was out of reach: where looking meets a fault it will do so again, and letters that
        stay for ever would hide those behind them."""
        try:
            self._bring_on(experiment_id)
        except Transient:
            raise
        except Exception:
            log.exception("the experiment of letter %s cannot be looked after", name)
        self._store.drained(name, self._services.now())
        telemetry.count("drained")
        self._told["drained"] += 1

    def _report(self) -> None:
        for each in self._within(missing_reports(self._services), BUDGET_OF_SWEEP_S):
            self._told["reports"] += 1
            self._try(each.id, lambda each=each: report_on(each.collection, each.id, self._services))

    def _obey(self) -> None:
        commands = [each for kind in config_commands.KINDS for each in self._store.commands_of(kind)]
        for each in self._within(in_turn(commands, self._now), BUDGET_OF_SWEEP_S):
            self._try(each, lambda each=each: config_commands.obey(each, self._services))

    def _report_on_drafts(self) -> None:
        """Last, because somebody who waits for one writes it again."""
        for each in self._within(in_turn(sweep_drafts(self._services), self._now), BUDGET_OF_SWEEP_S):
            self._told["reports"] += 1
            self._try(each, lambda each=each: report_on_draft(each, self._services))

    # ------------------------------------------------------------------------------------------- time and failures

    def _within(self, items: Sequence[Item], seconds: float) -> Iterator[Item]:
        """As many as the time allows."""
        for done, item in enumerate(items):
            if time.monotonic() - self._begun >= seconds:
                log.warning("%d of %d are left for the next sweep", len(items) - done, len(items))
                return
            yield item

    def _budget(self, seconds: float) -> float:
        """For `_within`: so much from now on, within the sweep's time."""
        return min(time.monotonic() - self._begun + seconds, BUDGET_OF_SWEEP_S)

    def _left(self) -> float:
        return min(BUDGET_S, self._begun + BUDGET_OF_SWEEP_S - time.monotonic())

    def _try(self, of: str, work: Callable[[], Item]) -> Item | None:
        """The next minute tries again; the others must not wait for it."""
        try:
            return work()
        except Exception:
            log.exception("the sweep failed for %s", of)
            self._told["failed"] += 1
            return None


def in_turn(ids: Collection[str], now: datetime) -> list[str]:
    """Sorted, and beginning at another place in every minute, so that the first ones do not take all the time.

    Multiples of the golden ratio leave no large gap: when a sweep has time for 1 of k, each is reached within about
    1.7 k minutes (three-distance theorem).
    """
    ordered = sorted(ids)
    start = int(int(now.timestamp() // 60) * GOLDEN % 1 * len(ordered))
    return ordered[start:] + ordered[:start]
