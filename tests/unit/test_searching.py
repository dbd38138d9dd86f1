from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from functions.adapters.ports import Unseen
from functions.searching import EARLIEST, LOST_FOR, MOST, Searched, Searches, first_id, search, walk
from tests.fakes.store import FakeStore

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


class Asked(FakeStore):
    """Remembers from which ids on requests were searched."""

    def __init__(self, ids: list[str] = ()) -> None:  # type: ignore[assignment]
        super().__init__()
        self.begun: list[str] = []
        for each in ids:
            self.put(f"experiments/{each}", {})

    def requests_without_run(self, first_id: str, most: int) -> Unseen:
        self.begun.append(first_id)
        return super().requests_without_run(first_id, most)


def both(searched: Searched, store: FakeStore, now: datetime) -> Searched:
    return walk(search(searched, store, now), store, now)


def test_a_process_begins_with_all_and_goes_on_from_its_last_search():
    """All of a day in every minute would be read 1,440 times, twice each (docs/scale.md)."""
    store, searched = Asked(), Searched()
    for minute in range(3):
        searched = both(searched, store, NOW + minute * MINUTE)
    assert store.begun == [
        first_id(NOW - LOST_FOR),
        EARLIEST,
        first_id(NOW - LOST_FOR),
        first_id(NOW - LOST_FOR + MINUTE),
    ]


def test_what_was_found_and_not_looked_after_is_remembered_until_it_was():
    store, searches = Asked(["abc"]), Searches()
    for minute in range(2):
        found = both(searches.done, store, NOW + minute * MINUTE)
        assert found.lost == {"abc"}
        searches.remember(found, still_lost={"abc"})
    searches.remember(found, still_lost=())
    assert both(searches.done, store, NOW + 2 * MINUTE).lost == set()


def test_one_that_nobody_can_look_after_keeps_no_other_from_being_found():
    store, searches = Asked([f"abc-{number:05d}" for number in range(MOST + 1)]), Searches()
    searches.remember(both(searches.done, store, NOW), still_lost={"abc-00000"})
    assert both(searches.done, store, NOW + MINUTE).lost == {"abc-00000", f"abc-{MOST:05d}"}


def test_all_are_walked_through_once_a_day_in_parts():
    store, searched = Asked([f"abc-{number:05d}" for number in range(2 * MOST + 1)]), Searched()
    ends = []
    for minute in range(5):
        searched = both(replace(searched, lost=frozenset()), store, NOW + minute * MINUTE)
        ends.append((len(searched.lost), searched.next_id))
    assert ends[:3] == [(MOST, f"abc-{MOST:05d}"), (MOST, f"abc-{2 * MOST:05d}"), (1, EARLIEST)]
    assert ends[3:] == [(0, EARLIEST)] * 2
    assert len(both(searched, store, NOW + timedelta(days=1)).lost) == MOST


def test_of_too_many_at_once_the_next_search_finds_the_others():
    """As after an hour without a sweep in which scripts asked for thousands; then it goes on as ever."""
    ids = [f"{first_id(NOW)}{number:016d}" for number in range(MOST + 2)]
    store, searched = Asked(ids), Searched(first_id(NOW - LOST_FOR), NOW.date())
    searched = both(searched, store, NOW + MINUTE)
    assert (len(searched.lost), searched.since) == (MOST, ids[MOST])
    searched = both(replace(searched, lost=frozenset()), store, NOW + 2 * MINUTE)
    assert (searched.lost, searched.since) == ({*ids[MOST:]}, first_id(NOW - LOST_FOR + 2 * MINUTE))


def test_ids_sort_by_time():
    times = [NOW - timedelta(days=400), NOW - timedelta(milliseconds=1), NOW, NOW + timedelta(seconds=1)]
    assert [first_id(each) for each in times] == sorted(map(first_id, times))
    assert first_id(NOW) == "exp-01kdz98cg0"
