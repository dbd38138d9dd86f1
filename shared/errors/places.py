"""Where in our code, and at which feature or column, something failed (domain S8.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shared.errors.reading import FRAME, tracebacks

GENERATED = ("transform_module.py", "trainer_module.py")
PACKAGES = ("trainer_image", "compiler_image", "shared")

_NAMED = re.compile(
    r"""(?<=[`'"])([A-Za-z_]\w{0,127})(?=[`'"])"""  # `price`, 'price', "price"
    r"|\bNot found: (?:Table|View) (?:[\w-]{1,128}[.:]){0,3}(\w{1,128})"
    r"|\b(?:Feature|Key|name|column|Column): ([A-Za-z_]\w{0,127})|\bName ([A-Za-z_]\w{0,127}) not found"
)


def deepest_frame(lines: Sequence[str]) -> tuple[str, int] | None:
    """File and line of the deepest frame in a generated module or in our packages, of the last traceback with one."""
    found = _deepest(lines)
    return None if found is None else (found[0], found[1])


def place_of(sentence: str, lines: Sequence[str], subjects: Mapping[str, list[str]], of_data: bool) -> str | None:
    """The place in a config of what the sentence names, else of what the generated line that failed names.

    `of_data`: the failure is of the warehouse, so that a column of the dataset is meant rather than a feature of it.
    """
    frame = _deepest(lines, GENERATED)
    for text in (sentence, frame[2] if frame else ""):
        for match in _NAMED.finditer(text):
            name = next(group for group in match.groups() if group)
            if places := subjects.get(name):
                in_data = [place for place in places if place.startswith("dataset.")]
                return in_data[0] if of_data and in_data else places[0]
    return None


def _deepest(lines: Sequence[str], files: Sequence[str] = ()) -> tuple[str, int, str] | None:
    """File, line and source text; tracebacks from the last to the first."""
    for block in tracebacks(lines):
        for number in range(len(block) - 1, -1, -1):
            match = FRAME.match(block[number])
            name = _ours(match[1]) if match else None
            if match and name and (not files or name in files):
                below = block[number + 1] if number + 1 < len(block) else ""
                return name, int(match[2]), below
    return None


def _ours(path: str) -> str | None:
    """`transform_module.py`, `trainer_image/serving.py`; None for somebody else's file."""
    parts = path.replace("\\", "/").split("/")
    if parts[-1] in GENERATED:
        return parts[-1]
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :]
        return "/".join(parts) if parts and parts[0] in PACKAGES else None
    starts = [number for number, part in enumerate(parts[:-1]) if part in PACKAGES]
    return "/".join(parts[starts[-1] :]) if starts else None
