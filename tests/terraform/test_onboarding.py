"""What `quicktest cloud` writes for a root is what the root takes, and what it reads from a root is what that tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quicktest.cloud import checking, choices, onboarding, releases
from tests.fakes.programs import DIGEST, IMAGES

SAID = {
    "project_id": "shop",
    "region": "europe-west4",
    "own_registry": True,
    "runbook_url": "https://git.example/runbook",
}
RELEASE = {
    "version": "1.0.0",
    "functions_archive": "x.zip",
    "images": {name: f"a.b/c/{name}{DIGEST}" for name in IMAGES},
}


def blocks(root: Path, kind: str) -> dict[str, str]:
    """Name -> text of the variables or outputs of a root."""
    text = "\n".join(path.read_text() for path in sorted(root.glob("*.tf")))
    return {found[1]: found[0] for found in re.finditer(rf'^{kind} "(\w+)" {{\n.*?^}}', text, re.M | re.S)}


@pytest.mark.parametrize("environment", choices.ENVIRONMENTS)
def test_a_customers_choices_are_variables_and_none_that_is_needed_is_missing(environment: str) -> None:
    variables = blocks(choices.environment_folder(environment), "variable")
    written = {**choices.customer({}, SAID, ["ann@shop.example"]), "release": RELEASE}
    assert written.keys() <= variables.keys()
    assert {name for name, text in variables.items() if "default" not in text} <= written.keys()
    told = set(re.findall(r"^ {4,}(\w+) += string$", variables["release"], re.M))
    assert told >= {"version", "functions_archive", *releases.IMAGES}


def test_a_platforms_choices_are_variables_and_none_that_is_needed_is_missing() -> None:
    variables = blocks(choices.PLATFORM, "variable")
    written = choices.platform({}, "acme", "europe-west4", {"shop": "123"})
    assert written.keys() <= variables.keys()
    assert {name for name, text in variables.items() if "default" not in text} <= written.keys()
    for field in written["customers"]["shop"]:
        assert re.search(rf"^ +{field} += string$", variables["customers"], re.M)


@pytest.mark.parametrize("environment", choices.ENVIRONMENTS)
def test_what_is_read_of_an_environment_is_told_by_it(environment: str) -> None:
    told = blocks(choices.environment_folder(environment), "output")
    assert {"environment", "hosting_site", "page_config", "registry", "service_accounts"} <= told.keys()


def test_what_is_read_of_a_platform_is_told_by_it() -> None:
    assert {"builder", "releases_bucket", "repository"} <= blocks(choices.PLATFORM, "output").keys()


def test_the_images_of_a_release_are_those_that_are_built() -> None:
    built = [line.split()[0] for line in (choices.PROJECT_ROOT / "cloudbuild/images.txt").read_text().splitlines()]
    assert sorted(built) == sorted(releases.IMAGES)
    config = (choices.PROJECT_ROOT / "cloudbuild/images.yaml").read_text()
    for substitution in ("_VERSION", "_REPOSITORY", "_RELEASES", "_SERVICE_ACCOUNT", "_SOURCES"):
        assert f"${substitution}" in config


def test_what_is_checked_is_what_terraform_enables() -> None:
    text = (choices.TERRAFORM / "modules/project/variables.tf").read_text()
    assert set(checking.APIS) <= set(re.findall(r'^ +"([a-z]+)",$', text, re.M))
    assert onboarding.foundation.PROJECT_ID.pattern in text
