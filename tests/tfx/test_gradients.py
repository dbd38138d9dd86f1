"""What a step tells of its gradients, and an epoch of all its steps, against plain numpy (domain S6.1, S6.3)."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.epochs import BINS, GRADIENT_EDGES, WEIGHT_EDGES
from tests.tfx.models import FEATURES, batch, built, spec_of
from tests.tfx.shop import ROLES, model_config
from trainer_image.entries import AT_ONCE, Entries, entries_of, thresholds
from trainer_image.gradient_record import GradientRecord, sampled_every
from trainer_image.groups import Groups
from trainer_image.optimizers import optimizer
from trainer_image.two_tower import TwoTower
from trainer_image.weight_record import WeightRecord

STEPS = 12
TOWERS = {"query", "query_embedding", "query_dense", "candidate", "candidate_embedding", "candidate_dense", "total"}
GROUP_OF_NAME = {"q": "query", "c": "candidate", "query": "query", "candidate": "candidate", "head": "head"}


def expected(values: np.ndarray, edges: tuple[float, ...]) -> dict[str, Any]:
    """By the words of S6.3."""
    wide = values.astype(np.float64).ravel()
    histogram, _ = np.histogram(wide, edges)
    below, above = (wide < edges[0]).sum(), (wide > edges[-1]).sum()
    histogram[0] += below
    histogram[-1] += above
    return {
        "mean": wide.mean(), "std": wide.std(), "min": wide.min(), "max": wide.max(),
        "histogram": histogram.tolist(), "outside": below + above,
    }  # fmt: skip


def check(found: dict[str, Any], values: np.ndarray, edges: tuple[float, ...]) -> None:
    wanted = expected(values, edges)
    for name in ("histogram", "outside"):
        assert found[name] == wanted[name], name
    for name in ("mean", "std", "min", "max"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-5, abs=1e-12), name


@pytest.mark.parametrize("edges", [WEIGHT_EDGES, GRADIENT_EDGES], ids=["weights", "gradients"])
def test_numbers_are_counted_as_numpy_counts_them(edges: tuple[float, ...]) -> None:
    """Also numbers on an edge or right beside it, far outside, and more of them than are counted at once."""
    random = np.random.default_rng(1)
    near = np.array(edges, np.float32)
    beside = [near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))]
    spread = random.normal(size=2 * AT_ONCE).astype(np.float32) * np.float32(10) ** random.integers(-8, 2, 2 * AT_ONCE)
    values = np.concatenate([*beside, [0, -0.0, 1e9, -1e9], spread]).astype(np.float32)
    check(entries_of(values, thresholds(edges)).figures(), values, edges)


def test_no_number_at_all_and_a_number_that_is_none() -> None:
    above = thresholds(WEIGHT_EDGES)
    assert entries_of(np.zeros(0, np.float32), above).figures()["histogram"] == [0] * BINS
    for bad in (math.nan, math.inf):
        found = entries_of(np.array([1.0, bad], np.float32), above)
        assert not found.is_finite
        assert (found.figures()["mean"], found.figures()["min"]) == (None, None)
    assert Entries().figures()["outside"] == 0


# ------------------------------------------------------------------------------------------------------------ groups


def groups_by_name(towers: TwoTower) -> dict[str, list[str]]:
    """The variables of every group, as their names say."""
    found: dict[str, list[str]] = {}
    for variable in towers.trainable_variables:
        part = GROUP_OF_NAME[re.split("[_/]", variable.name)[0]]
        kind = "embedding" if "table" in variable.name else "dense"
        for group in (part, f"{part}_{kind}", "total"):
            found.setdefault(group, []).append(variable.name)
    return found


def of_groups(groups: Groups, towers: TwoTower) -> dict[str, list[str]]:
    names = np.array([variable.name for variable in towers.trainable_variables])
    return {name: names[of].tolist() for name, of in zip(groups.names, groups.of_variables, strict=True)}


@pytest.mark.parametrize("model_type", ["retrieval", "multitask"])
def test_each_variable_is_in_the_groups_that_its_name_says(model_type: str) -> None:
    """The table that the query tower's history borrows is the candidate tower's."""
    towers = built(spec_of(FEATURES, model_config(model_type=model_type), ROLES))
    found = of_groups(towers.groups, towers)
    assert found == groups_by_name(towers)
    assert set(found) == (TOWERS if model_type == "retrieval" else {*TOWERS, "head", "head_dense"})


def test_layers_of_both_towers_count_in_the_query_tower() -> None:
    layers = [{"type": "dense", "units": 8}, {"type": "dense", "units": 4}]
    shared = model_config(query_layers=layers, candidate_layers=layers, share_tower_weights=True)
    towers = built(spec_of(FEATURES, shared, ROLES))
    found = of_groups(towers.groups, towers)
    assert found == groups_by_name(towers)
    assert len(found["candidate_dense"]) == 2 and len(found["query_dense"]) == 6
    assert sorted(found["total"]) == sorted([*found["query"], *found["candidate"]])


# --------------------------------------------------------------------------------------------------------- gradients


def record_of(towers: TwoTower, clipnorm: float | None) -> GradientRecord:
    sizes = [variable.shape.num_elements() for variable in towers.trainable_variables]
    return GradientRecord(towers.groups, sizes, STEPS, clipnorm)


def brute_force(towers: TwoTower, rows: dict[str, tf.Tensor]) -> list[np.ndarray]:
    """The gradient of each variable, every entry of it."""
    with tf.GradientTape() as tape:
        loss = towers.losses_of(rows)["loss"] + towers.regularization()
    return [tf.convert_to_tensor(gradient).numpy() for gradient in tape.gradient(loss, towers.trainable_variables)]


@pytest.mark.parametrize("by_rows", [False, True], ids=["dense tables", "tables by rows"])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "XLA"])
def test_an_epoch_tells_what_its_steps_gradients_were(
    by_rows: bool, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that a step does not touch have a gradient of zeros, which count."""
    monkeypatch.setattr("trainer_image.gradients.DENSE_UP_TO", 0 if by_rows else 1_000)
    model = spec_of(FEATURES, model_config(model_type="multitask"), ROLES)
    towers = built(model)
    chosen = optimizer(model.optimizer, 0.05, 20)
    chosen.build(towers.trainable_variables)
    towers.compile(chosen)
    record = record_of(towers, clipnorm := 0.05)
    step = tf.function(towers.train_step, jit_compile=True) if compiled else towers.train_step
    gradients = []
    for _ in range(STEPS):
        gradients.append(brute_force(towers, batch(model)))
        logs = step(batch(model))
        assert any(isinstance(gradient, tf.IndexedSlices) for gradient in logs["gradients"]) == by_rows
        record.add(logs["squares"].numpy(), logs["gradients"])
    assert (record.steps, record.sampled) == (STEPS, 2)
    assert record.norm == record.figures()["total"].norm_mean
    names = [variable.name for variable in towers.trainable_variables]
    for group, figures in record.figures().items():
        own = [names.index(name) for name in groups_by_name(towers)[group]]
        norms = np.array([[np.linalg.norm(of[index]) for index in own] for of in gradients])
        totals = np.sqrt((norms**2).sum(axis=1))
        assert figures.norm_mean == pytest.approx(totals.mean(), rel=1e-4)
        assert figures.norm_max == pytest.approx(totals.max(), rel=1e-4)
        assert figures.clipped_share == (norms > clipnorm).any(axis=1).mean()
        entries = np.concatenate([gradients[of][index].ravel() for of in (0, 10) for index in own])
        wanted = expected(entries, GRADIENT_EDGES)
        assert sum(figures.histogram) == len(entries)
        # A sum that was made in another order may fall on the other side of an edge.
        assert np.abs(np.cumsum(figures.histogram) - np.cumsum(wanted["histogram"])).max() <= 2
        for name in ("mean", "std", "min", "max"):
            assert getattr(figures, name) == pytest.approx(wanted[name], rel=1e-3, abs=1e-7), name


