"""YAML with the line of every value, so that a message can say where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from quicktest.errors import QuicktestError

_OF_YAML_1_1 = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
_REMEDIES = {  # how a complaint of the parser begins, and what the writer most often forgot
    "mapping values are not allowed": "Put text with a colon in it in quotes, and check the indentation.",
    "expected ',' or": "A `[` or a `{` before it is not closed, or a comma is missing.",
    "expected <block end>": "Indent lines of one level alike.",
    "found character '\\t'": "Indent with spaces, not with tabs.",
    "found unexpected end of stream": "A quote is not closed.",
    "while scanning a quoted": "A quote is not closed.",
    "could not find expected ':'": "Write `field: value`, with a space after the colon.",
    "found undefined alias": "Put text that begins with `*` in quotes.",
    "found character": "Put text that begins with a special character in quotes.",
}


class _Loader(yaml.SafeLoader):
    """Safe YAML as in YAML 1.2: `1e-3` is a number; `NO` (a country), `on` and `2026-01-31` are the text that they are,
    and that PyYAML takes for no, yes and a day. Documents hold days as text: Firestore knows no type for them.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OF_YAML_1_1]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
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
        raise QuicktestError(f"{source}, line {line}: this is not YAML: {_complaint(error)}") from error
    except (yaml.YAMLError, ValueError) as error:  # odd characters
        raise QuicktestError(f"{source}: this is not YAML: {' '.join(str(error).split())}.") from error
    finally:
        loader.dispose()
    return documents


def _complaint(error: yaml.MarkedYAMLError) -> str:
    """The parser's words, and the remedy."""
    words = str(error.problem or error.context)
    remedy = next((remedy for begin, remedy in _REMEDIES.items() if words.startswith(begin)), "")
    return f"{words}. {remedy}".strip()


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
