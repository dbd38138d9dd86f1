"""What a document's model allows at some place, in words, read from its JSON schema (domain S0.3: no second copy)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import BaseModel

from shared.documents import EXPERIMENT_PATTERN, ID_PATTERN, OUTPUT_NAME_PATTERN

Node = Mapping[str, Any]  # a node of a JSON schema
Path = tuple["str | int", ...]

PATTERN_WORDS = {  # a pattern without words here fails a test
    ID_PATTERN: "an id: 3 to 63 lower-case letters, digits and hyphens, beginning with a letter",
    OUTPUT_NAME_PATTERN: "a column name: 1 to 64 letters, digits and underscores, not beginning with a digit",
    EXPERIMENT_PATTERN: "the id of an experiment: `exp-` and a ULID in lower case",
    r"^[a-z0-9][a-z0-9_-]{0,31}$": "a tag: 1 to 32 lower-case letters, digits, `_` and `-`",
}


def holds(value: Any, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, (list, tuple)) and isinstance(step, int) and step < len(value)


@cache
def schema_of(model: type[BaseModel]) -> Node:
    return model.model_json_schema()


def nodes_at(schema: Node, raw: Any, path: Path) -> list[Node]:
    """The nodes of the schema that may stand at `path`; unions are followed by the member that is named there."""
    nodes, value = _expanded(schema, [schema], raw), raw
    for step in path:
        value = value[step] if holds(value, step) else None
        nodes = _expanded(schema, [child for node in nodes for child in _children(node, step)], value)
    return nodes


def _children(node: Node, step: str | int) -> list[Node]:
    if isinstance(step, int):
        return [node["items"]] if "items" in node else []
    if step in node.get("properties", {}):
        return [node["properties"][step]]
    return list(node.get("patternProperties", {}).values())


def _expanded(schema: Node, nodes: Iterable[Node], value: Any) -> list[Node]:
    """References and unions replaced by what they stand for."""
    flat: list[Node] = []
    for node in nodes:
        if "$ref" in node:
            flat += _expanded(schema, [schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]], value)
        elif "discriminator" in node:
            flat += _expanded(schema, [_member(node["discriminator"], value)], value)
        elif "anyOf" in node:
            flat += _expanded(schema, node["anyOf"], value)
        else:
            flat.append(node)
    return flat


def _member(discriminator: Mapping[str, Any], value: Any) -> Node:
    """The member of a union that `kind` (or `type`) asks for; when it asks for none, only that field itself."""
    field, mapping = discriminator["propertyName"], discriminator["mapping"]
    wanted = value.get(field) if isinstance(value, Mapping) else None
    if isinstance(wanted, str) and wanted in mapping:
        return {"$ref": mapping[wanted]}
    return {"type": "object", "properties": {field: {"type": "string", "enum": sorted(mapping)}}}


def known_fields(nodes: Iterable[Node]) -> list[str]:
    return sorted({name for node in nodes for name in node.get("properties", {})})


def choices(nodes: Iterable[Node]) -> set[object]:
    """Values one of which must be written."""
    return {choice for node in nodes if _has_choices(node) for choice in node.get("enum", [node.get("const")])}


def only_text(nodes: Sequence[Node]) -> str | None:
    """The one field that a group of fields must have, when that is text: what a bare text was meant as."""
    if len(nodes) != 1 or nodes[0].get("type") != "object" or len(nodes[0].get("required", [])) != 1:
        return None
    (field,) = nodes[0]["required"]
    return field if nodes[0]["properties"][field].get("type") == "string" else None


def words(nodes: Sequence[Node]) -> str:
    """What may be written, for people: "a whole number from 64 to 65536, or `auto`"."""
    return alternatives(dict.fromkeys(_describe(node) for node in nodes if node.get("type") != "null"))


def alternatives(choices: Iterable[str]) -> str:
    return ", or ".join(choices)


_NOUNS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "string": "text",
    "array": "a list",
    "object": "a group of fields",
}
_NOUNS_OF_FORMAT = {"date-time": "a point in time", "date": "a day"}


def expected_nouns(value: Any, nodes: Iterable[Node]) -> str:
    """ "a whole number", when `value` is not one; nothing when it has the right type and is refused all the same."""
    nouns = dict.fromkeys(_noun(node) for node in nodes if not _has_choices(node) and node["type"] != "null")
    of_value = {str: "text", float: "a number", int: "a number", datetime: "a point in time", list: "a list"}
    return "" if of_value.get(type(value)) in nouns else alternatives(nouns)


def _has_choices(node: Node) -> bool:
    return "enum" in node or "const" in node


def _noun(node: Node) -> str:
    return _NOUNS_OF_FORMAT.get(node.get("format", "")) or _NOUNS[node["type"]]


def _describe(node: Node) -> str:
    if _has_choices(node):
        choices = [f"`{choice}`" for choice in node.get("enum", [node.get("const")])]
        return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
    noun = _noun(node)
    if node["type"] == "string":
        return _describe_text(node, noun)
    if node["type"] == "array":
        return f"{noun}{_between(node, 'minItems', 'maxItems', ' entries')}"
    if node["type"] == "object":
        return f"{noun}{_named(node)}"
    return f"{noun}{_range(node)}"


def _describe_text(node: Node, noun: str) -> str:
    if "pattern" in node:
        return PATTERN_WORDS[node["pattern"]]
    if node.get("format") == "date":
        return f"{noun} like `2026-01-31`"
    return f"{noun}{_between(node, 'minLength', 'maxLength', ' characters')}"


def _between(node: Node, low: str, high: str, unit: str = "") -> str:
    """ " from 1 to 90", " of at most 80 characters", or nothing when there is no limit."""
    if high not in node:
        return ""
    most = f"{node[high]:.10g}{unit}"
    if node.get(low) == node[high]:
        return f" of exactly {most}"
    return f"{' of' if unit else ' from'} {node[low]:.10g} to {most}" if low in node else f" of at most {most}"


def _range(node: Node) -> str:
    """ " from 1 to 90", " above 0 and at most 100", " above 0 and below 1"; bounds that are not in it are told so."""
    if "exclusiveMinimum" not in node and "exclusiveMaximum" not in node:
        return _between(node, "minimum", "maximum")
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    return " " + " and ".join(f"{word} {node[bound]:.10g}" for bound, word in words.items() if bound in node)


def _named(node: Node) -> str:
    names = known_fields([node])
    return f" ({', '.join(names)})" if names else ""
