"""The programs of the cloud, each call a line that a shell would take."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quicktest.cloud.refusals import SOON, NotInstalled, Refused, explained

# Nothing asks, colours or checks for a newer version of itself behind our back.
_QUIET = {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "NO_COLOR": "1", "CI": "1"}


@dataclass(frozen=True)
class Command:
    """`argv` in `folder` (None: where we are) with `environment` added to ours."""

    argv: tuple[str, ...]
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As one would type it."""
        settings = "".join(f"{name}={shlex.quote(value)} " for name, value in self.environment.items())
        line = f"{settings}{shlex.join(self.argv)}"
        return f"(cd {shlex.quote(str(self.folder))} && {line})" if self.folder else line


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Action:
    """One thing to do; `text` is how a person would do it."""

    text: str
    do: Callable[[], object]


class Programs:
    """Runs commands and keeps what they print: it may hold a secret, so only a failure's own sentence is shown."""

    def ask(self, command: Command) -> Answer:
        """Whatever the program answers; raises NotInstalled."""
        try:
            process = subprocess.Popen(
                command.argv,
                cwd=command.folder,
                env={**os.environ, **_QUIET, **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except FileNotFoundError as error:
            raise NotInstalled(command.argv[0]) from error
        out, err = _to_its_end(process)
        return Answer(process.returncode, out, err)

    def run(self, command: Command, fine: tuple[int, ...] = (0,)) -> Answer:
        """The answer of a program that succeeded; raises Refused, with the command and the remedy."""
        answer = self.ask(command)
        if answer.code not in fine:
            raise Refused(explained(str(command), command.argv, answer.err or answer.out))
        return answer

    def gcloud(self, *words: str) -> Any:
        """What gcloud says as JSON; raises Refused."""
        text = self.run(gcloud(*words, "--format=json")).out
        return json.loads(text) if text.strip() else None

    def gcloud_if_there(self, *words: str) -> Any:
        """The same, or None when there is no such thing."""
        command = gcloud(*words, "--format=json")
        answer = self.ask(command)
        if answer.code and is_missing(answer.err):
            return None
        return self.gcloud(*words) if answer.code else json.loads(answer.out)

    def action(self, command: Command) -> Action:
        return Action(str(command), lambda: self.run(command))


def _to_its_end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it prints. Ctrl-C reaches the program, too: Terraform then ends what it does, saves its state and frees the
    lock, so it is waited for and never killed; a second Ctrl-C makes Terraform itself give up."""
    interrupted = None
    while True:
        try:
            printed = process.communicate()
        except KeyboardInterrupt as interrupt:
            interrupted = interrupt
            continue
        if interrupted is not None:
            raise interrupted
        return printed


def gcloud(*words: str) -> Command:
    return Command(("gcloud", *words))


def is_missing(message: str) -> bool:
    """What gcloud says of things that are not there; of projects it also says so when one may not see them."""
    return bool(re.search(r"not_found|not found|may not exist|does not exist|\b404\b", message, re.I))


def patiently(action: Action, times: int = 6, pause_s: float = 10.0) -> Action:
    """Repeats what is refused because something was switched on a moment ago and is not known everywhere yet."""

    def do() -> None:
        for _ in range(times - 1):
            try:
                action.do()
                return
            except Refused as refused:
                if SOON not in str(refused):
                    raise
                time.sleep(pause_s)
        action.do()

    return Action(action.text, do)
