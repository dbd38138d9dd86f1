"""Classification of failures (domain S8): every case on recorded messages, and lines that are no case at all."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import CASES, LONGEST_RAW, Evidence, bounded, classify, says_something, with_subjects
from shared.errors.subjects import places_of
from shared.features import TOWERS, features_of, tower_outputs
from shared.parsing import parse
from tests.unit.recorded_errors import INNOCENT, RECORDED
from tests.unit.samples import FULL_DATASET, FULL_FEATURE_CONFIG

CODES = tuple(case.code for case in CASES)


def test_the_catalogue_is_that_of_the_domain_in_its_order():
    """S8.7"""
    assert CODES == (
        "E_ZONE", "E_GPU_QUOTA", "E_BQ_BYTES", "E_BQ_RESOURCES", "E_QUOTA", "E_OOM_GPU", "E_OOM", "E_WORKER_LOST",
        "E_API_DISABLED", "E_IMAGE_DENIED", "E_IMAGE_PULL", "E_ACT_AS", "E_BQ_LOCATION", "E_BQ_DENIED", "E_PERMISSION",
        "E_UNAUTHENTICATED", "E_BQ_NOT_FOUND", "E_BQ_COLUMN", "E_BQ_QUERY", "E_TYPE_UNSUPPORTED", "E_EMPTY_SPLIT",
        "E_SCHEMA", "E_VOCABULARY", "E_EMBEDDING_RANGE", "E_SHAPE", "E_DIVERGED", "E_SCANN", "E_EXPORT", "E_MODULE",
        "E_TRANSFORM", "E_DEADLINE", "E_PREEMPTED", "E_DATAFLOW", "E_NETWORK", "E_PROVIDER",
    )  # fmt: skip


def test_what_is_tried_again_is_what_may_pass():
    """S8.3, S8.7"""
    retries = {case.code: case.retry for case in CASES if case.retry != "no"}
    assert retries == {"E_ZONE": "region", "E_QUOTA": "wait"} | dict.fromkeys(
        ("E_IMAGE_PULL", "E_UNAUTHENTICATED", "E_DEADLINE", "E_PREEMPTED", "E_DATAFLOW", "E_NETWORK", "E_PROVIDER"),
        "same",
    )
    warnings = {case.code for case in CASES if case.severity == "warning"}
    assert warnings == {"E_ZONE", "E_QUOTA", "E_PREEMPTED", "E_NETWORK", "E_PROVIDER"}


def test_every_case_has_a_recorded_message():
    """S8.2"""
    assert set(RECORDED) == set(CODES)


@pytest.mark.parametrize(("code", "message"), [(code, text) for code, texts in RECORDED.items() for text in texts])
def test_a_recorded_message_is_known_as_the_tasks_words_and_in_the_log(code: str, message: str):
    case = CASES[CODES.index(code)]
    found = classify(Evidence("Train", message))
    assert (found.code, found.title, found.retry, found.component) == (code, case.title, case.retry, "Train")
    assert classify(Evidence("Train", "it ended", ("first line", *message.splitlines()))).code == code


@pytest.mark.parametrize("line", INNOCENT)
def test_an_innocent_line_stays_unknown(line: str):
    """S8.2"""
    assert classify(Evidence("Train", "exited with 1", (line,))).code == "E_UNKNOWN"


def test_there_are_enough_innocent_lines():
    assert len(INNOCENT) >= 40


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # Two cases in one text: the earlier of S8.7.
        ("RESOURCE_EXHAUSTED: Resources are insufficient in region: us-central1; quota exceeded", "E_ZONE"),
        ("The following quota metrics exceed quota limits: x/custom_model_training_nvidia_t4_gpus", "E_GPU_QUOTA"),
        ("CUDA_ERROR_OUT_OF_MEMORY: out of memory", "E_OOM_GPU"),
        ("Resources exceeded during query execution: Quota exceeded: Your project exceeded quota", "E_BQ_RESOURCES"),
        ("PERMISSION_DENIED: Permission 'iam.serviceaccounts.actAs' denied", "E_ACT_AS"),
        ("PERMISSION_DENIED: You do not have permission to act as service_account: pipelines@p.iam", "E_ACT_AS"),
        ("PERMISSION_DENIED: Vertex AI API has not been used in project p before or it is disabled.", "E_API_DISABLED"),
        ("403 Forbidden Access Denied: Table p:d.t: User does not have permission", "E_BQ_DENIED"),
        ("Not found: Table p:d.t was not found in location EU", "E_BQ_LOCATION"),
        ("Failed to pull image x: pull access denied", "E_IMAGE_DENIED"),
        ("invalidQuery: Unrecognized name: price at [3:5]", "E_BQ_COLUMN"),
        ('File "tensorflow_transform/beam/impl.py": Incompatible shapes: [3] vs. [4]', "E_SHAPE"),
        ("Workflow failed. Causes: The worker lost contact with the service.", "E_WORKER_LOST"),
        ("UNAVAILABLE: Connection reset by peer", "E_NETWORK"),
    ],
)
def test_of_two_cases_the_earlier_decides(text: str, code: str):
    assert classify(Evidence(None, text)).code == code


def test_our_own_line_comes_first_wherever_it_is():
    lines = ("UNAVAILABLE: something", "x [QT:E_SPLIT_TOO_SMALL] The eval split holds 3 rows.", "MemoryError")
    found = classify(Evidence("Train", "exited with 137", lines))
    assert (found.code, found.explanation, found.retry) == ("E_SPLIT_TOO_SMALL", "The eval split holds 3 rows.", "no")
    assert found.title == "A split is too small"


def test_an_own_code_that_is_new_keeps_its_words():
    found = classify(Evidence("Transform", "[QT:E_NOVEL] A thing went wrong with `price`."))
    assert (found.code, found.title) == ("E_NOVEL", "Failed in Transform")
    assert found.explanation == "A thing went wrong with `price`."


@pytest.mark.parametrize(
    "line",
    [
        "KeyError: '[QT:E_SCHEMA] `colour` has no value. Remove the feature.'",
        'KeyError: "[QT:E_SCHEMA] `colour` has no value. Remove the feature."',
        "ValueError: [QT:E_SCHEMA] `colour` has no value. Remove the feature. [while running 'Analyze/Write[0]']",
        "RuntimeError: [QT:E_SCHEMA] `colour` has no value. Remove the feature.\\n\\nDuring handling of the above",
    ],
)
def test_what_python_and_beam_put_around_our_words_is_taken_off(line: str):
    found = classify(Evidence("Transform", "", (line,)))
    assert found.explanation == found.raw == "`colour` has no value. Remove the feature."


def test_the_message_is_asked_before_the_log_and_the_log_newest_first():
    """S8.2"""
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


def test_of_many_lines_that_one_is_kept_which_decided():
    message = "Trainer exited with 1: InvalidArgumentError: Graph execution error:\nIncompatible shapes: x\ny"
    assert classify(Evidence("Train", message)).raw == "Incompatible shapes: x"


def test_the_unknown_keeps_the_last_exception():
    """S8.4"""
    found = classify(Evidence("Train", "exited with 1", TRACEBACK))
    assert (found.code, found.title, found.retry) == ("E_UNKNOWN", "Failed in Train", "no")
    assert found.raw == found.explanation == "ValueError: could not convert string to float: 'abc'"
    assert found.suggestion == "Open the log; search these words in the issue list."


def test_the_unknown_without_a_traceback_keeps_the_first_line_that_says_something():
    """S8.4"""
    lines = ("", " 42%|████  | 1/2 [00:01, 3.1 it/s]", "WARNING:absl: hm", "\x1b[31mit broke\x1b[0m", "later")
    assert classify(Evidence("Train", "exited with 1", lines)).raw == "it broke"


def test_a_log_that_is_one_block_is_read_line_by_line():
    assert classify(Evidence("Train", "x", ("\n".join(TRACEBACK),))).raw.startswith("ValueError")


def test_no_evidence_at_all_is_still_a_sentence():
    assert classify(Evidence()).explanation == "No message was left behind."


def test_words_of_errors_that_only_stand_in_the_source_below_a_frame_decide_nothing():
    lines = (
        "Traceback (most recent call last):",
        '  File "site-packages/urllib3/connection.py", line 9, in connect',
        '    raise NewConnectionError("Connection refused")',
        '  File "run.py", line 9, in <module>',
        '    raise RunFailed("[QT:E_SCANN] no")',
        "ValueError: could not convert string to float: 'abc'",
    )
    assert classify(Evidence("Train", "", lines)).code == "E_UNKNOWN"


def test_a_traceback_of_pythons_own_end_is_not_the_failure():
    """TensorFlow's deleters fail when the interpreter ends, after the failure was printed."""
    lines = (
        "Traceback (most recent call last):",
        '  File "trainer_image/serving.py", line 30, in save',
        "LookupError: no such signature",
        "Exception ignored in: <function _CheckpointRestoreCoordinatorDeleter.__del__ at 0x7f5>",
        "Traceback (most recent call last):",
        '  File "site-packages/tensorflow/python/checkpoint/checkpoint.py", line 193, in __del__',
        "TypeError: 'NoneType' object is not callable",
    )
    found = classify(Evidence("Train", "exited with 1", lines))
    assert (found.raw, found.file, found.line) == ("LookupError: no such signature", "trainer_image/serving.py", 30)


