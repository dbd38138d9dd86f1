"""Every top-level field with values at, inside and outside its bounds, made from the models' own schema (S0.3).

What is expected of the rules is what `shared.parsing.parse` says of the very same document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from shared.documents import MODEL_BY_COLLECTION, ClientDocument
from shared.parsing import parse
from shared.problems import InvalidDocument
from tests.rules.asking import Case, named
from tests.rules.roles import PATHS, SMALL
from tests.rules.subjects import PAST, writer
from tests.unit.samples import DOCUMENTS

OF_EVERY_TYPE: tuple[Any, ...] = (None, True, 2.5, "Two words", {})
NO_NUMBER = float("nan")
IDS = ("ab", "Abc", "a" * 63, "a" * 65)
RELATION = ("parent", "origin")  # one is nothing without the other: shared.validation.experiment says so, not `parse`
OF_THE_ID = ("commands.experiment", "commands.kind")  # the id is made of them: tests/rules/subjects.py


def _cases() -> Iterator[Case]:
    for collection, model in MODEL_BY_COLLECTION.items():
        schema = model.model_json_schema(by_alias=True)
        own = [name for name in schema["properties"] if name not in ClientDocument.model_fields]
        for name in own:
            if name not in RELATION and f"{collection}.{name}" not in OF_THE_ID:
                yield from _of_field(collection, name, schema)


def _of_field(collection: str, name: str, schema: Mapping[str, Any]) -> Iterator[Case]:
    who = writer(collection)
    without = {key: value for key, value in SMALL[collection].items() if key != name}
    required = name in schema["required"]
    yield Case(f"{name}-absent", who, "create", PATHS[collection], not required, None, named(without, who))
    for position, value in enumerate(_values(collection, name, schema)):
        document = named({**without, name: value}, who)
        allowed = not parse_problems(collection, PATHS[collection].rpartition("/")[2], document)
        yield Case(f"{name}-{position}", who, "create", PATHS[collection], allowed, None, document)


def parse_problems(collection: str, id: str, document: Mapping[str, Any]) -> list[str]:
    """The codes of what the functions have against the document, had it the server's times."""
    try:
        parse(collection, id, {"created_at": PAST, "updated_at": PAST, **document})
    except InvalidDocument as error:
        return [problem.code for problem in error.problems]
    return []


def _values(collection: str, name: str, schema: Mapping[str, Any]) -> list[Any]:
    """Without twins: 1 and True are two."""
    found = [*OF_EVERY_TYPE]
    for node in _nodes(schema["properties"][name], schema):
        found += _bounds(node)
        if node.get("type") == "array":
            found += _lengths(node, _sample(collection, name))
        if node.get("type") == "object":
            sample = _sample(collection, name)
            found += [sample, {**sample, "odd": 1}]
    return list({json.dumps(value, default=str, sort_keys=True): value for value in found}.values())


def _nodes(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The alternatives of a field, with references followed."""
    if "$ref" in node:
        yield from _nodes(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
    elif alternatives := node.get("anyOf") or node.get("oneOf"):
        for alternative in alternatives:
            yield from _nodes(alternative, schema)
    else:
        yield node


def _bounds(node: Mapping[str, Any]) -> Iterator[Any]:
    yield from node.get("enum", ())
    if "const" in node:
        yield node["const"]
    if node.get("type") == "boolean":
        yield False
    if node.get("type") in ("integer", "number"):
        yield NO_NUMBER
    if "pattern" in node:
        yield from IDS
    step = 1 if node.get("type") == "integer" else 1e-9
    for low in _present(node, "minimum", "exclusiveMinimum"):
        yield from (low, low - step)
    for high in _present(node, "maximum", "exclusiveMaximum"):
        yield from (high, high + step * (1 + abs(high)))
    if node.get("type") == "integer" and "minimum" in node:
        yield float(node["minimum"])
    for shortest in _present(node, "minLength"):
        yield from ("x" * shortest, "x" * max(shortest - 1, 0))
    for longest in _present(node, "maxLength"):
        yield from ("ü" * longest, "x" * (longest + 1))


def _present(node: Mapping[str, Any], *keys: str) -> list[Any]:
    return [node[key] for key in keys if key in node]


def _lengths(node: Mapping[str, Any], sample: list[Any]) -> Iterator[list[Any]]:
    """Lists as long as they may be, and one longer; a schema without an upper bound would be an oversight."""
    longest, shortest = node["maxItems"], node.get("minItems", 0)
    lengths = (longest, longest + 1, shortest, max(shortest - 1, 0))
    yield from ([sample[place % len(sample)] for place in range(length)] for length in lengths)


def _sample(collection: str, name: str) -> Any:
    """A value of the field that is a list or a group, from a valid document that has one."""
    return next(d[name] for _, d in DOCUMENTS[collection] if isinstance(d.get(name), (list, dict)) and d[name])


def field_of(case: Case) -> str:
    return f"{case.path.partition('/')[0]}.{case.name.rpartition('-')[0]}"


CASES = tuple(_cases())


BY_FIELD = {
    field: [case for case in CASES if field_of(case) == field] for field in sorted({field_of(case) for case in CASES})
}


def telling() -> list[Case]:
    """The smallest case of each field that is allowed, and the smallest that is not."""
    smallest: dict[tuple[str, bool], Case] = {}
    for case in sorted(CASES, key=lambda case: len(str(case.fields))):
        smallest.setdefault((field_of(case), case.allowed), case)
    return list(smallest.values())
