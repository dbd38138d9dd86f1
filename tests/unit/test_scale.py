"""The tables of docs/scale.md and docs/cost.md are what the code does today, and nothing in them hides a curve."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.scale import BLOCK, PAGES, filled, tables
from benchmarks.scale_counts import READS, Counted
from benchmarks.scale_model import Counts, counts, limits
from benchmarks.scale_story import Load, a_start, a_sweep, an_end


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def counted() -> Counts:
    return counts()


@pytest.fixture(scope="module")
def printed(counted: Counts) -> dict[str, str]:
    return tables(counted)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_of_a_page_are_those_of_the_script(page: Path, printed: dict[str, str]) -> None:
    """`python -m benchmarks.scale --write` brings them up to date."""
    text = page.read_text()
    assert text == filled(text, printed)


def test_each_table_stands_on_one_page(printed: dict[str, str]) -> None:
    shown = [match[2] for page in PAGES for match in BLOCK.finditer(page.read_text())]
    assert sorted(shown) == sorted(printed)


def _reads(found: Counted) -> int:
    return sum(found.reads.values())


@pytest.mark.parametrize(
    "asked",
    [
        lambda n: a_sweep(Load(running=n)),
        lambda n: a_sweep(Load(running=1, waiting=n)),
        lambda n: a_sweep(Load(ended=n)),
        a_start,
        lambda n: an_end(blocks=n),
        lambda n: an_end(running=n),
        lambda n: an_end(waiting=n),
        lambda n: an_end(configs=n),
    ],
    ids=["running", "waiting", "ended", "before", "blocks", "beside", "behind", "configs"],
)
def test_one_more_of_something_costs_as_much_as_the_one_before(asked: Callable[[int], Counted]) -> None:
    one, two, three = (_reads(asked(n)) for n in (1, 2, 3))
    assert three - two == two - one >= 1


def test_an_end_reads_nothing_more_for_what_runs_and_is_stored_elsewhere() -> None:
    """Of a deployment with 1,000 endpoints nearly all runs and configs are other endpoints'."""
    one, more = an_end(configs_elsewhere=50), an_end(configs_elsewhere=70, running_elsewhere=2)
    assert _reads(one) == _reads(more) > _reads(an_end())


def test_a_sweep_that_finds_nothing_writes_nothing() -> None:
    found = a_sweep(Load(running=2))
    assert found.commits == 0
    assert found.calls["pipelines.get"] == 2, "one look for each running job"


def test_the_search_for_lost_requests_is_of_the_last_hour() -> None:
    """All of a day in each minute would be read 1,440 times."""
    found = a_sweep(Load(ended=3))
    assert found.reads["requests_without_run"] == 6
    assert a_sweep(Load(ended=3), later_s=7_200).reads["requests_without_run"] == 1


def test_no_call_is_counted_for_nothing(counted: Counts) -> None:
    asked = {name.removeprefix("store.") for name in counted.life.counted.calls if name.startswith("store.")}
    assert asked <= READS.keys()
    assert all(n > 0 for n in (counted.end_per_block, counted.end_per_running, counted.start_per_waiting))


def test_the_line_is_read_anew_by_each_so_that_twice_as_many_cost_more_than_twice(counted: Counts) -> None:
    assert counted.line_of_20 > 3 * counted.line_of_10


def test_limits_stand_in_the_order_in_which_they_are_reached(counted: Counts) -> None:
    reached = [limit.at for limit in limits(counted)]
    assert reached == sorted(reached)
    assert reached[0] > 100, "nothing breaks at 10 experiments a day, nor at ten times as many"
