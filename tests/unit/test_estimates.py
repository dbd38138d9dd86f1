"""S5.8 to S5.11: durations and costs, before, during and after a run."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.estimates import (
    Work,
    computed_cost,
    estimate,
    expected_epochs,
    gpu_offer,
    ratios_of,
    stage_seconds,
    step_seconds,
)
from shared.prices import PRICES, price_warnings
from shared.stages import Stage, change, initial_stages

START = datetime(2026, 1, 1, tzinfo=UTC)
WORKED = Work(  # S5.11
    rows=80_000, train_rows=64_000, epochs=20, batch_size=2_048, parameters=20_000, dense_parameters=20_000,
    output_dim=32, tier="small",
)  # fmt: skip
BIG = replace(WORKED, rows=2_600_000, train_rows=2_000_000, tier="medium", processing="dataflow", max_workers=10)


def test_the_worked_example():
    """S5.11, to the digits given there."""
    found = estimate(WORKED)
    assert {stage: round(seconds, 1) for stage, seconds in found.seconds.items()} == {
        "Compile": 120, "Examples": 99.6, "Statistics": 72, "Schema": 45, "Transform": 122, "Train": 177.3,
        "Collect": 20,
    }  # fmt: skip
    assert round(step_seconds(WORKED), 4) == 0.0896
    assert round(found.total_seconds, 1) == 655.9
    assert round(found.usd["machines"], 3) == 0.022
    assert (found.usd["pipeline"], round(found.usd["build"], 6)) == (0.03, 0.032)
    assert round(found.total_usd - found.usd["storage"], 3) == 0.084
    assert found.usd["warehouse"] == found.usd["dataflow"] == 0
    assert found.usd["storage"] < 0.001


def test_a_stored_spec_and_reused_stages_take_no_time_and_cost_nothing():
    compiled = estimate(replace(WORKED, compiled=True))
    assert (compiled.seconds["Compile"], compiled.usd["build"]) == (0, 0)
    reused = estimate(
        replace(WORKED, compiled=True, reused=frozenset({"Examples", "Statistics", "Schema", "Transform"}))
    )
    assert {stage for stage, seconds in reused.seconds.items() if seconds} == {"Train", "Collect"}
    assert reused.usd["machines"] == pytest.approx(177.3 / 3600 * 0.154, abs=1e-5)


def test_dataflow_shares_the_rows_among_workers_and_pays_for_its_start():
    """S5.8: r = R/10^6 * 4/v / min(max_workers, ceil(R/500,000)), and 240 s each."""
    seconds = stage_seconds(BIG)
    r = 2.6 * 4 / 8 / 6
    assert seconds["Examples"] == pytest.approx(90 + 240 + 120 * r)
    assert seconds["Statistics"] == pytest.approx(60 + 240 + 150 * r)
    assert seconds["Transform"] == pytest.approx(90 + 240 + 400 * r)
    assert stage_seconds(replace(BIG, max_workers=2))["Transform"] == pytest.approx(90 + 240 + 400 * 2.6 / 2 / 2)
    found = estimate(BIG)
    hours = sum(seconds[stage] for stage in ("Examples", "Statistics", "Transform")) / 3600
    assert found.usd["dataflow"] == pytest.approx(hours * 6 * (8 * 0.056 + 32 * 0.0036 + 25 * 0.00005), rel=1e-4)
    assert found.usd_per_hour["Examples"] == pytest.approx(0.154 + 6 * (8 * 0.056 + 32 * 0.0036 + 25 * 0.00005))
    assert found.usd_per_hour["Train"] == 0.308
    assert estimate(replace(BIG, processing="in_process")).usd["dataflow"] == 0


def test_a_gpu_trains_forty_times_faster():
    cpu, gpu = replace(WORKED, tier="medium"), replace(WORKED, tier="gpu_t4")
    assert (step_seconds(cpu) - 0.002) / (step_seconds(gpu) - 0.002) == pytest.approx(40)
    assert estimate(gpu).usd_per_hour["Train"] == 0.84
    assert estimate(gpu).usd_per_hour["Examples"] == 0.308


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 90_000}, {"train_rows": 70_000}, {"epochs": 21}, {"batch_size": 1_024}, {"dense_parameters": 30_000},
        {"output_dim": 64}, {"tier": "large"}, {"processing": "dataflow"}, {"compiled": True},
        {"parameters": 9_999_999}, {"reused": frozenset({"Examples"})}, {"warehouse_bytes": 2**30},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_everything_that_work_says_changes_the_cost(change):
    assert estimate(replace(WORKED, **change)).total_usd != estimate(WORKED).total_usd


def test_bytes_of_the_warehouse_are_paid_by_the_tebibyte():
    assert estimate(replace(WORKED, warehouse_bytes=2**39)).usd["warehouse"] == 6.25 / 2


def test_the_range_while_few_runs_are_known():
    found = estimate(WORKED)
    low, high = found.range_seconds
    assert (low, high) == (pytest.approx(0.6 * 655.9, abs=0.1), pytest.approx(1.8 * 655.9, abs=0.1))
    fixed = sum(found.fixed_usd.values())
    by_time = found.total_usd - fixed
    assert found.range_usd == (pytest.approx(fixed + 0.6 * by_time), pytest.approx(fixed + 1.8 * by_time))


def test_finished_runs_correct_the_estimate():
    """S5.8: from 5 runs on, the median of the last 20, and their 10-90% range."""
    plain = estimate(WORKED)
    assert estimate(WORKED, {"Train": [2.0] * 4}) == plain
    learned = estimate(WORKED, {"Train": [9.0] * 5 + [1.0, 2.0, 3.0, 4.0] * 5})
    assert learned.seconds["Train"] == pytest.approx(2.5 * plain.seconds["Train"], abs=0.01)
    assert learned.seconds["Examples"] == plain.seconds["Examples"]
    assert (learned.low["Train"], learned.high["Train"]) == (1 / 2.5, 4 / 2.5)
    assert learned.low["Examples"] == 0.6


def test_ratios_are_of_stages_that_ran_in_runs_that_were_estimated():
    stored = replace(
        estimate(WORKED, {"Train": [9.0] * 5}), formula_seconds={"Train": 100.0, "Examples": 50.0}
    ).to_dict()
    train = asdict(Stage("Train", "done", START, START + timedelta(seconds=150)))
    reused = asdict(Stage("Examples", "reused", START, START))
    failed = asdict(Stage("Train", "failed", START, START + timedelta(seconds=10)))
    runs = [
        {"estimate": stored, "stages": [reused, train]},
        {
            "estimate": stored,
            "stages": [asdict(Stage("Examples", "done", START, START + timedelta(seconds=20))), failed],
        },
        {"estimate": None, "stages": [train]},
        {"estimate": stored, "stages": [{**train, "ended_at": START + timedelta(seconds=50)}]},
    ]
    assert ratios_of(runs) == {"Train": [1.5, 0.5], "Examples": [0.4]}


def test_learning_does_not_feed_on_itself():
    learned = estimate(WORKED, {"Train": [2.0] * 5})
    assert learned.formula_seconds == estimate(WORKED).seconds


def test_expected_epochs():
    assert expected_epochs(20) == expected_epochs(20, patience=3) == 20
    assert expected_epochs(20, patience=3, past_best=[4, 6, 30]) == 9
    assert expected_epochs(7, patience=3, past_best=[40]) == 7
    assert expected_epochs(20, patience=None, past_best=[4]) == 20


def test_a_gpu_is_offered_when_training_takes_more_than_an_hour():
    """S5.6."""
    assert gpu_offer(WORKED) == []
    slow = replace(WORKED, train_rows=30_000_000)
    (problem,) = gpu_offer(slow)
    assert (problem.code, problem.severity) == ("W_GPU", "warning")
    assert gpu_offer(replace(slow, tier="gpu_l4")) == []


# ------------------------------------------------------------------------------------------------------- afterwards


def ran(name: str, seconds: float, state: str = "done") -> tuple[Stage, ...]:
    return change(initial_stages(), name, state, START, START + timedelta(seconds=seconds))


ESTIMATE = estimate(replace(WORKED, warehouse_bytes=2**30)).to_dict()
FIXED = sum(ESTIMATE["fixed_usd"].values())


def test_the_computed_cost_is_that_of_the_actual_times():
    """S5.9."""
    assert computed_cost(initial_stages(), ESTIMATE, START) == {"fixed": 0.0, "total": 0.0}
    assert computed_cost(ran("Prepare", 100), ESTIMATE, START)["total"] == 0
    assert computed_cost(ran("Compile", 120), ESTIMATE, START)["total"] == pytest.approx(0.032)
    train = computed_cost(ran("Train", 3600), ESTIMATE, START)
    assert train["Train"] == 0.154
    assert train["total"] == pytest.approx(0.154 + FIXED, abs=1e-6)


def test_a_running_stage_costs_until_now_and_a_reused_one_nothing():
    running = change(initial_stages(), "Train", "running", START)
    assert computed_cost(running, ESTIMATE, START + timedelta(hours=2))["Train"] == 0.308
    assert "Examples" not in computed_cost(ran("Examples", 3600, "reused"), ESTIMATE, START)


def test_what_is_stored_of_an_estimate():
    assert ESTIMATE["prices"] == {"as_of": PRICES.as_of.isoformat(), "currency": "USD", "region": PRICES.region}
    assert ESTIMATE["total_seconds"] == 655.9
    assert ESTIMATE["range_seconds"] == [393.6, 1180.7]
    assert ESTIMATE["total_usd"] == round(sum(ESTIMATE["usd"].values()), 4)
    assert set(ESTIMATE["usd"]) == {"machines", "dataflow", "build", "pipeline", "warehouse", "storage"}


def test_prices_grow_old_and_belong_to_a_region():
    """S5.10."""

    def told(days: int, region: str = PRICES.region) -> list[str]:
        found = price_warnings(region, PRICES.as_of + timedelta(days=days))
        assert all(problem.severity == "warning" for problem in found)
        return [problem.code for problem in found]

    assert told(180) == []
    assert told(181) == ["W_PRICES_OLD"]
    assert told(0, "us-central1") == ["W_PRICES_REGION"]
