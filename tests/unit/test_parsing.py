"""S0.3, S0.4, S11.1: every bound of every field, generated from the models, and the words for each mistake."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from shared.documents import MODEL_BY_COLLECTION
from shared.parsing import parse
from shared.problems import InvalidDocument
from shared.schema_words import PATTERN_WORDS
from tests.unit import samples

DOCUMENTS = {
    "datasets": ("shop", samples.DATASET),
    "feature_configs": ("base", samples.FEATURE_CONFIG),
    "model_configs": ("minimal", samples.MODEL_CONFIG),
    "experiments": (samples.EXPERIMENT_ID, samples.EXPERIMENT),
    "commands": (f"{samples.EXPERIMENT_ID}--cancel", samples.COMMAND),
}
OTHER_SPLITS = [{"kind": "time_holdout", "holdout_days": 7}, {"kind": "random"}]

# ------------------------------------------------------------------- every field with the node of its JSON schema


def fields() -> Iterator[tuple[str, tuple, dict]]:
    """(collection, path, node) of every value of the sample documents, and of the other kinds of split."""
    for collection, (_, raw) in DOCUMENTS.items():
        schema = MODEL_BY_COLLECTION[collection].model_json_schema()
        for path, node in walk(schema, schema, raw, ()):
            yield collection, path, node


def walk(schema: dict, node: dict, value: Any, path: tuple) -> Iterator[tuple[tuple, dict]]:
    node = resolve(schema, node, value)
    if path:
        yield path, node
    if isinstance(value, dict):
        for name, child in value.items():
            known = node.get("properties", {}).get(name) or next(iter(node["patternProperties"].values()))
            yield from walk(schema, known, child, (*path, name))
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from walk(schema, node["items"], child, (*path, index))


def resolve(schema: dict, node: dict, value: Any) -> dict:
    """The node without references, `null` and the literal `auto`."""
    while True:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        elif "discriminator" in node:
            node = {"$ref": node["discriminator"]["mapping"][value["kind"]]}
        elif "anyOf" in node:
            (node,) = (one for one in node["anyOf"] if one.get("type") != "null" and "const" not in one)
        else:
            return node


def cases(*needed: str) -> list:
    """The fields whose node has these entries, as test parameters."""
    return [
        pytest.param(collection, path, node, id=f"{collection}-{'.'.join(map(str, path))}")
        for collection, path, node in fields()
        if all(name in node for name in needed)
    ]


def of_type(*types: str) -> list:
    """The fields of these types; the version, of which there is one, is a choice."""
    return [case for case in cases("type") if case.values[2]["type"] in types]


# --------------------------------------------------------------------------------------------------------- helpers


def changed(collection: str, path: tuple, value: Any) -> dict:
    raw = copy.deepcopy(DOCUMENTS[collection][1])
    target = raw
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return raw


def refusal(collection: str, path: tuple, value: Any) -> tuple[str, str]:
    """Code and sentence of the problem at `path`; fails when the value is accepted or the problem is elsewhere."""
    with pytest.raises(InvalidDocument) as caught:
        parse(collection, DOCUMENTS[collection][0], changed(collection, path, value))
    problems = {problem.path: problem for problem in caught.value.problems}
    problem = problems[".".join(map(str, path))]
    assert problem.severity == "error"
    return problem.code, str(problem)


def accepted(collection: str, path: tuple, value: Any) -> None:
    parse(collection, DOCUMENTS[collection][0], changed(collection, path, value))


def value_at(collection: str, path: tuple) -> Any:
    value = DOCUMENTS[collection][1]
    for step in path:
        value = value[step]
    return value


# ---------------------------------------------------------------------------------------------------- every bound


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_sample_documents_are_valid_and_complete(collection):
    document_id, raw = DOCUMENTS[collection]
    parse(collection, document_id, raw)
    assert set(raw) == set(MODEL_BY_COLLECTION[collection].model_json_schema()["properties"])


@pytest.mark.parametrize(("collection", "path", "node"), cases("minimum", "maximum"))
def test_numbers_accept_their_bounds_and_nothing_beyond(collection, path, node):
    low, high = node["minimum"], node["maximum"]
    beyond = 1 if node["type"] == "integer" else 1e-9
    accepted(collection, path, low)
    accepted(collection, path, high)
    for outside in (low - beyond, high + beyond):
        code, sentence = refusal(collection, path, outside)
        assert code == "E_RANGE"
        assert f"{low:.10g}" in sentence and f"{high:.10g}" in sentence


@pytest.mark.parametrize(("collection", "path", "node"), of_type("integer", "number"))
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), True, "5", "", None, [5], {"a": 5}], ids=repr
)
def test_numbers_reject_what_is_no_number(collection, path, node, value):
    if value is None and nullable(collection, path):
        accepted(collection, path, None)
    else:
        assert refusal(collection, path, value)[0] == "E_WRONG_TYPE"


def nullable(collection: str, path: tuple) -> bool:
    optional = {"learning_rate", "clipnorm", "train_days"}
    return path[-1] in optional or (collection, path[-1]) == ("experiments", "batch_size")


@pytest.mark.parametrize(("collection", "path", "node"), of_type("integer"))
def test_whole_numbers_reject_fractions(collection, path, node):
    code, sentence = refusal(collection, path, 100.5)
    assert code == "E_WRONG_TYPE" and "a whole number" in sentence


@pytest.mark.parametrize(("collection", "path", "node"), cases("minLength") + cases("maxLength"))
def test_texts_accept_their_lengths_and_nothing_beyond(collection, path, node):
    low, high = node.get("minLength", 0), node["maxLength"]
    if path[-1] not in ("timezone", "table"):  # their content is checked by other rules too
        accepted(collection, path, "x" * max(low, 1))
    accepted(collection, path, "x" * high)
    assert refusal(collection, path, "x" * (high + 1))[0] == "E_RANGE"
    if low:
        assert refusal(collection, path, "x" * (low - 1))[0] == "E_RANGE"


@pytest.mark.parametrize(("collection", "path", "node"), cases("maxItems"))
def test_lists_accept_their_lengths_and_nothing_beyond(collection, path, node):
    entries = value_at(collection, path)
    if not entries:
        entries = samples.FEATURE_CONFIG["query_crosses"]  # the only list that is empty in a sample
    low, high = node.get("minItems", 0), node["maxItems"]
    accepted(collection, path, (entries * high)[:high])
    accepted(collection, path, (entries * max(low, 1))[:low])
    assert refusal(collection, path, (entries * (high + 1))[: high + 1])[0] == "E_RANGE"
    if low:
        assert refusal(collection, path, (entries * low)[: low - 1])[0] == "E_RANGE"


@pytest.mark.parametrize(("collection", "path", "node"), cases("pattern"))
@pytest.mark.parametrize("value", ["", "9a b", "a\n", "é", "a;--", "`a`", "A" * 65])
def test_patterns_reject_what_is_not_spelled_right(collection, path, node, value):
    code, sentence = refusal(collection, path, value)
    assert code == "E_PATTERN"
    assert PATTERN_WORDS[node["pattern"]] in sentence


@pytest.mark.parametrize(("collection", "path", "node"), cases("enum") + cases("const"))
def test_choices_are_all_accepted_and_nothing_else(collection, path, node):
    choices = node.get("enum", [node.get("const")])
    for choice in choices:
        accepted(collection, path, choice)
    code, sentence = refusal(collection, path, "no such choice")
    assert code == "E_CHOICE"
    assert path[-1] == "kind" or all(f"`{choice}`" in sentence for choice in choices)


@pytest.mark.parametrize(("collection", "path", "node"), of_type("string", "boolean", "array", "object"))
@pytest.mark.parametrize("value", [3, 1.5, b"bytes", object()], ids=["int", "float", "bytes", "object"])
def test_everything_else_rejects_other_types(collection, path, node, value):
    has_choices = "enum" in node or "const" in node
    assert refusal(collection, path, value)[0] == ("E_CHOICE" if has_choices else "E_WRONG_TYPE")


@pytest.mark.parametrize("split", OTHER_SPLITS, ids=lambda split: split["kind"])
def test_other_splits_have_their_own_fields(split):
    document_id, raw = DOCUMENTS["experiments"]
    assert parse("experiments", document_id, {**raw, "split": split}).split.kind == split["kind"]
    with pytest.raises(InvalidDocument, match="split.test_days`: there is no such field"):
        parse("experiments", document_id, {**raw, "split": {**split, "test_days": 3}})


@pytest.mark.parametrize(
    ("days", "accepts"), [(0, False), (1, True), (90, True), (91, False), (True, False), ("7", False)]
)
def test_bounds_of_holdout_days(days, accepts):
    document_id, raw = DOCUMENTS["experiments"]
    changed_raw = {**raw, "split": {"kind": "time_holdout", "holdout_days": days}}
    if accepts:
        parse("experiments", document_id, changed_raw)
    else:
        with pytest.raises(InvalidDocument, match="split.holdout_days"):
            parse("experiments", document_id, changed_raw)


@pytest.mark.parametrize(
    ("collection", "path"),
    [("model_configs", ("batch_size",)), ("experiments", ("batch_size",)), ("experiments", ("sample_percent",))],
)
def test_auto_stands_beside_a_number(collection, path):
    accepted(collection, path, "auto")
    code, sentence = refusal(collection, path, 0)
    assert code == "E_RANGE"
    assert sentence.endswith("or `auto`.")


# ------------------------------------------------------------------------------------------- fields, ids, documents


def required_fields() -> list:
    return [
        pytest.param(collection, (*path, name), id=f"{collection}-{'.'.join(map(str, (*path, name)))}")
        for collection, path, node in [
            *fields(),
            *((c, (), MODEL_BY_COLLECTION[c].model_json_schema()) for c in DOCUMENTS),
        ]
        if node.get("type") == "object"
        for name in node.get("required", [])
    ]


@pytest.mark.parametrize(("collection", "path"), required_fields())
def test_a_missing_field_is_named(collection, path):
    document_id, raw = DOCUMENTS[collection]
    raw = copy.deepcopy(raw)
    target = raw
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    with pytest.raises(InvalidDocument) as caught:
        parse(collection, document_id, raw)
    assert [(p.code, p.path) for p in caught.value.problems] == [("E_REQUIRED", ".".join(map(str, path)))]


def objects() -> list:
    top = [(collection, (), {"type": "object", "properties": {}}) for collection in DOCUMENTS]
    return [
        pytest.param(collection, path, id=f"{collection}-{'.'.join(map(str, path))}")
        for collection, path, node in [*fields(), *top]
        if node["type"] == "object" and "properties" in node
    ]


@pytest.mark.parametrize(("collection", "path"), objects())
def test_an_unknown_field_is_refused_everywhere(collection, path):
    """S0.2: a field that changes nothing is refused."""
    code, _ = refusal(collection, (*path, "surprise"), 1)
    assert code == "E_UNKNOWN_FIELD"


def test_an_unknown_field_comes_with_the_field_that_was_meant():
    _, sentence = refusal("experiments", ("epoch",), 3)
    assert sentence == "`epoch`: there is no such field. Did you mean `epochs`? Else remove it."


def test_all_problems_are_told_at_once_ordered_by_path():
    """S0.4."""
    document_id, raw = DOCUMENTS["experiments"]
    with pytest.raises(InvalidDocument) as caught:
        parse(
            "experiments", "nonsense", {**raw, "epochs": 0, "seed": "x", "batch_size": 7, "split": {"kind": "weekly"}}
        )
    assert [problem.path for problem in caught.value.problems] == ["batch_size", "epochs", "id", "seed", "split.kind"]
    assert str(caught.value).startswith(
        "experiments/nonsense: `batch_size`: 7 is outside the allowed range. Use a whole"
    )


def split_problem(split: Any) -> tuple[str, str]:
    document_id, raw = DOCUMENTS["experiments"]
    with pytest.raises(InvalidDocument) as caught:
        parse("experiments", document_id, {**raw, "split": split})
    (problem,) = caught.value.problems
    return problem.code, str(problem)


def test_a_split_without_kind_asks_for_it():
    choices = "`random`, `strict_time` or `time_holdout`"
    assert split_problem({"test_days": 3}) == ("E_REQUIRED", f"`split.kind`: the field is missing. Add it: {choices}.")
    assert split_problem({"kind": "weekly"}) == ("E_CHOICE", f"`split.kind`: 'weekly' is not a choice. Use {choices}.")
    assert split_problem({"kind": ["random"]})[0] == "E_CHOICE"
    assert split_problem("random") == (
        "E_WRONG_TYPE",
        "`split`: 'random' is not a group of fields. Use a group of fields (kind).",
    )


@pytest.mark.parametrize("raw", [None, 3, "text", [1], float("nan")], ids=repr)
@pytest.mark.parametrize("collection", DOCUMENTS)
def test_what_is_no_document_is_refused_in_words(collection, raw):
    with pytest.raises(InvalidDocument) as caught:
        parse(collection, DOCUMENTS[collection][0], raw)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("E_WRONG_TYPE", "document")
    assert "not a group of named fields" in problem.problem


@pytest.mark.parametrize(
    "surprise",
    [{3: 4}, {b"x": 1}, {"": 1}, {"a.b": 1}, {"epochs": 10**5000}, {"split": {"kind": "random", "random": {}}}],
    ids=["int key", "bytes key", "empty key", "dotted key", "huge number", "key named like a kind"],
)
def test_the_oddest_documents_get_words_too(surprise):
    document_id, raw = DOCUMENTS["experiments"]
    with pytest.raises(InvalidDocument) as caught:
        parse("experiments", document_id, {**raw, **surprise})
    assert len(caught.value.problems) == 1
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("collection", "document_id"),
    [
        ("datasets", "Shop"),
        ("datasets", "ab"),
        ("datasets", "1shop"),
        ("datasets", "shop\n"),
        ("model_configs", "a" * 64),
        ("feature_configs", "a/b"),
        ("experiments", "exp-1"),
        ("experiments", samples.EXPERIMENT_ID.upper()),
        ("experiments", samples.EXPERIMENT_ID + "\n"),
        ("commands", samples.EXPERIMENT_ID),
        ("commands", f"{samples.EXPERIMENT_ID}--stop"),
    ],
)
def test_a_bad_id_is_refused(collection, document_id):
    with pytest.raises(InvalidDocument) as caught:
        parse(collection, document_id, DOCUMENTS[collection][1])
    assert [(problem.code, problem.path) for problem in caught.value.problems] == [("E_ID", "id")]


def test_defaults_are_filled_in():
    """S5.1, S4.1: what is left out has the documented default."""
    needed = {"owner", "created_at", "updated_at", "feature_config", "model_config"}
    document_id, raw = DOCUMENTS["experiments"]
    document = parse("experiments", document_id, {name: raw[name] for name in needed})
    assert (document.split, document.sample_percent, document.epochs) == (None, "auto", 20)
    assert (document.batch_size, document.learning_rate, document.seed, document.split_seed) == (None, None, 17, 17)


def test_the_document_read_back_is_the_document_written():
    """A parsed document can be stored again, by its own field names."""
    for collection, (document_id, raw) in DOCUMENTS.items():
        assert parse(collection, document_id, raw).model_dump(by_alias=True, exclude_unset=True) == raw
