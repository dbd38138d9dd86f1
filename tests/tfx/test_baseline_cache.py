"""Baselines are answered once for equal data, and nothing else is ever taken for their answer (S6.16)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shared.results import Protocol
from tests.tfx.test_evaluation import RATINGS, SEED, TARGET, WARM, catalogue, embed, evaluated, splits
from trainer_image import baseline_cache, evaluation, list_evaluation
from trainer_image.baseline_cache import Answer, BaselineCache, Expected
from trainer_image.evaluation import Evaluation, evaluate, targets_checksum
from trainer_image.fingerprints import fingerprints
from trainer_image.inputs import Splits, select

EXPECTED = {"ranks": Expected((3,), np.int32, 0, 9), "shares": Expected((2, 2), np.float64)}
RANKS, SHARES = np.array([1, 0, 9], np.int32), np.array([[0.1, 0.2], [0.3, -4.0]])


def answer(**changes: Any) -> dict[str, Answer]:
    return {"ease": Answer({"l": 10}, {"ranks": RANKS, "shares": SHARES, **changes})}


class Asked:
    """A baseline that counts how often it was computed."""

    def __init__(self, found: dict[str, Answer]) -> None:
        self.found, self.times = found, 0

    def __call__(self) -> dict[str, Answer]:
        self.times += 1
        return self.found


def kept_in(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_second_run_reads_what_the_first_computed(tmp_path: Path) -> None:
    first, second = Asked(answer()), Asked({})
    cache = BaselineCache(str(tmp_path / "baselines"), {"split_seed": 17})
    assert cache.answers("retrieval", {}, EXPECTED, first) is first.found
    found = cache.answers("retrieval", {}, EXPECTED, second)
    assert (first.times, second.times) == (1, 0)
    assert found["ease"].params == {"l": 10}
    for name, array in answer()["ease"].arrays.items():
        np.testing.assert_array_equal(found["ease"].arrays[name], array)
        assert found["ease"].arrays[name].dtype == array.dtype


@pytest.mark.parametrize("change", ["facts", "family", "own facts", "code", "no folder"])
def test_another_question_is_computed_anew(tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BaselineCache(str(tmp_path), {"a": 1}).answers("rating", {"b": 2}, EXPECTED, Asked(answer()))
    if change == "code":
        monkeypatch.setattr(baseline_cache, "_versions", lambda: {"code": "other"})
    again = Asked(answer())
    cache = BaselineCache(None if change == "no folder" else str(tmp_path), {"a": 9 if change == "facts" else 1})
    facts = {"b": 9 if change == "own facts" else 2}
    cache.answers("retrieval" if change == "family" else "rating", facts, EXPECTED, again)
    assert again.times == 1


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def foreign(path: Path) -> None:
    path.write_bytes(baseline_cache._packed("another key", answer()))


def rewritten(**changes: Any) -> Callable[[Path], None]:
    """Whole, and under the right key."""
    return lambda path: path.write_bytes(baseline_cache._packed(path.stem, answer(**changes)))


def tampered(path: Path) -> None:
    """Numbers that are possible, and not those that were written."""
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["ease/ranks"] = np.array([2, 2, 2], np.int32)
    np.savez_compressed(path, **arrays)


SPOILT = {
    "damaged": damage,
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "text": lambda path: path.write_bytes(b"[]"),
    "of another question": foreign,
    "other numbers": tampered,
    "an impossible rank": rewritten(ranks=np.array([1, 0, 10], np.int32)),
    "another length": rewritten(ranks=np.array([1, 0], np.int32)),
    "another type": rewritten(ranks=RANKS.astype(np.int64)),
    "not finite": rewritten(shares=np.array([[0.1, np.nan], [0.3, 4.0]])),
    "too much": rewritten(more=RANKS),
    "nobody": lambda path: path.write_bytes(baseline_cache._packed(path.stem, {})),
    "pickled": lambda path: np.savez(path, header=np.array([{}], dtype=object)),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_file_that_is_not_the_answer_is_computed_anew_and_written_again(tmp_path: Path, kind: str) -> None:
    cache = BaselineCache(str(tmp_path), {})
    cache.answers("retrieval", {}, EXPECTED, Asked(answer()))
    SPOILT[kind](kept_in(tmp_path))
    again, then = Asked(answer()), Asked({})
    assert cache.answers("retrieval", {}, EXPECTED, again) is again.found
    assert again.times == 1
    found = cache.answers("retrieval", {}, EXPECTED, then)
    assert then.times == 0
    np.testing.assert_array_equal(found["ease"].arrays["ranks"], RANKS)


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "baselines").write_text("a file where the folder should be")
    asked = Asked(answer())
    assert BaselineCache(str(tmp_path / "baselines")).answers("retrieval", {}, EXPECTED, asked) is asked.found


def test_nobody_reads_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written beside, then renamed: two runs at once leave one whole file."""
    renamed = []
    rename = baseline_cache.tf.io.gfile.rename

    def watched(source: str, target: str, overwrite: bool) -> None:
        renamed.append(Path(source).stat().st_size)
        rename(source, target, overwrite)

    monkeypatch.setattr(baseline_cache.tf.io.gfile, "rename", watched)
    cache = BaselineCache(str(tmp_path), {})
    cache.answers("retrieval", {}, EXPECTED, lambda: cache.answers("retrieval", {}, EXPECTED, Asked(answer())))
    assert renamed == [kept_in(tmp_path).stat().st_size] * 2


