"""The generated Transform module: whole outputs as golden files, every option, and hostile names carried as data.

After a wanted change of the template run this file once with `UPDATE_GOLDEN=1`.
"""

from __future__ import annotations

import ast
import os
import random
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.codegen import render_transform
from shared.codegen.check import UnsafeCode, check
from shared.codegen.environment import ENVIRONMENT
from shared.codegen.transform import SHAPE
from shared.documents import FeatureConfig, Roles
from shared.features import TOWERS, row_outputs, tower_outputs
from tests.unit.codegen_configs import (
    ALL_COLUMNS,
    COLUMNS,
    ROLES,
    TRANSFORM_OPTIONS,
    Column,
    category,
    changed,
    feature_config,
    full_config,
    random_config,
)

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str, source: str) -> str:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(source, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def render(config: FeatureConfig, roles: Roles = ROLES) -> str:
    return render_transform(config, ALL_COLUMNS, roles, with_target=config.target is not None)


def test_the_module_with_every_option_is_the_golden_one() -> None:
    source = render(full_config())
    assert source == golden("transform_module.py", source)


def test_the_smallest_config_makes_a_module_without_empty_parts() -> None:
    hashed = {"kind": "category", "column": "product_id", "hashing": {"buckets": 9, "embedding_dim": 2}}
    config = feature_config(
        query_id="none",
        query_features=[{"kind": "category", "column": "country", "hashing": {"buckets": 9, "embedding_dim": 2}}],
        candidate_features=[{**hashed, "is_primary_id": True}],
        query_crosses=[],
        candidate_crosses=[],
    )
    source = render(config, Roles(customer_id="customer_id", product_id="product_id"))
    assert source == golden("transform_module_smallest.py", source)


@pytest.mark.parametrize(("path", "value"), TRANSFORM_OPTIONS, ids=[path for path, _ in TRANSFORM_OPTIONS])
def test_every_option_changes_the_module(path: str, value: Any) -> None:
    """S0.2."""
    assert render(full_config(**changed(path, value))) != render(full_config())


def test_the_target_is_learned_only_when_the_model_uses_it() -> None:
    without = render_transform(full_config(), ALL_COLUMNS, ROLES, with_target=False)
    assert "target" not in without and "amount" not in without
    assert without == render(full_config(target=None))


def test_the_order_of_a_cross_changes_nothing() -> None:
    crosses = [{"features": ["bought_at", "country"], "hash_buckets": 200, "bucketize": {"bought_at": 4}}]
    assert render(feature_config(query_crosses=crosses)) == render(feature_config())


@pytest.mark.parametrize("seed", range(50))
def test_the_module_writes_exactly_what_shared_features_promises(seed: int) -> None:
    """S3.13: for random configs, in the order of the tower."""
    config = random_config(random.Random(seed))
    promised = [output.name for tower in TOWERS for output in tower_outputs(config, tower)]
    written = [
        node.slice.value
        for node in ast.walk(ast.parse(render(config)))
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    ]
    assert sorted(written) == sorted([*row_outputs(ROLES), *promised])


# --------------------------------------------------------------------------------------------------- hostile names

PIECES = (
    "'", '"', '"""', "'''", "\\", "\\'", "\n", "\r\n", "\t", "\0", "#", ")", "(", "]", "}", "{{ 7 * 7 }}", "{% raw %}",
    "{# #}", "%}", "}}", "__import__('os').system('true')", "; import os", "f'{x}'", "%s", "${x}", "`", "\u202egnp",
    "\u2028", "\ufeff", "\ud800", "\U0001f600", "漢字", "é", " ", "lambda: 0", "eval(", "exec", "outputs.clear()",
    "raise SystemExit", "x" * 300, "-", "/*", "--", "\x1b[31m", "\x85", "N{NULL}", "\\x41", "\\u0041", "1e999",
)  # fmt: skip
WORDS = (
    "preprocessing_fn", "transforms", "outputs", "inputs", "numbers", "categories", "NUMBERS", "VOCABULARIES", "None",
    "True", "class", "import", "__import__", "__builtins__", "__class__", "id_customer", "target", "self", "print",
)  # fmt: skip
NAMES = ("customer_id", "product_id", "bought_at", "order_id", "country", "price", "brand", "recent", "amount", "group")


def hostile_names(count: int) -> list[str]:
    choose = random.Random(17)
    made = ["".join(choose.choices(PIECES, k=choose.randint(1, 6))) for _ in range(count)]
    return [f"{name}{index}" for index, name in enumerate(made)]


HOSTILE = [hostile_names(4_000)[start : start + len(NAMES)] for start in range(0, 4_000, len(NAMES))]


def rename(value: Any, names: Mapping[str, str]) -> Any:
    """The same document with other names, unchecked: the generator does not rely on what documents refuse."""
    if isinstance(value, BaseModel):
        return value.model_copy(
            update={field: rename(getattr(value, field), names) for field in type(value).model_fields}
        )
    if isinstance(value, dict):
        return {rename(key, names): rename(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [rename(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def rendered(names: Mapping[str, str]) -> str:
    columns = [Column(name) for name in names.values()]
    return render_transform(rename(full_config(), names), columns, rename(ROLES, names), with_target=True)


def harmless(names: list[str]) -> dict[str, str]:
    """Names of the same order, because members of a cross are sorted."""
    rank = {name: f"n{position}" for position, name in enumerate(sorted(names))}
    return {name: rank[hostile] for name, hostile in zip(NAMES, names, strict=True)}


def test_thousands_of_hostile_names_are_constants_and_the_tree_stays_the_same() -> None:
    for names in HOSTILE:
        source = rendered(dict(zip(NAMES, names, strict=True)))
        assert skeleton(source) == skeleton(rendered(harmless(names)))
        held = texts(source)
        assert set(names) <= held
        assert {character for character in source if unicodedata.category(character) in ("Cc", "Cf", "Cs")} <= {"\n"}


def test_documents_refuse_every_name_that_is_no_identifier() -> None:
    """S0.5."""
    refused = 0
    for name in (name for names in HOSTILE for name in names):
        try:
            feature_config(query_features=[category(name)])
            assert re.fullmatch("[A-Za-z_][A-Za-z0-9_]{0,63}", name)
        except ValidationError:
            refused += 1
    assert refused > 3_900


def test_names_that_mean_something_to_python_are_only_names() -> None:
    for word in WORDS:
        source = rendered({**{name: name for name in NAMES}, "brand": word, "price": f"{word}_"})
        others = {**{name: name for name in NAMES}, "brand": f"{word[0]}x", "price": f"{word[0]}x_"}
        assert skeleton(source) == skeleton(rendered(others))
        assert word in texts(source)


def texts(source: str) -> set[object]:
    return {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}


def skeleton(source: str) -> str:
    """The tree with every constant blanked: equal for all values of one shape."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


# --------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"query_crosses": [{"features": ["country", "nothing"]}]}, "a cross names"),
        ({"query_crosses": [{"features": ["country", "recent"]}]}, "has a history as member"),
        (changed("query_features.3.shared_with", "price"), "no tower has a vocabulary 'price'"),
        ({"candidate_features": [category("brand"), category("group", name="brand")]}, "write the same outputs"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        render(full_config(**{"candidate_crosses": [], **changes}))


def test_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="brand"):
        render_transform(feature_config(), [column for column in COLUMNS if column.name != "brand"], ROLES)
    with pytest.raises(ValueError, match="amount"):
        render_transform(feature_config(target={"column": "amount"}), COLUMNS, ROLES, with_target=True)
    with pytest.raises(ValueError, match="has no target"):
        render_transform(feature_config(), COLUMNS, ROLES, with_target=True)


def test_a_template_that_forgets_the_literal_filter_is_refused() -> None:
    with pytest.raises(TypeError, match="without the filter `literal`"):
        ENVIRONMENT.from_string("x = {{ value }}").render(value="1")


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import path",
        "from trainer_image import transforms, training",
        "transforms.open('x')",
        "open('x')",
        "outputs.clear()",
        "outputs = [x for x in inputs]",
        "outputs = lambda: inputs",
        "while True: pass",
        "evil = inputs",
        "inputs.__class__",
        "transforms.cross(evil=1)",
        "transforms.cross(**inputs)",
        "class preprocessing_fn: pass",
        "global inputs",
        "f'{inputs}'",
        "outputs = -inputs",
        "outputs = not 1",
        "not python",
    ],
)
def test_what_the_template_does_not_print_is_refused(line: str) -> None:
    with pytest.raises(UnsafeCode):
        check(line, SHAPE)
