"""Classification of failures (domain S8)."""

from __future__ import annotations

import pytest

from shared.errors import CASES, LONGEST_RAW, Evidence, classify

# One recorded message for each case of the table (S8.2).
MESSAGES = {
    "E_BQ_BYTES": "Query exceeded limit for bytes billed: 10737418240. 21474836480 or higher required.",
    "E_QUOTA": "RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Pipeline jobs'",
    "E_OOM": "The component Trainer exited with 137 (SIGKILL)",
    "E_IMAGE_PULL": 'Failed to pull image "europe-docker.pkg.dev/p/r/trainer@sha256:1": not found',
    "E_ACT_AS": "PERMISSION_DENIED: Permission iam.serviceAccounts.actAs denied on service account x",
    "E_BQ_LOCATION": "Not found: Dataset p:shop was not found in location EU",
    "E_BQ_DENIED": "Access Denied: Table p:shop.sales: User does not have permission to query table",
    "E_PERMISSION": "PERMISSION_DENIED: Permission 'aiplatform.pipelineJobs.create' denied",
    "E_BQ_NOT_FOUND": "Not found: Table p:shop.sales",
    "E_BQ_COLUMN": "Unrecognized name: price at [3:5]",
    "E_BQ_QUERY": "Syntax error: Unexpected end of script at [1:7]",
    "E_EMPTY_SPLIT": "Split eval is empty",
    "E_SCHEMA": "Feature: price (data type: float) is required but could not be found.",
    "E_VOCABULARY": "vocabulary file for q_customer is empty",
    "E_DIVERGED": "Loss became nan in epoch 3",
    "E_MODULE": "ModuleNotFoundError: No module named 'tensorflow_recommenders'",
    "E_DEADLINE": "DEADLINE_EXCEEDED: the call took too long",
    "E_NETWORK": "ConnectionError: Connection reset by peer",
    "E_PROVIDER": "UNAVAILABLE: The service is currently unavailable.",
}
INNOCENT = (
    "row 5003 of banana finance",
    "processed 4030 rows in 500 ms",
    "wrote 403 files to data/nan",
    "quota of customers per segment: 12",
    "the syntax of your data is fine",
)


@pytest.mark.parametrize("case", CASES, ids=[case.code for case in CASES])
def test_every_case_knows_a_recorded_message(case):
    found = classify(Evidence("Train", MESSAGES[case.code]))
    assert (found.code, found.title, found.component) == (case.code, case.title, "Train")
    assert classify(Evidence("Train", "it ended", ("first line", MESSAGES[case.code]))).code == case.code


@pytest.mark.parametrize("line", INNOCENT)
def test_an_innocent_line_stays_unknown(line: str):
    assert classify(Evidence("Train", line, (line,))).code == "E_UNKNOWN"


def test_our_own_line_comes_first_wherever_it_is():
    lines = ("UNAVAILABLE: something", "x [QT:E_SPLIT_TOO_SMALL] The eval split holds 3 rows.", "MemoryError")
    found = classify(Evidence("Train", "exited with 137", lines))
    assert (found.code, found.explanation) == ("E_SPLIT_TOO_SMALL", "The eval split holds 3 rows.")
    assert found.title == "A split is too small"


def test_an_own_code_that_is_new_keeps_its_words():
    found = classify(Evidence("Transform", "[QT:E_NOVEL] A thing went wrong with `price`."))
    assert (found.code, found.title) == ("E_NOVEL", "Failed in Transform")
    assert found.explanation == "A thing went wrong with `price`."


def test_the_message_is_asked_before_the_log_and_the_log_newest_first():
    lines = ("MemoryError", "Not found: Table p:s.t")
    assert classify(Evidence(None, "nothing known", lines)).code == "E_BQ_NOT_FOUND"
    assert classify(Evidence(None, "Query exceeded limit for bytes billed", lines)).code == "E_BQ_BYTES"


TRACEBACK = (
    "2026-11-21 I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized",
    "Traceback (most recent call last):",
    '  File "trainer_module.py", line 3, in run_fn',
    "    raise Oops",
    "trainer_image.errors.OopsError: the first",
    "Traceback (most recent call last):",
    '  File "run.py", line 9, in <module>',
    "ValueError: could not convert string to float: 'abc'",
    "bye",
)


def test_the_unknown_keeps_the_last_exception():
    found = classify(Evidence("Train", "exited with 1", TRACEBACK))
    assert (found.code, found.title) == ("E_UNKNOWN", "Failed in Train")
    assert found.raw == "ValueError: could not convert string to float: 'abc'"


def test_the_unknown_without_a_traceback_keeps_the_first_line_that_says_something():
    lines = ("", " 42%|████  | 1/2 [00:01, 3.1 it/s]", "WARNING:absl: hm", "\x1b[31mit broke\x1b[0m", "later")
    assert classify(Evidence("Train", "exited with 1", lines)).raw == "it broke"


def test_a_log_that_is_one_block_is_read_line_by_line():
    assert classify(Evidence("Train", "x", ("\n".join(TRACEBACK),))).raw.startswith("ValueError")


def test_no_evidence_at_all_is_still_a_sentence():
    assert classify(Evidence()).explanation == "No message was left behind."


def test_long_lines_are_cut():
    assert len(classify(Evidence("Train", "", ("x" * 10_000,))).raw) == LONGEST_RAW
