"""What the terminal shows of a run, as whole pictures; and the lines of a pipe."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console, RenderableType

from quicktest.commands.logs import clean
from quicktest.views.plain import changes
from quicktest.views.results import figure, headline, metrics_table, result_view
from quicktest.views.run import cost_line, epoch_table, run_view
from quicktest.views.runs import runs_table
from quicktest.words import duration, lift_words, state_words, title
from tests.unit.user_side import START, completed_run, epoch, failed_run, multitask_run, run_document

NOW = START + timedelta(seconds=27)


def drawn(renderable: RenderableType, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True, highlight=False)
    console.print(renderable)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())  # type: ignore[attr-defined]


def test_a_run_that_trains() -> None:
    run = run_document()
    run["stages"][1] |= {"state": "reused", "note": "compiled before"}
    run["stages"][6] |= {"state": "running", "started_at": START + timedelta(seconds=24)}
    assert (
        drawn(run_view(run, [epoch(0), epoch(1)], NOW))
        == """\
Exp #12 · first try  ▶ running Train  27 s
━━━━━━━━━━━━━━━━━━━━━━                   55%

  ✔  Prepare              4.0 s
  ✔  Compile     reused   4.0 s  compiled before
  ✔  Examples             4.0 s
  ✔  Statistics           4.0 s
  ✔  Schema               4.0 s
  ✔  Transform            4.0 s
  ▶  Train       running  3.0 s
  ·  Collect

  epoch  train loss  eval loss  eval recall@10   time
    1/3      6.0000     5.5000           0.200  1.2 s
    2/3      5.0000     5.5000           0.200  1.2 s"""
    )


def test_a_run_that_completed() -> None:
    problem = {"path": "split", "problem": "253 test customers.", "remedy": "Take more.", "severity": "warning"}
    shown = drawn(run_view(completed_run(problems=[problem]), [], NOW), width=120)
    assert (
        shown.split("Collect")[1]
        == """

note: split: 253 test customers. Take more.

recall@10 0.504 (0.454-0.554), +0.024 (+0.011 to +0.037) over personal frequency: better than the best baseline

average customer   this model            personal frequency    popularity
recall@5           0.504 (0.454-0.554)   0.480 (0.430-0.530)   0.184 (0.134-0.234)
recall@10          0.504 (0.454-0.554)   0.480 (0.430-0.530)   0.184 (0.134-0.234)
recall@50          0.504 (0.454-0.554)   0.480 (0.430-0.530)   0.184 (0.134-0.234)
recall@100         0.504 (0.454-0.554)   0.480 (0.430-0.530)   0.184 (0.134-0.234)
95% intervals over 253 test customers

average order line   this model            personal frequency    popularity
recall@10            0.504 (0.454-0.554)   0.480 (0.430-0.530)   0.184 (0.134-0.234)
95% intervals over 253 test order lines"""
    )


def test_a_multitask_run_shows_both_families_and_that_less_error_is_better() -> None:
    shown = drawn(result_view(multitask_run()), width=120)
    assert (
        shown
        == """\
recall@10 0.504 (0.454-0.554), +0.024 (+0.011 to +0.037) over personal frequency: better than the best baseline
rmse 12.35 (11.8-12.9), 0.420 lower (0.100 to 0.740) than bias: better than the best baseline

average customer   this model            personal frequency
recall@10          0.504 (0.454-0.554)   0.480 (0.430-0.530)
95% intervals over 253 test customers