# Recorded here with TensorFlow 2.16: what happened is the end of a message that begins with frames.
GRAPH_ERROR = (
    "Traceback (most recent call last):",
    '  File "/app/trainer_image/training.py", line 88, in run',
    "tensorflow.python.framework.errors_impl.FailedPreconditionError: Graph execution error:",
    "Detected at node embedding_lookup defined at (most recent call last):",
    '  File "/tmp/x/trainer_module.py", line 28, in run_fn',
    "Could not find variable dense/kernel.",
    "\t [[{{node embedding_lookup}}]] [Op:__inference_gg_113]",
    "I1121 09:56:21.041963 140189920365440 util.py:1] Closing.",
)


def test_a_message_that_begins_with_frames_is_told_by_its_end():
    found = classify(Evidence("Train", "", GRAPH_ERROR))
    assert (found.code, found.raw) == ("E_UNKNOWN", "Could not find variable dense/kernel.")
    assert (found.file, found.line) == ("trainer_module.py", 28)


# Recorded here: Transform's exception of a vocabulary, shortened in its middle.
TRANSFORM_FAILURE = (
    "Traceback (most recent call last):",
    '  File "/tmp/tmpx1/transform_module.py", line 31, in preprocessing_fn',
    "    outputs['q_country'] = transforms.hashing(inputs, 'country', buckets=50)",
    '  File "/app/trainer_image/transforms.py", line 77, in hashing',
    "    known = known_text(inputs, column)",
    '  File "/usr/local/lib/python3.10/site-packages/tensorflow/python/ops/string_ops.py", line 5, in to_hash',
    "    return gen_string_ops.to_hash(x)",
    '  File "/usr/local/lib/python3.10/site-packages/tensorflow_transform/beam/impl.py", line 440, in expand',
    "    return fn(x)",
    "TypeError: Expected string, got int64",
)


