"""Steps that look before they act, and the one loop that takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from quicktest.cloud.programs import Action
from quicktest.errors import QuicktestError


class Stopped(QuicktestError):
    """A step cannot go on without the user; everything before it stands."""


@dataclass(frozen=True)
class Finding:
    """What is there, and what is to do about it; nothing is to do where all is well."""

    found: str
    todo: tuple[Action, ...] = ()
    shown: str = ""  # to be read before one agrees
    agreement: bool = False  # whether it is done only when the user agrees
    declined: Callable[[], object] = lambda: None  # tidies up when the user does not
    losses: tuple[str, ...] = ()  # what holds data and would be deleted


@dataclass(frozen=True)
class Step:
    """`look` reads only; `whole` is what there is to do when nothing is there, for what cannot be looked at yet."""

    title: str
    look: Callable[[], Finding]
    whole: Callable[[], tuple[Action, ...]] = lambda: ()


Tell = Callable[[str, str, str], None]  # how it stands (done, would do, do), the step's title, a sentence or a command
Agree = Callable[[tuple[str, ...]], bool]  # to what is shown, and to these losses
Wait = Callable[[str], AbstractContextManager[None]]  # says what takes its time


def take(steps: Sequence[Step], tell: Tell, agree: Agree, wait: Wait = nullcontext) -> int:
    """Do what is to do; returns how many steps had something to do. Raises Stopped when the user does not agree."""
    busy = 0
    for step in steps:
        with wait(f"Looking: {step.title}"):
            finding = step.look()
        if not finding.todo:
            tell("done", step.title, finding.found)
            continue
        busy += 1
        tell("do", step.title, finding.found)
        _show(step, finding, tell)
        if finding.agreement:
            _ask(finding, agree)
        for action in finding.todo:
            tell("run", step.title, action.text)
            with wait(f"Doing: {step.title}"):
                action.do()
    return busy


def _show(step: Step, finding: Finding, tell: Tell) -> None:
    if finding.shown:
        tell("show", step.title, finding.shown)
    for loss in finding.losses:
        tell("loses", step.title, f"{loss} would be deleted with all that it holds")


def _ask(finding: Finding, agree: Agree) -> None:
    agreed = False
    try:
        agreed = agree(finding.losses)
    finally:  # also when the question was interrupted
        if not agreed:
            finding.declined()
    if not agreed:
        raise Stopped("Nothing more was changed. Run this again when you agree; it goes on from here.")


def foresee(steps: Sequence[Step], tell: Tell, wait: Wait = nullcontext) -> int:
    """Say what `take` would do, and change nothing. What depends on an earlier step cannot be looked at before it is
    done: then all that the step ever does is named."""
    busy = 0
    for step in steps:
        try:
            with wait(f"Looking: {step.title}"):
                finding = step.look()
        except QuicktestError:
            if not busy:
                raise
            finding = Finding("can be looked at once the steps above are done", step.whole())
        busy += bool(finding.todo)
        tell("would do" if finding.todo else "done", step.title, finding.found)
        _show(step, finding, tell)
        for action in finding.todo:
            tell("run", step.title, action.text)
    return busy
