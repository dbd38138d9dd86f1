"""A world whose handlers die: the n-th call of any adapter raises before it acts, or after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from tests.fakes.world import World

PORTS = ("store", "blobs", "builds", "pipelines", "logs", "warehouse", "mirror")


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class _Counting:
    """Passes calls on, and raises at the one that `at` says."""

    def __init__(self, target: Any, owner: Crasher) -> None:
        self._target, self._owner = target, owner

    def at(self, region: str) -> _Counting:
        """Another region's pipelines: no call yet, and those that follow count."""
        return _Counting(self._target.at(region), self._owner)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        return self._owner.wrap(value) if callable(value) else value


class Crasher:
    """Counts the calls of all adapters of a world."""

    def __init__(self, world: World, at: int | None, after: bool = False, error: type[BaseException] = Crash) -> None:
        self.calls, self.at, self.after, self.error = 0, at, after, error
        names = {field.name for field in fields(world.services)} & set(PORTS)
        world.services = replace(world.services, **{name: self._wrapped(world, name) for name in names})

    def _wrapped(self, world: World, name: str) -> Any:
        return _Counting(getattr(world.services, name), self)

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            due = self.calls == self.at
            if due and not self.after:
                raise self.error(f"before call {self.at}")
            result = call(*arguments, **options)
            if due:
                raise self.error(f"after call {self.at}")
            return result

        return counted