def test_a_failure_in_transform_names_the_deepest_frame_of_ours_and_the_feature_of_the_generated_line():
    """S8.5"""
    places = {"q_country": ["feature_config.query_features.3"], "country": ["dataset.tables.0.columns.6"]}
    found = classify(with_subjects(Evidence("Transform", "exited with 1", TRANSFORM_FAILURE), places))
    assert (found.code, found.raw) == ("E_TRANSFORM", "TypeError: Expected string, got int64")
    assert (found.file, found.line) == ("trainer_image/transforms.py", 77)
    assert found.subject == "feature_config.query_features.3"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/app/trainer_image/serving.py", "trainer_image/serving.py"),
        ("/usr/lib/python3.10/site-packages/trainer_image/serving.py", "trainer_image/serving.py"),
        ("/work/shared/shared/splits.py", "shared/splits.py"),
        ("/tmp/tmp8/trainer_module.py", "trainer_module.py"),
        ("/usr/lib/python3.10/site-packages/keras/shared/layers.py", None),
        ("/usr/lib/python3.10/runpy.py", None),
    ],
)
def test_only_our_own_files_are_named(path: str, file: str | None):
    lines = ("Traceback (most recent call last):", f'  File "{path}", line 5, in x', "LookupError: no")
    assert classify(Evidence("Train", "", lines)).file == file


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        ("[QT:E_VOCABULARY] The vocabulary of `brand` is empty: lower `min_frequency`.", "feature_config.a"),
        ("Name: <unknown>, Key: price, Index: 0.  Data types don't match. Data type: string", "feature_config.b"),
        ("400 Unrecognized name: price at [3:5]", "dataset.b"),
        ("Name price not found inside t at [1:10]", "dataset.b"),
        ("404 Not found: Table my-project:shop.sales was not found in location EU", "dataset.c"),
        ("404 Not found: Table shop.sales; Did you mean `sale`?", "dataset.c"),
        ("KeyError: 'q_price_num'", "feature_config.b"),
        ("ValueError: nothing is named here", None),
    ],
)
def test_the_feature_or_column_that_the_message_names_is_linked_to_its_place(message: str, subject: str | None):
    """S8.5"""
    price = ["feature_config.b", "dataset.b"]
    places = {"brand": ["feature_config.a", "dataset.a"], "price": price, "q_price_num": ["feature_config.b"]}
    places |= {"sales": ["dataset.c"]}
    assert classify(with_subjects(Evidence("Transform", message), places)).subject == subject


