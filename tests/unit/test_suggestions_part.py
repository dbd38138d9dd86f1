"""functions/suggestions: what the store holds of configs, live runs, budgets and past runs becomes suggestions."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.suggestions import MOST_NEW_MODELS, _trusted, suggestions_of
from shared.parsing import parse
from tests.fakes.world import WRITTEN, World, category
from tests.unit.suggestion_samples import Runs

ENDPOINT = "wholesale"


@pytest.fixture
def world() -> World:
    """One run has completed, and there is a second feature config."""
    world = World()
    world.store.put(
        "feature_configs/wide",
        {
            **WRITTEN,
            "name": "Wide",
            "dataset": "sales",
            "query_features": [category("customer", is_primary_id=True)],
            "candidate_features": [category("product", is_primary_id=True), {"kind": "number", "column": "price",
                                                                             "scale": {"method": "zscore"}}],
        },
    )  # fmt: skip
    world.bring_to("completed")
    return world


def part(world: World) -> dict[str, Any]:
    entries = world.store.index(ENDPOINT)
    return suggestions_of(ENDPOINT, next(iter(entries[0].protocols.values())), entries, world.services)


def group(world: World) -> dict[str, Any]:
    (found,) = part(world)["groups"]
    return found


def test_one_run_gets_a_start_design_and_the_untested_pair(world: World):
    found = group(world)
    assert (found["finished"], found["live"]) == (1, 0) and found["sentence"].startswith("1 of 10 finished runs")
    assert [each["kind"] for each in found["items"]] == ["start_design"] * 3 + ["untested_pair"]
    pair = found["items"][-1]["documents"]["experiment"]
    assert (pair["feature_config"], pair["model_config"], pair["epochs"]) == ("wide", "minimal", 2)


def test_the_part_is_small_json_and_the_same_again(world: World):
    text = json.dumps(part(world), sort_keys=True)
    assert len(text) < 60_000 and json.dumps(part(world), sort_keys=True) == text


def test_each_has_the_cost_and_the_minutes_of_a_submission(world: World):
    for each in group(world)["items"]:
        assert 0.01 < each["cost_usd"] < 1 and 5 < each["minutes"] < 60


def test_the_documents_of_a_suggestion_start_a_run(world: World):
    documents = group(world)["items"][0]["documents"]
    model = dict(documents["model_config"])
    name = model.pop("id")
    world.store.put(f"model_configs/{name}", {**WRITTEN, **model})
    parse("experiments", "exp-01jd4qz0000000000000000002", {**WRITTEN, **documents["experiment"]})
    experiment = world.request(2, **documents["experiment"])
    assert world.reconcile(experiment).state.value == "running"


def test_what_is_under_way_is_not_suggested(world: World):
    first = group(world)["items"][0]
    model = dict(first["documents"]["model_config"])
    name = model.pop("id")
    world.store.put(f"model_configs/{name}", {**WRITTEN, **model})
    world.reconcile(world.request(2, **first["documents"]["experiment"]))
    found = group(world)
    assert found["live"] == 1 and first["reason"] not in [each["reason"] for each in found["items"]]


def test_of_the_models_that_no_run_names_the_latest_are_known(world: World):
    """A deployment may have thousands, of other endpoints."""

    def write(name: str, hours: int) -> None:
        written = {**WRITTEN, "name": name, "updated_at": world.time + timedelta(hours=hours)}
        world.store.put(f"model_configs/{name}", written)

    def paired() -> set[str]:
        pairs = [each for each in group(world)["items"] if each["kind"] == "untested_pair"]
        return {each["documents"]["experiment"]["model_config"] for each in pairs}

    write("mine", 1)
    assert paired() == {"minimal", "mine"}
    for number in range(MOST_NEW_MODELS):
        write(f"other-{number:02d}", 2)
    assert "mine" not in paired()
    assert [each["kind"] for each in group(world)["items"]].count("start_design") == 3, "that of the run is known"


def test_nothing_is_suggested_beyond_the_months_budget(world: World):
    world.store.put(f"model_endpoints/{ENDPOINT}", {**WRITTEN, "name": "Wholesale", "monthly_budget_usd": 0.0})
    found = part(world)
    assert found["budget_left_usd"] <= 0 and found["groups"][0]["items"] == []
    assert "budget" in found["groups"][0]["sentence"]
    world.store.put(f"model_endpoints/{ENDPOINT}", {**WRITTEN, "name": "Wholesale", "monthly_budget_usd": 50.0})
    assert len(group(world)["items"]) == 4


def test_a_config_that_cannot_be_read_is_left_out(world: World):
    world.store.put("model_configs/broken", {"name": 3})
    world.store.put("feature_configs/broken", {"dataset": "sales"})
    assert len(group(world)["items"]) == 4


def test_without_its_request_a_run_is_no_base(world: World):
    entries = world.store.index(ENDPOINT)
    del world.store.documents[f"experiments/{entries[0].experiment}"]
    found = group(world)
    assert found["items"] == [] and "gone" in found["sentence"]


@pytest.mark.parametrize(("order", "fed"), [(1, 1), (-1, 0)])
def test_quick_runs_feed_larger_samples_only_while_they_order_alike(order: int, fed: int):
    runs = Runs()
    for place in range(9):
        rate = round(0.001 * (place + 1), 4)
        runs.add(0.1 + place / 100, learning_rate=rate)
        runs.add(0.2 + order * place / 50, sample=25, learning_rate=rate)
    found = _trusted([runs.group(100), runs.group(25)])
    assert [len(found.get(sample, [])) for sample in (100, 25)] == [fed, 0]
    if fed:
        assert found[100][0].group.sample_percent == 25 and 0.4 < found[100][0].factor < 0.6
