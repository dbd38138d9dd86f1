"""The page of one project: built, configured and deployed with the headers that firebase.json promises."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from local import tools
from local.page import hosting_config, stage
from quicktest.cloud.programs import Action, Command, Programs
from quicktest.cloud.steps import Finding, Step
from quicktest.errors import QuicktestError
from quicktest.files import PROJECT_ROOT

POLICY = "Content-Security-Policy"
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Served:
    """What a web server answers; `status` 0 when it cannot be reached."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(url: str) -> Served:
    """Without following to a page of sign-in: what answers is what is there."""
    try:
        answer = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False, headers={"Cache-Control": "no-cache"})
    except requests.RequestException:
        return Served(0)
    answer.encoding = "utf-8"
    return Served(answer.status_code, answer.text, answer.headers)


def address(site: str) -> str:
    return f"https://{site}.web.app"


def ways_to_sign_in(project: str) -> str:
    """Where a person switches on sign-in with Google."""
    return f"https://console.firebase.google.com/project/{project}/authentication/providers"


def promised_policy() -> str:
    """The Content-Security-Policy of firebase.json for every path."""
    rules = json.loads((PROJECT_ROOT / "firebase.json").read_text())["hosting"]["headers"]
    return next(header["value"] for rule in rules for header in rule["headers"] if header["key"] == POLICY)


def step(programs: Programs, project: str, outputs: Callable[[], Mapping[str, Any]]) -> Step:
    """The page that this checkout builds is what the project serves. `outputs` are Terraform's: hosting_site,
    page_config."""

    def deploy() -> None:
        site, configuration = _of(outputs(), project)
        with tempfile.TemporaryDirectory() as folder:
            stage(Path(folder), tools.page(), configuration, {"hosting": {**hosting_config(), "site": site}})
            programs.run(_deploy(project, Path(folder)))

    def deployment() -> tuple[Action, ...]:
        return (Action(f"quicktest cloud page {project}", deploy),)

    def whole() -> tuple[Action, ...]:
        return (programs.action(_build()), *deployment())

    def look() -> Finding:
        site, configuration = _of(outputs(), project)
        if not (PROJECT_ROOT / "web/dist/index.html").is_file():
            return Finding("is not built", whole())
        different = _difference(address(site), configuration)
        return Finding(f"{address(site)} {different}", whole()) if different else Finding(f"{address(site)} serves it")

    return Step("page", look, whole)


def _difference(url: str, configuration: Mapping[str, Any]) -> str | None:
    """The names of the page's files hold their hashes, so an equal index means equal files."""
    index, config = fetch(url), fetch(f"{url}/config.json")
    if index.status != 200:
        return "serves nothing yet"
    if index.text != (tools.page() / "index.html").read_text():
        return "serves another build"
    if index.headers.get(POLICY) != promised_policy():
        return "serves other headers than firebase.json promises"
    try:
        return None if json.loads(config.text) == configuration else "serves another config.json"
    except ValueError:
        return "serves no config.json"


def _of(outputs: Mapping[str, Any], project: str) -> tuple[str, Mapping[str, Any]]:
    try:
        return outputs["hosting_site"], outputs["page_config"]
    except KeyError as error:
        raise QuicktestError(
            f"The state of {project} has no {error.args[0]} yet. Run `quicktest cloud onboard {project}` first."
        ) from error


def _build() -> Command:
    return Command(("npm", "run", "--silent", "build"), PROJECT_ROOT / "web")


def _deploy(project: str, folder: Path) -> Command:
    """By firebase-tools as package-lock.json fixes them; only the page, as rules and indexes are Terraform's."""
    return Command(
        ("node", str(tools.firebase()), "deploy", "--only=hosting", f"--project={project}", "--non-interactive"), folder
    )
