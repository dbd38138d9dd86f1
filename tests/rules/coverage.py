"""What the emulator says it evaluated of the rules, expression by expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LITERALS = ("true", "false")  # decide nothing


def unexercised(coverage: Mapping[str, Any]) -> dict[str, str]:
    """What is missing by place (`line:column`) and text: expressions that were never evaluated, and conditions (whose
    values are true and false alone) that were only ever one of them."""
    source = coverage["rules"]["files"][0]["content"]
    found: dict[str, str] = {}
    for expression in _all(coverage["report"]):
        place = expression["sourcePosition"]
        text = " ".join(source[place["currentOffset"] : place["endOffset"] + 1].split())
        if missing := _missing(text, expression.get("values", [])):
            found[f"{place['line']}:{place['column']} {text}"] = missing
    return found


def _all(expressions: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for expression in expressions:
        yield expression
        yield from _all(expression.get("children", []))


def _missing(text: str, values: list[Mapping[str, Any]]) -> str | None:
    """A value may be `undefined`: the expression was not reached, or could not be evaluated."""
    evaluated = [value["value"] for value in values if "undefined" not in value["value"]]
    if not evaluated:
        return "never evaluated"
    ways = {value.get("boolValue", "no condition") for value in evaluated}
    return None if len(ways) > 1 or text in LITERALS or ways == {"no condition"} else f"only ever {ways.pop()}"
