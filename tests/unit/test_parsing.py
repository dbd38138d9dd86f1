"""S0.3, S0.4, S11.1: every bound of every field, generated from the models, and the words for each mistake."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.documents import MODEL_BY_COLLECTION
from shared.parsing import parse
from shared.problems import InvalidDocument
from shared.schema_words import PATTERN_WORDS
from tests.unit import samples

DOCUMENTS = {collection: documents[0] for collection, documents in samples.DOCUMENTS.items()}

# ------------------------------------------------------------------- every field with the node of its JSON schema


@dataclass(frozen=True)
class Place:
    """A value of a sample document, with the node of the schema that describes it."""

    collection: str
    document_id: str
    raw: dict[str, Any]
    path: tuple[str | int, ...]
    owner: str  # what the schema calls the object (or the list) that holds it
    node: dict[str, Any]  # its only alternative, `null` and `auto` aside; else `{"anyOf": [...]}`
    nullable: bool

    def __str__(self) -> str:
        return f"{self.owner}.{self.path[-1]}"

    @property
    def dotted(self) -> str:
        return ".".join(map(str, self.path))

    @property
    def value(self) -> Any:
        value = self.raw
        for step in self.path:
            value = value[step]
        return value

    def changed(self, value: Any) -> dict[str, Any]:
        raw = copy.deepcopy(self.raw)
        target = raw
        for step in self.path[:-1]:
            target = target[step]
        target[self.path[-1]] = value
        return raw

    def accepts(self, value: Any) -> None:
        raw = self.changed(value)
        of_content = self.collection == "commands" and self.dotted in ("experiment", "kind")
        parse(self.collection, f"{raw['experiment']}--{raw['kind']}" if of_content else self.document_id, raw)

    def refuses(self, value: Any) -> tuple[str, str]:
        """Code and sentence of the problem; fails when the value is accepted, or when the problem is elsewhere."""
        return refusal(self.collection, self.document_id, self.changed(value), self.dotted)


def refusal(collection: str, document_id: str, raw: Any, path: str) -> tuple[str, str]:
    with pytest.raises(InvalidDocument) as caught:
        parse(collection, document_id, raw)
    problems = {problem.path: problem for problem in caught.value.problems}
    assert path in problems, f"{path} is not among {sorted(problems)}"
    assert problems[path].severity == "error"
    return problems[path].code, str(problems[path])


def places() -> Iterator[Place]:
    """Every value of every sample document."""
    for collection, documents in samples.DOCUMENTS.items():
        schema = MODEL_BY_COLLECTION[collection].model_json_schema()
        for document_id, raw in documents:
            for path, owner, node, nullable in walk(schema, schema, raw, (), ""):
                yield Place(collection, document_id, raw, path, owner, node, nullable)


def walk(schema: dict, node: dict, value: Any, path: tuple, owner: str) -> Iterator[tuple[tuple, str, dict, bool]]:
    node, nullable = resolve(schema, node, value)
    if path:
        yield path, owner, node, nullable
    if isinstance(value, dict):
        node = of_type(node, "object")
        if node.get("additionalProperties") is True:
            return  # anything may be in a draft
        for name, child in value.items():
            known = node["properties"][name] if "properties" in node else next(iter(node["patternProperties"].values()))
            yield from walk(schema, known, child, (*path, name), node["title"])
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from walk(schema, of_type(node, "array")["items"], child, (*path, index), f"{owner}.{path[-1]}")


def resolve(schema: dict, node: dict, value: Any) -> tuple[dict, bool]:
    """The node without references and `auto`, and whether it may be null."""
    if "$ref" in node:
        return resolve(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], value)
    if "discriminator" in node:
        rule = node["discriminator"]
        return resolve(schema, {"$ref": rule["mapping"][value[rule["propertyName"]]]}, value)
    if "anyOf" not in node:
        return node, False
    nullable = {"type": "null"} in node["anyOf"]
    others = [one for one in node["anyOf"] if one.get("type") != "null" and one.get("const") != "auto"]
    if len(others) == 1:
        return resolve(schema, others[0], value)[0], nullable
    return {"anyOf": [resolve(schema, one, value)[0] for one in others]}, nullable


def of_type(node: dict, kind: str) -> dict:
    return next(one for one in node.get("anyOf", [node]) if one.get("type") == kind)


ALL = list(places())
PLACES = list({str(place): place for place in reversed(ALL)}.values())  # each field once


def where(condition: Callable[[dict], bool]) -> pytest.MarkDecorator:
    """Runs the test for each field of each model whose node meets `condition`."""
    found = [pytest.param(place, place.node, id=str(place)) for place in PLACES if condition(place.node)]
    return pytest.mark.parametrize(("place", "node"), found)


def has(*names: str) -> Callable[[dict], bool]:
    return lambda node: any(name in node for name in names)


def is_a(*types: str) -> Callable[[dict], bool]:
    return lambda node: node.get("type") in types and "enum" not in node and "const" not in node


# ---------------------------------------------------------------------------------------------------- every bound


def test_sample_documents_write_every_field_of_every_model():
    schemas = [model.model_json_schema() for model in MODEL_BY_COLLECTION.values()]
    objects = [node for schema in schemas for node in (schema, *schema.get("$defs", {}).values())]
    known = {f"{node['title']}.{name}" for node in objects for name in node.get("properties", {})}
    assert known - {str(place) for place in ALL} == set()


@pytest.mark.parametrize("collection", DOCUMENTS)
def test_sample_documents_are_valid(collection):
    for document_id, raw in samples.DOCUMENTS[collection]:
        parse(collection, document_id, raw)


@where(has("minimum", "exclusiveMinimum"))
def test_numbers_accept_their_lowest_value_and_nothing_below(place, node):
    beyond = 1 if node["type"] == "integer" else 1e-9
    lowest = node["minimum"] if "minimum" in node else node["exclusiveMinimum"] + beyond
    place.accepts(lowest)
    code, sentence = place.refuses(lowest - beyond)
    assert code == "E_RANGE"
    assert f"{node.get('minimum', node.get('exclusiveMinimum')):.10g}" in sentence


@where(has("maximum", "exclusiveMaximum"))
def test_numbers_accept_their_highest_value_and_nothing_above(place, node):
    beyond = 1 if node["type"] == "integer" else 1e-9
    highest = node["maximum"] if "maximum" in node else node["exclusiveMaximum"] - beyond
    place.accepts(highest)
    code, sentence = place.refuses(highest + beyond)
    assert code == "E_RANGE"
    assert f"{node.get('maximum', node.get('exclusiveMaximum')):.10g}" in sentence


@where(is_a("integer", "number"))
def test_numbers_reject_what_is_no_number(place, node):
    for value in (float("nan"), float("inf"), -float("inf"), True, "5", "", b"5", [5], {"a": 5}):
        assert place.refuses(value)[0] == "E_WRONG_TYPE", value


@where(is_a("integer"))
def test_whole_numbers_reject_fractions(place, node):
    code, sentence = place.refuses(100.5)
    assert code == "E_WRONG_TYPE" and "a whole number" in sentence


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_null_is_accepted_where_the_schema_says_so_and_nowhere_else(place):
    if place.nullable:
        place.accepts(None)
    else:
        assert place.refuses(None)[0] in ("E_WRONG_TYPE", "E_CHOICE")


@where(has("minLength", "maxLength"))
def test_texts_accept_their_lengths_and_nothing_beyond(place, node):
    low, high = node.get("minLength", 0), node["maxLength"]
    place.accepts("x" * low)
    place.accepts("x" * high)
    assert place.refuses("x" * (high + 1))[0] == "E_RANGE"
    if low:
        assert place.refuses("x" * (low - 1))[0] == "E_RANGE"


@where(has("minItems", "maxItems"))
def test_lists_accept_their_lengths_and_nothing_beyond(place, node):
    entries = next(other.value for other in ALL if str(other) == str(place) and other.value)
    low, high = node.get("minItems", 0), node["maxItems"]
    code = "E_CROSS_SIZE" if str(place) == "Cross.features" else "E_RANGE"  # S3.21
    place.accepts((entries * high)[:high])
    place.accepts((entries * max(low, 1))[:low])
    assert place.refuses((entries * (high + 1))[: high + 1])[0] == code
    if low:
        assert place.refuses((entries * low)[: low - 1])[0] == code


@where(has("pattern"))
def test_patterns_reject_what_is_not_spelled_right(place, node):
    for value in ["", "9a b", "a\n", "é", "a;--", "`a`", "A" * 65]:
        code, sentence = place.refuses(value)
        assert code == "E_PATTERN", value
        assert PATTERN_WORDS[node["pattern"]] in sentence


@where(has("enum", "const"))
def test_choices_are_all_accepted_and_nothing_else(place, node):
    choices = node.get("enum", [node.get("const")])
    if "const" not in node:  # another `kind` or `type` means another object
        for choice in choices:
            place.accepts(choice)
    code, sentence = place.refuses("no such choice")
    assert code == "E_CHOICE"
    assert all(f"`{choice}`" in sentence for choice in choices)


@where(lambda node: node.get("format") == "date")
def test_days_are_days(place, node):
    for value in ("2025-12-31", "2024-02-29"):
        place.accepts(value)
    for value in ("2025-02-29", "31.12.2025", "2025-12-31T00:00:00", "", "today", 20251231):
        code, sentence = place.refuses(value)
        assert code == "E_WRONG_TYPE", value
        assert sentence.endswith("Use a day like `2026-01-31`.")


@where(is_a("string", "boolean", "array", "object"))
def test_everything_else_rejects_other_types(place, node):
    for value in (3, 1.5, b"bytes", object()):
        assert place.refuses(value)[0] == "E_WRONG_TYPE", value


def test_auto_stands_beside_a_number():
    fields = [place for place in PLACES if place.dotted in ("batch_size", "sample_percent")]
    assert {place.collection for place in fields} == {"model_configs", "experiments"}
    for place in fields:
        place.accepts("auto")
        code, sentence = place.refuses(0)
        assert code == "E_RANGE"
        assert sentence.endswith("or `auto`.")


# ------------------------------------------------------------------------- fields that hold one of several things


def place_of(name: str) -> Place:
    return next(place for place in PLACES if str(place) == name)


SEVERAL = {  # what each accepts, and what each refuses with which words
    "Column.nulls": (
        ["keep", "drop_row", {"fill": 0}],
        [("drop", "E_CHOICE", "`keep` or `drop_row`, or a group of fields (fill)"), (3, "E_WRONG_TYPE", "(fill)")],
    ),
    "Fill.fill": (["none", "", 0, -1.5, True], [(None, "E_WRONG_TYPE", "text"), ([], "E_WRONG_TYPE", "a number")]),
    "Dataset.catalogue": (
        ["train", {"table": "a.b", "product_id": "p"}],
        [("test", "E_CHOICE", "`train`, or a group of fields (product_id, table, where_active)")],
    ),
    "CategoryFilter.values.0": (["x", 3, True], [(1.5, "E_WRONG_TYPE", "a whole number"), (None, "E_WRONG_TYPE", "")]),
    "ModelConfig.positive_class_weight": (
        ["none", "balanced", 0.1, 100.0],
        [("equal", "E_CHOICE", "`none` or `balanced`, or a number from 0.1 to 100"), (0.0, "E_RANGE", "0.1 to 100")],
    ),
}


def test_every_field_that_holds_one_of_several_things_is_known_here():
    assert {str(place) for place in PLACES if "anyOf" in place.node} - {"CategoryFilter.values.1"} == set(SEVERAL)


@pytest.mark.parametrize("name", SEVERAL)
def test_a_field_that_holds_one_of_several_things(name):
    place, (accepted, refused) = place_of(name), SEVERAL[name]
    for value in accepted:
        place.accepts(value)
    for value, code, words in refused:
        told, sentence = place.refuses(value)
        assert (told, words in sentence) == (code, True), sentence


def test_a_mistake_inside_one_of_several_things_is_told_there_only():
    """What the other alternatives would have wanted is noise."""
    with pytest.raises(InvalidDocument) as caught:
        place = place_of("Column.nulls")
        parse(place.collection, place.document_id, place.changed({"fil": 0}))
    assert [(p.code, p.path.rpartition(".")[2]) for p in caught.value.problems] == [
        ("E_UNKNOWN_FIELD", "fil"),
        ("E_REQUIRED", "fill"),
    ]


# ------------------------------------------------------------------------------------------- fields, ids, documents


def objects() -> list:
    """Each kind of object once, with a place where it stands; the documents themselves have the empty path."""
    whole = [
        Place(collection, document_id, raw, (), "", MODEL_BY_COLLECTION[collection].model_json_schema(), False)
        for collection, (document_id, raw) in DOCUMENTS.items()
    ]
    found = {
        node["title"]: (place, node)
        for place in [*ALL, *whole]
        for node in place.node.get("anyOf", [place.node])
        if "properties" in node and isinstance(place.value, dict)
    }
    return [pytest.param(place, node, id=title) for title, (place, node) in found.items()]


@pytest.mark.parametrize(("place", "node"), objects())
def test_a_missing_field_is_named(place, node):
    for name in node.get("required", []):
        raw = copy.deepcopy(place.raw)
        target = raw
        for step in place.path:
            target = target[step]
        del target[name]
        with pytest.raises(InvalidDocument) as caught:
            parse(place.collection, place.document_id, raw)
        told = [(problem.code, problem.path) for problem in caught.value.problems]
        assert told == [("E_REQUIRED", ".".join(map(str, (*place.path, name))))]


@pytest.mark.parametrize(("place", "node"), objects())
def test_an_unknown_field_is_refused_everywhere(place, node):
    """S0.2: a field that changes nothing is refused."""
    raw = copy.deepcopy(place.raw)
    target = raw
    for step in place.path:
        target = target[step]
    target["surprise"] = 1
    path = ".".join(map(str, (*place.path, "surprise")))
    assert refusal(place.collection, place.document_id, raw, path)[0] == "E_UNKNOWN_FIELD"


def test_an_unknown_field_comes_with_the_field_that_was_meant():
    document_id, raw = DOCUMENTS["experiments"]
    _, sentence = refusal("experiments", document_id, {**raw, "epoch": 3}, "epoch")
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


COMMON = {"owner": "ada", "created_at": samples.NOW, "updated_at": samples.NOW}
COLUMN = {"kind": "number", "column": "price"}
DEFAULTS = [  # what is left out has the value that S1, S3, S4 and S5 document
    (
        "datasets", {"name": "Shop", "tables": [{"table": "a.b"}], "roles": {"customer_id": "c", "product_id": "p"}},
        {"description": "", "location": None, "primary": None, "joins": [], "timezone": "UTC", "history": [],
         "catalogue": "train", "max_bytes_billed": 10 * 2**30,
         "filters": {"rows": [], "window": None, "products": None, "customers": None},
         "tables": [{"table": "a.b", "alias": None, "columns": None}],
         "roles": {"customer_id": "c", "product_id": "p", "event_time": None, "order_id": None, "revenue": None,
                   "quantity": None}},
    ),
    (
        "feature_configs",
        {"name": "Base", "dataset": "shop", "target": {"column": "price"},
         "query_features": [{"kind": "category", "column": "customer", "vocabulary": {"embedding_dim": 8}},
                            {"kind": "time", "column": "day"},
                            {"kind": "history", "column": "recent", "shared_with": "product"}],
         "candidate_features": [{**COLUMN, "scale": {}}], "query_crosses": [{"features": ["a", "b"]}]},
        {"description": "", "query_id": "primary", "candidate_crosses": [],
         "target": {"column": "price", "clip_percentiles": None, "log": False, "normalise": "none"},
         "query_features": [
             {"kind": "category", "column": "customer", "name": None, "is_primary_id": False, "hashing": None,
              "vocabulary": {"max_size": 500_000, "min_frequency": 1, "oov_buckets": 1, "embedding_dim": 8}},
             {"kind": "time", "column": "day", "name": None, "cycles": [], "recency": False, "bucketize": None,
              "missing_indicator": False},
             {"kind": "history", "column": "recent", "name": None, "shared_with": "product", "max_length": 50}],
         "candidate_features": [
             {**COLUMN, "name": None, "bucketize": None, "missing_indicator": False,
              "scale": {"method": "zscore", "range": None, "clip_percentiles": None, "log": False}}],
         "query_crosses": [{"features": ["a", "b"], "hash_buckets": 5_000, "embedding_dim": 16, "bucketize": {}}]},
    ),
    (
        "model_configs", {"name": "Minimal"},
        {"description": "", "model_type": "retrieval", "output_embedding_dim": 32, "share_tower_weights": False,
         **{towers: [{"type": "dense", "units": 64, "activation": "relu", "l1": 0.0, "l2": 0.0}]
            for towers in ("query_layers", "candidate_layers")},
         "rating_head_layers": [{"type": "dense", "units": 32, "activation": "relu", "l1": 0.0, "l2": 0.0}],
         "optimizer": "adam", "learning_rate": None, "weight_decay": 0.0001, "momentum": 0.9,
         "lr_schedule": {"kind": "constant", "warmup_fraction": 0.0}, "clipnorm": 1.0, "batch_size": "auto",
         "normalise_embeddings": False, "temperature": 1.0, "logq_correction": True, "remove_accidental_hits": False,
         "hard_negatives": None, "label_smoothing": 0.0, "ranking_loss": "mse", "huber_delta": 1.0,
         "positive_class_weight": "none", "retrieval_weight": 1.0, "ranking_weight": 1.0,
         "retrieval_algorithm": "brute_force", "top_k": 100,
         "scann": {"num_leaves": None, "num_leaves_to_search": None, "num_reordering_candidates": None,
                   "dimensions_per_block": 2},
         "early_stopping": {"enabled": True, "metric": None, "every_epochs": 1, "patience": 3, "min_delta": 0.0005,
                            "restore_best": True}},
    ),
    (
        "experiments", {"feature_config": "base", "model_config": "minimal"},
        {"model_endpoint": "default", "name": "", "description": "", "notes": "", "tags": [], "starred": False,
         "split": None, "sample_percent": "auto", "epochs": 20, "batch_size": None, "learning_rate": None,
         "exclude_purchased": False, "hardware": "auto", "data_processing": "auto", "max_workers": 10,
         "reuse_cache": True, "max_minutes": 120, "max_cost_usd": 10.0, "region": None, "seed": 17, "split_seed": 17,
         "parent": None, "origin": None, "max_attempts": 3},
    ),
    (
        "model_endpoints", {"name": "Wholesale"},
        {"description": "", "max_running": 4, "max_cost_usd": None, "monthly_budget_usd": None},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("collection", "written", "filled_in"), DEFAULTS, ids=[case[0] for case in DEFAULTS])
def test_defaults_are_filled_in(collection, written, filled_in):
    document_id, _ = DOCUMENTS[collection]
    document = parse(collection, document_id, {**COMMON, **written})
    assert document.model_dump(by_alias=True) == {"schema_version": 1, **COMMON, **written, **filled_in}


@pytest.mark.parametrize(
    ("split", "filled_in"),
    [
        ({"kind": "strict_time"}, {"test_days": 14, "val_days": 14, "train_days": None}),
        ({"kind": "time_holdout"}, {"holdout_days": 7}),
        ({"kind": "random"}, {}),
    ],
)
def test_defaults_of_splits(split, filled_in):
    document_id, raw = DOCUMENTS["experiments"]
    document = parse("experiments", document_id, {**raw, "split": split})
    assert document.split.model_dump() == {**split, **filled_in}


def test_the_document_read_back_is_the_document_written():
    """A parsed document can be stored again, by its own field names."""
    for collection, documents in samples.DOCUMENTS.items():
        for document_id, raw in documents:
            document = parse(collection, document_id, raw)
            dumped = document.model_dump(by_alias=True, exclude_unset=True)
            assert set(dumped) == set(raw)
            assert parse(collection, document_id, dumped) == document


def test_a_null_that_was_meant_as_a_word_is_told_to_be_quoted():
    """YAML reads `kind: null` as nothing, and `null` is one of the kinds of a filter (S1.17)."""
    raw = {**DOCUMENTS["datasets"][1], "filters": {"rows": [{"kind": None, "column": "price", "keep": "null"}]}}
    with pytest.raises(InvalidDocument) as refused:
        parse("datasets", "sales", raw)
    (problem,) = refused.value.problems
    assert (problem.path, problem.problem) == ("filters.rows.0.kind", "the field is empty.")
    assert problem.remedy.endswith("write `null` in quotes.")


def test_a_bare_name_where_fields_belong_is_told_how_it_is_written():
    raw = copy.deepcopy(DOCUMENTS["datasets"][1])
    raw["tables"][0]["columns"] = ["brand"]
    with pytest.raises(InvalidDocument) as refused:
        parse("datasets", "sales", raw)
    (problem,) = refused.value.problems
    assert (problem.path, problem.remedy) == ("tables.0.columns.0", "Write `{column: brand}`.")
