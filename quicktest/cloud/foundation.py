"""What a project needs before Terraform can take over: itself, billing, a few APIs, and a bucket for the state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from quicktest.cloud.programs import Action, Programs, gcloud, patiently
from quicktest.cloud.steps import Finding, Step, Stopped
from quicktest.errors import QuicktestError

# Those that Terraform asks through; it enables all others itself.
APIS = (
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")


@dataclass(frozen=True)
class Wanted:
    """A project as it should be. At most one of `folder` and `organization`, both only for one that is made."""

    project: str
    region: str
    billing_account: str | None = None
    folder: str | None = None
    organization: str | None = None

    def __post_init__(self) -> None:
        if not PROJECT_ID.fullmatch(self.project):
            raise QuicktestError(
                f"`{self.project}` cannot be a project id: 6 to 30 small letters, digits and hyphens, a letter first "
                "and no hyphen last."
            )
        if self.folder and self.organization:
            raise QuicktestError("Give --folder or --organization, not both: a folder is in an organization already.")
        if not re.fullmatch(r"[a-z]+-[a-z]+[0-9]+", self.region):
            raise QuicktestError(
                f"`{self.region}` is not a region such as europe-west4: `gcloud compute regions list`."
            )


def state_bucket(project: str) -> str:
    """In the project itself: the state of a customer holds what only that customer's operators may read."""
    return f"{project}-quicktest-state"


def steps(programs: Programs, wanted: Wanted) -> list[Step]:
    """From no project to one that Terraform can work in."""
    return [
        _project(programs, wanted),
        _billing(programs, wanted),
        _apis(programs, wanted),
        _bucket(programs, wanted),
    ]


def project_number(programs: Programs, project: str) -> str:
    """Raises Refused when it is not there, or may not be seen."""
    return str(programs.gcloud("projects", "describe", project)["projectNumber"])


def _project(programs: Programs, wanted: Wanted) -> Step:
    def create() -> tuple[Action, ...]:
        place = [
            f"--{name}={value}"
            for name, value in (("folder", wanted.folder), ("organization", wanted.organization))
            if value
        ]
        return (programs.action(gcloud("projects", "create", wanted.project, *place)),)

    def look() -> Finding:
        found = programs.gcloud_if_there("projects", "describe", wanted.project)
        if found is None and not wanted.billing_account:
            raise Stopped(
                f"There is no project {wanted.project} that this account may see. Check its id and `gcloud auth list`; "
                "to have it made, say who pays with --billing-account (`gcloud billing accounts list`)."
            )
        if found is None:  # somebody looks at the id first: it can never be given again
            return Finding("there is none that this account may see", create(), agreement=True)
        if found["lifecycleState"] != "ACTIVE":
            raise Stopped(
                f"The project {wanted.project} is being deleted ({found['lifecycleState']}). Bring it back with "
                f"`gcloud projects undelete {wanted.project}`, or choose another id."
            )
        return Finding(f"is there, number {found['projectNumber']}")

    return Step(f"project {wanted.project}", look, create)


def _billing(programs: Programs, wanted: Wanted) -> Step:
    account = (wanted.billing_account or "").removeprefix("billingAccounts/")

    def link() -> tuple[Action, ...]:
        named = account or "ACCOUNT"
        return (programs.action(gcloud("billing", "projects", "link", wanted.project, f"--billing-account={named}")),)

    def look() -> Finding:
        found = programs.gcloud("billing", "projects", "describe", wanted.project)
        linked = found.get("billingAccountName", "").removeprefix("billingAccounts/")
        if found.get("billingEnabled") and account in ("", linked):
            return Finding(f"is paid by {linked}")
        if not account:
            raise Stopped(
                f"The project {wanted.project} has no billing account. Give one with --billing-account; `gcloud "
                "billing accounts list` shows those that you may use."
            )
        return Finding(f"is paid by {linked}" if found.get("billingEnabled") else "is paid by nobody", link())

    return Step("billing", look, link)


def _apis(programs: Programs, wanted: Wanted) -> Step:
    def enable(names: tuple[str, ...] = APIS) -> tuple[Action, ...]:
        return (programs.action(gcloud("services", "enable", *names, f"--project={wanted.project}")),)

    def look() -> Finding:
        found = programs.gcloud("services", "list", "--enabled", f"--project={wanted.project}") or []
        missing = tuple(sorted({*APIS} - {service["config"]["name"] for service in found}))
        if not missing:
            return Finding(f"all {len(APIS)} are enabled")
        return Finding(f"{len(missing)} of {len(APIS)} are not enabled", enable(missing))

    return Step("APIs that Terraform asks through", look, enable)


def _bucket(programs: Programs, wanted: Wanted) -> Step:
    url = f"gs://{state_bucket(wanted.project)}"
    protect = gcloud(
        "storage", "buckets", "update", url, "--versioning", "--uniform-bucket-level-access",
        "--public-access-prevention",
    )  # fmt: skip
    make = gcloud(
        "storage", "buckets", "create", url, f"--project={wanted.project}", f"--location={wanted.region}",
        "--uniform-bucket-level-access", "--public-access-prevention",
    )  # fmt: skip

    def create() -> tuple[Action, ...]:
        return (patiently(programs.action(make)), programs.action(protect))

    def look() -> Finding:
        found = programs.gcloud_if_there("storage", "buckets", "describe", url)
        if found is None:
            return Finding("is not there", create())
        lacking = [word for word, fine in _protections(found).items() if not fine]
        if lacking:
            return Finding(f"is without {' and '.join(lacking)}", (programs.action(protect),))
        return Finding(f"{url} is there, versioned, with uniform access")

    return Step("bucket of Terraform's state", look, create)


def _protections(bucket: dict) -> dict[str, bool]:
    return {
        "versions": bool(bucket.get("versioning_enabled")),
        "uniform access": bool(bucket.get("uniform_bucket_level_access")),
        "public access prevention": bucket.get("public_access_prevention") == "enforced",
    }
