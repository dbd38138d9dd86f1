"""The pictures of docs/screenshots, taken of the recorded documents:
`.venv/bin/python -m tests.web.screenshots [VIEW ...]`.

Look at them before they are kept. The clock of the browser stands still, so that a picture changes with the page alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from playwright.sync_api import Browser

from functions.adapters import clients
from functions.adapters.bigquery_warehouse import BigQueryWarehouse
from functions.adapters.ports import Warehouse
from local.tools import ROOT
from quicktest.demo import generate
from quicktest.importing import import_arrow
from tests.browser import chromium
from tests.contract import conftest as contract
from tests.contract.conftest import running
from tests.web.config_service import answering, over_the_demo
from tests.web.emulators import PROJECT, emulators, free_port
from tests.web.recorded import comparison, experiment_of, write_recorded
from tests.web.site import serve_page

FOLDER = ROOT / "docs/screenshots"
LOOKS = {
    "light": {"viewport": {"width": 1200, "height": 1000}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 1000}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 780}, "color_scheme": "light"},
}
SETTLED_MS = 1_500  # curves are drawn, panels that load when they are seen are there
NOW = "2026-11-21T22:40:00Z"  # some minutes after the documents were recorded


def views() -> dict[str, str]:
    best = experiment_of(19)
    return {
        "experiments": "/",
        "new": "/new",
        "overview": f"/experiments/{best}",
        **{tab: f"/experiments/{best}/{tab}" for tab in ("pipeline", "data", "training", "code", "activity")},
        "failed": f"/experiments/{experiment_of(29)}",
        "compare": f"/compare/{comparison()}",
        "dashboard": "/dashboard",
        "datasets": "/configs/datasets",
        "dataset": "/configs/datasets/demo-purchases",
        "feature-config": "/configs/features/demo-both/edit",
        "model-config": "/configs/models/standard/edit",
        "coverage": "/configs/coverage",
        "settings": "/settings",
    }


@contextmanager
def _served() -> Iterator[str]:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        hosts = parts.enter_context(emulators(folder))
        os.environ["FIRESTORE_EMULATOR_HOST"] = hosts["firestore"]
        write_recorded()
        client = firestore.Client(project=PROJECT, credentials=AnonymousCredentials())
        over_purchases = replace(over_the_demo(client), warehouse=parts.enter_context(_warehouse(folder)))
        parts.enter_context(answering(client, over_purchases))  # what is being edited is looked at
        yield parts.enter_context(serve_page(hosts))


@contextmanager
def _warehouse(folder: Path) -> Iterator[Warehouse]:
    """The stack's own, with the purchases of the demo."""
    data, port = folder / "warehouse", free_port()
    import_arrow(generate(), data, "quicktest", "demo_purchases", replace=False)
    command = [sys.executable, "-m", "local.warehouse", "--port", str(port), "--folder", str(data)]
    with running([*command, "--project", contract.PROJECT, "--location", contract.REGION], port, folder / "log"):
        os.environ["BIGQUERY_EMULATOR_HOST"] = f"http://127.0.0.1:{port}"
        yield BigQueryWarehouse(clients.bigquery_client(contract.config(bigquery=f"http://127.0.0.1:{port}")))


def take(browser: Browser, url: str, wanted: dict[str, str]) -> None:
    for look, settings in LOOKS.items():
        with browser.new_context(base_url=url, locale="en-GB", **settings) as context:
            page = context.new_page()
            page.clock.set_fixed_time(NOW)
            for name, address in wanted.items():
                page.goto(address)
                page.locator("h1").first.wait_for()
                page.wait_for_timeout(SETTLED_MS)
                page.get_by_text("Counting rows and estimating").wait_for(state="hidden")
                page.screenshot(path=FOLDER / f"{name}-{look}.png")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    chosen = {name: address for name, address in views().items() if name in sys.argv[1:] or len(sys.argv) == 1}
    with _served() as url, chromium() as browser:
        take(browser, url, chosen)
