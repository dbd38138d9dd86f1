"""Read models: who leads, what is folded, what is left out, and that a rebuild gives the same bytes (domain S7)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import kendalltau

from benchmarks.synthetic_runs import synthetic_curves, synthetic_runs
from shared.hashing import canonical_json
from shared.insights.charts.coverage import coverage
from shared.insights.charts.datasets import configs, dataset_comparison
from shared.insights.charts.fidelity import fidelity, tau_b
from shared.insights.charts.groups import MixedGroups, fidelity_groups, only_group
from shared.insights.charts.heatmap import UnknownAxis, heatmap
from shared.insights.charts.kpis import kpis, protocols
from shared.insights.charts.leaderboard import leaderboard, ranks
from shared.insights.charts.leaves import bins, leaf
from shared.insights.charts.parameters import parameter_insight
from shared.insights.charts.read_models import (
    LONGEST_PART,
    group_model,
    leaders,
    overview,
    rows_of,
    size,
    wanted_curves,
)
from shared.insights.charts.training import training_heatmap
from shared.insights.charts.trend import trend
from shared.insights.lists.entries import Entry, Figure
from tests.unit.planted_runs import BEGIN, PROTOCOL, entry, figure, group, lift, planted

NOW = BEGIN + timedelta(days=2)


@dataclass(frozen=True)
class Said:
    verdict: str


# ------------------------------------------------------------------------------------------------------------- groups


def test_runs_of_another_protocol_are_left_out_and_samples_are_apart() -> None:
    entries = [entry(1), entry(2, protocols={"retrieval": "other"}), entry(3, sample_percent=10), entry(4, value=None)]
    large, small = fidelity_groups(entries, PROTOCOL)
    assert [each.number for each in large.finished] == [1]
    assert [each.number for each in large.others] == [4]
    assert (small.sample_percent, [each.number for each in small.finished]) == (10, [3])


@pytest.mark.parametrize("changes", [{"protocols": {"retrieval": "other"}}, {"sample_percent": 10}])
def test_runs_of_two_groups_are_never_looked_at_as_one(changes: dict[str, object]) -> None:
    entries = [entry(1), entry(2, **changes)]
    with pytest.raises(MixedGroups, match="2 runs are of 2 groups"):
        only_group(entries, "recall_at_10")
    with pytest.raises(MixedGroups):
        heatmap(entries, "recall_at_10", "learning_rate", "batch_size")


# -------------------------------------------------------------------------------------------------------- leaderboard


def test_runs_that_cannot_be_told_from_the_leader_share_its_rank() -> None:
    runs = group(entry(1, 0.20), entry(2, 0.30), entry(3, 0.29), entry(4, 0.28), entry(5, 0.27))
    said = {"exp-003": Said("cannot_tell"), "exp-004": Said("worse"), "exp-001": Said("no_practical_difference")}
    board = leaderboard(runs, said)
    rows = [row for row in board["rows"] if row["kind"] == "run"]
    assert [(row["number"], row["rank"], row["overlap"]) for row in rows] == [
        (2, 1, "leader"),
        (3, 1, "not distinguishable"),
        (4, 3, "worse"),
        (5, 4, "unknown"),
        (1, 1, "not distinguishable"),
    ]
    assert board["shared"] == 3


def test_baselines_are_rows_and_what_is_not_better_than_them_is_never_best() -> None:
    board = leaderboard(group(entry(1, 0.155), entry(2, 0.10)), {})
    assert [(row["name"], row["rank"], row["mark"]) for row in board["rows"]] == [
        ("Run 1", 1, "below baseline"),
        ("ease", None, ""),
        ("Run 2", 2, "below baseline"),
    ]
    better = leaderboard(group(entry(1, 0.2), entry(2, 0.19)), {})
    assert [row["mark"] for row in better["rows"]] == ["best", "", ""]


def test_errors_are_ordered_the_other_way() -> None:
    rating = {"protocols": {"rating": PROTOCOL}, "model_type": "ranking", "baselines": {}}
    found = [entry(n, 1.0, metrics={"rmse": figure(value)}, **rating) for n, value in ((1, 0.9), (2, 0.7))]
    board = leaderboard(group(*found), {})
    assert [row["number"] for row in board["rows"]] == [2, 1]
    assert board["direction"] == "min"


def test_other_seeds_fold_into_one_row_with_mean_and_spread() -> None:
    same = {"repeat": "same"}
    rows = leaderboard(group(entry(1, 0.20, **same), entry(2, 0.24, **same), entry(3, 0.23)), {})["rows"]
    assert [row.get("number") for row in rows] == [3, 1, None]
    assert (rows[1]["value"], rows[1]["low"]) == (0.22, 0.21)
    assert rows[1]["repeats"] == {
        "n": 2,
        "spread": pytest.approx(0.0282843),
        "experiments": ["exp-001", "exp-002"],
    }


def test_a_board_has_a_hundred_runs_and_says_how_many_more_there_are() -> None:
    board = leaderboard(group(*(entry(number, number / 1000) for number in range(1, 121))), {})
    assert (sum(row["kind"] == "run" for row in board["rows"]), board["left_out"]) == (100, 20)


def test_a_board_can_be_ordered_by_another_metric() -> None:
    metrics = {"recall_at_10": figure(0.2), "mrr": figure(0.5)}
    board = leaderboard(
        group(entry(1, 0.1), entry(2, metrics=metrics), entry(3, metrics={**metrics, "mrr": figure(0.6)})), {}
    )
    assert [row["name"] for row in board["rows"]] == ["Run 2", "Run 3", "ease", "Run 1"]
    assert ranks(board, "mrr") == [2, 1, None, None]


# ------------------------------------------------------------------------------------------- trend, heatmap, coverage


def test_the_trend_starts_at_one_run_and_keeps_every_record() -> None:
    values = [0.1, 0.3, 0.2, 0.4]
    found = trend(group(*(entry(number, value) for number, value in enumerate(values, 1))))
    assert [row["best"] for row in found["rows"]] == [True, True, False, True]
    assert found["baseline"] == {"name": "ease", "value": 0.15, "low": 0.14, "high": 0.16}
    assert len(trend(group(entry(1)))["rows"]) == 1
    many = trend(group(*(entry(number, 0.5 if number == 40 else 0.2) for number in range(1, 401))))
    assert (len(many["rows"]), many["left_out"]) == (300, 100)
    assert [row["number"] for row in many["rows"] if row["best"]] == [1, 40]


def test_a_heatmaps_cell_has_its_mean_count_and_best_run() -> None:
    rows = [(256, "adam", 0.1), (256, "adam", 0.3), (1024, "sgd", 0.2), (2048, "adam", 0.25)]
    runs = [
        entry(number, value, parameters={"batch_size": batch, "optimizer": optimizer})
        for number, (batch, optimizer, value) in enumerate(rows, 1)
    ]
    found = heatmap(runs, "recall_at_10", "batch_size", "optimizer")
    assert found["x"] == {"name": "batch_size", "labels": ["256", "1024", "2048"]}
    assert found["cells"][0] == {"x": 0, "y": 0, "n": 2, "mean": 0.2, "best": "exp-002", "value": 0.3}
    assert len(found["cells"]) == 3
    with pytest.raises(UnknownAxis, match="'depth' does not vary"):
        heatmap(runs, "recall_at_10", "batch_size", "depth")


def test_numbers_are_cut_at_their_quantiles_into_at_most_twelve_bins() -> None:
    numbers = np.random.default_rng(1).lognormal(size=200)
    labels, codes = bins(numbers, 12)
    assert len(labels) == 12
    counts = np.bincount(codes)
    assert counts.min() >= 15
    assert [numbers[codes == code].max() for code in range(11)] < [
        numbers[codes == code].min() for code in range(1, 12)
    ]


def test_a_feature_that_is_absent_has_no_width_and_another_parameter_is_none() -> None:
    city, clip = leaf("query.city", [8, None, 8]), leaf("clipnorm", [1.0, None, "none"])
    assert city is not None and city.labels == ("0", "8")
    assert clip is not None and clip.labels == ("1", "none")
    assert leaf("epochs", [5, 5, 5]) is None


def test_pairs_of_configs_are_tested_failed_incompatible_or_untested() -> None:
    runs = group(
        entry(1, 0.2, feature_config="a", model_config="x"),
        entry(2, 0.3, feature_config="a", model_config="x"),
        entry(3, None, feature_config="b", model_config="y"),
    )
    found = coverage(runs, {("b", "x"): "the target is missing"})
    assert {(row["feature_config"], row["model_config"]): row["state"] for row in found["rows"]} == {
        ("a", "x"): "tested",
        ("b", "y"): "failed",
        ("b", "x"): "incompatible",
    }
    assert found["untested"] == 1
    assert found["rows"][-1]["best"] == {"experiment": "exp-002", "value": 0.3, "low": 0.29, "high": 0.31}
    assert coverage(runs)["known"] is False


def test_the_training_heatmap_keeps_first_best_and_last_and_says_whose_curve_is_missing() -> None:
    curve = [(epoch, 0.1 + (0.1 if epoch == 317 else 0)) for epoch in range(500)]
    found = training_heatmap(group(entry(1), entry(2, 0.1)), {"exp-001": curve})
    (row,) = found["rows"]
    assert {0, 317, 499} <= set(row["epochs"]) and len(row["epochs"]) <= 120
    assert (row["best_epoch"], max(row["values"]), found["missing"]) == (317, 0.2, ["exp-002"])


# --------------------------------------------------------------------------------------------------------- parameters


def test_below_twenty_runs_there_are_only_means_and_the_sentence() -> None:
    found = parameter_insight(planted(0, 19, "optimizer", 2))
    assert found["sentence"] == "20 runs are needed (19 so far)"
    assert all(row["importance"] is None and row["curve"] is None for row in found["rows"])
    assert set(found["rows"][0]["values"][0]) == {"value", "n", "mean"}


def test_what_a_value_does_has_counts_and_intervals() -> None:
    runs = planted(3, 60, "optimizer", 2)
    row = parameter_insight(runs)["rows"][0]
    adam = next(value for value in row["values"] if value["value"] == "adam")
    with_it = np.array([each.parameters["optimizer"] == "adam" for each in runs.finished])
    assert adam["n"] == with_it.sum() and adam["n_without"] == 60 - with_it.sum()
    assert adam["effect"] == pytest.approx(runs.values[with_it].mean() - runs.values[~with_it].mean(), rel=1e-5)
    assert adam["effect_low"] < adam["effect"] < adam["effect_high"]
    good, rest = adam["good"], adam["n"] - adam["good"]
    assert adam["ratio"] == pytest.approx(((good + 1) / (15 + 3)) / ((rest + 1) / (45 + 3)), rel=1e-5)
    assert adam["evidence"] and adam["ratio_low"] > 1


def test_a_value_that_always_comes_with_another_says_so() -> None:
    draw = np.random.default_rng(0)
    found = []
    for number in range(1, 41):
        dropout = bool(draw.integers(2))
        parameters = {"dropout": 0.2 if dropout else 0.0, "l2": "light" if dropout else "none", "seed": number % 3}
        found.append(entry(number, 0.2 + 0.01 * draw.random(), parameters=parameters))
    rows = {row["name"]: row for row in parameter_insight(group(*found))["rows"]}
    assert rows["dropout"]["values"][1]["together"] == [{"parameter": "l2", "value": "light", "share": 1.0}]
    assert rows["seed"]["values"][0]["together"] == []


def test_a_curve_covers_the_observed_range_on_a_logarithmic_axis() -> None:
    runs = planted(1, 80, "learning_rate", 2)
    row = next(row for row in parameter_insight(runs)["rows"] if row["name"] == "learning_rate")
    rates = [each.parameters["learning_rate"] for each in runs.finished]
    assert row["log"] and row["curve"]["x"][0] == pytest.approx(min(rates), rel=1e-5)
    peak = row["curve"]["x"][int(np.argmax(row["curve"]["ratio"]))]
    assert 10**-3.2 < peak < 10**-1.8  # planted at 10^-2.5


# ----------------------------------------------------------------------------------------------------------- fidelity


def test_tau_b_is_that_of_scipy_with_ties() -> None:
    draw = np.random.default_rng(2)
    for _ in range(20):
        x, y = draw.integers(6, size=(2, 15)).astype(float)
        assert tau_b(np.ones((1, 15)), x, y)[0] == pytest.approx(kendalltau(x, y).statistic)


def small_and_large(count: int, noise: float) -> list[Entry]:
    draw = np.random.default_rng(5)
    found = []
    for number in range(1, count + 1):
        same = {"digests": {"model_config": f"m{number}"}, "parameters": {"epochs": 5, "parameters": number}}
        found.append(entry(number, 0.1 + number / 100, **same))
        same["parameters"] = {"epochs": 5, "parameters": 10 * number, "query.city": 4}
        found.append(entry(100 + number, 0.05 + number / 100 + noise * draw.normal(), sample_percent=10, **same))
    return found


def test_small_samples_are_trusted_from_eight_pairs_and_a_tau_of_06() -> None:
    few = fidelity(fidelity_groups(small_and_large(7, 0), PROTOCOL))["samples"]
    assert (few[0]["sentence"], few[0]["trusted"], few[0]["tau"]) == ("not known yet (7 of 8 pairs)", False, None)
    (enough,) = fidelity(fidelity_groups(small_and_large(12, 0.005), PROTOCOL))["samples"]
    assert enough["trusted"] and enough["low"] <= enough["tau"] <= enough["high"] and enough["n"] == 12
    (noise,) = fidelity(fidelity_groups(small_and_large(12, 1), PROTOCOL))["samples"]
    assert not noise["trusted"] and noise["tau"] is not None


def test_of_the_best_third_those_without_a_larger_sample_are_promoted() -> None:
    entries = small_and_large(3, 0) + [entry(200, 0.9, sample_percent=10, digests={"model_config": "new"})]
    assert fidelity(fidelity_groups(entries, PROTOCOL))["promote"] == [
        {"small": 10, "large": 100, "experiments": ["exp-200"]}
    ]


# ----------------------------------------------------------------------------------------------------------- overview


def test_zero_missing_and_failed_are_three_things() -> None:
    (failed,) = kpis([entry(1, None, cost_usd=None)], NOW)
    assert (failed["finished"], failed["failed"], failed["failed_share"]) == (0, 1, 1.0)
    assert (failed["median_minutes"], failed["best"]) == (None, [])
    assert failed["spend"] == {"month": "2026-03", "usd": None, "runs": 1, "unpriced": 1}
    (later,) = kpis([entry(1)], NOW + timedelta(days=40))
    assert later["spend"] == {"month": "2026-04", "usd": 0.0, "runs": 0, "unpriced": 0}


def test_the_best_is_told_for_each_protocol_and_sample_apart() -> None:
    runs = [entry(1, 0.2), entry(2, 0.3), entry(3, 0.9, sample_percent=10), entry(4, 0.8, protocols={"retrieval": "b"})]
    (found,) = kpis(runs, NOW)
    assert {(best["protocol"], best["sample_percent"]): best["number"] for best in found["best"]} == {
        (PROTOCOL, 100): 2,
        (PROTOCOL, 10): 3,
        ("b", 100): 4,
    }
    assert [row["protocol"] for row in protocols(runs)["rows"]] == ["b", PROTOCOL]


def test_datasets_are_ordered_by_lift_and_not_by_the_metric() -> None:
    runs = [
        entry(1, 0.5, dataset="easy", lifts={"recall_at_10": lift(0.01)}),
        entry(2, 0.1, dataset="hard", lifts={"recall_at_10": lift(0.05)}, customers=10, products=20, rows=50),
        entry(3, None, dataset="new"),
    ]
    found = dataset_comparison(runs)
    assert [row["dataset"] for row in found["rows"]] == ["hard", "easy", "new"]
    assert "never by the metric itself" in found["sentence"]
    assert (found["rows"][0]["density"], found["rows"][1]["density"]) == (0.25, None)
    assert found["rows"][0]["lift"]["relative"] == 1.0


def test_errors_of_different_units_are_ordered_by_the_relative_lift() -> None:
    rating = {"model_type": "ranking", "protocols": {"rating": "r"}}
    runs = [
        entry(1, 1.0, dataset="euro", metrics={"rmse": figure(90.0)}, lifts={"rmse": lift(10.0)}, **rating),
        entry(2, 1.0, dataset="stars", metrics={"rmse": figure(0.5)}, lifts={"rmse": lift(0.5)}, **rating),
    ]
    rows = dataset_comparison(runs)["rows"]
    assert [(row["dataset"], row["lift"]["relative"]) for row in rows] == [("stars", 0.5), ("euro", 0.1)]


def test_configs_are_linked_as_they_were_used() -> None:
    runs = [entry(1, complexity={"model": "simple"}), entry(2, model_config="deep"), entry(3, None)]
    found = configs(runs)
    tower = next(row for row in found["rows"] if row["id"] == "tower")
    assert (tower["runs"], tower["finished"], tower["failed"], tower["complexity"]) == (2, 1, 1, None)
    assert {(link["from"], link["to"]): link["runs"] for link in found["links"]} == {
        ("sales", "base"): 3,
        ("base", "tower"): 2,
        ("base", "deep"): 1,
    }


# ------------------------------------------------------------------------------------------------------------- models


def test_a_rebuild_in_any_order_gives_the_same_bytes() -> None:
    entries = synthetic_runs(80, 1)
    curves, (leader, others) = synthetic_curves(entries), leaders(entries, "protocol00")[0]
    said = {each.experiment: Said("cannot_tell") for each in others}
    first = group_model(entries, "protocol00", said, curves, NOW)
    again = group_model(entries[::-1], "protocol00", said, curves, NOW + timedelta(days=1))
    assert canonical_json(first.parts) == canonical_json(again.parts)
    assert {**first.head, "computed_at": ""} == {**again.head, "computed_at": ""}
    assert first.head["samples"][0]["best"]["experiment"] == leader.experiment
    assert canonical_json(overview(entries, NOW).parts) == canonical_json(overview(entries[::-1], NOW).parts)


def test_runs_of_other_protocols_change_no_byte() -> None:
    entries = synthetic_runs(60, 2)
    alone = [each for each in entries if "protocol00" in each.protocols.values()]
    both = group_model(entries, "protocol00", {}, {}, NOW)
    assert canonical_json(both.parts) == canonical_json(group_model(alone, "protocol00", {}, {}, NOW).parts)
    assert both.head == group_model(alone, "protocol00", {}, {}, NOW).head


def test_every_part_stays_within_its_bound_and_is_a_table() -> None:
    entries = [replace(each, name="ö" * 100) for each in synthetic_runs(400, 1)]
    curves = {name: [(epoch, 0.123456) for epoch in range(500)] for name in wanted_curves(entries, "protocol00")}
    for model in (group_model(entries, "protocol00", {}, curves, NOW), overview(entries, NOW)):
        assert model.head["parts"] == sorted(model.parts)
        assert size(model.head) < LONGEST_PART / 2
        for name, document in model.parts.items():
            assert size(document) <= LONGEST_PART, name
            rows = rows_of(name, json.loads(canonical_json(document)))
            assert all(not isinstance(value, (list, dict)) for row in rows for value in row.values())
            assert rows or name == "fidelity"


def test_a_group_without_a_finished_run_is_told_as_such() -> None:
    model = group_model([entry(1, None)], PROTOCOL, {}, {}, NOW)
    assert model.head["samples"][0]["best"] is None and model.head["samples"][0]["failed"] == 1
    assert model.parts["parameters-100"]["sentence"] == "20 runs are needed (0 so far)"
    assert leaders([entry(1, None)], PROTOCOL) == []
    with pytest.raises(ValueError, match="no ended run is of protocol 'nobody'"):
        group_model([entry(1)], "nobody", {}, {}, NOW)


def test_a_run_without_the_headline_metric_is_not_ranked() -> None:
    odd = entry(1, 0.2, metrics={"recall_at_10": Figure(None)})
    assert group(odd, entry(2)).others == (odd,)
    assert overview([], NOW).head["runs"] == 0
