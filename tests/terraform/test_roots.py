"""The roots as a whole: a plan from nothing with nothing known, and the platform that customers pull from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from local.gateway import wiring
from tests.terraform.conftest import DEPLOYMENTS, Planned
from tests.terraform.planning import Copy
from tests.terraform.provider.serving import serving


@pytest.mark.parametrize("root", DEPLOYMENTS)
def test_nothing_must_be_known_before_it_is_made(
    providers: dict[str, str], release: dict[str, Any], tmp_path: Path, root: str
) -> None:
    """A `for_each` or `count` over what Google tells only later plans well where names are known, and nowhere else."""
    with tempfile.TemporaryDirectory() as sockets, serving(Path(sockets)) as unknowing:
        told = Copy(tmp_path, unknowing).planned(root, release)
    assert len(told["resource_changes"]) > 150


def test_both_environments_are_made_of_the_same(planned: Planned) -> None:
    dev, prod = (planned(root) for root in DEPLOYMENTS)
    assert dev.functions().keys() == prod.functions().keys()
    for each in (dev, prod):
        assert len({trigger["name"] for trigger, _, _ in each.triggers()}) == len(wiring.DOCUMENT_TRIGGERS) + 1
    kinds = prod.types() - dev.types()
    assert kinds <= {
        "google_bigquery_dataset_iam_member",  # its example names datasets
        "google_firestore_backup_schedule",
        "google_cloud_run_v2_service", "google_secret_manager_secret", "google_secret_manager_secret_iam_member",
        "google_secret_manager_secret_version", "google_sql_database", "google_sql_database_instance",
        "google_sql_user",  # MLflow's, which dev's example does without
    }  # fmt: skip


def test_customers_may_pull_images_and_write_none(planned: Planned) -> None:
    plan = planned("platform")
    [repository] = plan.of("google_artifact_registry_repository")
    pullers = {
        right.member
        for right in plan.rights()
        if right.kind == "artifact_registry_repository" and right.role == "roles/artifactregistry.reader"
    }
    deployed = planned("environments/prod").outputs["service_accounts"]["value"]
    assert {f"serviceAccount:{deployed[name]}" for name in ("builds", "pipelines")} <= pullers
    assert repository["docker_config"][0]["immutable_tags"] is True
    writers = {right.account for right in plan.rights() if "writer" in right.role.lower() and right.kind != "project"}
    assert writers == {"image-builder"}
    assert not [right for right in plan.rights() if "allUsers" in right.member]
