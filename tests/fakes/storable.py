"""What Firestore could hold."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def storable(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy, if Firestore could hold it: it has no lists inside lists, and names are text."""
    copied = copy.deepcopy(dict(document))
    _check_storable(copied, in_list=False)
    return copied


def _check_storable(value: Any, in_list: bool) -> None:
    if isinstance(value, Mapping):
        assert all(isinstance(name, str) for name in value), f"names that are no text: {list(value)}"
        for part in value.values():
            _check_storable(part, in_list=False)
    elif isinstance(value, (list, tuple)):
        assert not in_list, f"a list inside a list: {value}"
        for part in value:
            _check_storable(part, in_list=True)
    else:
        assert value is None or isinstance(value, (str, int, float, bool, bytes, datetime)), type(value)