predicted value, average order line   this model          bias                  global mean
rmse (lower is better)                12.35 (11.8-12.9)   12.77 (12.22-13.32)   14.95 (14.4-15.5)
95% intervals over 1,906 test order lines"""
    )


def test_where_less_is_better_a_lift_below_zero_is_higher() -> None:
    lift = {"value": -0.5, "low": -0.8, "high": 0.1, "verdict": "cannot_tell"}
    assert lift_words(lift, "rmse", "bias") == "0.500 higher (-0.100 to 0.800) than bias"
    assert lift_words({**lift, "low": None, "high": None}, "recall_at_10", "ease") == "-0.500 over ease"


def test_a_list_shows_a_rating_that_is_worse_than_its_baseline() -> None:
    run = multitask_run()
    card = run["headlines"][1]
    run["headline"] = {**card, "lift": {"value": -0.5, "low": -0.8, "high": -0.1, "verdict": "worse"}}
    assert "rmse 12.35, 0.500 higher than bias" in drawn(runs_table([run], NOW), width=220)


def test_epochs_show_what_the_model_is_watched_by() -> None:
    figures = {"loss": 1.5, "recall_at_10": 0.2, "rmse": 12.345}
    record = {**epoch(0), "eval": figures}
    unmeasured = {**epoch(1), "eval": {"loss": 1.4}}
    lines = drawn(epoch_table([record, unmeasured])).splitlines()
    assert lines[0].split("  ")[3:] == ["eval recall@10", "eval rmse", " time"]
    assert lines[1].split() == ["1/3", "6.0000", "1.5000", "0.200", "12.35", "1.2", "s"]
    assert lines[2].split() == ["2/3", "5.0000", "1.4000", "1.2", "s"]


def test_what_a_run_is_expected_to_cost_and_what_it_cost() -> None:
    estimate = {"range_seconds": [393.6, 1180.6], "range_usd": [0.0621, 0.118], "total_usd": 0.084}
    live = run_document(estimate=estimate)
    assert cost_line(live).plain == "expected 6 min 34 s to 19 min 41 s, 0.062 USD to 0.12 USD"
    ended = completed_run(estimate=estimate, cost={"computed": 0.0312, "estimated": 0.084})
    assert cost_line(ended).plain == "cost 0.031 USD (estimated 0.084 USD)"
    assert cost_line(run_document()) is None
    assert "expected 6 min" in next(iter(changes(run_document(), live, [], NOW)))


def test_a_sampled_run_says_whose_figures_they_are() -> None:
    run = completed_run("better")
    run["headline"]["population"] = "in_sample"
    assert "over 253 test customers of the sample" in drawn(
        metrics_table(run, "retrieval", "customer", "average customer")
    )


def test_a_run_that_failed() -> None:
    shown = drawn(run_view(failed_run(), [], NOW))
    rows = [line.split() for line in shown.splitlines()]
    assert shown.startswith("Exp #12 · first try  ✘ failed: Training diverged  24 s\n")
    assert ["✘", "Train", "failed"] in rows and ["-", "Collect", "skipped"] in rows
    assert shown.endswith(
        "Training diverged (in Trainer)\n"
        "The loss is not a number from epoch 2 on.\n"
        "what to do: Lower the learning rate.\n"
        "original message: loss is nan"
    )  # fmt: skip


def test_a_failure_names_its_place_in_the_config_and_in_the_code_and_where_to_read_on() -> None:
    """S8.5"""
    run = failed_run()
    run["job"] = {"name": "projects/p/locations/l/pipelineJobs/exp-1-a1"}
    run["error"] |= {"component": "Transform", "file": "transform_module.py", "line": 31}
    run["error"] |= {"subject": "feature_config.query_features.2"}
    assert drawn(run_view(run, [], NOW)).endswith(
        "in the config: feature_config.query_features.2\n"
        "in the code: transform_module.py, line 31\n"
        "original message: loss is nan\n"
        f"quicktest logs {run['experiment']} --stage Transform"
    )


def test_a_title_that_names_the_stage_does_not_name_it_twice() -> None:
    run = failed_run()
    run["error"] |= {"title": "Failed in Train", "component": "Train"}
    assert "\nFailed in Train\n" in drawn(run_view(run, [], NOW))


def test_what_only_repeats_the_sentence_is_not_said_again() -> None:
    run = failed_run()
    run["error"]["raw"] = run["error"]["explanation"]
    assert "original message" not in drawn(run_view(run, [], NOW))


def test_a_run_that_waits_shows_all_stages() -> None:
    run = {"experiment": "exp-1", "state": "requested", "created_at": START, "names": {}, "reason": "2 are running"}
    shown = drawn(run_view(run, [], NOW))
    assert shown.startswith("exp-1  ◌ waiting (2 are running)  27 s\n")
    assert shown.count("·  ") == 8


@pytest.mark.parametrize(
    ("verdict", "words", "style"),
    [
        ("better", "better than the best baseline", "green"),
        ("worse", "worse, below baseline", "red"),
        ("cannot_tell", "cannot tell, too close to the best baseline", "yellow"),
    ],
)
def test_only_what_is_better_wears_a_success_colour(verdict: str, words: str, style: str) -> None:
    text = headline(completed_run(verdict)["headline"])
    assert text.plain.endswith(words) and text.spans[-1].style == style
    assert ("green" in {span.style for span in text.spans}) == (verdict == "better")


def test_a_figure_without_interval_says_why() -> None:
    few = {"value": 0.5, "low": None, "high": None, "n": 12, "reason": "too few customers (12)"}
    assert figure(few, "mrr") == "0.500"
    assert figure({**few, "value": None}, "mrr") == "too few customers (12)"
    assert figure(None, "mrr") == "-"
    assert figure({"value": 0.1, "low": -0.2, "high": 0.3}, "r2") == "0.100 (-0.200 to 0.300)"


def test_a_pipe_is_told_only_what_changed() -> None:
    before = run_document()
    after = run_document(percent=60)
    after["stages"][6] |= {"state": "running", "started_at": NOW}
    assert list(changes(before, before, [], NOW)) == []
    assert list(changes(before, after, [epoch(0)], NOW)) == [
        "Train      running",
        "epoch 1/3: train loss 6.0000, eval loss 5.5000, eval recall@10 0.200, 1.2 s",
    ]
    assert list(changes(after, {**after, "attempt": 2, "state": "failed", "error": {"title": "X"}}, [], NOW)) == [
        "attempt 2 begins",
        "failed: X",
    ]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"state": "requested", "reason": "quota: 2 of 2 run"}, "waiting (quota: 2 of 2 run)"),
        ({"state": "running", "stages": [{"name": "Schema", "state": "running"}]}, "running Schema"),
        ({"state": "running", "stages": []}, "running"),
        ({"state": "completed", "reason": "finished before the cancel"}, "completed (finished before the cancel)"),
        ({"state": "failed", "error": {"title": "Memory full"}}, "failed: Memory full"),
    ],
)
def test_states_in_words_for_people(run: dict[str, Any], words: str) -> None:
    assert state_words(run) == words


def test_titles() -> None:
    assert title({"number": 3, "names": {"experiment": ""}, "experiment": "exp-1"}) == "Exp #3"
    assert title({"number": None, "experiment": "exp-1"}) == "exp-1"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (31.2, "31 s"),
        (59.7, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3_720, "1 h 02 min"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_log_lines_cannot_move_the_cursor() -> None:
    assert clean("\x1b[31mred\x1b[0m \x1b[2Jgone\x07 bell\x08 tab\tend") == "red gone bell tab\tend"
    assert clean("10%\r20%") == "20%"
