"""Dead letters: recorded once, counted, and drained once, on the fake and on Firestore."""

from __future__ import annotations

from datetime import timedelta

from functions.adapters.ports import Letter
from functions.adapters.records import letter_name
from tests.contract.conftest import Documents
from tests.contract.saves import FIRST, NOW, SECOND, at_once

LETTER = Letter("topic", "not JSON", "x" * 10_000, FIRST)
LATER = NOW + timedelta(hours=1)


def test_the_same_letter_twice_is_one_document_that_counts(documents: Documents):
    documents.store.bury(LETTER, NOW)
    documents.store.bury(LETTER, LATER)
    assert documents.get(f"dead_letters/{letter_name(LETTER)}") == {
        "source": "topic", "reason": "not JSON", "payload": "x" * 4_000, "experiment": FIRST, "created_at": NOW,
        "last_at": LATER, "count": 2, "drained_at": None, "expires_at": LATER + timedelta(days=90),
    }  # fmt: skip


def test_letters_that_differ_beyond_what_is_kept_are_two(documents: Documents):
    documents.store.bury(LETTER, NOW)
    documents.store.bury(Letter("topic", "not JSON", "x" * 9_999 + "y", SECOND), NOW)
    assert sorted(documents.store.undrained().values()) == [FIRST, SECOND]


def test_letters_buried_at_once_are_all_counted(documents: Documents):
    at_once(lambda position: documents.store.bury(LETTER, NOW))
    assert documents.get(f"dead_letters/{letter_name(LETTER)}")["count"] == 8


def test_only_letters_about_an_experiment_are_drained(documents: Documents):
    documents.store.bury(LETTER, NOW)
    documents.store.bury(Letter("topic", "nobody's", "{}"), NOW)
    assert documents.store.undrained() == {letter_name(LETTER): FIRST}
    documents.store.drained(letter_name(LETTER), LATER)
    assert documents.store.undrained() == {}
    assert documents.get(f"dead_letters/{letter_name(LETTER)}")["drained_at"] == LATER


def test_a_drained_letter_that_comes_again_is_counted_and_stays_drained(documents: Documents):
    """Else one that is written at each look would be drained, looked at and written for ever."""
    documents.store.bury(LETTER, NOW)
    documents.store.drained(letter_name(LETTER), NOW)
    documents.store.bury(LETTER, LATER)
    assert documents.store.undrained() == {}
    assert documents.get(f"dead_letters/{letter_name(LETTER)}")["count"] == 2


def test_draining_a_letter_that_is_gone_changes_nothing(documents: Documents):
    documents.store.drained("nobody", NOW)
    assert documents.get("dead_letters/nobody") is None
