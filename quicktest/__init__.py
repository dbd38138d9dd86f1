"""Quicktest from a script: `from quicktest import Client`. The command line stands on the same client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.errors import QuicktestError
    from quicktest.experiment import Experiment

__all__ = ["Client", "Experiment", "QuicktestError"]
_HOMES = {"Client": "client", "Experiment": "experiment", "QuicktestError": "errors"}


def __getattr__(name: str) -> Any:
    """Import on first use: the Google clients take a second, which `quicktest --help` need not wait for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'quicktest' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"quicktest.{_HOMES[name]}"), name)
