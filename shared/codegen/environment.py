"""The template engine of generated code. A value gets into a module as a Python literal or not at all."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


class Literal(str):
    """Source text of a literal: what the filter `literal` makes of a value."""


def literal(value: Any) -> Literal:
    return Literal(repr(value))


def _only_literals(value: Any) -> Any:
    """Refuse `{{ name }}` without the filter: a template mistake that would let a user's text become code."""
    if not isinstance(value, Literal):
        raise TypeError(f"a template prints {value!r} without the filter `literal`")
    return value


ENVIRONMENT = Environment(
    loader=PackageLoader("shared.codegen"),
    undefined=StrictUndefined,
    finalize=_only_literals,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)
ENVIRONMENT.filters["literal"] = literal
