"""The steps from no project to a working installation, and those of a platform, in their order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import tools
from quicktest.cloud import choices, foundation, pages, releases
from quicktest.cloud.foundation import Wanted
from quicktest.cloud.programs import Action, Command, Programs, gcloud
from quicktest.cloud.steps import Finding, Step, Stopped
from quicktest.cloud.terraform import Root
from quicktest.errors import QuicktestError
from quicktest.roles import Accounts

NOT_KNOWN_YET = "known once the project is there"


@dataclass(frozen=True)
class Onboarding:
    """One customer's installation as it should be."""

    wanted: Wanted
    platform: str
    root: Path  # of the environment
    admins: tuple[str, ...] = ()
    release: str | None = None  # a version or a file; None: the one that it has
    runbook_url: str | None = None  # None: the one that it has
    only_look: bool = False

    @property
    def file(self) -> Path:
        return choices.file_of(self.root, self.wanted.project)


def platform_steps(programs: Programs, wanted: Wanted, only_look: bool) -> list[Step]:
    """A project with the repository of images and the bucket of releases."""
    root = platform_root(programs, wanted.project)

    def content() -> choices.Choices:
        return choices.platform(choices.read(root.variables), wanted.project, wanted.region, {})

    def checked() -> choices.Choices:
        _require_file(root)
        return content()

    return [
        *foundation.steps(programs, wanted),
        choices.step("choices of the platform", root.variables, checked, content),
        root.step("Terraform of the platform", content if only_look else None),
    ]


def steps(programs: Programs, asked: Onboarding) -> list[Step]:
    """Of the customer's project. Later steps read what earlier ones made, so they are looked at one after another."""
    project = asked.wanted.project
    root = customer_root(programs, asked.root, project)

    def content() -> choices.Choices:
        return _content(programs, asked)

    _content_without_release(asked)  # what is missing is said before anything is made
    return [
        *foundation.steps(programs, asked.wanted),
        *_before_a_release(programs, asked, root),
        *(_at_the_platform(programs, asked) if asked.platform != project else ()),
        _release(programs, asked),
        choices.step("release in the customer's choices", asked.file, content, lambda: _content_without_release(asked)),
        root.step(f"Terraform of {asked.root.name}", content if asked.only_look else None),
        pages.step(programs, project, root.outputs),
        *(_admin(asked, email) for email in asked.admins),
    ]


def _before_a_release(programs: Programs, asked: Onboarding, root: Root) -> list[Step]:
    """Everything but what runs code. It makes the accounts that the platform is told of, or the repository for images
    where a project is its own platform; once there is a release, the step with the release does all."""
    without = root.step("", (lambda: _content_without_release(asked)) if asked.only_look else None)

    def look() -> Finding:
        if _has_release(asked):
            return Finding("was done before the first release")
        return without.look()

    def content() -> choices.Choices:
        _require_file(root)
        return _content_without_release(asked)

    return [
        choices.step("choices of the customer", asked.file, content, lambda: _content_without_release(asked)),
        Step("Terraform of all that needs no release", look, without.whole),
    ]


def _require_file(root: Root) -> None:
    """What was applied has its file of choices here: by a new one Terraform would take away what the former one said,
    be it the functions or the readers of images."""
    if not root.variables.is_file() and root.outputs():
        raise QuicktestError(
            f"{root.project} was applied with {choices.shown(root.variables)}, which is not here. Fetch it from the "
            "repository that you keep it in, then run this again."
        )


def _has_release(asked: Onboarding) -> bool:
    return bool(choices.read(asked.file).get("release"))


def platform_root(programs: Programs, project: str) -> Root:
    file = choices.file_of(choices.PLATFORM, project)
    return Root(programs, choices.PLATFORM, project, foundation.state_bucket(project), "quicktest/platform", file)


def customer_root(programs: Programs, folder: Path, project: str) -> Root:
    file = choices.file_of(folder, project)
    return Root(programs, folder, project, foundation.state_bucket(project), f"quicktest/{folder.name}", file)


def shelf_of(programs: Programs, project: str, root: Path | None) -> releases.Shelf:
    """Where releases are kept: by the platform `project`, or, with the `root` of its environment, by a project that is
    its own."""
    found = platform_root(programs, project) if root is None else customer_root(programs, root, project)
    outputs = found.outputs()
    return releases.Shelf.of(project, outputs if root is None else outputs.get("registry") or {})


