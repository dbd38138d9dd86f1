"""One schema (domain S0.3): the rules accept of each field what the models accept, and have its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.documents import ID_PATTERN, MODEL_BY_COLLECTION, OUTPUT_NAME_PATTERN, ClientDocument
from shared.paths import EXPERIMENT_ID_PATTERN
from tests.rules import fields
from tests.rules.asking import Case, Database, named
from tests.rules.roles import PATHS, SMALL
from tests.rules.subjects import writer


@pytest.mark.parametrize("field", list(fields.BY_FIELD))
def test_a_field_has_the_type_and_the_bounds_of_its_model(database: Database, field: str) -> None:
    cases = fields.BY_FIELD[field]
    wrong = {str(case): case.fields for case in cases if database.allows(case) is not case.allowed}
    assert not wrong
    assert {case.allowed for case in cases} == {True, False}, "one answer to everything proves nothing"


INSIDE: tuple[tuple[str, dict[str, object]], ...] = (
    ("datasets", {"tables": [{}]}),
    ("datasets", {"roles": {"customer_id": "a", "product_id": "b", "event_time": 7}}),
    ("datasets", {"filters": {"rows": "none"}}),
    ("feature_configs", {"query_features": ["customer"]}),
    ("model_configs", {"query_layers": [{"type": "dense", "units": -1}]}),
    ("model_configs", {"early_stopping": {"patience": 0}}),
    ("experiments", {"split": {"kind": "random", "test_days": 3}}),
)


@pytest.mark.parametrize(("collection", "inside"), INSIDE)
def test_what_is_inside_of_lists_and_groups_is_seen_by_the_functions_alone(
    database: Database, collection: str, inside: dict[str, object]
) -> None:
    """Rules have no loops, and 1,000 expressions: what they let through here, `parse` refuses."""
    who, path = writer(collection), PATHS[collection]
    document = named({**SMALL[collection], **inside}, who)
    assert database.allows(Case("inside", who, "create", path, True, None, document))
    assert fields.parse_problems(collection, path.rpartition("/")[2], document)


@pytest.mark.parametrize("collection", list(MODEL_BY_COLLECTION))
def test_the_rules_know_the_fields_of_the_models(collection: str) -> None:
    rules = Path("firestore.rules").read_text()
    block = rules[rules.index(f"match /{collection}/") :]
    inline, function = r"isNew\(request\.resource\.data, \[(.*?)\]\)", r"function fields\(\) \{\s*return \[(.*?)\];"
    listed = re.search(f"{inline}|{function}", block, re.DOTALL)
    assert listed
    own = {field.alias or name for name, field in MODEL_BY_COLLECTION[collection].model_fields.items()}
    assert set(re.findall(r"'(\w+)'", listed.group(1) or listed.group(2))) == own - set(ClientDocument.model_fields)


def test_the_rules_know_the_patterns_of_ids() -> None:
    rules = Path("firestore.rules").read_text()
    for pattern in (ID_PATTERN, OUTPUT_NAME_PATTERN, EXPERIMENT_ID_PATTERN.pattern):
        assert f"value.matches('{pattern.replace(chr(92) + 'Z', '$')}')" in rules  # RE2's `$` is Python's `\\Z`
