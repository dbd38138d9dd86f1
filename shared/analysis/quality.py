"""How good the rows of a dataset are to learn from: a score with its parts, and what is wrong (domain S1.31, S1.32)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shared.analysis.figures import ColumnStatistics
from shared.analysis.row_facts import Facts
from shared.documents import Dataset
from shared.names import listed
from shared.problems import Problem

WEIGHTS = {  # S1.31
    "completeness": 0.20,
    "density": 0.15,
    "engagement": 0.25,
    "coverage": 0.25,
    "uniqueness": 0.10,
    "depth": 0.05,
}
GOOD, FAIR = 80, 60
FULL_DEPTH_DAYS, DEPTH_WITHOUT_TIME = 90, 50
LOWEST_DENSITY = 1e-5

FEW_CUSTOMERS, FEW_PRODUCTS = 200, 50  # S1.32
SPARSE_DENSITY = 1e-4
MOST_ONE_TIME_BUYERS, MOST_COLD_TEST, MOST_NULLS, MOST_DUPLICATES = 0.5, 0.2, 0.3, 0.01
LEAST_DAYS, LONGEST_GAP = 28, 14
MOST_OF_ONE_CUSTOMER, MOST_NEGATIVE = 0.2, 0.01


@dataclass(frozen=True)
class Quality:
    """`parts` are 0 to 100, as is the score."""

    score: int
    grade: Literal["good", "fair", "poor"]
    parts: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def quality(facts: Facts, statistics: Mapping[str, ColumnStatistics]) -> Quality:
    """S1.31."""
    parts = {
        "completeness": 100 * (1 - _mean([column.null_share for column in statistics.values()])),
        "density": 100 * math.log10(facts.density / LOWEST_DENSITY) / 3 if facts.density else 0.0,
        "engagement": 100 * _share(facts.regular_customers, facts.customers),
        "coverage": 100 * _share(facts.warm_test_rows, facts.test_rows),
        "uniqueness": 100 * (1 - _share(facts.duplicates, facts.rows)),
        "depth": DEPTH_WITHOUT_TIME if facts.days is None else 100 * facts.days / FULL_DEPTH_DAYS,
    }
    parts = {name: min(max(part, 0.0), 100.0) for name, part in parts.items()}
    score = math.floor(sum(WEIGHTS[name] * part for name, part in parts.items()) + 0.5)
    return Quality(score, "good" if score >= GOOD else "fair" if score >= FAIR else "poor", parts)


def issues(dataset: Dataset, facts: Facts, statistics: Mapping[str, ColumnStatistics]) -> list[Problem]:
    """S1.32; never an error."""
    if facts.rows == 0:
        return []  # E_EMPTY says so
    return [*_of_sizes(facts), *_of_columns(statistics), *_of_rows(facts), *_of_days(facts), *_of_roles(dataset, facts)]


def _of_sizes(facts: Facts) -> Iterator[Problem]:
    if facts.customers < FEW_CUSTOMERS:
        problem = f"there are {facts.customers:,} customers; below {FEW_CUSTOMERS} figures vary a lot."
        yield _issue("Q_FEW_CUSTOMERS", "roles.customer_id", problem, "Load more history, or loosen the filters.")
    if facts.products < FEW_PRODUCTS:
        problem = f"there are {facts.products:,} products; below {FEW_PRODUCTS} a list of bestsellers is hard to beat."
        yield _issue("Q_FEW_PRODUCTS", "roles.product_id", problem, "Load more products, or loosen the filters.")
    if facts.density < SPARSE_DENSITY:
        problem = f"only {facts.density:.1e} of all pairs of a customer and a product occur (below {SPARSE_DENSITY})."
        remedy = "Keep the products and customers with the most revenue, or describe products by features."
        yield _issue("Q_SPARSE", "filters", problem, remedy)
    one_time = _share(facts.one_time_customers, facts.customers)
    if one_time > MOST_ONE_TIME_BUYERS:
        problem = f"{_percent(one_time)} of the customers bought once only (above {_percent(MOST_ONE_TIME_BUYERS)})."
        remedy = "Load more history, or set `filters.customers.min_transactions: 2`."
        yield _issue("Q_ONE_TIME_BUYERS", "roles.customer_id", problem, remedy)
    cold = _share(facts.test_rows - facts.warm_test_rows, facts.test_rows)
    if cold > MOST_COLD_TEST:
        problem = (
            f"{_percent(cold)} of the test rows have a customer or a product that train lacks "
            f"(above {_percent(MOST_COLD_TEST)})."
        )
        remedy = "Load more history, or describe customers and products by features beside their ids."
        yield _issue("Q_COLD_TEST", "roles", problem, remedy)


def _of_columns(statistics: Mapping[str, ColumnStatistics]) -> Iterator[Problem]:
    """One finding for all columns, so that a table of a thousand columns does not make a thousand."""
    nulls = [each for each in statistics.values() if each.null_share > MOST_NULLS]
    if nulls:
        shares = ", ".join(f"`{each.name}` ({_percent(each.null_share)})" for each in nulls[:12])
        more = f" and {len(nulls) - 12} more" if len(nulls) > 12 else ""
        problem = f"more than {_percent(MOST_NULLS)} of the rows have no value in {shares}{more}."
        yield _issue("Q_NULLS", "tables", problem, "Leave the columns out, or fill them with `nulls: {fill: …}`.")
    constant = [each.name for each in statistics.values() if each.distinct == 1]
    if constant:
        problem = f"only one distinct value is in {listed(constant)}."
        yield _issue("Q_CONSTANT", "tables", problem, "Leave the columns out: they tell nothing apart.")


def _of_rows(facts: Facts) -> Iterator[Problem]:
    duplicates = _share(facts.duplicates, facts.rows)
    if duplicates > MOST_DUPLICATES:
        problem = f"{_percent(duplicates)} of the rows repeat another row exactly (above {_percent(MOST_DUPLICATES)})."
        remedy = "Remove them in a view, or select a column that tells the rows apart."
        yield _issue("Q_DUPLICATES", "tables", problem, remedy)
    largest = _share(facts.largest_customer_rows, facts.rows)
    if largest > MOST_OF_ONE_CUSTOMER:
        problem = f"one customer has {_percent(largest)} of the rows (above {_percent(MOST_OF_ONE_CUSTOMER)})."
        remedy = "Exclude it with a row filter if it stands for unknown or internal buyers."
        yield _issue("Q_SKEW", "roles.customer_id", problem, remedy)


def _of_days(facts: Facts) -> Iterator[Problem]:
    if facts.days is None:
        return
    if facts.days < LEAST_DAYS:
        problem = f"the data have {facts.days} days (fewer than {LEAST_DAYS})."
        yield _issue("Q_SHORT", "roles.event_time", problem, "Load more history, or widen the window.")
    if facts.longest_gap > LONGEST_GAP:
        problem = f"{facts.longest_gap} days in a row have no event (more than {LONGEST_GAP})."
        remedy = "Load the missing days, or begin the window after the gap."
        yield _issue("Q_GAP", "roles.event_time", problem, remedy)


def _of_roles(dataset: Dataset, facts: Facts) -> Iterator[Problem]:
    for role, count in (("revenue", facts.negative_revenue), ("quantity", facts.negative_quantity)):
        share = _share(count, facts.rows)
        if share > MOST_NEGATIVE:
            name = getattr(dataset.roles, role)
            problem = f"{_percent(share)} of the rows have a negative `{name}` (above {_percent(MOST_NEGATIVE)})."
            remedy = f"If these are returns, exclude them with a filter `{name} > 0`, or clip the feature."
            yield _issue("Q_NEGATIVE", f"roles.{role}", problem, remedy)


def _issue(code: str, path: str, problem: str, remedy: str) -> Problem:
    return Problem(code, path, problem, remedy, "warning")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _percent(share: float) -> str:
    """ "0.5%", "32%": two digits that count."""
    return f"{float(f'{100 * share:.2g}'):g}%" if share < 0.995 else f"{100 * share:.4g}%"