def _at_the_platform(programs: Programs, asked: Onboarding) -> list[Step]:
    """The customer's accounts, which are there by now, may read images."""
    root = platform_root(programs, asked.platform)
    file = root.variables
    project, region = asked.wanted.project, asked.wanted.region

    def content() -> choices.Choices:
        _require_file(root)
        number = foundation.project_number(programs, project)
        return choices.platform(choices.read(file), asked.platform, region, {project: number})

    def foreseen() -> choices.Choices:
        return choices.platform(choices.read(file), asked.platform, region, {project: NOT_KNOWN_YET})

    return [
        choices.step(f"reader of the images of {asked.platform}", file, content, foreseen),
        root.step("Terraform of the platform", content if asked.only_look else None),
    ]


def _release(programs: Programs, asked: Onboarding) -> Step:
    def shelf() -> releases.Shelf:
        return _shelf(programs, asked)

    def look() -> Finding:
        if asked.release is not None:
            found = _named_release(programs, asked)
            releases.require_archive(programs, asked.root, found, shelf)
            return Finding(f"{found['version']}, {len(found['images'])} images by digest")
        if not _has_release(asked):
            kind = "project" if asked.platform == asked.wanted.project else "platform"
            raise Stopped(
                f"All that needs no release is there. Make one with `quicktest cloud release 1.0.0 --{kind} "
                f"{asked.platform}`, then run this again with `--release 1.0.0`."
            )
        found = choices.read(asked.file)["release"]
        releases.require_archive(programs, asked.root, found, shelf)
        return Finding(f"stays {found['version']}")

    return Step("release", look)


def _named_release(programs: Programs, asked: Onboarding) -> dict[str, Any]:
    return releases.find(programs, str(asked.release), lambda: _shelf(programs, asked))


def _shelf(programs: Programs, asked: Onboarding) -> releases.Shelf:
    own = asked.platform == asked.wanted.project
    return shelf_of(programs, asked.platform, asked.root if own else None)


def _content(programs: Programs, asked: Onboarding) -> choices.Choices:
    if asked.release is None:
        return _content_without_release(asked)
    return {**_content_without_release(asked), "release": _named_release(programs, asked)}


def _content_without_release(asked: Onboarding) -> choices.Choices:
    """As it is: the release that the customer has stays."""
    said = {
        "project_id": asked.wanted.project,
        "region": asked.wanted.region,
        "own_registry": asked.platform == asked.wanted.project,
        "runbook_url": asked.runbook_url,
    }
    return choices.customer(choices.read(asked.file), said, asked.admins)


def _admin(asked: Onboarding, email: str) -> Step:
    """Who never signed in has no account to give a role to: said, and no failure."""
    project = asked.wanted.project

    def grant() -> tuple[Action, ...]:
        line = f"GOOGLE_CLOUD_PROJECT={project} quicktest grant {email} admin"
        return (Action(line, lambda: Accounts(project).grant(email, "admin")),)

    def look() -> Finding:
        person = next((person for person in Accounts(project).people() if person.email.lower() == email.lower()), None)
        if person is None:
            return Finding("has no account yet: let them sign in to the page once, then run this again")
        return (
            Finding("is admin") if person.role == "admin" else Finding(f"is {person.role or 'without a role'}", grant())
        )

    return Step(f"admin {email}", look, grant)


def require_programs(programs: Programs) -> None:
    """Everything that the steps call is here and signed in; raises QuicktestError, with what to do."""
    version = json.loads(programs.run(Command(("terraform", "version", "-json"))).out)["terraform_version"]
    if not (1, 11) <= tuple(map(int, version.split("-")[0].split(".")[:2])) < (2, 0):
        raise QuicktestError(f"Terraform {version} is not one that this works with: install 1.11 or newer, below 2.")
    tools.firebase()
    if not programs.gcloud("auth", "list", "--filter=status:ACTIVE"):
        raise QuicktestError("Nobody is signed in to gcloud. Run `gcloud auth login`, and run this again.")
    programs.run(gcloud("auth", "application-default", "print-access-token"))  # Terraform's own; the answer stays here
