"""`cloud`: Quicktest on Google Cloud: make an installation, renew it, look after it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quicktest.errors import QuicktestError
from quicktest.output import Json, console, print_json, waiting

if TYPE_CHECKING:
    from quicktest.cloud.programs import Programs
    from quicktest.cloud.steps import Step

Project = Annotated[str, typer.Argument(help="The project's id.", metavar="PROJECT")]
Region = Annotated[str | None, typer.Option(help="Where everything is that is in one region; needed the first time.")]
Billing = Annotated[str | None, typer.Option(help="Who pays; needed when the project is not paid for yet.")]
Folder = Annotated[str | None, typer.Option(help="Where a project that is made is put.")]
Organization = Annotated[str | None, typer.Option(help="The same, right below the organization.")]
Platform = Annotated[
    str | None, typer.Option(help="The project of images and releases; without it, the known one, or PROJECT itself.")
]
Environment = Annotated[str | None, typer.Option(help="dev or prod, where a project is in both.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be done, with the commands.")]
Yes = Annotated[bool, typer.Option("--yes", help="Make the project and apply the plans without asking.")]
ICONS = {"done": ("✔", "green"), "do": ("▶", "cyan"), "would do": ("○", "yellow"), "loses": ("✘", "red")}


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Quicktest on Google Cloud (docs/google-cloud.md).", no_args_is_help=True)
    for command in (platform, release, onboard, page, check, demo):
        group.command(command.__name__)(command)
    app.add_typer(group, name="cloud")


def platform(
    project: Project,
    region: Region = None,
    billing_account: Billing = None,
    folder: Folder = None,
    organization: Organization = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Make the project that keeps images and releases for all customers. A second run changes only what differs."""
    from quicktest.cloud import choices, onboarding
    from quicktest.cloud.foundation import Wanted

    place = choices.region_of(choices.file_of(choices.PLATFORM, project), region)
    wanted = Wanted(project, place, billing_account, folder, organization)
    steps = onboarding.platform_steps(_programs(), wanted, dry_run)
    _carry_out(steps, dry_run, yes, f"Next: quicktest cloud release 1.0.0 --platform {project}")


