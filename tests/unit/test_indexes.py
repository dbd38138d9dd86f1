"""`firestore.indexes.json` against what is asked: the emulator answers all, Google Cloud what has an index."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from functions.adapters.ports import Letter
from functions.adapters.records import letter_document
from tests.fakes.world import START

ROOT = Path(__file__).parents[2]
INDEXES = json.loads((ROOT / "firestore.indexes.json").read_text())
EQUALITIES = ("==", "in")


class Query(NamedTuple):
    collection: str
    fields: frozenset[str]  # that are compared
    sorted_by: str | None  # a field that is ordered, or compared with less and more
    source: str


# Those of the functions and of the command line that are about collections with fewer indexes than usual.
ASKED = (
    Query("reports", frozenset({"collection"}), None, "functions.adapters.firestore_reports"),
    Query("versions", frozenset({"saved_at"}), "saved_at", "functions.adapters.firestore_reports"),
    Query("drafts", frozenset({"updated_at"}), "updated_at", "functions.adapters.firestore_reports"),
    Query("insights", frozenset({"stale"}), None, "functions.adapters.firestore_insights"),
    Query("insights", frozenset({"endpoint"}), None, "functions.adapters.firestore_insights"),
)
# Those of them that one index must answer: by several fields, one of which is sorted by. Ids that descend are sorted
# by, too: the indexes that Firestore makes itself end in ascending ids.
COMPOSED = (
    Query("runs", frozenset({"state", "created_at"}), "created_at", "readers_since"),
    Query("runs", frozenset({"state", "hardware.tier", "__name__"}), "__name__", "past_runs"),
    Query("dead_letters", frozenset({"drained_at", "experiment"}), "experiment", "undrained"),
)
SEVERAL = {  # functions with more than one condition that are no such query
    "_blocks_of": "two bounds of one field",
    "begin_rebuild": "one condition, and writes in a loop",
    "seated_in": "equalities alone, which are merged",
    "between": "two bounds of one field",
    "to_delete": "two queries",
}


def _with_several_conditions() -> Iterator[str]:
    """Functions of adapters, and of the command line's store, that ask by more than one condition."""
    for path in [*sorted((ROOT / "functions/adapters").glob("*.py")), ROOT / "quicktest/store.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                called = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
                names = [each.attr for each in called if isinstance(each, ast.Attribute)]
                loops = any(isinstance(each, ast.For) for each in ast.walk(node))
                if (
                    "where" in names
                    and names.count("where") + names.count("order_by") + names.count("_in_states") + loops > 1
                ):
                    yield node.name


def _of_the_page() -> Iterator[Query]:
    for path in sorted((ROOT / "web/src").rglob("*.ts*")):
        text = path.read_text()
        for begin in re.finditer(r"\bquery\(", text):
            called = _call(text, begin.end())
            found = re.search(r'collection\([\w.]+, (?:["`]([^"`]+)["`]|(\w+))\)', called)
            compared = re.findall(r'where\("([\w.]+)", "([^"]+)"', called)
            ordered = [field for field in re.findall(r'orderBy\("([\w.]+)"', called) if field != "__name__"]
            ranged = [field for field, operator in compared if operator not in EQUALITIES]
            if compared or ordered:
                assert found is not None, f"{path.name}: a query whose collection is not told in it"
                fields = frozenset([*(field for field, _ in compared), *ordered])
                collection = (found[1] or _constant(text, found[2])).rsplit("/", 1)[-1]
                yield Query(collection, fields, next(iter([*ordered, *ranged]), None), path.name)


def _constant(text: str, name: str) -> str:
    found = re.search(rf'const {name} = "([^"]+)"', text)
    assert found is not None, name
    return found[1]


def _call(text: str, begin: int) -> str:
    depth, end = 1, begin
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[begin : end - 1]


PAGE = list(_of_the_page())


def test_the_page_asks_queries() -> None:
    assert {"runs", "reports", "versions", "insights"} <= {query.collection for query in PAGE}


@pytest.mark.parametrize("query", [*ASKED, *PAGE], ids=lambda query: f"{query.collection}-{'-'.join(query.fields)}")
def test_every_field_that_is_asked_for_has_an_index(query: Query) -> None:
    overrides = [each for each in INDEXES["fieldOverrides"] if each["collectionGroup"] == query.collection]
    if not any(each["fieldPath"] == "*" and not each["indexes"] for each in overrides):
        return  # both directions of every field
    indexed = {each["fieldPath"] for each in overrides if each["indexes"]}
    assert query.fields <= indexed, f"{query.source} asks for fields of {query.collection} that have no index"


def test_queries_with_several_conditions_are_known() -> None:
    found = set(_with_several_conditions())
    assert found == {query.source for query in COMPOSED} | set(SEVERAL)


@pytest.mark.parametrize("query", [*COMPOSED, *PAGE], ids=lambda query: f"{query.collection}-{'-'.join(query.fields)}")
def test_a_sorted_query_with_a_condition_on_another_field_has_a_composite_index(query: Query) -> None:
    if query.sorted_by is None or len(query.fields) == 1:  # equalities alone are merged
        return
    composite = [
        {field["fieldPath"] for field in each["fields"]}
        for each in INDEXES["indexes"]
        if each["collectionGroup"] == query.collection
    ]
    assert query.fields in composite, query.source


def test_what_goes_by_itself_says_when() -> None:
    kept = letter_document(Letter("topic", "not JSON", "{}"), START)
    expiring = [(each["collectionGroup"], each["fieldPath"]) for each in INDEXES["fieldOverrides"] if each.get("ttl")]
    assert expiring == [("dead_letters", "expires_at")]
    assert kept["expires_at"] == START + timedelta(days=90)