def test_nothing_is_clipped_without_a_limit_and_an_epoch_forgets_the_one_before() -> None:
    towers = built(spec_of(FEATURES, model_config(), ROLES))
    record = record_of(towers, None)
    zeros = [tf.zeros(variable.shape) for variable in towers.trainable_variables]
    variables = len(zeros)
    record.add(np.full(variables, 4.0), zeros)
    record.add(np.full(variables, 16.0), zeros)
    assert record.figures()["total"].clipped_share == 0
    assert record.norm == pytest.approx(3 * math.sqrt(variables))
    assert record.figures()["total"].norm_max == pytest.approx(4 * math.sqrt(variables))
    record.begin()
    record.add(np.ones(variables), zeros)
    assert (record.steps, record.norm) == (1, pytest.approx(math.sqrt(variables)))


@pytest.mark.parametrize(
    ("steps", "every", "sampled"), [(1, 10, 1), (10, 10, 1), (11, 10, 2), (1_000, 10, 100), (1_001, 11, 91)]
)
def test_one_step_in_ten_is_sampled_and_at_most_100_of_an_epoch(steps: int, every: int, sampled: int) -> None:
    assert sampled_every(steps) == every
    assert len(range(0, steps, every)) == sampled <= 100


# ----------------------------------------------------------------------------------------------------------- weights


def test_weights_are_told_by_group() -> None:
    towers = built(spec_of(FEATURES, model_config(model_type="multitask"), ROLES))
    values = {variable.name: variable.numpy() for variable in towers.trainable_variables}
    record = WeightRecord(towers.groups, towers.trainable_variables)
    assert record.bad is None
    for group, figures in record.figures().items():
        own = np.concatenate([values[name].ravel() for name in groups_by_name(towers)[group]])
        check(figures.model_dump(), own, WEIGHT_EDGES)
        assert figures.l2_norm == pytest.approx(np.linalg.norm(own.astype(np.float64)))


def test_a_weight_that_is_no_number_is_named_and_its_groups_have_no_figures() -> None:
    towers = built(spec_of(FEATURES, model_config(), ROLES))
    table = towers.candidate_tower.tables["c_product_id"].embeddings
    table.assign(tf.where(tf.range(table.shape[0])[:, None] == 3, math.nan, table))
    record = WeightRecord(towers.groups, towers.trainable_variables)
    assert record.bad == "c_product_id_table/embeddings"
    found = record.figures()
    assert (found["candidate"].l2_norm, found["total"].mean) == (None, None)
    assert found["query"].l2_norm > 0
