"""YAML with the line of every value, so that a message can say where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from quicktest.errors import QuicktestError


class _Loader(yaml.SafeLoader):
    """Safe YAML, with `1e-3` a number as in YAML 1.2 (PyYAML reads it as text) and `2026-01-31` the text that it is.

    Documents hold days as text, because Firestore knows no type for them.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?([0-9][0-9_]*)(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


@dataclass(frozen=True)
class Located:
    """One document of a file: its plain value and where its parts stand."""

    value: Any
    line: int
    lines: dict[str, int] = field(default_factory=dict)  # dotted path -> line
    duplicates: list[tuple[str, int]] = field(default_factory=list)  # keys that stand twice in one mapping

    def line_of(self, path: str) -> int:
        """The line of a dotted path, or of the nearest thing around it that exists."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            line = self.lines.get(".".join(parts[:length]))
            if line is not None:
                return line
        return self.line

    def value_at(self, path: str) -> Any:
        """What stands at a dotted path; None when nothing does."""
        value = self.value
        for step in path.split("."):
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value


def load_all(text: str, source: str) -> list[Located]:
    """The documents of a YAML text; raises QuicktestError with the line when it is not YAML."""
    loader = _Loader(text)
    documents = []
    try:
        while loader.check_node():
            node = loader.get_node()
            located = Located(loader.construct_document(node), node.start_mark.line + 1)
            _walk(node, "", located, set())
            if located.value is not None:  # nothing between two `---`
                documents.append(located)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise QuicktestError(f"{source}, line {line}: this is not YAML: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError) as error:  # odd characters
        raise QuicktestError(f"{source}: this is not YAML: {' '.join(str(error).split())}.") from error
    finally:
        loader.dispose()
    return documents


def _walk(node: yaml.Node, path: str, located: Located, above: set[int]) -> None:
    if id(node) in above:
        raise QuicktestError(f"line {node.start_mark.line + 1}: this document contains itself. Remove the alias.")
    for key, child, line in _children(node):
        inner = f"{path}.{key}" if path else key
        if inner in located.lines and isinstance(node, yaml.MappingNode):
            located.duplicates.append((inner, line))
        located.lines[inner] = line
        _walk(child, inner, located, above | {id(node)})


def _children(node: yaml.Node) -> Iterator[tuple[str, yaml.Node, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield str(key.value), child, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for place, child in enumerate(node.value):
            yield str(place), child, child.start_mark.line + 1
