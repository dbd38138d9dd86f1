"""Answers of the warehouse that are kept for a while."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.ports import Refused
from functions.remembering import (
    MOST_ANSWERS,
    MOST_QUESTIONS,
    MOST_TABLES,
    PACE,
    ROWS_FOR,
    TABLES_FOR,
    Memory,
    Remembering,
)
from shared.problems import InvalidDocument
from tests.fakes.cloud import FakeWarehouse
from tests.fakes.world import COLUMNS, START, table


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> Any:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def warehouse() -> FakeWarehouse:
    made = FakeWarehouse(lambda sql: {"n": 1})
    made.tables["shop.sales"] = table(*COLUMNS)
    return made


def test_a_question_is_asked_once_for_a_while(warehouse: FakeWarehouse, clock: Clock) -> None:
    remembering = Remembering(warehouse, Memory(), clock, "ada")
    for _ in range(3):
        assert remembering.row("SELECT 1 AS n", 10_000) == {"n": 1}
        assert remembering.rows("SELECT 1 AS n", 10_000) == [{"n": 1}]
        assert remembering.bytes_of("SELECT 1 AS n") == 1_000
        assert remembering.offered(10)[0].name == "shop.sales"
    assert len(warehouse.queries) == 2
    clock.time += ROWS_FOR
    remembering.row("SELECT 1 AS n", 10_000)
    assert len(warehouse.queries) == 3


def test_a_smaller_limit_is_another_question(warehouse: FakeWarehouse, clock: Clock) -> None:
    remembering = Remembering(warehouse, Memory(), clock, "ada")
    remembering.row("SELECT 1 AS n", 10_000)
    with pytest.raises(Refused):
        remembering.row("SELECT 1 AS n", 10)


def test_a_refusal_is_asked_about_again(warehouse: FakeWarehouse, clock: Clock) -> None:
    remembering = Remembering(warehouse, Memory(), clock, "ada")
    warehouse.bytes = 20_000
    with pytest.raises(Refused):
        remembering.row("SELECT 1 AS n", 10_000)
    warehouse.bytes = 1_000
    assert remembering.row("SELECT 1 AS n", 10_000) == {"n": 1}


def test_a_table_that_has_changed_takes_what_was_known_of_rows_with_it(warehouse: FakeWarehouse, clock: Clock) -> None:
    remembering = Remembering(warehouse, Memory(), clock, "ada")
    remembering.table(None, "shop", "sales")
    remembering.row("SELECT 1 AS n", 10_000)
    clock.time += TABLES_FOR
    remembering.table(None, "shop", "sales")
    remembering.row("SELECT 1 AS n", 10_000)
    assert len(warehouse.queries) == 1
    warehouse.tables["shop.sales"] = replace(table(*COLUMNS), modified_at=START + timedelta(hours=1))
    clock.time += TABLES_FOR
    remembering.table(None, "shop", "sales")
    remembering.row("SELECT 1 AS n", 10_000)
    assert len(warehouse.queries) == 2
    assert warehouse.looked_up == ["shop.sales"] * 3


def test_what_is_known_is_bounded(warehouse: FakeWarehouse, clock: Clock) -> None:
    remembering = Remembering(warehouse, Memory(), clock, "ada")
    for number in range(MOST_ANSWERS + 1):
        remembering.bytes_of(f"SELECT {number}")
    remembering.bytes_of(f"SELECT {MOST_ANSWERS}")
    asked: list[str] = []
    warehouse.bytes_of = lambda sql: asked.append(sql) or 1  # type: ignore[method-assign,func-returns-value]
    remembering.bytes_of("SELECT 0")
    remembering.bytes_of(f"SELECT {MOST_ANSWERS}")
    assert asked == ["SELECT 0"]


def test_names_of_tables_that_somebody_types_are_forgotten(warehouse: FakeWarehouse, clock: Clock) -> None:
    memory = Memory()
    remembering = Remembering(warehouse, memory, clock, "ada")
    for number in range(MOST_TABLES + 10):
        remembering.table(None, "shop", f"t{number}")
    assert len(memory._seen) == MOST_TABLES


def test_one_person_asks_so_much_and_then_waits(warehouse: FakeWarehouse, clock: Clock) -> None:
    memory = Memory()
    remembering = Remembering(warehouse, memory, clock, "ada")
    for number in range(MOST_QUESTIONS):
        clock.time += timedelta(milliseconds=10)
        remembering.row(f"SELECT {number} AS n", 10_000)
    with pytest.raises(InvalidDocument, match="600 questions within 10 minutes"):
        remembering.row("SELECT 'another' AS n", 10_000)
    assert remembering.row(f"SELECT {MOST_QUESTIONS - 1} AS n", 10_000) == {"n": 1}  # which costs nothing
    Remembering(warehouse, memory, clock, "ben").row("SELECT 'another' AS n", 10_000)
    clock.time += PACE
    assert remembering.row("SELECT 'more' AS n", 10_000) == {"n": 1}
    assert set(memory._asked) == {"ada"}


def test_who_comes_while_it_is_asked_waits_for_the_answer(clock: Clock) -> None:
    asked: list[str] = []

    def slowly(sql: str) -> dict[str, Any]:
        asked.append(sql)
        time.sleep(0.05)
        return {"n": 1}

    remembering = Remembering(FakeWarehouse(slowly), Memory(), clock, "ada")
    threads = [threading.Thread(target=remembering.row, args=("SELECT 1 AS n", 10_000)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == ["SELECT 1 AS n"]
