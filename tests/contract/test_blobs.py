"""Objects: written once, read whole, on the fake and on the local storage."""

from __future__ import annotations

import uuid

import pytest

from functions.adapters.ports import Blobs, Refused
from tests.contract.saves import at_once


@pytest.fixture
def name() -> str:
    return f"experiments/{uuid.uuid4().hex}/é b.txt"


def test_the_first_writer_wins(blobs: Blobs, name: str):
    assert blobs.create(name, "first é\n", "text/plain") is True
    assert blobs.create(name, "second", "text/plain") is False
    assert blobs.read(name, 100) == "first é\n".encode()


def test_of_many_writers_at_once_one_wins(blobs: Blobs, name: str):
    outcomes: list[bool] = []
    at_once(lambda number: outcomes.append(blobs.create(name, str(number), "text/plain")))
    assert sorted(outcomes) == [False] * 7 + [True]


def test_what_is_not_there_is_none(blobs: Blobs, name: str):
    assert blobs.read(name, 100) is None
    assert blobs.exists(name) is False


def test_an_object_exists_once_written(blobs: Blobs, name: str):
    blobs.create(name, "x", "text/plain")
    assert blobs.exists(name) is True


@pytest.mark.parametrize("content", ["", "x"])
def test_short_contents_are_read_whole(blobs: Blobs, name: str, content: str):
    blobs.create(name, content, "text/plain")
    assert blobs.read(name, 100) == content.encode()


def test_an_object_beyond_the_limit_is_refused(blobs: Blobs, name: str):
    blobs.create(name, "x" * 101, "text/plain")
    with pytest.raises(Refused):
        blobs.read(name, 100)
    assert blobs.read(name, 101) == b"x" * 101


# ------------------------------------------------------------------------------------------------- whole folders


def fill(blobs: Blobs, folder: str, count: int) -> None:
    for number in range(count):
        blobs.create(f"{folder}/a{number % 2 + 1}/é b-{number}.txt", "ab", "text/plain")


def test_a_folder_is_measured_and_removed_whole_and_its_neighbours_stay(blobs: Blobs):
    folder = f"experiments/{uuid.uuid4().hex}"
    fill(blobs, folder, 5)
    neighbours = [f"{folder}0/x", f"{folder}.txt", f"other/{folder}/x"]
    for name in neighbours:
        blobs.create(name, "x", "text/plain")
    assert blobs.size(folder) == 10
    blobs.delete_all(folder)
    assert blobs.size(folder) == 0
    assert blobs.exists(f"{folder}/a1/é b-0.txt") is False
    assert all(blobs.exists(name) for name in neighbours)
    assert blobs.create(f"{folder}/a1/é b-0.txt", "again", "text/plain") is True


def test_a_folder_that_is_not_there_has_no_size_and_is_removed_all_the_same(blobs: Blobs):
    folder = f"experiments/{uuid.uuid4().hex}"
    assert blobs.size(folder) == 0
    blobs.delete_all(folder)


def test_what_is_held_is_removed_with_its_experiment_all_the_same(blobs: Blobs):
    folder = f"experiments/{uuid.uuid4().hex}"
    fill(blobs, folder, 5)
    blobs.hold(folder, True)
    blobs.hold(folder, True)
    assert blobs.size(folder) == 10
    blobs.delete_all(folder)
    assert blobs.size(folder) == 0
    blobs.hold(folder, False)


def test_two_who_remove_one_folder_at_once_both_succeed(blobs: Blobs):
    folder = f"experiments/{uuid.uuid4().hex}"
    fill(blobs, folder, 40)
    at_once(lambda _: blobs.delete_all(folder), 3)
    assert blobs.size(folder) == 0
