"""One Terraform root applied to one project: its state, its variables, its plan."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quicktest.cloud.programs import Action, Command, Programs
from quicktest.cloud.refusals import Refused, explained
from quicktest.cloud.steps import Finding, Step

NOTHING_TO_CHANGE, SOMETHING_TO_CHANGE = 0, 2  # of `plan -detailed-exitcode`
RETRIES = 2
PAUSE_S = 60.0  # before what is left of a plan is tried again
# What a new project answers for some minutes: a right or a metric that was made just now is not known everywhere.
_SOON = re.compile(
    r"cannot find metric that matches|permission denied while using the eventarc service agent|"
    r"may not have finished propagating|has not been used in project .* before|service account .* does not exist",
    re.I | re.S,
)
# What holds more than a release can make again: a plan that deletes it is agreed to in words, never by --yes.
_KEEPS_DATA = (
    "google_artifact_registry_repository|google_firestore_database|google_sql_database|google_sql_database_instance|"
    "google_storage_bucket"
)
_LOSS = re.compile(rf"^ *# (\S*\b(?:{_KEEPS_DATA})\.\S+) .*(?:will be destroyed|(?:must|will) be replaced)", re.M)
# A line for each of some hundred resources, before the plan itself.
_REFRESHING = re.compile(r"^\S+: (?:Refreshing state|Reading|Still reading|Read complete)\b.*\n", re.M)


@dataclass(frozen=True)
class Root:
    """`folder` holds the HCL and `variables` is the file of the project's choices. Each project has a data folder of
    its own, so that the next customer's `init` cannot point this one's `apply` at another state."""

    programs: Programs
    folder: Path
    project: str
    bucket: str
    prefix: str
    variables: Path

    @property
    def _data(self) -> str:
        return f".terraform/{self.project}"

    @property
    def _plan_file(self) -> str:
        return f"{self._data}/next.tfplan"

    def step(self, title: str, foreseen: Callable[[], Mapping[str, Any]] | None = None) -> Step:
        """Plan and apply. With `foreseen` it is told what these variables would change, and nothing is locked, written
        or applied: then the state need not be writable either."""

        def look() -> Finding:
            if foreseen is None:
                self._initialise()
                return self._planned(f"-out={self._plan_file}")
            with self._providers_stay(), tempfile.NamedTemporaryFile("w", suffix=".tfvars.json") as file:
                file.write(json.dumps(foreseen()))
                file.flush()
                self._initialise()
                return self._planned("-lock=false", variables=Path(file.name))

        return Step(title, look, self._whole)

    def outputs(self) -> dict[str, Any]:
        """What the applied state says of itself; empty before the first apply. Nothing is changed."""
        with self._providers_stay():
            self._initialise()
            found = json.loads(self.programs.run(self._command("output", "-json")).out or "{}")
        return {name: each["value"] for name, each in found.items()}

    def _initialise(self) -> None:
        """Fetches providers and points at the state."""
        (self.folder / self._data).mkdir(parents=True, exist_ok=True)
        self.programs.run(self._init())

    @contextmanager
    def _providers_stay(self) -> Iterator[None]:
        """The list of providers, which is kept in the repository, is afterwards as it was. It must be there until then:
        Terraform plans nothing without it."""
        file = self.folder / ".terraform.lock.hcl"
        before = file.read_bytes() if file.exists() else None
        try:
            yield
        finally:
            if before is None:
                file.unlink(missing_ok=True)
            elif file.read_bytes() != before:
                file.write_bytes(before)

    def _planned(self, *options: str, variables: Path | None = None) -> Finding:
        plan = self._plan(*options, variables=variables)
        answer = self.programs.run(plan, fine=(NOTHING_TO_CHANGE, SOMETHING_TO_CHANGE))
        if answer.code == NOTHING_TO_CHANGE:
            self._forget_plan()
            return Finding("everything is as the file says")
        apply = Action(str(self._apply()), self._carry_out)
        shown = _REFRESHING.sub("", answer.out).strip()
        losses = tuple(_LOSS.findall(shown))
        return Finding("the plan differs from what is there", (apply,), shown, True, self._forget_plan, losses)

    def _carry_out(self) -> None:
        """The plan that was shown. What is left of it, because something new was not yet known everywhere, is tried
        again. The plan's file holds values that the screen does not, so it does not stay."""
        try:
            answer = self.programs.ask(self._apply())
        finally:
            self._forget_plan()
        for _ in range(RETRIES):
            if answer.code == 0 or not _SOON.search(answer.err):
                break
            time.sleep(PAUSE_S)
            answer = self.programs.ask(self._rest())
        if answer.code:
            raise Refused(explained(str(self._apply()), ("terraform",), answer.err))

    def _forget_plan(self) -> None:
        (self.folder / self._plan_file).unlink(missing_ok=True)

    def _whole(self) -> tuple[Action, ...]:
        plan = self._plan(f"-out={self._plan_file}")
        return tuple(self.programs.action(each) for each in (self._init(), plan, self._apply()))

    def _init(self) -> Command:
        return self._command(
            "init",
            "-reconfigure",
            f"-backend-config=bucket={self.bucket}",
            f"-backend-config=prefix={self.prefix}",
        )

    def _plan(self, *options: str, variables: Path | None = None) -> Command:
        file = (variables or self.variables).resolve()
        return self._command("plan", f"-var-file={file}", "-detailed-exitcode", *options)

    def _rest(self) -> Command:
        return self._command("apply", f"-var-file={self.variables.resolve()}", "-auto-approve")

    def _apply(self) -> Command:
        return self._command("apply", self._plan_file)

    def _command(self, word: str, *options: str) -> Command:
        quiet = () if word == "output" else ("-input=false", "-no-color")
        return Command(("terraform", word, *quiet, *options), self.folder, {"TF_DATA_DIR": self._data})
