"""`quicktest cloud` up to the plans, with the real Terraform and the real roots: what it writes is taken by them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.planning import LOCAL_BACKEND, TERRAFORM
from tests.unit.cloud_side import ROOT, Cloud, make_cloud
from tests.unit.user_side import Cli, make_cli

BY_HAND = {
    "bigquery_datasets": ["shop"],
    "budget": {"billing_account": "012345-6789AB-CDEF01", "monthly": 500},
    "dataflow_region": "europe-west1",
    "max_running": 40,
    "mlflow": {"tier": "db-g1-small", "users": ["user:ann@shop.example"], "password_version": 2},
    "page": {"authorized_domains": ["quicktest.shop.example"]},
    "regions": ["europe-west1"],
}
# The state's bucket is not looked at: the local backend takes no settings of it.
WITHOUT_BUCKET = """#!/bin/bash
words=()
for word in "$@"; do [[ $word == -backend-config=* ]] || words+=("$word"); done
exec {} "${{words[@]}}"
"""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, providers: dict[str, str]) -> Cloud:
    """Projects with billing, in which nothing was applied."""
    real = shutil.which("terraform")
    made = make_cloud(monkeypatch, tmp_path)
    program = tmp_path / "bin/terraform"
    program.unlink()
    program.write_text(WITHOUT_BUCKET.format(real))
    program.chmod(0o755)
    for name, value in {**providers, "CHECKPOINT_DISABLE": "1", "GOGC": "400"}.items():
        monkeypatch.setenv(name, value)
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "customers", "releases")
    shutil.copytree(TERRAFORM, made.checkout / "terraform", dirs_exist_ok=True, ignore=ignored)
    for name in ("firestore.rules", "firestore.indexes.json"):
        shutil.copy(ROOT / name, made.checkout / name)
    for root in ("platform", "environments/dev", "environments/prod"):
        (made.checkout / "terraform" / root / "backend_override.tf").write_text(LOCAL_BACKEND)
    bucket = {"versioning_enabled": True, "uniform_bucket_level_access": True, "public_access_prevention": "enforced"}
    apis = ["cloudbilling", "cloudresourcemanager", "iam", "serviceusage", "storage"]
    paid = {"billing": "0A-1B", "apis": [f"{name}.googleapis.com" for name in apis]}
    projects = ("shop-quicktest", "acme-platform")
    made.change(
        projects=dict.fromkeys(projects, paid),
        buckets={f"gs://{project}-quicktest-state": bucket for project in projects},
    )
    return made


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    return make_cli(monkeypatch, capsys)


def test_a_platform_is_planned(cloud: Cloud, cli: Cli) -> None:
    shown = cli("cloud", "platform", "acme-platform", "--region", "europe-west4", "--dry-run")
    assert shown.code == 0, shown.err
    assert "acme-platform-quicktest-releases" in shown.out
    assert " to add, 0 to change, 0 to destroy." in shown.out


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_a_customer_is_planned_with_what_was_chosen_by_hand(
    cloud: Cloud, cli: Cli, release: dict[str, Any], environment: str
) -> None:
    file = cloud.checkout / f"terraform/environments/{environment}/customers/shop-quicktest.tfvars.json"
    asked = ("cloud", "onboard", "shop-quicktest", "--region", "europe-west4", "--environment", environment, "--admin",
             "ann@shop.example", "--runbook-url", "https://git.example/runbook")  # fmt: skip
    first = cli(*asked)
    assert "needs somebody's agreement" in first.err, first.err
    assert 'resource "google_firestore_database"' in first.out
    assert 'resource "google_cloudfunctions2_function"' not in first.out, "there is no release yet"

    file.write_text(json.dumps({**json.loads(file.read_text()), **release, **BY_HAND}))
    shown = cli("cloud", "onboard", "shop-quicktest", "--dry-run")
    assert shown.code == 0, shown.err
    assert "done     choices of the customer" in shown.out, "what was chosen by hand stays"
    assert 'resource "google_cloudfunctions2_function"' in shown.out
    assert 'resource "google_billing_budget"' in shown.out
    assert re.search(r"password_wo_version += 2\n", shown.out)
    assert " to add, 0 to change, 0 to destroy." in shown.out
    assert not list(cloud.checkout.rglob("*.tfplan"))
