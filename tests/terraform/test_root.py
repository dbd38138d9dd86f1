"""The root that `quicktest cloud` applies, with the real Terraform and a resource that is built into it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from quicktest.cloud.programs import Programs
from quicktest.cloud.refusals import Refused
from quicktest.cloud.terraform import Root

HCL = """
variable "project_id" {
  type = string
  validation {
    condition     = var.project_id != "bad"
    error_message = "Set project_id to another one."
  }
}
resource "terraform_data" "this" { input = var.project_id }
output "project" { value = terraform_data.this.output }
output "secret" {
  value     = "canary"
  sensitive = true
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Root:
    if shutil.which("terraform") is None:
        tell = pytest.fail if "CI" in os.environ else pytest.skip
        tell("Terraform is not on this machine: install version 1.11 to have it apply something.")
    (tmp_path / "main.tf").write_text(HCL)
    return Root(Programs(), tmp_path, "shop", "bucket", "quicktest/prod", choose(tmp_path, "shop"))


def choose(folder: Path, project: str) -> Path:
    file = folder / "shop.tfvars.json"
    file.write_text(json.dumps({"project_id": project}))
    return file


def test_a_plan_is_shown_applied_and_then_empty(root: Root) -> None:
    step = root.step("it")
    found = step.look()
    assert found.agreement
    assert '+ input  = "shop"' in found.shown
    (apply,) = found.todo
    apply.do()
    assert root.outputs() == {"project": "shop", "secret": "canary"}
    assert step.look().todo == ()
    assert list(root.folder.rglob("*.tfplan")) == []


def test_what_is_only_foreseen_leaves_no_state_and_no_plan(root: Root) -> None:
    found = root.step("it", lambda: {"project_id": "other"}).look()
    assert '+ input  = "other"' in found.shown
    assert root.outputs() == {}
    assert list(root.folder.rglob("*.tfplan")) == list(root.folder.glob("terraform.tfstate")) == []


def test_terraforms_own_sentence_is_told(root: Root) -> None:
    choose(root.folder, "bad")
    with pytest.raises(Refused, match="Invalid value for variable"):
        root.step("it").look()
