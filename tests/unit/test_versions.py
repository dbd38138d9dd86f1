"""Versions out of events in any order (S3.19): each change of the content once, whatever came late, twice or never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import groupby, permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.versions import Change, Saved, Version, version_of, with_saves

START = datetime(2026, 11, 21, tzinfo=timezone.utc)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def digest(content: Mapping[str, Any]) -> str:
    return content["of"]


class Document:
    """Saved again and again: each letter of `saves` is the content of one save, at its second."""

    def __init__(self, saves: Sequence[str]) -> None:
        self.saves = [Saved({"of": of}, at(second), START) for second, of in enumerate(saves)]
        self.versions: list[Version] = []
        self.numbers: dict[int, str] = {}

    def event(self, of: int, seen: int) -> None:
        """Somebody hears of a save and looks when the document is at another."""
        self._look(seen, Change(self.saves[of - 1] if of else None, self.saves[of]))

    def sweep(self, seen: int) -> None:
        self._look(seen, None)

    def _look(self, seen: int, change: Change | None) -> None:
        self.versions = with_saves(self.versions, self.saves[seen], change, digest)
        again = with_saves(self.versions, self.saves[seen], change, digest)
        assert again == self.versions, "the second delivery has nothing to store"
        assert version_of(self.versions, self.saves[seen]).digest == digest(self.saves[seen].content)
        for version in self.versions:
            assert self.numbers.setdefault(version.number, version.digest) == version.digest, "it was shown so"

    def told(self) -> list[tuple[int, str]]:
        """Numbers and contents in the order of saving."""
        return [(version.number, version.digest) for version in self.versions]

    def is_complete(self) -> bool:
        """Each change is one version, at the time of its save, and the last one is what the document is."""
        changes = [next(group) for _, group in groupby(self.saves, key=lambda saved: saved.content["of"])]
        kept = [(version.digest, version.saved_at) for version in self.versions]
        assert kept == [(digest(saved.content), saved.at) for saved in changes]
        assert sorted(version.number for version in self.versions) == list(range(1, len(changes) + 1))
        assert version_of(self.versions, self.saves[-1]) == self.versions[-1]
        return True


def test_what_is_overwritten_before_anybody_looks_is_a_version_in_its_place():
    document = Document("ABC")
    document.event(0, seen=0)
    document.event(1, seen=2)
    assert document.told() == [(1, "A"), (2, "B"), (3, "C")]
    document.event(2, seen=2)
    document.event(1, seen=2)
    assert document.told() == [(1, "A"), (2, "B"), (3, "C")]


def test_one_event_tells_of_two_saves_so_that_one_may_be_lost():
    document = Document("ABC")
    document.event(2, seen=2)
    assert document.told() == [(1, "B"), (2, "C")]


def test_a_late_one_has_the_next_number_and_its_own_time():
    document = Document("ABC")
    document.event(0, seen=0)
    document.sweep(seen=2)
    assert document.told() == [(1, "A"), (2, "C")]
    document.event(1, seen=2)
    assert document.told() == [(1, "A"), (3, "B"), (2, "C")]
    assert [version.saved_at for version in document.versions] == [at(0), at(1), at(2)]
    assert version_of(document.versions, document.saves[2]).number == 2


def test_there_and_back_is_three_versions_also_when_the_middle_is_late():
    document = Document("ABA")
    document.event(0, seen=0)
    document.sweep(seen=2)
    assert document.told() == [(1, "A")]
    document.event(1, seen=2)
    assert document.told() == [(1, "A"), (2, "B"), (3, "A")]
    document.event(2, seen=2)
    assert document.is_complete()


def test_words_are_no_version_and_a_found_one_gets_the_time_of_its_change():
    document = Document("ABBB")
    document.event(0, seen=0)
    document.sweep(seen=3)
    assert document.versions[1].saved_at == at(3)
    document.event(2, seen=3)
    assert document.versions[1].saved_at == at(1)
    document.event(1, seen=3)
    assert document.is_complete()


def test_what_was_under_the_same_id_before_is_no_version():
    """A deleted document takes its versions with it; its last events may come after another has its id."""
    old = Saved({"of": "old"}, at(1), at(0))
    new = Saved({"of": "new"}, at(3), at(2))
    assert [version.digest for version in with_saves([], new, Change(None, old), digest)] == ["new"]


def test_a_document_that_was_brought_back_from_a_backup_begins_no_version():
    """Its database times are new, and its versions are those of the backup."""
    kept = [Version(1, "A", at(1), True), Version(2, "B", at(2), True)]
    restored = Saved({"of": "B"}, at(9), at(9))
    assert with_saves(kept, restored, Change(None, restored), digest) == kept


def test_a_change_stays_one_when_it_is_seen_again():
    """Else the B of the second save would be taken for that of the fourth, and that one be lost."""
    document = Document("XABABC")
    document.event(4, seen=4)
    for event in (5, 1, 2, 3, 0):
        document.event(event, seen=5)
    assert document.is_complete()


def test_a_number_that_was_given_is_not_given_again():
    kept = [Version(7, "A", at(1), True)]
    assert [version.number for version in with_saves(kept, Saved({"of": "B"}, at(2), START), None, digest)] == [7, 8]


@pytest.mark.parametrize("saves", ["".join(each) for each in product("AB", repeat=4)] + ["ABCA", "ABCB", "ABAC"])
def test_after_all_events_in_any_order_each_change_is_one_version(saves: str):
    last = len(saves) - 1
    for order in permutations(range(len(saves))):
        for swept in range(len(saves)):
            document = Document(saves)
            document.sweep(seen=swept)
            for event in order:
                document.event(event, seen=max(event, last))
            assert document.is_complete(), order


STEPS = st.lists(st.tuples(st.sampled_from(["save", "event", "sweep"]), st.integers(0, 6), st.integers(0, 6)))


@settings(max_examples=500)
@given(st.text("ABC", min_size=1, max_size=7), STEPS, st.permutations(range(7)))
def test_however_saves_and_looks_follow_each_other(saves: str, steps: list[tuple[str, int, int]], rest: list[int]):
    """Events come any number of times, and whoever looks may have read the document a while ago; then all come."""
    document, now, last = Document(saves), 0, len(saves) - 1
    for step, which, ago in steps:
        if step == "save":
            now = min(now + 1, last)
        elif step == "sweep":
            document.sweep(seen=max(now - ago, 0))
        else:
            event = min(which, now)
            document.event(event, seen=max(now - ago, event))
    for event in rest:
        if event <= last:
            document.event(event, seen=last)
    assert document.is_complete()
