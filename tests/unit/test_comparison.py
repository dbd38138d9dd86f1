"""Experiments beside each other (domain S7.7, S7.8): verdicts, results, what differs, and what may not be compared."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.documents import ComparedMetric
from shared.insights.comparing.compared import Compared, incomparable
from shared.insights.comparing.comparison import LONGEST_PAGE, compare
from shared.insights.comparing.customers import MEASURED
from shared.insights.comparing.verdict_words import baseline_sentence, listed, pair_sentence
from shared.insights.comparing.verdicts import Verdict, paired
from shared.runs import State
from tests.unit.comparison_samples import FINGERPRINTS, compared


def the_verdict(*runs: Compared, metric: str | None = None) -> dict[str, Any]:
    return compare(runs, metric).head["verdicts"][0]


def rows(*runs: Compared) -> dict[str, dict[str, Any]]:
    """All rows of all sections by `section.name`."""
    made = compare(runs)
    return {f"{part}.{row['name']}": row for part, page in made.parts.items() for row in page["rows"]}


# ------------------------------------------------------------------------------------------------------------ verdicts


def test_the_verdict_is_that_of_the_pair_in_one_sentence():
    better, worse = compared(14, chance=2.0), compared(12)
    found = the_verdict(better, worse)
    verdict = paired(better.customers, worse.customers, "recall_at_10", "all", 17)
    assert found["pairs"][0]["difference"] == verdict.difference
    assert found["sentence"] == (
        f"#14 is better than #12 by {verdict.difference:.3f} recall@10 "
        f"({verdict.low:+.3f} to {verdict.high:+.3f}, 600 customers)."
    )
    turned = the_verdict(worse, better)
    assert (turned["sentence"], turned["pairs"][0]["verdict"]) == (found["sentence"], "worse")
    assert (found["leader"], turned["leader"]) == (0, 1)


def test_two_seeds_of_one_configuration_cannot_be_told_apart():
    found = the_verdict(compared(14), compared(12))
    assert found["pairs"][0]["verdict"] == "cannot_tell"
    assert found["sentence"].startswith("Cannot tell yet whether #14 or #12 is better: recall@10 differs by ")
    assert "customers would be needed." in found["sentence"]


def test_the_same_answers_are_practically_no_different():
    found = the_verdict(compared(14, seed=5), compared(12, seed=5))
    assert found["sentence"].startswith("No practical difference between #14 and #12: recall@10 differs by +0.000 ")


def test_more_than_two_runs_have_a_leader_and_every_pair():
    found = the_verdict(compared(1), compared(2, chance=2.5), compared(3, seed=1))
    assert found["sentence"] == "#2 leads by recall@10: it is better than #1 and #3."
    assert [(pair["one"], pair["other"], pair["verdict"]) for pair in found["pairs"]] == [
        (0, 1, "worse"), (0, 2, "no_practical_difference"), (1, 2, "better"),
    ]  # fmt: skip
    alone = the_verdict(compared(1), compared(2, chance=2.5))["pairs"][0]["p"]
    assert found["pairs"][0]["p"] == pytest.approx(3 * alone)  # Holm


def test_each_run_is_set_against_its_best_baseline():
    found = the_verdict(compared(14), compared(12))["baselines"]
    assert found[0]["sentence"] == (
        "#14 is better than the best baseline, popularity, by 0.100 recall@10 (+0.050 to +0.150)."
    )


def test_a_full_run_and_a_quick_one_are_compared_on_the_customers_of_the_sample_and_nobody_gets_a_star():
    full, quick = compared(14, chance=2.5), compared(12, sample_percent=50)
    made = compare([full, quick])
    pair = made.head["verdicts"][0]["pairs"][0]
    assert pair["comparable"]
    assert 250 < pair["n"] < 350
    assert pair["sentence"].endswith("They learned from 100% and 50% of the customers.")
    assert all(row["stars"] == [] for row in made.parts["results"]["rows"] if "stars" in row)
    assert made.head["experiments"][1]["badges"] == ["quick (50%)"]


def test_a_star_is_for_who_is_better_than_all_of_its_group():
    found = rows(compared(1), compared(2, chance=2.5), compared(3))
    assert found["results.recall@10"]["stars"] == [1]
    assert rows(compared(1), compared(3))["results.recall@10"]["stars"] == []
    with_a_rival = rows(compared(1), compared(2, chance=2.5, seed=9), compared(3, chance=2.5, seed=9))
    assert with_a_rival["results.recall@10"]["stars"] == []


@pytest.mark.parametrize(
    ("verdict", "doubt"), [("worse", "below baseline"), ("cannot_tell", "not shown to be above the best baseline")]
)
def test_who_is_better_than_others_and_not_than_a_baseline_wears_no_success(verdict: str, doubt: str):
    runs = [compared(1, chance=2.5), compared(2)]
    lift = {**runs[0].evaluation["lift"]["recall_at_10"], "verdict": verdict}
    runs[0] = replace(runs[0], evaluation={**runs[0].evaluation, "lift": {"recall_at_10": lift}})
    found = the_verdict(*runs)
    assert found["sentence"].endswith(f"600 customers). But #1 is {doubt}.")
    assert not found["success"]
    assert rows(*runs)["results.recall@10"]["doubts"] == [doubt, None]
    assert the_verdict(compared(1, chance=2.5), compared(2))["success"]
    assert not the_verdict(compared(1), compared(2))["success"]


def test_another_metric_may_decide():
    found = compare([compared(14, chance=2.0), compared(12)], "mrr").head["verdicts"]
    assert [each["metric"] for each in found] == ["mrr"]
    assert "mrr" in found[0]["sentence"]


def test_every_metric_that_may_decide_can_be_told_from_the_files():
    assert set(ComparedMetric.__args__) <= set(MEASURED)


# ------------------------------------------------------------------------------------------------------ not comparable


def of_fingerprints(run: Compared, **test: Any) -> Compared:
    """Tested on other rows."""
    assert run.snapshot is not None
    fingerprints = {**FINGERPRINTS, "test": {**FINGERPRINTS["test"], **test}}
    protocol = {"keys": {"retrieval": "p2"}, "fingerprints": fingerprints}
    return replace(run, snapshot={**run.snapshot, "protocol": protocol})


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (compared(12, key="p2", split={"kind": "random"}), "the split (kind strict_time and random, "),
        (compared(12, key="p2", split_seed=3), "They were not tested alike: split_seed (17 and 3)."),
        (compared(12, key="p2", exclude_purchased=True), "exclude_purchased (no and yes)."),
        (of_fingerprints(compared(12), rows=2_000, max_time=1_765_238_400),
         "the test rows (1,906 rows and 2,000 rows until 2025-12-09)."),
        (compared(12, key="p2"), "They were not tested alike: the rules that they were evaluated by."),
        (Compared("exp-gone"), "exp-gone does not exist (any more)."),
        (replace(compared(12), customers=None, missing="The per-customer file of #12 is damaged"),
         "The per-customer file of #12 is damaged."),
    ],
)  # fmt: skip
def test_what_was_not_tested_alike_is_not_comparable_and_the_reason_is_told(other: Compared, reason: str):
    found = the_verdict(compared(14), other)["pairs"][0]
    assert (found["comparable"], found["verdict"]) == (False, "not_comparable")
    assert reason in found["reason"]
    assert found["sentence"].startswith(f"#14 and {other.label} are not comparable: ")
    assert the_verdict(compared(14), other)["leader"] is None


@pytest.mark.parametrize(
    ("state", "words"), [(State.RUNNING, "#12 is running"), (State.FAILED, "#12 has failed"),
                         (State.CANCELLED, "#12 was cancelled")]
)  # fmt: skip
def test_a_run_without_results_is_not_comparable(state: State, words: str):
    run = compared(12)
    run = replace(run, run=replace(run.run, state=state), evaluation=None)
    assert incomparable(compared(14), run, "retrieval") == f"{words}: only completed runs have results."


def test_runs_of_different_families_share_no_metric():
    rating = compared(12)
    rating = replace(
        rating,
        run=replace(rating.run, model_type="ranking"),
        snapshot={**rating.snapshot, "protocol": {"keys": {"rating": "p3"}, "fingerprints": FINGERPRINTS}},
    )
    assert incomparable(compared(14), rating, "retrieval") == "#12 is a ranking model, without these metrics."


def test_who_cannot_be_compared_does_not_hide_the_others():
    found = the_verdict(compared(1), compared(2, chance=2.5), Compared("exp-gone"))
    assert found["sentence"] == "#2 leads by recall@10: it is better than #1 and cannot be compared with exp-gone."


def test_nothing_at_all_can_be_compared():
    found = compare([Compared("exp-a"), Compared("exp-b"), Compared("exp-c")])
    assert found.head["verdicts"][0]["sentence"] == "No two of these runs can be compared by recall@10."
    assert found.head["losses"]["comparable"] is False


# -------------------------------------------------------------------------------------------------------- what differs


def test_every_leaf_has_a_row_and_a_marker():
    wide = {"query_layers": [{"type": "dense", "units": 128}, {"type": "dropout", "rate": 0.2}]}
    found = rows(compared(14), compared(12, model=wide, epochs=7))
    assert found["training.epochs"] == {"name": "epochs", "values": ["5", "7"], "same": False}
    assert found["training.batch_size"]["same"]
    assert found["training.best_epoch"]["values"] == ["4", "4"]  # stored as 3: people count from 1
    assert found["model.query"]["values"] == ["64→32", "128→d0.2→32"]
    assert found["features.query.customer×price"]["values"] == ["customer×price(8)"] * 2
    assert found["dataset.filters.rows.quantity"]["values"][0] == "`quantity` > 0"
    assert found["split.split.test_days"]["same"]
    assert found["cost.duration"]["values"] == ["184 s", "184 s"]
    assert found["results.recall@10 over the best baseline"]["values"][0] == "+0.100 (+0.050 to +0.150) over popularity"
    assert found["results.warm.recall@10"]["values"][0] is not None


def test_features_that_were_added_removed_or_changed_are_told_with_their_widths():
    wider = {"query_crosses": [], "candidate_features": [
        {"kind": "category", "column": "product", "is_primary_id": True, "vocabulary": {"embedding_dim": 32}},
        {"kind": "category", "column": "brand", "hashing": {"buckets": 10, "embedding_dim": 8}},
    ]}  # fmt: skip
    changes = compare([compared(14), compared(12, features=wider)]).head["features"]
    found = {each["feature"]: (each["tower"], each["change"], each["widths"]) for each in changes}
    assert found["product"] == ("candidate", "changed", [16, 32])
    assert found["brand"] == ("candidate", "added", [None, 8])
    assert [each["change"] for each in changes if each["tower"] == "query"] == ["removed"]


def test_losses_are_compared_only_where_they_measure_the_same():
    assert compare([compared(14), compared(12, learning_rate=0.1)]).head["losses"] == {
        "comparable": True,
        "reason": None,
    }
    found = compare([compared(14), compared(12, batch_size=512, model={"temperature": 0.5})]).head["losses"]
    assert not found["comparable"]
    assert "temperature (1.0 and 0.5)" in found["reason"]
    assert "batch size (1024 and 512)" in found["reason"]


def test_a_configuration_of_another_version_leaves_its_rows_out():
    run = compared(12)
    configs = {**run.snapshot["configs"], "model_config": {"owner": "ada", "layers_of_the_future": 3}}
    found = rows(compared(14), replace(run, snapshot={**run.snapshot, "configs": configs}))
    assert found["model.optimizer"]["values"] == ["adam", None]


def test_documents_fit_into_a_store_and_say_the_same_again():
    many = {"query_features": [{"kind": "number", "column": f"column_{number:03d}", "scale": {"method": "zscore"}}
                               for number in range(150)], "query_id": "none", "query_crosses": []}  # fmt: skip
    runs = [compared(number, features=many) for number in range(1, 6)]
    made, again = compare(runs), compare(runs)
    assert made == again
    assert len(json.dumps(made.head, default=str)) < 100_000
    sizes = {name: len(json.dumps(page, ensure_ascii=False).encode()) for name, page in made.parts.items()}
    assert max(sizes.values()) < LONGEST_PAGE * 1.05
    pages = {section["name"]: section["pages"] for section in made.head["sections"]}
    assert pages["features"] > 1
    assert sum(pages.values()) == len(made.parts)
    assert "features-2" in made.parts


# --------------------------------------------------------------------------------------------------------------- words


def rmse(call: str, difference: float, low: float, high: float, **more: Any) -> Verdict:
    return Verdict("rmse", difference, low, high, 0.01, call, more.get("needed"), 868, 2.5, 9.0)


def test_sentences_say_what_less_is():
    assert pair_sentence("#1", "#2", rmse("better", 12.1, 5.2, 19.0)) == (
        "#1 is better than #2 by 12.1 lower rmse (5.2 to 19, 868 customers)."
    )
    assert pair_sentence("#1", "#2", rmse("cannot_tell", 3.1, -5.2, 9.0, needed=2_349)) == (
        "Cannot tell yet whether #1 or #2 is better: rmse differs by +3.1 (-5.2 to +9, 868 customers, above 0 is "
        "lower); about 2,300 customers would be needed."
    )


def test_a_claim_that_holm_withdrew_says_why():
    found = pair_sentence("#1", "#2", replace(rmse("cannot_tell", 3.1, 0.2, 9.0, needed=2_000), p=0.08), 6)
    assert "too little evidence among 6 comparisons (p 0.08 after Holm's correction)" in found


def test_too_few_customers_are_the_sentence():
    few = Verdict("mrr", 0.1, None, None, None, "cannot_tell", None, 7, reason="too few common customers (7)")
    assert pair_sentence("#1", "#2", few) == "Cannot tell whether #1 or #2 is better: too few common customers (7)."


@pytest.mark.parametrize(
    ("lift", "sentence"),
    [
        ({"value": -0.03, "low": -0.05, "high": -0.01, "verdict": "worse"},
         "#1 is below baseline: worse than the best baseline, item knn, by 0.030 recall@10 (+0.010 to +0.050)."),
        ({"value": 0.01, "low": -0.01, "high": 0.03, "verdict": "cannot_tell"},
         "Cannot tell whether #1 is better than the best baseline, item knn: +0.010 (-0.010 to +0.030)."),
        ({"value": 0.01, "low": None, "high": None, "verdict": "cannot_tell"},
         "Cannot tell whether #1 is better than the best baseline, item knn: +0.010 (too few customers)."),
    ],
)  # fmt: skip
def test_baselines_in_sentences(lift: dict[str, Any], sentence: str):
    assert baseline_sentence("#1", "recall_at_10", {"baseline": "item_knn", **lift}) == sentence
    assert baseline_sentence("#1", "mrr", None) == "#1 was not measured against baselines by mrr."


def test_lists_of_words():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
