"""A soak of the real stack: many short experiments while its parts are killed at random.

`python -m tests.e2e.soak -n 30 --seed 1` starts a stack of its own on free ports and ends it. It succeeds when every
experiment has ended, every attempt's pipeline job was created exactly once, and nothing is left running; it prints the
counts. Killed are the parts that a cloud restarts too: the functions, the gateway (Eventarc, Scheduler), the build and
pipeline stand-ins, storage, and the emulators of Firestore and Pub/Sub, whose documents the gateway brings back.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError

from functions.config import from_environment
from functions.services import connect
from local import processes
from local.stack import Stack, free_ports
from quicktest import Client
from quicktest.demo import generate
from quicktest.errors import NotFound
from quicktest.experiment import Experiment
from quicktest.importing import import_arrow
from shared.paths import attempt_name
from tests.e2e.conftest import ENDED, components, documents

VICTIMS = ("functions", "gateway", "cloud", "storage", "firestore", "pubsub")
KILL_EVERY_S = (8.0, 20.0)
START_EVERY_S = (0.5, 6.0)
LIMIT_S = 2_400.0
JOURNAL_S = 1.0  # the emulator acknowledges a write before it tells the gateway, which keeps it (docs/decisions/0004)
SETTLE_S = 150.0  # two sweeps and what they stop
TELL_EVERY_S = 15.0


@contextmanager
def stack_with_data() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        home = Path(folder)
        os.environ["QUICKTEST_HOME"] = folder  # where the client looks for a stack
        import_arrow(generate(8_000), home / "warehouse", "quicktest", "demo_purchases", replace=False)
        with Stack(home, free_ports()) as stack:
            yield stack
        assert processes.marked(home) == [], "the stack left processes running"


class Soak:
    """Starts, cancels and kills by one seeded plan; how the stack's clock interleaves with it is chance."""

    def __init__(self, stack: Stack, count: int, seed: int) -> None:
        self.stack, self.count, self.random = stack, count, random.Random(seed)
        self.client = Client(owner="soak")
        self.experiments: list[Experiment] = []
        self.kills: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()  # calls of ours that met a part while it was down
        self._written_at = 0.0

    def run(self) -> dict[str, dict[str, Any]]:
        """Until all have ended and nothing is live any more; the last versions of all runs."""
        next_kill, next_start, deadline = self._in(KILL_EVERY_S), 0.0, time.monotonic() + LIMIT_S
        next_words = time.monotonic() + TELL_EVERY_S
        while True:
            self.stack.check()
            now = time.monotonic()
            assert now < deadline, f"after {LIMIT_S:.0f} s not all have ended: {self._states()}"
            if len(self.experiments) < self.count and now >= next_start:
                self._try(self._start)
                next_start = self._in(START_EVERY_S)
            if now >= next_kill:
                self._kill()
                next_kill = self._in(KILL_EVERY_S)
            states = self._states()
            if now >= next_words:
                print(dict(Counter(states)), flush=True)
                next_words = now + TELL_EVERY_S
            if len(states) == self.count and all(state in ENDED for state in states):
                return self._settled()
            time.sleep(0.25)

    def _in(self, bounds: tuple[float, float]) -> float:
        return time.monotonic() + self.random.uniform(*bounds)

    def _start(self) -> None:
        number = len(self.experiments)
        changes: dict[str, Any] = {"name": f"soak {number}", "epochs": self.random.choice((1, 1, 2)), "seed": number}
        if self.random.random() < 0.15:
            changes["reuse_cache"] = False
        self.experiments.append(self.client.run(documents(experiment=changes)))
        if self.random.random() < 0.15:
            self.experiments[-1].cancel()
        self._written_at = time.monotonic()

    def _kill(self) -> None:
        name = self.random.choice(VICTIMS)
        if name == "firestore" and time.monotonic() - self._written_at < JOURNAL_S:
            return
        running = self.stack.running[name]
        if running.healthy:  # one that is just starting has been killed already
            running.process.kill()
            self.kills[name] += 1
            print(f"killed {name}", flush=True)

    def _try(self, call: Any) -> None:
        try:
            call()
        except (GoogleAPICallError, RetryError) as error:  # Firestore is down: a user would try again
            self.trouble[type(error).__name__] += 1

    def _states(self) -> list[str]:
        try:
            return [experiment.run()["state"] for experiment in self.experiments]
        except (GoogleAPICallError, RetryError, NotFound) as error:  # its documents are just coming back
            self.trouble[type(error).__name__] += 1
            return ["unknown"]

    def _settled(self) -> dict[str, dict[str, Any]]:
        """Killing is over: what nobody wants is stopped within two sweeps."""
        deadline = time.monotonic() + SETTLE_S
        while live := self._live():
            self.stack.check()
            assert time.monotonic() < deadline, f"still live: {live}"
            time.sleep(1)
        return {experiment.id: experiment.run() for experiment in self.experiments}

    def _live(self) -> list[str]:
        """Asked by a process of its own: the channels of one that starts processes do not survive everything."""
        command = [sys.executable, "-m", "tests.e2e.soak", "--live"]
        asked = subprocess.run(command, env={**os.environ, **self.stack.environment}, capture_output=True, text=True)
        if asked.returncode != 0:
            return [f"a part does not answer yet: {asked.stderr[-300:]}"]
        return [*asked.stdout.split(), *(str(each) for each in components(self.stack.home))]


def live() -> list[str]:
    """Builds, jobs and places that are not given back."""
    services = connect(from_environment())
    found = [*services.builds.live(), *services.pipelines.live()]
    return [*(each.id for each in found), *services.store.queue(services.now()).holders]


def created_jobs(home: Path) -> Counter[str]:
    """How often each job was created, as the pipeline stand-in wrote down."""
    log = (home / "logs/cloud.log").read_text(errors="replace")
    return Counter(re.findall(r"created pipeline job (exp-\S+-a\d+)", log))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=30, help="experiments (30)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", action="store_true", help="only tell what is live on the stack of the environment")
    arguments = parser.parse_args()
    if arguments.live:
        print(*live())
        return
    began = time.monotonic()
    with stack_with_data() as stack:
        soak = Soak(stack, arguments.n, arguments.seed)
        runs = soak.run()
        created = created_jobs(stack.home)
    states = Counter(run["state"] for run in runs.values())
    attempts = Counter(run["attempt"] for run in runs.values())
    print(f"{len(runs)} experiments in {time.monotonic() - began:.0f} s: {dict(states)}, attempts {dict(attempts)}")
    print(f"killed: {dict(soak.kills)}; calls of ours that met a dead part: {dict(soak.trouble)}")
    print(f"pipeline jobs: {len(created)}, created more than once: {[name for name, n in created.items() if n > 1]}")
    for run in runs.values():
        if run["state"] == "failed":
            print(f"failed: #{run['number']} {run['error']['code']}: {run['error']['raw']}")
    submitted = [attempt_name(run["experiment"], run["attempt"]) for run in runs.values() if run["job"]]
    sys.exit(0 if all(created[name] == 1 for name in {*submitted, *created}) else 1)


if __name__ == "__main__":
    main()
