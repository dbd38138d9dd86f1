"""What tests of `quicktest cloud` stand on: programs that keep a cloud in a file, and a checkout of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import page, tools
from quicktest.cloud import choices, onboarding, pages, release_steps, releases, terraform
from quicktest.cloud.pages import POLICY, Served
from quicktest.cloud.programs import Answer, Command, Programs
from quicktest.roles import Person
from tests.fakes import programs

ROOT = Path(__file__).parents[2]
READS = ("describe", "list", "cat", "version", "--version", "init", "plan", "output", "print-access-token")


class People:
    """The accounts of the page."""

    def __init__(self, roles: dict[str, str | None]) -> None:
        self.roles = roles

    def people(self) -> list[Person]:
        return [Person(email, email, {"role": role}) for email, role in self.roles.items()]

    def grant(self, email: str, role: str) -> None:
        self.roles[email] = role


@dataclass
class Cloud:
    """`folder` of the programs' state, `checkout` in which everything is written, `people` who signed in."""

    folder: Path
    checkout: Path
    people: People

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.folder / "state.json").read_text())

    def change(self, **values: Any) -> None:
        (self.folder / "state.json").write_text(json.dumps({**self.state, **values}))

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    def changing(self) -> list[str]:
        """The calls that are not known to read only."""
        return [line for line in self.calls if not any(word in line.split() for word in READS)]

    def forget_calls(self) -> None:
        (self.folder / "calls.log").unlink(missing_ok=True)

    def written(self) -> dict[str, str]:
        """The files of the checkout, but for Terraform's own folder."""
        files = (path for path in self.checkout.rglob("*") if path.is_file() and ".terraform" not in path.parts)
        return {str(path.relative_to(self.checkout)): path.read_bytes().hex() for path in files}

    def customer(self, project: str = "shop-quicktest") -> dict[str, Any]:
        path = self.checkout / f"terraform/environments/prod/customers/{project}.tfvars.json"
        return json.loads(path.read_text())


def make_cloud(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Cloud:
    """An empty cloud, and a checkout with the files that are read there."""
    binaries, checkout = folder / "bin", folder / "checkout"
    binaries.mkdir()
    for name in ("gcloud", "terraform", "npm", "node"):
        (binaries / name).symlink_to(Path(programs.__file__))
    monkeypatch.setenv("PATH", f"{binaries}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE_CLOUD", str(folder))
    empty = {"projects": {}, "buckets": {}, "objects": {}, "applied": {}, "sites": {}, "refusals": {}}
    (folder / "state.json").write_text(json.dumps({**empty, "terraform": "1.11.4", "soon": 0}))
    _checkout(monkeypatch, checkout)
    cloud = Cloud(folder, checkout, People({}))
    monkeypatch.setattr(pages, "fetch", serving(cloud))
    monkeypatch.setattr(onboarding, "Accounts", lambda project: cloud.people)
    return cloud


def without_processes(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """The same programs without the time that it takes to start one."""

    def ask(_: Programs, command: Command) -> Answer:
        program, *words = command.argv
        folder, environment = command.folder or Path.cwd(), {**os.environ, **command.environment}
        return Answer(*programs.answer(cloud.folder, programs.Call(program, words, folder, environment)))

    monkeypatch.setattr(Programs, "ask", ask)


def _checkout(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    for name in ("terraform/platform", "terraform/environments/dev", "terraform/environments/prod", "web"):
        (checkout / name).mkdir(parents=True)
    firebase = checkout / "local/firebase/node_modules/firebase-tools/lib/bin/firebase.js"
    firebase.parent.mkdir(parents=True)
    firebase.touch()
    for name in ("firebase.json", "requirements/functions.lock", ".gcloudignore"):
        (checkout / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    for package in ("functions", "shared", "trainer_image"):
        (checkout / package).mkdir()
        (checkout / package / "main.py").write_text("x = 1\n")
    for module in (choices, pages, release_steps):
        monkeypatch.setattr(module, "PROJECT_ROOT", checkout)
    for module in (tools, page):
        monkeypatch.setattr(module, "ROOT", checkout)
    monkeypatch.setattr(choices, "TERRAFORM", checkout / "terraform")
    monkeypatch.setattr(choices, "PLATFORM", checkout / "terraform/platform")
    monkeypatch.setattr(releases, "FOLDER", checkout / "terraform/releases")
    monkeypatch.setattr(terraform, "PAUSE_S", 0.0)


def serving(cloud: Cloud) -> Callable[[str], Served]:
    """The web as the deployments left it."""

    def fetch(url: str) -> Served:
        host, _, path = url.removeprefix("https://").partition("/")
        site = cloud.state["sites"].get(host.removesuffix(".web.app"))
        if site is None:
            return Served(404)
        return Served(200, site["config" if path == "config.json" else "index"], {POLICY: site["policy"]})

    return fetch


def at_a_terminal(code: str, folder: Path) -> subprocess.Popen[bytes]:
    """Python that has written `begun` into its folder, in a group of its own, as a terminal starts it: whoever runs in
    the background, as these tests may, hands on that SIGINT is ignored."""
    caller = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not (folder / "begun").exists():
        assert caller.poll() is None
        time.sleep(0.05)
    return caller
