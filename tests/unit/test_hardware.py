"""S5.6, S5.7: tiers and which of them is recommended."""

from __future__ import annotations

import pytest

from shared.documents import Experiment
from shared.hardware import TIERS, choose_processing, choose_tier, memory_problems, needed_gb, recommend_tier
from shared.parameter_count import ParameterCount, Part
from shared.prices import PRICES
from tests.unit import samples


def count(dense: int = 0, embeddings: int = 0) -> ParameterCount:
    return ParameterCount({"query": Part(embeddings=embeddings, dense=dense)})


def test_there_is_a_tier_for_each_choice_and_a_price_for_each_machine():
    choices = Experiment.model_json_schema()["properties"]["hardware"]["anyOf"][0]["enum"]
    assert list(TIERS) == choices
    for tier in TIERS.values():
        assert PRICES.items[tier.trainer.name] > 0
        assert PRICES.items[tier.workers.name] > 0
        assert tier.has_gpu == tier.name.startswith("gpu_")


@pytest.mark.parametrize(
    ("rows", "parameters", "tier"),
    [
        (99_999, 999_999, "small"), (100_000, 999_999, "medium"), (99_999, 1_000_000, "medium"),
        (999_999, 4_999_999, "medium"), (1_000_000, 0, "large"), (0, 5_000_000, "large"),
    ],
)  # fmt: skip
def test_the_recommendation_follows_rows_and_parameters(rows, parameters, tier):
    name, reason = recommend_tier(rows, count(dense=parameters))
    assert name == tier
    assert f"{rows:,} rows and {parameters:,} parameters" in reason
    assert f"`{tier}`" in reason


def test_the_memory_rule():
    """Embedding bytes for weights, gradient and two slots, and 2 GB, within 70% of the machine's memory."""
    gib_of_weights = 2**30 // 4
    assert needed_gb(count(dense=10**9, embeddings=gib_of_weights)) == 1 * 4 + 2
    most = {name: round((0.7 * tier.trainer.memory_gb - 2) / 4, 3) for name, tier in TIERS.items()}  # GiB of weights
    assert most["small"] == 2.3
    for name, gib in most.items():
        assert memory_problems(name, count(embeddings=int(gib_of_weights * (gib - 0.01)))) == []
        (problem,) = memory_problems(name, count(embeddings=int(gib_of_weights * (gib + 0.01))))
        assert (problem.code, problem.path, problem.severity) == ("E_MEMORY_TIER", "hardware", "error")
        assert f"`{name}` has {0.7 * TIERS[name].trainer.memory_gb:.1f} GB" in problem.problem
    (problem,) = memory_problems("small", count(embeddings=3 * gib_of_weights))
    assert problem.remedy == "Use `medium`, or lower `max_size` or `embedding_dim`."
    (problem,) = memory_problems("large", count(embeddings=12 * gib_of_weights))
    assert problem.remedy == "Lower `max_size` or `embedding_dim`."


def test_a_tier_chosen_by_hand_stays():
    heavy = count(dense=10_000_000)
    assert choose_tier(samples.experiment(hardware="small"), 5_000_000, heavy)[0] == "small"
    assert choose_tier(samples.experiment(hardware="auto"), 5_000_000, heavy)[0] == "large"


def test_data_goes_to_dataflow_above_a_million_rows_unless_asked_otherwise():
    """S5.1."""
    auto = samples.experiment(data_processing="auto")
    assert choose_processing(auto, 1_000_000) == "in_process"
    assert choose_processing(auto, 1_000_001) == "dataflow"
    assert choose_processing(samples.experiment(data_processing="dataflow"), 10) == "dataflow"
    assert choose_processing(samples.experiment(data_processing="in_process"), 10**9) == "in_process"
