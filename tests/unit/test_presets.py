"""S4.5: the presets, exactly."""

from __future__ import annotations

import pytest

from shared.advice import structures
from shared.parameter_count import layer_count
from shared.parsing import parse
from shared.presets import PRESETS, preset_of
from tests.unit import samples

DENSE_PARAMETERS = {  # of both towers, inputs 64 wide, output 32
    "minimal": 12_480, "standard": 37_312, "deep": 119_744, "asymmetric": 78_528, "regularized": 37_312,
}  # fmt: skip
STRUCTURES = {
    "minimal": ("64→32", "64→32", "32→1"),
    "standard": ("128→64→32", "128→64→32", "64→32→1"),
    "deep": ("256→128→64→32", "256→128→64→32", "64→64→32→1"),
    "asymmetric": ("256→128→64→32", "128→64→32", "64→32→1"),
    "regularized": ("128→d0.2→64→d0.1→32", "128→d0.2→64→d0.1→32", "64→d0.2→32→1"),
}
FIRST_L2 = {  # of towers and head
    "minimal": (0, 0), "standard": (1e-4, 0), "deep": (1e-4, 1e-4), "asymmetric": (1e-4, 0), "regularized": (1e-3, 0),
}  # fmt: skip


def with_preset(name: str):
    layers = {
        part: [layer.model_dump() for layer in getattr(PRESETS[name], part)]
        for part in ("query_layers", "candidate_layers", "rating_head_layers")
    }
    return samples.model(model_type="multitask", **layers)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_its_layers_and_its_dense_parameters(name):
    model = with_preset(name)
    assert tuple(structures(model).values()) == STRUCTURES[name]
    parts = layer_count(model, 64, 64).parts
    assert parts["query"].total + parts["candidate"].total == DENSE_PARAMETERS[name]


@pytest.mark.parametrize("name", PRESETS)
def test_l2_is_on_the_first_dense_layer_only(name):
    model = with_preset(name)
    towers, head = FIRST_L2[name]
    for layers, first in (
        (model.query_layers, towers),
        (model.candidate_layers, towers),
        (model.rating_head_layers, head),
    ):
        assert [layer.l2 for layer in layers if layer.type == "dense"] == [first] + [0] * (
            sum(layer.type == "dense" for layer in layers) - 1
        )
        assert all(layer.activation == "relu" for layer in layers if layer.type == "dense")


@pytest.mark.parametrize("name", PRESETS)
def test_a_model_is_recognised_as_its_preset(name):
    assert preset_of(with_preset(name)) == name


def test_a_model_of_its_own_is_no_preset_and_a_head_counts_where_there_is_one():
    assert preset_of(samples.model(query_layers=[])) is None
    wide = [{"type": "dense", "units": 48}]
    minimal = [{"type": "dense", "units": 64}]
    towers = {"query_layers": minimal, "candidate_layers": minimal}
    assert preset_of(samples.model(model_type="retrieval", **towers)) == "minimal"
    assert preset_of(samples.model(model_type="ranking", rating_head_layers=wide, **towers)) is None


def test_minimal_is_the_default():
    raw = {key: value for key, value in samples.MODEL_CONFIG.items() if not key.endswith("_layers")}
    assert preset_of(parse("model_configs", "minimal", raw)) == "minimal"
