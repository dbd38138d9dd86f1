"""One whole stack for all end-to-end tests, with demo purchases in its warehouse; real parts all the way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from playwright.sync_api import Browser

from local import processes
from local.stack import Stack, free_ports
from local.warehouse import table_path
from quicktest import Client
from quicktest.demo import generate
from quicktest.experiment import Experiment
from quicktest.importing import import_arrow
from tests.browser import chromium

ROOT = Path(__file__).parents[2]
EXAMPLE = list(yaml.safe_load_all((ROOT / "examples/demo/experiment.yaml").read_text()))
ENDED = ("completed", "failed", "cancelled")
PATIENCE_S = 240.0  # for one quick test, its build included, on a busy machine


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo's table, one that is empty, one that is short, and one of an unsupported type."""
    home = tmp_path_factory.mktemp("quicktest")
    purchases = generate(8_000)
    warehouse = home / "warehouse"
    import_arrow(purchases, warehouse, "quicktest", "demo_purchases", replace=False)
    for name, rows in {"empty": purchases.slice(0, 0), "twenty_days": first_days(purchases, 20)}.items():
        pq.write_table(rows, table_path(warehouse, "quicktest", name))
    photos = pa.array([b"\x89PNG"] * len(purchases), pa.binary())
    pq.write_table(purchases.append_column("photo", photos), table_path(warehouse, "quicktest", "with_photos"))
    return home


@pytest.fixture(scope="session")
def stack(home: Path) -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QUICKTEST_HOME", str(home))
        before = dict(os.environ)  # finding the deployment puts the endpoints of the stack there
        with Stack(home, free_ports()) as stack:
            yield stack
        assert processes.marked(home) == [], "the stack left processes running"
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def client(stack: Stack) -> Client:
    return Client(owner="e2e")


def first_days(purchases: pa.Table, days: int) -> pa.Table:
    """The first `days` calendar days of the purchases."""
    day = pc.cast(purchases["ordered_at"], pa.date32())
    allowed = pc.unique(day).slice(0, days)
    return purchases.filter(pc.is_in(day, value_set=allowed))


def documents(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents of examples/demo; `changes` by kind, e.g. `experiment={"epochs": 1}`."""
    return [{**document, **changes.get(document["kind"], {})} for document in EXAMPLE]


def until(experiment: Experiment, wanted: Callable[[dict[str, Any]], bool], within_s: float = PATIENCE_S) -> dict:
    """The first version of the run that is as wanted; fails when the run ends without."""
    for run in experiment.watch(within_s):
        if wanted(run):
            return run
        assert run["state"] not in ENDED, f"ended as {run['state']}: {run.get('error')}"
    raise AssertionError("unreachable: a watch ends with a terminal state")


def stage(run: dict[str, Any], name: str) -> str:
    """The state of one stage, `pending` before the run has stages."""
    return next((stage["state"] for stage in run.get("stages", []) if stage["name"] == name), "pending")


def components(home: Path) -> list[psutil.Process]:
    """What the warm worker has forked: the running component or compiler, and its own children."""
    workers = [process for process in processes.marked(home) if "local.worker" in " ".join(process.cmdline())]
    ids = {process.pid for process in workers}
    parents = [process for process in workers if process.ppid() not in ids]
    return [child for parent in parents for child in parent.children(recursive=True)]


def forget_specs(stack: Stack) -> None:
    """Make the next experiment compile."""
    for spec in (stack.home / "storage" / stack.environment["QUICKTEST_BUCKET"] / "specs").glob("*.json"):
        spec.unlink()


def envelope() -> dict[str, Any]:
    """What every document carries, for documents that are written past the client."""
    now = datetime.now(UTC)
    return {"schema_version": 1, "owner": "e2e", "created_at": now, "updated_at": now}


def wait_until(true: Callable[[], bool], within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.1)