# ----------------------------------------------------------------------------------------------- the whole evaluation


def evaluation_of(folder: Path | None, data: Splits, exclude: bool = False) -> Evaluation:
    facts = {"fingerprints": fingerprints(data), "exclude_purchased": exclude}
    return evaluate(
        data,
        SimpleNamespace(queries=embed, ratings=lambda split: RATINGS[: len(split["target"])]),
        catalogue(),
        TARGET,
        WARM,
        Protocol(split="random", sample_percent=40, exclude_purchased=exclude),
        SEED,
        BaselineCache(folder and str(folder), facts),
    )


def test_figures_are_equal_to_the_last_bit_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = evaluation_of(None, splits())
    assert without == evaluated(40, False, "multitask")
    assert evaluation_of(tmp_path, splits()) == without
    assert len([*tmp_path.iterdir()]) == 2  # lists and ratings
    for module, name in ((list_evaluation, "list_baselines"), (evaluation, "rating_baselines")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("computed again"))
    assert evaluation_of(tmp_path, splits()) == without


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    """Transform writes its shards in any order: predictions are kept by customer and product."""
    first = evaluation_of(tmp_path, splits())
    data = splits()
    backwards = np.arange(len(data.test["target"]))[::-1]
    turned = Splits(data.train, data.eval, select(data.test, backwards), data.catalogue)
    again = evaluation_of(tmp_path, turned)
    assert len([*tmp_path.iterdir()]) == 2
    for name in ("bias", "ease"):
        rows = "rmse" if name == "bias" else "row_recall_at_10"
        figures = [found.baselines[name].metrics["all"][rows].value for found in (first, again)]
        assert figures[1] == pytest.approx(figures[0], rel=1e-12)


def test_targets_are_told_apart_and_their_order_is_not() -> None:
    train = splits().train
    turned = select(train, np.arange(len(train["target"]))[::-1])
    swapped = {**train, "target": train["target"][::-1].copy()}
    assert targets_checksum(turned) == targets_checksum(train) != targets_checksum(swapped)


def test_excluding_purchases_is_another_question(tmp_path: Path) -> None:
    evaluation_of(tmp_path, splits())
    evaluation_of(tmp_path, splits(), exclude=True)
    assert len([*tmp_path.iterdir()]) == 4