def test_every_feature_cross_column_and_history_of_frozen_configs_has_its_place():
    """S8.5; a frozen config has its times as text."""
    configs = {"feature_config": FULL_FEATURE_CONFIG, "dataset": FULL_DATASET}
    places = places_of(json.loads(json.dumps(configs, default=str)))
    assert all(path.split(".")[0] in configs for paths in places.values() for path in paths)
    config, dataset = parse("feature_configs", "base", FULL_FEATURE_CONFIG), parse("datasets", "shop", FULL_DATASET)
    for tower in TOWERS:
        assert {output.name for output in tower_outputs(config, tower)} <= set(places)
        for number, feature in enumerate(features_of(config, tower)):
            assert f"feature_config.{tower}_features.{number}" in places[feature.column]
    assert "dataset.tables.0.columns.6" in places["land"] and "dataset.tables.0.columns.6" in places["country"]
    assert places["target"] == ["feature_config.target"]
    assert {history.name for history in dataset.history} <= set(places)


def test_a_table_whose_columns_are_not_chosen_has_a_place_itself():
    """Without `columns` a dataset reads all of the table (S1a)."""
    dataset = FULL_DATASET | {"tables": [{"table": "sales.purchases"}], "primary": None, "joins": []}
    configs = {"feature_config": FULL_FEATURE_CONFIG, "dataset": dataset}
    assert places_of(json.loads(json.dumps(configs, default=str)))["purchases"] == ["dataset.tables.0"]


def test_configs_that_are_not_read_any_more_have_no_places():
    assert places_of({"feature_config": {}, "dataset": {}}) == {} == places_of({})


def test_places_that_nobody_names_are_not_kept():
    found = with_subjects(Evidence(None, "`price` is odd"), {"price": ["a"], "brand": ["b"], "pric": ["c"]})
    assert found.subjects == {"price": ["a"]}


# ----------------------------------------------------------------------------------------- bounds and repeatability