def onboard(
    project: Project,
    region: Region = None,
    billing_account: Billing = None,
    folder: Folder = None,
    organization: Organization = None,
    platform: Platform = None,
    environment: Annotated[
        str | None, typer.Option(help="dev or prod; without it, the one that it has, else prod.")
    ] = None,
    admin: Annotated[
        list[str] | None, typer.Option(help="Who is warned, and is admin on the page; repeatable.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(help="A version, or the file of one; without it, the present one.")
    ] = None,
    runbook_url: Annotated[
        str | None, typer.Option(help="https:// address of docs/runbook in your repository.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Take a project from nothing to a working installation.

    Each step looks first, so a second run changes only what differs, and one that failed goes on where it stopped. The
    files that it writes below terraform/ belong into your own repository: they say what the installation is.
    """
    from quicktest.cloud import choices, onboarding, pages
    from quicktest.cloud.foundation import Wanted

    root = choices.root_of(project, environment)
    place = choices.region_of(choices.file_of(root, project), region)
    wanted = Wanted(project, place, billing_account, folder, organization)
    people, kept_by = tuple(admin or ()), choices.platform_of(project, root, platform)
    asked = onboarding.Onboarding(wanted, kept_by, root, people, release, runbook_url, dry_run)
    steps = onboarding.steps(_programs(), asked)
    _carry_out(
        steps, dry_run, yes,
        f"Switch on sign-in with Google, once and by hand, which Terraform cannot: {pages.ways_to_sign_in(project)}\n"
        f"Open https://{project}.web.app and sign in. `quicktest cloud check {project}` looks whether all works, "
        f"`make cloud-demo PROJECT={project}` runs the first experiment.",
    )  # fmt: skip


def release(
    version: Annotated[str, typer.Argument(help="A version that was not used before, such as 1.4.0.")],
    platform: Annotated[str | None, typer.Option(help="The project that keeps it for all its customers.")] = None,
    project: Annotated[str | None, typer.Option(help="The same, for a project that is its own platform.")] = None,
    environment: Environment = None,
    dry_run: DryRun = False,
) -> None:
    """Build the images and pack the functions of this checkout, for all customers of a platform. It deploys nothing."""
    from quicktest.cloud import choices, onboarding, release_steps, releases

    if (named := platform or project) is None or platform and project:
        raise QuicktestError(
            "Say where releases are kept: --platform PROJECT, or --project where there is no platform."
        )
    programs = _programs()
    root = choices.find_environment(project, environment) if project else None
    shelf = onboarding.shelf_of(programs, named, root)
    steps = release_steps.steps(programs, shelf, releases.checked_version(version))
    customer = project or f"CUSTOMER --region REGION --platform {platform}"
    _carry_out(steps, dry_run, True, f"Next: quicktest cloud onboard {customer} --release {version}")


def page(project: Project, environment: Environment = None, dry_run: DryRun = False) -> None:
    """Build the page of this checkout and deploy it to a project, with the configuration that Terraform knows."""
    from quicktest.cloud import choices, onboarding, pages

    programs = _programs()
    root = onboarding.customer_root(programs, choices.find_environment(project, environment), project)
    _carry_out([pages.step(programs, project, root.outputs)], dry_run, True, "")


def _programs() -> Programs:
    from quicktest.cloud.onboarding import require_programs
    from quicktest.cloud.programs import Programs

    programs = Programs()
    with waiting("Looking for the programs that this calls"):
        require_programs(programs)
    return programs


def _carry_out(steps: list[Step], dry_run: bool, yes: bool, after: str) -> None:
    """Take the steps, or say what they would do; what to do next comes last."""
    from quicktest.cloud.steps import foresee, take

    try:
        busy = foresee(steps, _tell, waiting) if dry_run else take(steps, _tell, partial(_agrees, yes), waiting)
    except KeyboardInterrupt as interrupt:
        raise QuicktestError(
            "Interrupted. What was done stands; the same command again goes on from here."
        ) from interrupt
    if dry_run:
        verdict = f"{busy} of {len(steps)} steps would change something. Nothing was changed."
    else:
        verdict = f"All {len(steps)} steps are done, {busy} of them just now." if busy else "All was done already."
    console().print(f"\n{verdict}", style="bold")
    if after and busy and not dry_run:
        console().print(after, soft_wrap=True)


def _agrees(yes: bool, losses: tuple[str, ...]) -> bool:
    """A pipe has nobody to ask. What holds data is never deleted by an option that somebody gave before the plan."""
    import sys

    if yes and not losses:
        return True
    if not sys.stdin.isatty():
        how = "run this in a terminal" if losses else "run this in a terminal, or with --yes"
        raise QuicktestError(
            f"The step above {'deletes data and ' if losses else ''}needs somebody's agreement: {how}."
        )
    if losses:
        return typer.prompt("This deletes data. Type `delete` to agree", default="no") == "delete"
    return typer.confirm("Do this?")


def _tell(how: str, title: str, text: str) -> None:
    shown = console()
    if how == "run":
        shown.print("\n".join(f"    $ {line}" for line in text.splitlines()), style="dim", soft_wrap=True)
    elif how == "show":
        shown.print("\n".join(f"    {line}" for line in text.splitlines()), soft_wrap=True)
    else:
        icon, style = ICONS[how]
        shown.print(f"{icon} {how:<9}{title}: {text}", style=style if how != "done" else None, soft_wrap=True)


def check(project: Project, environment: Environment = None, as_json: Json = False) -> None:
    """Look whether an installation is there and works, and change nothing. Exit code 1 when something is wrong."""
    from quicktest.cloud.looking import look
    from quicktest.commands.doctor import diagnosis

    programs = _programs()
    with waiting(f"Looking at {project}"):
        checks = look(programs, project, environment)
    wrong = sum(check.status == "wrong" for check in checks)
    if as_json:
        print_json({"healthy": not wrong, "checks": [vars(check) for check in checks]})
    else:
        console().print(diagnosis(checks, [], wrong))
    raise typer.Exit(1 if wrong else 0)


def demo(
    project: Project,
    environment: Environment = None,
    local: Annotated[Path | None, typer.Option(help="A kept result of this machine, instead of a new one.")] = None,
) -> None:
    """Run examples/demo in a project and on this machine, and compare. Exit code 1 when they differ.

    Rows, fingerprints and what was asked must be equal; figures must lie within the intervals of the local run, because
    other processors round differently. Both results are kept in cloud-demo of the data folder.
    """
    from google.cloud import bigquery

    from quicktest.cloud import choices, onboarding
    from quicktest.cloud import demo as demonstration
    from quicktest.cloud.demo_rows import BigQuery

    kept = demonstration.read(local) if local else None
    root = onboarding.customer_root(_programs(), choices.find_environment(project, environment), project)
    variables = root.outputs().get("environment")
    if not variables:
        raise QuicktestError(f"{project} was not applied yet. Run `quicktest cloud onboard {project}` first.")
    loaded = demonstration.load_rows(BigQuery(bigquery.Client(project), variables["QUICKTEST_REGION"]))
    console().print(f"The demo's purchases {'were loaded into' if loaded else 'are in'} {project}.")
    there = demonstration.in_project(variables)
    raise typer.Exit(tell_compared(kept or demonstration.on_this_machine(), there, project))


def tell_compared(here: Mapping[str, Any], there: Mapping[str, Any], project: str) -> int:
    """Both results side by side, and the verdict; the exit code."""
    from rich.table import Table

    from quicktest.cloud.demo_comparison import compare, verdict

    lines = compare(here, there)
    table = Table("", "", "this machine", project, box=None, pad_edge=False)
    for line in lines:
        icon, style = {True: ("✔", "green"), False: ("✘", "red"), None: ("", "")}[line.same]
        table.add_row(icon, line.what, line.here, line.there, style=style if line.same is False else None)
    wrong = any(line.same is False for line in lines)
    console().print(table)
    console().print(f"\n{verdict(lines)}", style="red" if wrong else "green", soft_wrap=True)
    return 1 if wrong else 0
