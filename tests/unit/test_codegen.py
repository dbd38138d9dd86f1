"""Generated modules (design section 6): whole outputs as golden files, and hostile values carried as data.

After a wanted change of a template: `UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/unit/test_codegen.py`.
"""

from __future__ import annotations

import ast
import os
import unicodedata
from pathlib import Path

import pytest

from shared.codegen import render_trainer, render_transform
from shared.codegen.check import Shape, UnsafeCode, check
from shared.codegen.environment import ENVIRONMENT
from shared.codegen.trainer import SHAPE as TRAINER_SHAPE
from shared.codegen.transform import SHAPE as TRANSFORM_SHAPE
from shared.documents import CategoryFeature, FeatureConfig, Roles, Vocabulary
from tests.unit.codegen_configs import COLUMNS, ROLES, Column, category, feature_config, model_config

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = [
    "'; import os; os.system('true') #",
    '"""); raise SystemExit(',
    "`backticks` and \\ backslashes \\",
    "line\nbreak\r\nand tab\t",
    "{{ 7 * 7 }}{% raw %}{# #}",
    "__import__('os')",
    "naïve café 漢字 \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{NULL}",
    "\ud800 lone surrogate",
    "f'{x}' %s %(x)s $x ${x}",
    "'" * 9 + '"' * 9,
]


def golden(name: str, source: str) -> str:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(source, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_the_transform_module_is_the_golden_one() -> None:
    source = render_transform(feature_config(), COLUMNS, ROLES)
    assert source == golden("transform_module.py", source)


def test_the_trainer_module_is_the_golden_one() -> None:
    source = render_trainer(feature_config(), model_config())
    assert source == golden("trainer_module.py", source)


def test_the_smallest_config_makes_modules_without_empty_parts() -> None:
    config = feature_config(
        query_features=[category("country")],
        candidate_features=[category("product_id", is_primary_id=True)],
        query_crosses=[],
        candidate_crosses=[],
    )
    roles = Roles(customer_id="customer_id", product_id="product_id")
    source = render_transform(config, COLUMNS, roles)
    assert source == golden("transform_module_smallest.py", source)
    source = render_trainer(config, model_config(query_layers=[], candidate_layers=[], clipnorm=None))
    assert source == golden("trainer_module_smallest.py", source)


def test_the_order_of_a_cross_changes_nothing() -> None:
    crosses = [{"features": ["bought_at", "country"], "hash_buckets": 200, "bucketize": {"bought_at": 4}}]
    assert render_transform(feature_config(query_crosses=crosses), COLUMNS, ROLES) == render_transform(
        feature_config(), COLUMNS, ROLES
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_a_constant_and_the_tree_stays_the_same(text: str) -> None:
    """Documents refuse such names; the generator does not rely on it."""
    source = render_transform(
        hostile_config(text), [*COLUMNS, Column(text)], ROLES.model_copy(update={"order_id": text})
    )
    assert skeleton(source) == skeleton(
        render_transform(hostile_config("brand"), COLUMNS, ROLES.model_copy(update={"order_id": "brand"}))
    )
    assert text in constants(source)
    source = render_trainer(hostile_config(text), model_config())
    assert skeleton(source) == skeleton(render_trainer(hostile_config("brand"), model_config()))
    assert f"q_{text}" in constants(source)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_stands_in_a_comment_or_invisibly_in_the_source(text: str) -> None:
    source = render_transform(hostile_config(text), [*COLUMNS, Column(text)], ROLES)
    invisible = {character for character in source if unicodedata.category(character) in ("Cc", "Cf", "Cs")}
    assert invisible <= {"\n"}


@pytest.mark.parametrize("value", [1e-9, 0.1, 2**40, True, None])
def test_numbers_arrive_exactly(value: float) -> None:
    source = render_trainer(feature_config(), model_config().model_copy(update={"temperature": value}))
    assert value in constants(source)


def test_every_setting_of_the_model_changes_the_module() -> None:
    """S0.2, for the settings that a generated module carries; the others are parameters of the run."""
    changes = {
        "query_layers": [{"units": 7}],
        "candidate_layers": [{"units": 64, "activation": "tanh"}],
        "output_embedding_dim": 16,
        "optimizer": "adagrad",
        "clipnorm": None,
        "normalise_embeddings": True,
        "temperature": 0.5,
        "logq_correction": False,
        "top_k": 10,
    }
    unchanged = render_trainer(feature_config(), model_config())
    for name, value in changes.items():
        assert render_trainer(feature_config(), model_config(**{name: value})) != unchanged, name


def test_impossible_configs_are_refused() -> None:
    with pytest.raises(ValueError, match="brand"):
        render_transform(feature_config(), COLUMNS[:-1], ROLES)
    with pytest.raises(ValueError, match="a cross names"):
        render_transform(feature_config(query_crosses=[{"features": ["country", "nothing"]}]), COLUMNS, ROLES)


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
        "not python",
    ],
)
@pytest.mark.parametrize("shape", [TRANSFORM_SHAPE, TRAINER_SHAPE])
def test_what_no_template_prints_is_refused(line: str, shape: Shape) -> None:
    with pytest.raises(UnsafeCode):
        check(line, shape)


def hostile_config(text: str) -> FeatureConfig:
    """A config that a document could not hold: pydantic checks nothing in `model_construct` and `model_copy`."""
    options = Vocabulary(embedding_dim=8)
    feature = CategoryFeature.model_construct(
        kind="category", column=text, name=None, is_primary_id=False, vocabulary=options
    )
    config = feature_config(query_crosses=[])
    return config.model_copy(update={"query_features": [*config.query_features, feature]})


def constants(source: str) -> list[object]:
    return [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]


def skeleton(source: str) -> str:
    """The tree with every constant blanked: equal for all values of one shape."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)
