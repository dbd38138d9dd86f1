"""Real Terraform on the roots under terraform/, offline: `planned` gives what `terraform show -json` says of a plan."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).parents[2] / "terraform"
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


def terraform(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder; `environment`: in which it finds its providers (tests.terraform.provider.serving)."""
    quiet = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    quiet["GOGC"] = "400"  # a third of a plan's time is the collection of garbage
    known = {**os.environ, **quiet, **environment}
    return subprocess.run(["terraform", *arguments], cwd=folder, env=known, capture_output=True, text=True)


class TerraformFailed(AssertionError):
    """Terraform refused the configuration or its variables; the message is what it said."""


class Copy:
    """A copy of terraform/ and of the files beside it that modules read, with one of its roots to plan.

    `environment`: in which Terraform finds its providers (tests.terraform.provider.serving).
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        shutil.copytree(TERRAFORM, folder / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        for name in ("firestore.rules", "firestore.indexes.json", "firebase.json"):
            shutil.copy(TERRAFORM.parent / name, folder / name)

    def planned(self, root: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The plan of a root (`environments/dev`), or of a module by itself: its example's variables, and these.

        Raises TerraformFailed.
        """
        path = self.folder / "terraform" / root
        (path / "backend_override.tf").write_text(LOCAL_BACKEND)  # the state's bucket is not looked at
        if (example := path / "terraform.tfvars.example").exists():
            shutil.copy(example, path / "terraform.tfvars")  # which is what a user does first
        (path / "test.auto.tfvars.json").write_text(json.dumps(variables))
        if not (path / ".terraform").exists():
            self._run(path, "init", "-input=false", "-no-color")
        self._run(path, "plan", "-input=false", "-no-color", "-out=plan.bin")
        return json.loads(self._run(path, "show", "-json", "plan.bin"))

    def _run(self, path: Path, *arguments: str) -> str:
        done = terraform(path, self._environment, *arguments)
        if done.returncode:
            raise TerraformFailed(done.stdout[-2_000:] + done.stderr)
        return done.stdout


def resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every resource of `plan["planned_values"]["root_module"]` and of the modules in it."""
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from resources(child)
