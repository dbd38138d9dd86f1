"""What to run next (S7.15): from the runs of one group, with documents that can be applied as they are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from quicktest.drafts import load_documents
from quicktest.findings import errors_of
from shared.insights.suggesting import proposals
from shared.insights.suggesting.evidence import evidence
from shared.insights.suggesting.proposals import Tried, key_of, propose
from shared.insights.suggesting.start_design import FEWEST, PRESET_POINTS, RATES, SPHERE, next_points, start_points
from shared.insights.suggesting.suggestion_space import (
    LINEAR,
    STRUCTURES,
    Choices,
    Range,
    canonical,
    distance,
    hidden,
    model_fields,
    point_of,
    space_of,
    structure_of,
)
from shared.insights.suggesting.suggestion_table import Live, Quick, table_of
from shared.insights.suggesting.suggestions import Cost, suggestions
from shared.insights.suggesting.untested_pairs import untested_pairs
from shared.presets import PRESETS
from shared.validation import compatible
from tests.unit import samples
from tests.unit.suggestion_samples import BASE_POINT, OWN, Runs, model_of, read, request_of

SPACE = space_of("retrieval", ["base", "wide"])
FREE = Cost(0.1, 12.0)


def suggested(runs: Runs, live: list[Live] | None = None, budget: float | None = None, cost: Any = FREE) -> list[dict]:
    return suggestions(runs.group(), runs.known(), live or [], lambda combination, features: cost, budget)


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [each["kind"] for each in items]


@pytest.fixture(scope="module")
def many() -> Runs:
    runs = Runs()
    runs.add_many(24)
    return runs


# -------------------------------------------------------------------------------------------------------------- points


@pytest.mark.parametrize(
    "changes",
    [{}, {"structure": "deep", "dropout": 0.2, "l2": 1e-3}, {"structure": LINEAR, "normalise_embeddings": True,
      "temperature": 0.05}, {"optimizer": "ftrl", "learning_rate": 0.3, "batch_size": 4096, "logq_correction": False}],
)  # fmt: skip
def test_a_point_comes_out_of_the_run_of_its_own_model_config(changes: dict[str, Any]):
    point = canonical({**BASE_POINT, **changes})
    entry = Runs().add(0.1, **point)
    assert point_of(entry.parameters, "base", SPACE) == point


def test_the_preset_regularized_is_a_point():
    point = {**BASE_POINT, **PRESET_POINTS["regularized"]}
    preset = PRESETS["regularized"]
    assert tuple(hidden((128, 64), 0.2, 1e-3)) == preset.query_layers
    assert [layer["units"] for layer in model_fields(point)["query_layers"] if layer["type"] == "dense"] == [128, 64]


@pytest.mark.parametrize("name", PRESET_POINTS)
def test_every_preset_of_the_design_is_that_preset(name: str):
    model = model_of({**BASE_POINT, **PRESET_POINTS[name]})
    preset = PRESETS[name]
    assert (tuple(model.query_layers), tuple(model.candidate_layers)) == (preset.query_layers, preset.candidate_layers)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"learning_rate": 0.9}, "a rate above the range"),
        ({"output_embedding_dim": 512}, "far beyond the widest step"),
        ({"query_layers": [{"type": "dense", "units": 64, "activation": "tanh"}]}, "an activation that points lack"),
        ({"query_layers": [{"type": "layer_norm"}, {"type": "dense", "units": 64}]}, "a layer that points lack"),
        ({"query_layers": [{"type": "dense", "units": 64, "l2": 0.05}]}, "heavy regularisation"),
    ],
)
def test_a_run_outside_the_space_has_no_point(more: dict[str, Any], why: str):
    entry = Runs().add(0.1, model=model_of(BASE_POINT, **more))
    assert point_of(entry.parameters, "base", SPACE) is None, why


def test_a_number_between_the_steps_counts_as_the_nearest():
    entry = Runs().add(0.1, model=model_of(BASE_POINT, batch_size=1300, output_embedding_dim=48))
    point = point_of(entry.parameters, "base", SPACE)
    assert point is not None and (point["batch_size"], point["output_embedding_dim"]) == (1024, 64)


def test_layers_that_are_no_preset_are_a_structure_of_their_own():
    layers = [{"type": "dense", "units": 96}, {"type": "dense", "units": 48}]
    entry = Runs().add(0.1, model=model_of(BASE_POINT, query_layers=layers, candidate_layers=layers[:1]))
    name = structure_of(entry.parameters)
    assert name == "96-48/96" and name not in STRUCTURES
    point = point_of(entry.parameters, "base", space_of("retrieval", ["base"], [name]))
    assert point is not None and model_of(point).query_layers == model_of({**point}).query_layers
    assert [layer["units"] for layer in model_fields(point)["query_layers"]] == [96, 48]


def test_a_ranking_model_has_no_temperature_to_vary():
    assert "temperature" not in space_of("ranking", ["base"]) and "temperature" in space_of("multitask", ["base"])


def test_distance_is_nothing_to_itself_and_at_most_one():
    far = {
        "feature_config": "wide", "structure": "deep", "optimizer": "sgd", "learning_rate": 0.3, "batch_size": 256,
        "dropout": 0.3, "l2": 1e-3, "output_embedding_dim": 128, "normalise_embeddings": True, "temperature": 0.05,
        "logq_correction": False,
    }  # fmt: skip
    assert distance(BASE_POINT, BASE_POINT, SPACE) == 0 < distance(BASE_POINT, far, SPACE) <= 1
    assert distance(BASE_POINT, far, SPACE) == pytest.approx(distance(far, BASE_POINT, SPACE))


# ----------------------------------------------------------------------------------------------------------- proposals


def scored(count: int) -> list[tuple[dict[str, Any], float]]:
    runs = Runs()
    runs.add_many(count)
    points = [point_of(entry.parameters, entry.feature_config, SPACE) for entry in runs.entries]
    return [
        (point, entry.metrics["recall_at_10"].value or 0) for point, entry in zip(points, runs.entries, strict=True)
    ]


def test_the_optimizer_gives_the_same_points_for_the_same_runs():
    tried = Tried(scored(24))
    assert propose(SPACE, tried, 5, 3) == propose(SPACE, tried, 5, 3) != propose(SPACE, tried, 6, 3)


def test_proposals_lie_in_the_space_are_new_and_differ():
    tried = Tried(scored(24), [BASE_POINT])
    found = propose(SPACE, tried, 5, 3)
    known = {key_of(point) for point, _ in tried.finished} | {key_of(BASE_POINT)}
    assert len({key_of(point) for point in found} - known) == 3
    for point in found:
        for name, dimension in SPACE.items():
            if isinstance(dimension, Range):
                assert dimension.low <= point[name] <= dimension.high
            else:
                assert point[name] in dimension.values


def test_proposals_are_where_good_runs_are():
    found = [propose(SPACE, Tried(scored(40)), seed, 1)[0] for seed in range(12)]
    near = [point for point in found if abs(math.log10(point["learning_rate"] / 0.01)) < 1]
    assert len(near) >= 8 and sum(point["optimizer"] == "adam" for point in found) >= 6


def test_what_is_not_acceptable_is_not_proposed():
    found = propose(SPACE, Tried(scored(24)), 5, 3, lambda point: point["optimizer"] != "adam")
    assert found and "adam" not in {point["optimizer"] for point in found}


def test_of_very_many_runs_the_optimizer_hears_the_best_and_the_latest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proposals, "MOST_TOLD", 20)
    finished = [({**BASE_POINT, "learning_rate": round(0.0001 * (place + 1), 4)}, float(-place)) for place in range(60)]
    told = proposals._worth_telling(finished)
    assert told == [*finished[:5], *finished[-15:]]
    assert {key_of(each) for each in propose(SPACE, Tried(finished), 1, 2)}.isdisjoint(key_of(p) for p, _ in finished)


def test_a_space_that_is_used_up_has_no_proposals():
    space = {"feature_config": Choices(("base",)), "structure": Choices((LINEAR,)), "dropout": Choices((0.0,)),
             "l2": Choices((0.0,))}  # fmt: skip
    only = {"feature_config": "base", "structure": LINEAR, "dropout": 0.0, "l2": 0.0}
    assert propose(space, Tried([(only, 0.1)]), 1, 3) == []


def test_before_ten_runs_the_design_is_followed_and_then_the_optimizer():
    few = Tried(scored(FEWEST - 1))
    assert {each.kind for each in next_points(SPACE, few, 1, 3)} == {"start_design"}
    assert {each.kind for each in next_points(SPACE, Tried(scored(FEWEST)), 1, 3)} == {"optimizer"}


def test_the_design_has_every_preset_once_and_the_best_rate_times_both():
    best = {**BASE_POINT, "learning_rate": 0.02, "optimizer": "sgd"}
    found = start_points(SPACE, Tried([(best, 0.2), ({**BASE_POINT, "dropout": 0.3}, 0.1)]))
    reasons = [reason for _, reason in found]
    assert [reason for reason in reasons if "preset" in reason] == [f"the preset {name}" for name in PRESET_POINTS]
    assert [point["learning_rate"] for point, reason in found if "times" in reason] == [0.006, 0.06]
    assert {point["feature_config"] for point, _ in found} == {"base", "wide"}


def test_a_design_that_was_followed_is_over():
    done: list[tuple[dict[str, Any], float]] = [(BASE_POINT, 0.1)]
    while following := start_points(SPACE, Tried(done)):
        done.append((following[0][0], 0.05))
    assert next_points(SPACE, Tried(done[:9]), 1, 1)[0].kind in ("start_design", "optimizer")
    assert len(done) <= FEWEST


# ------------------------------------------------------------------------------------------------------------ evidence


def test_evidence_names_what_good_runs_have_in_common():
    finished = scored(24)
    best = max(finished, key=lambda each: each[1])[0]
    found = {each.name: each for each in evidence(SPACE, finished, best)}
    assert found["learning_rate"].ratio > 1.5 and found["optimizer"].ratio > 1.5
    assert (found["optimizer"].good, found["optimizer"].runs) == (6, 24)
    assert found["dropout"].ratio == 1.0  # a value that all runs have says nothing


def test_l_over_g_of_a_category_is_the_domains():
    finished = [({**BASE_POINT, "optimizer": name}, score) for name, score in
                [("adam", 4.0), ("adam", 3.0), ("sgd", 2.0), ("sgd", 1.0), ("adam", 0.5), ("sgd", 0.4), ("sgd", 0.3),
                 ("sgd", 0.2)]]  # fmt: skip
    found = {each.name: each for each in evidence(SPACE, finished, BASE_POINT)}["optimizer"]
    assert found.ratio == pytest.approx(((2 + 1) / (2 + 2)) / ((1 + 1) / (6 + 2)))
    assert found.latest == 4


# --------------------------------------------------------------------------------------------------------- suggestions


def test_the_optimizer_suggests_three_with_reasons_and_expectations(many: Runs):
    items = suggested(many)
    found = [each for each in items if each["kind"] == "optimizer"]
    assert len(found) == 3 and len(items) <= 6
    for each in found:
        assert "l/g" in each["reason"] and "of 24 runs" in each["reason"]
        assert each["difference"] and each["base"] in many.requests
        assert each["expected"]["n"] == 5 and each["expected"]["low"] <= each["expected"]["high"]
        assert (each["cost_usd"], each["minutes"]) == (0.1, 12.0)


def test_suggestions_are_documents_that_can_be_applied(many: Runs):
    for each in suggested(many):
        experiment, model = each["documents"]["experiment"], each["documents"]["model_config"]
        written = [{"kind": "experiment", **experiment}]
        if model is not None:
            assert model["id"] == experiment["model_config"] and model["id"].startswith("sug-")
            written.insert(0, {"kind": "model_config", **model})
            parsed = read("model_configs", model["id"], {**OWN, **{k: v for k, v in model.items() if k != "id"}})
            assert not [
                p for p in compatible(many.features[experiment["feature_config"]], parsed) if p.severity == "error"
            ]
        drafts, findings = load_documents(written)
        assert not errors_of(findings) and len(drafts) == len(written)
        assert experiment["sample_percent"] == 100 and experiment["origin"] == "clone"
        assert experiment["parent"] == each["base"] and experiment["tags"] == ["suggested"]
        assert not {"notes", "starred", "learning_rate", "batch_size"} & set(experiment)


def test_the_same_runs_give_the_same_suggestions(many: Runs):
    assert suggested(many) == suggested(many)


def test_no_suggestion_is_a_run_that_was_made(many: Runs):
    tried = {key_of(point) for point, _ in table_of(many.group(), many.known(), []).tried.finished}  # type: ignore[union-attr]
    for each in suggested(many):
        if each["documents"]["model_config"] is not None:
            runs = Runs()
            made = read(
                "model_configs",
                "made",
                {**OWN, **{k: v for k, v in each["documents"]["model_config"].items() if k != "id"}},
            )
            entry = runs.add(0.1, model=made, feature_config=each["documents"]["experiment"]["feature_config"])
            assert key_of(point_of(entry.parameters, entry.feature_config, SPACE) or {}) not in tried


def test_what_is_live_is_not_suggested_again(many: Runs):
    first = suggested(many)[0]
    model = {name: value for name, value in first["documents"]["model_config"].items() if name != "id"}
    features = first["documents"]["experiment"]["feature_config"]
    entry = Runs().add(0.1, model=read("model_configs", "made", {**OWN, **model}), feature_config=features)
    again = suggested(many, [Live(features, "sug", entry.parameters)])
    assert all(
        (each["documents"]["model_config"] or {}).get("id") != first["documents"]["model_config"]["id"]
        for each in again
        if each["documents"]["experiment"]["feature_config"] == features
    )


def test_a_base_keeps_what_suggestions_do_not_vary():
    runs = Runs()
    for place in range(12):
        runs.add(0.1, model=model_of({**BASE_POINT, "learning_rate": 0.001 * (place + 1)}, f"M {place}", clipnorm=5.0,
                                     early_stopping={"patience": 7}))  # fmt: skip
    for each in suggested(runs):
        model = each["documents"]["model_config"]
        if model is not None:
            assert (model["clipnorm"], model["early_stopping"]) == (5.0, {"patience": 7})


def test_what_belongs_to_another_optimizer_is_left_behind():
    runs = Runs()
    for place in range(12):
        point = {**BASE_POINT, "optimizer": "sgd", "learning_rate": 0.01 * (place + 1)}
        runs.add(0.1 + place / 100, model=model_of(point, f"M {place}", momentum=0.5))
    items = [each for each in suggested(runs) if each["documents"]["model_config"]]
    assert items and all("momentum" not in each["documents"]["model_config"] for each in items)


def test_a_few_runs_get_the_start_design_and_the_whole_sample():
    runs = Runs()
    runs.add(0.1, sample=25)
    items = suggestions(runs.group(25), runs.known(), [], lambda *_: FREE, None)
    assert kinds(items)[:3] == ["start_design"] * 3 and items[0]["label"] == "start design"
    assert all(each["expected"] is None for each in items)
    for place, each in enumerate(PRESET_POINTS.values()):
        runs.add(0.05, sample=25, feature_config=("base", "wide")[place % 2], **each)
    reasons = [each["reason"] for each in suggestions(runs.group(25), runs.known(), [], lambda *_: FREE, None)]
    assert not any("preset" in reason for reason in reasons)
    assert "linear towers on a sphere, temperature 0.1" in reasons
    runs.add(0.05, sample=25, feature_config="wide", **SPHERE)
    best = float(BASE_POINT["learning_rate"])
    for times in RATES:
        runs.add(0.05, sample=25, learning_rate=float(f"{best * times:.2g}"))
    assert len(runs.entries) < FEWEST
    items = suggestions(runs.group(25), runs.known(), [], lambda *_: FREE, None)
    assert items[0]["reason"] == "the best run so far on all customers", "the design's last point comes before TPE's"
    assert items[0]["documents"]["experiment"]["sample_percent"] == 100
    assert kinds(items)[1:3] == ["optimizer"] * 2


def test_nothing_is_suggested_without_a_run_that_can_be_varied():
    runs = Runs()
    runs.add(None)
    assert suggested(runs) == []
    runs.add(0.1)
    runs.requests.clear()
    assert suggested(runs) == []


def test_a_config_that_was_changed_since_is_no_base():
    runs = Runs()
    runs.add_many(12)
    runs.features["base"] = runs.features["base"].model_copy(update={"query_crosses": []})
    table = table_of(runs.group(), runs.known(), [])
    assert table is not None and {entry.feature_config for entry in (*table.bases, *table.entries)} == {"wide"}


def test_what_costs_more_than_is_left_is_not_suggested(many: Runs):
    assert suggested(many, budget=0.05) == [] != suggested(many, budget=0.1)
    assert suggested(many, budget=0.05, cost=None) == []
    assert suggested(many, cost=None)[0]["cost_usd"] is None


def test_feature_configs_of_other_datasets_and_without_what_the_model_needs_are_left_out():
    runs = Runs()
    runs.add_many(12)
    runs.features["alien"] = runs.features["base"].model_copy(update={"dataset": "elsewhere"})
    table = table_of(runs.group(), runs.known(), [])
    assert table is not None and table.space["feature_config"].values == ("base", "wide")  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------------------ untested pairs


def test_untested_pairs_are_compatible_new_and_ordered_by_mean_ranks():
    runs = Runs()
    shared_model = model_of(BASE_POINT, "Shared")
    runs.add(0.30, model_id="good")
    runs.add(0.10, model_id="bad", learning_rate=0.1)
    runs.add(0.20, model=shared_model, model_id="middle", feature_config="wide", optimizer="sgd")
    runs.models["fresh"] = model_of({**BASE_POINT, "structure": "deep"}, "Fresh")
    runs.models["needs-target"] = read("model_configs", "made", {**OWN, "name": "r", "model_type": "multitask"})
    table = table_of(runs.group(), runs.known(), [Live("wide", "fresh", {})])
    assert table is not None
    found = [(pair.features_id, pair.model_id) for pair in untested_pairs(table)]
    assert found == [("wide", "good"), ("base", "fresh"), ("base", "middle"), ("wide", "bad")]
    pair = next(each for each in suggested(runs) if each["kind"] == "untested_pair")
    assert pair["documents"]["model_config"] is None and pair["documents"]["experiment"]["model_config"] == "good"
    assert "mean rank of the model 1.0 of 3" in pair["reason"] and pair["difference"][0]["name"] == "feature_config"


def test_a_pair_that_failed_is_no_untested_one():
    runs = Runs()
    runs.add(0.3, model_id="good")
    runs.add(None, model=runs.models["good"], model_id="good", feature_config="wide")
    assert "untested_pair" not in kinds(suggested(runs))


def test_the_request_is_the_bases():
    runs = Runs()
    entry = runs.add(0.1)
    runs.requests[entry.experiment] = request_of("base", "model-1", epochs=33, exclude_purchased=True, notes="mine")
    experiment = suggested(runs)[0]["documents"]["experiment"]
    assert (experiment["epochs"], experiment["exclude_purchased"]) == (33, True) and "notes" not in experiment
    assert samples.EXPERIMENT["model_endpoint"] == experiment["model_endpoint"]


def test_a_model_config_that_says_the_same_is_used_again():
    runs = Runs()
    runs.add(0.1)
    same = {**BASE_POINT, **PRESET_POINTS["standard"]}
    runs.models["mine"] = model_of(same, "Mine")
    items = [each for each in suggested(runs) if each["kind"] == "start_design"]
    used = [each for each in items if each["documents"]["experiment"]["model_config"] == "mine"]
    assert used and used[0]["documents"]["model_config"] is None


def test_groups_are_never_pooled():
    runs = Runs()
    runs.add_many(12)
    other = replace(runs.entries[0], sample_percent=25, experiment="exp-other", metrics=runs.entries[0].metrics)
    runs.entries.append(other)
    table = table_of(runs.group(), runs.known(), [])
    assert table is not None and "exp-other" not in {entry.experiment for entry in table.entries}


def test_trusted_quick_runs_teach_the_optimizer_and_may_be_proposed():
    runs = Runs()
    runs.add_many(12)
    runs.add(0.5, sample=25, learning_rate=0.01)
    quick = Quick(runs.group(25), 0.5)
    table = table_of(runs.group(), runs.known(), [], [quick])
    assert table is not None and [score for _, score in table.tried.quick] == [0.25]
    assert len(table.tried.finished) == len(table.entries) == 12
    point = table.tried.quick[0][0]
    only = propose(table.space, table.tried, 3, 1, lambda each: each["learning_rate"] == point["learning_rate"])
    assert table_of(runs.group(), runs.known(), []).tried.quick == []  # type: ignore[union-attr]
    assert only == [] or only[0]["learning_rate"] == 0.01


def test_what_quick_runs_say_changes_what_is_proposed():
    finished = scored(12)
    quick = [({**BASE_POINT, "optimizer": "ftrl", "learning_rate": 0.2 - place / 100}, 1.0) for place in range(8)]
    without = [propose(SPACE, Tried(finished), seed, 1)[0]["optimizer"] for seed in range(8)]
    with_them = [propose(SPACE, Tried(finished, quick=quick), seed, 1)[0]["optimizer"] for seed in range(8)]
    assert with_them.count("ftrl") > without.count("ftrl")
