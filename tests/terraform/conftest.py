"""Plans of the roots as they stand, each made once. Their variables are those of the examples beside them."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.names import NAMES
from tests.terraform.plan import Plan
from tests.terraform.planning import Copy
from tests.terraform.provider.serving import serving

DEPLOYMENTS = ("environments/dev", "environments/prod")
IMAGES = ("compiler", "mlflow", "trainer", "trainer_gpu", "worker")
Planned = Callable[..., Plan]


@pytest.fixture(scope="session")
def providers() -> Iterator[dict[str, str]]:
    """In whose environment Terraform plans with known names."""
    if shutil.which("terraform") is None:
        tell = pytest.fail if "CI" in os.environ else pytest.skip
        tell("Terraform is not on this machine: install version 1.11 to have its plans tested.")
    # A folder with a short name, for sockets.
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), NAMES) as environment:
        yield environment


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As `quicktest cloud release` writes it."""
    archive = tmp_path_factory.mktemp("release") / "functions.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", "")
    registry = "europe-west4-docker.pkg.dev/acme-quicktest/quicktest"
    images = {name: f"{registry}/{name}@sha256:{number:064d}" for number, name in enumerate(IMAGES)}
    return {"release": {"version": "1.0.0", "functions_archive": str(archive), "images": images}}


@pytest.fixture(scope="session")
def planned(
    tmp_path_factory: pytest.TempPathFactory, providers: dict[str, str], release: dict[str, Any]
) -> Callable[[str], Plan]:
    """The plan of a root, with a release where it takes one."""
    copy = Copy(tmp_path_factory.mktemp("roots"), providers)

    @cache
    def plan(root: str) -> Plan:
        return Plan(copy.planned(root, release if root in DEPLOYMENTS else {}))

    return plan


@pytest.fixture(params=DEPLOYMENTS)
def plan(request: pytest.FixtureRequest, planned: Callable[[str], Plan]) -> Plan:
    return planned(request.param)
