"""The files of choices: one for each customer, one for each platform. They belong into the operator's own repository,
for they are what makes an installation what it is; what somebody added by hand stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from quicktest.cloud.programs import Action
from quicktest.cloud.steps import Finding, Step
from quicktest.errors import QuicktestError
from quicktest.files import PROJECT_ROOT

TERRAFORM = PROJECT_ROOT / "terraform"
PLATFORM = TERRAFORM / "platform"
ENVIRONMENTS = ("dev", "prod")

Choices = dict[str, Any]


def environment_folder(environment: str) -> Path:
    """The root of an environment; raises QuicktestError for one that is not there."""
    if environment not in ENVIRONMENTS:
        raise QuicktestError(f"There is no environment `{environment}`: use {' or '.join(ENVIRONMENTS)}.")
    return TERRAFORM / "environments" / environment


def file_of(root: Path, project: str) -> Path:
    """Where a root keeps what was chosen for a project."""
    return root / "customers" / f"{project}.tfvars.json"


def find_environment(project: str, environment: str | None) -> Path:
    """The root that a project was onboarded with; raises QuicktestError when there is none, or more than one."""
    roots = [environment_folder(name) for name in ([environment] if environment else ENVIRONMENTS)]
    found = [root for root in roots if file_of(root, project).is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        raise QuicktestError(f"{project} is in dev and in prod: say which with --environment.")
    raise QuicktestError(
        f"There is no {file_of(roots[-1], project)}: run `quicktest cloud onboard {project}` first, or fetch the file "
        "from the repository in which you keep it."
    )


def root_of(project: str, environment: str | None) -> Path:
    """The root that a project has or, for a new one, the named one, else prod. Raises QuicktestError for another one
    than it has: two in one project would take each other's resources."""
    has = [root for root in map(environment_folder, ENVIRONMENTS) if file_of(root, project).is_file()]
    named = environment_folder(environment) if environment else has[0] if has else environment_folder("prod")
    if has and named not in has:
        raise QuicktestError(
            f"{project} is installed as {has[0].name} ({shown(file_of(has[0], project))}), and a project has one "
            "installation. Leave out --environment, or choose another project."
        )
    return named


def region_of(file: Path, named: str | None) -> str:
    """The region that the file holds, or for a new one the named one. Raises QuicktestError for another one: Terraform
    would delete everything and make it anew elsewhere."""
    has = read(file).get("region", named)
    if has is None:
        raise QuicktestError("Say where everything is made: --region REGION, for instance europe-west4.")
    if named not in (None, has):
        raise QuicktestError(
            f"{shown(file)} says {has}, and an installation cannot move to {named}. Leave out --region; for another "
            "region choose another project."
        )
    return str(has)


def read(file: Path) -> Choices:
    """Empty when there is no file yet."""
    try:
        found = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise QuicktestError(f"{file} is not JSON (line {error.lineno}: {error.msg}). Mend it or remove it.") from error
    if not isinstance(found, dict):
        raise QuicktestError(f"{file} must hold an object of variables. Mend it or remove it.")
    return found


def customer(before: Mapping[str, Any], said: Mapping[str, Any], admins: Sequence[str]) -> Choices:
    """A customer's choices with what the command line says of them, None being nothing. Where documents are cannot be
    changed later, so the first choice stays."""
    known = list(before.get("admins", []))
    named = {name: value for name, value in said.items() if value is not None}
    chosen = {"firestore_location": said["region"], **before, **named}
    if "runbook_url" not in chosen:
        raise QuicktestError(
            "Where do alerts lead to? Give --runbook-url, the https:// address of docs/runbook in your own repository."
        )
    return {**chosen, "admins": [*known, *(email for email in admins if email not in known)]}


def platform(before: Mapping[str, Any], project: str, region: str, readers: Mapping[str, str]) -> Choices:
    """A platform's choices; `readers`: customer's project -> its number, added to those that are known."""
    customers = dict(before.get("customers", {}))
    for reader, number in readers.items():
        customers[reader] = {**customers.get(reader, {}), "project_id": reader, "project_number": number}
    return {**before, "project_id": project, "region": before.get("region", region), "customers": customers}


def platform_of(project: str, root: Path, named: str | None) -> str:
    """The platform that is named, else the one that a project has, else the project itself. Raises QuicktestError where
    it has one that this checkout does not know: the project must not become its own by a forgotten option."""
    if named:
        return named
    for file in sorted((PLATFORM / "customers").glob("*.tfvars.json")):
        found = read(file)
        if project in found.get("customers", {}):
            return str(found["project_id"])
    if read(file_of(root, project)).get("own_registry", True):
        return project
    raise QuicktestError(
        f"{project} has a platform, which no file in {shown(PLATFORM / 'customers')} names. Say which with --platform."
    )


def step(title: str, file: Path, content: Callable[[], Choices], foreseen: Callable[[], Choices] | None = None) -> Step:
    """The file is there and says this; `foreseen` is what can be said of it before earlier steps are done."""

    def written(content: Choices) -> tuple[Action, ...]:
        def write() -> None:
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f"{file.name}.new")  # a full disk leaves the former file, with all made by hand
            draft.write_text(as_text(content))
            draft.replace(file)

        return (Action(f"write {shown(file)}; keep it in your own repository", write),)

    def look() -> Finding:
        before, wanted = read(file), content()
        if before == wanted:
            return Finding(f"{shown(file)} says so")
        names = sorted(name for name in {*before, *wanted} if before.get(name) != wanted.get(name))
        return Finding(f"{shown(file)} {'differs' if before else 'is not there'}: {', '.join(names)}", written(wanted))

    return Step(title, look, lambda: written((foreseen or content)()))


def as_text(content: Choices) -> str:
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def shown(file: Path) -> str:
    return str(file.relative_to(PROJECT_ROOT)) if file.is_relative_to(PROJECT_ROOT) else str(file)