TEXTS = st.text(max_size=300) | st.sampled_from([text for texts in RECORDED.values() for text in texts])
PIECES = st.sampled_from(
    ["\x1b[31m", "\x1b]0;t\x07", "\x1b", "\r", "\n", "\x00", "é", "[QT:E_X] ", "\ud800", '  File "x", line 1']
)
LINES = st.lists(st.lists(TEXTS | PIECES, max_size=4).map("".join), max_size=30)
EVIDENCE = st.builds(
    Evidence,
    st.none() | st.just("Train"),
    LINES.map("".join),
    LINES.map(tuple),
    st.dictionaries(TEXTS, st.lists(TEXTS)),
)


@settings(deadline=None)
@given(EVIDENCE)
def test_any_evidence_is_classified_and_stored_evidence_again_alike(evidence: Evidence):
    """S8.1: repeatable from what is stored."""
    found = classify(evidence)
    stored = asdict(bounded(evidence))
    read = json.loads(json.dumps(stored))
    assert classify(Evidence(**{**read, "lines": tuple(read["lines"])})) == found
    assert len(found.raw) <= LONGEST_RAW
    assert not set(found.raw + found.explanation) & {"\x1b", "\x00", "\r", "\ud800"}
    assert bounded(bounded(evidence)) == bounded(evidence)


@given(LINES, st.integers(1, 60))
def test_stored_evidence_is_under_100_kb(lines: list[str], times: int):
    evidence = bounded(Evidence("Train", "é" * 50_000, tuple(lines) * times * 10, {"p" * 3_000: ["q" * 2_000] * times}))
    assert len(json.dumps(asdict(evidence), ensure_ascii=False).encode()) < 100_000
    assert len(evidence.lines) <= 200


def test_long_lines_are_cut_before_lines_of_a_traceback_are_dropped():
    frames = [f'  File "/app/trainer_image/a.py", line {number}, in x' for number in range(190)]
    lines = ("Traceback (most recent call last):", *frames, "x" * 900_000, "y" * 900_000, "LookupError: no")
    kept = bounded(Evidence("Train", "", lines))
    assert len(kept.lines) == 194
    assert classify(kept).raw == "LookupError: no"
    assert classify(kept).line == 189


def test_a_traceback_whose_heading_is_too_long_ago_is_read_all_the_same():
    frames = [f'  File "/app/trainer_image/a.py", line {number}, in x' for number in range(300)]
    found = classify(Evidence("Train", "", ("Traceback (most recent call last):", *frames, "LookupError: no")))
    assert (found.raw, found.line) == ("LookupError: no", 299)


ADVERSARIAL = (
    "GPU ", "NVIDIA_", "quota ", "Key: ", "Key: a\t", "manifest for ", "denied ", "Shapes (", "Shape [1] and ",
    "worker ", "indices[1,", "Vocabulary ", "permission ", "bigquery.a.b ", "RESOURCE_EXHAUSTED: ",
    "BigQuery column ", "Split-eval ", "OOM when allocating tensor", "SDK harness ", "preprocessing_fn ",
    "Could not parse '", "\x1b[", "\x1b]", '  File "', "Feature: a (", "Not found: Table ", "[QT:E_", "`a", "a.", " ",
    "\t", "Traceback (most recent call last)", "exit ",
)  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_no_text_takes_long(piece: str):
    """100 KB of the worst prefixes, two hundred times: repetitions in patterns are bounded, else it takes minutes."""
    text = piece * (100_000 // len(piece))
    assert len(classify(Evidence("Train", text, (text,) * 200)).raw) <= LONGEST_RAW


def test_a_log_of_banners_says_nothing():
    banner = "E external/local_xla/xla/stream_executor/cuda/cuda_fft.cc:479] Unable to register cuFFT factory: x"
    assert not says_something((f"2026-11-21 15:55:32.537448: {banner}", ""))
    assert says_something((f"2026-11-21 15:55:32.537448: {banner}", "killed"))
