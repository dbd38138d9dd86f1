"""Whether one run is better than another: a paired bootstrap over the customers that both were tested on (domain S7.8).

A metric of a run is a function of sums over customers (`Sums`), so that nothing is evaluated again. Differences are
signed by the metric's direction: above 0 the first of two is better, whether more or less is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from shared.insights.comparing.customers import Customers, measure, value
from shared.insights.comparing.resampling import FEWEST, resamples
from shared.metrics import METRICS

LEVEL = 0.05  # of being wrong when a difference is claimed
PRACTICAL = 0.005  # of a ratio; a smaller difference decides nothing
PRACTICAL_SHARE = 0.01  # of the baseline's value, for errors in the target's unit
_NORMAL = NormalDist()
_POWER = _NORMAL.inv_cdf(0.8)

Call = Literal["better", "worse", "no_practical_difference", "cannot_tell"]


@dataclass(frozen=True)
class Sums:
    """A metric of one run, as `shared.insights.comparing.customers.value` makes it of the totals of both.

    `ids` [n] bytes, sorted and unique; `numerator`, `denominator` [n]: 0 over 0 where somebody does not count.
    """

    ids: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray


@dataclass(frozen=True)
class Pair:
    """Two runs by one metric; `margin`: the difference below which nothing is decided, None where nobody can say."""

    metric: str
    one: Sums
    other: Sums
    margin: float | None


@dataclass(frozen=True)
class Verdict:
    """`difference` with its 95% interval over `n` common customers; `p` two-sided, adjusted where Holm was asked for.

    `needed`: customers that would tell a difference of this size with 80% power. `spread`: standard deviation of one
    customer's share in the difference. `reason`: why it cannot be told, where that is not the spread.
    """

    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: Call
    needed: int | None
    n: int
    margin: float | None = None
    spread: float | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def turned(self) -> Verdict:
        """The same, said of the other one."""
        opposite: Mapping[Call, Call] = {"better": "worse", "worse": "better"}
        difference, low, high = (None if x is None else -x + 0.0 for x in (self.difference, self.high, self.low))
        call = opposite.get(self.verdict, self.verdict)
        return replace(self, difference=difference, low=low, high=high, verdict=call)


def paired(
    one: Customers,
    other: Customers,
    metric: str,
    population: str,
    split_seed: int,
    baseline_value: float | None = None,
) -> Verdict:
    """Whether the model of `one` is better than that of `other`; `baseline_value`: of this metric, for its margin."""
    pair = Pair(metric, sums_of(one, metric, population), sums_of(other, metric, population),
                margin_of(metric, baseline_value))  # fmt: skip
    return judge([pair], population, split_seed)[0]


def sums_of(customers: Customers, metric: str, population: str) -> Sums:
    """The model's; raises ValueError for a metric or population that the file does not hold."""
    return Sums(customers.ids, *measure(customers, metric, population))


def against(
    first: Sums,
    others: Sequence[Sums],
    metric: str,
    population: str,
    split_seed: int,
    baseline_value: float | None = None,
) -> list[Verdict]:
    """A verdict on each of `others`: `better` says that it is better than `first`. Not corrected for their number.

    Those that share their customers with `first` in the same way share the resamples, and the time these take.
    """
    pairs = [Pair(metric, other, first, margin_of(metric, baseline_value)) for other in others]
    return judge(pairs, population, split_seed)


def judge(pairs: Sequence[Pair], population: str, split_seed: int) -> list[Verdict]:
    """A verdict on the first of each pair. Not corrected for their number.

    Pairs that have the same customers in common share the resamples, and the time these take: a comparison asks for
    some twenty metrics of the same runs.
    """
    common = [_common(pair.one, pair.other) for pair in pairs]
    found: dict[int, Verdict] = {}
    for customers in {each.tobytes(): each for each in common}.values():
        places = [place for place, each in enumerate(common) if np.array_equal(each, customers)]
        sums = _unique(sums for place in places for sums in (pairs[place].one, pairs[place].other))
        columns = np.concatenate([_of(customers, each) for each in sums], axis=1)
        totals, resampled = columns.sum(axis=0), _resampled(columns, population, split_seed)
        column = {id(each): 2 * place for place, each in enumerate(sums)}
        for place in places:
            pair = pairs[place]
            at = [column[id(pair.one)], column[id(pair.other)]]
            difference, draws = (_difference(pair.metric, of, *at) for of in (totals, resampled))
            found[place] = _verdict(pair, float(difference), draws, len(customers))
    return [found[place] for place in range(len(pairs))]


def holm(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, each held to what its place among them asks for (Holm 1979); intervals stay those of one pair."""
    tested = [place for place, each in enumerate(verdicts) if each.p is not None]
    adjusted, highest = list(verdicts), 0.0
    for rank, place in enumerate(sorted(tested, key=lambda each: (verdicts[each].p, each))):
        verdict, count = verdicts[place], len(tested) - rank
        highest = min(1.0, max(highest, count * (verdict.p or 0.0)))
        adjusted[place] = _held_to(verdict, highest, LEVEL / count) if len(tested) > 1 else verdict
    return adjusted


def margin_of(metric: str, baseline_value: float | None) -> float | None:
    """The difference below which nothing is decided (S7.8); None where nobody can say."""
    if METRICS[metric].unit == "ratio":
        return PRACTICAL
    return None if baseline_value is None else PRACTICAL_SHARE * abs(baseline_value)


# ---------------------------------------------------------------------------------------------------------- customers


def _common(one: Sums, other: Sums) -> np.ndarray:
    """Customers that count in both."""
    return np.intersect1d(one.ids[one.denominator > 0], other.ids[other.denominator > 0], assume_unique=True)


def _of(customers: np.ndarray, sums: Sums) -> np.ndarray:
    """[customers, 2]"""
    places = np.searchsorted(sums.ids, customers)
    return np.stack([sums.numerator[places], sums.denominator[places]], axis=1).astype(np.float64)


def _unique(sums: Iterable[Sums]) -> list[Sums]:
    return list({id(each): each for each in sums}.values())


# ---------------------------------------------------------------------------------------------------------- bootstrap


def _resampled(columns: np.ndarray, population: str, split_seed: int) -> np.ndarray:
    """`columns` [customers, sums] -> totals [resamples, sums]; none of too few customers."""
    customers = len(columns)
    if customers < FEWEST:
        return np.empty((0, columns.shape[1]))
    return np.concatenate([weights @ columns for weights in resamples(customers, split_seed, population)])


def _difference(metric: str, totals: np.ndarray, one: int, other: int) -> np.ndarray:
    """Of the metric, above 0 where `one` is better. `totals` [..., sums]; `one`, `other`: where the sums of each are.

    Two figures that only the order of summing makes different are equal.
    """
    first, second = (np.asarray(value(metric, totals[..., at], totals[..., at + 1])) for at in (one, other))
    difference = first - second if METRICS[metric].direction == "max" else second - first
    return np.where(np.abs(difference) <= 1e-12 * np.abs(second), 0.0, difference)


def _verdict(pair: Pair, difference: float, draws: np.ndarray, n: int) -> Verdict:
    """`draws` [resamples]: the difference in each."""
    metric, margin = pair.metric, pair.margin
    if n < FEWEST:
        reason = "no common customers" if n == 0 else f"too few common customers ({n})"
        told = difference if n else None
        return Verdict(metric, told, None, None, None, "cannot_tell", None, n, margin, reason=reason)
    tail = _tail(n)
    low, high = (float(edge) for edge in np.percentile(draws, (100 * tail, 100 * (1 - tail))))
    p = _p(draws, n)
    spread = float(draws.std() * math.sqrt(n))
    verdict = Verdict(metric, difference, low, high, p, _call(low, high, margin), None, n, margin, spread)
    return replace(verdict, needed=_needed(verdict, LEVEL)) if verdict.verdict == "cannot_tell" else verdict


def _call(low: float, high: float, margin: float | None) -> Call:
    if low > 0:
        return "better"
    return "worse" if high < 0 else _undecided(low, high, margin)


def _undecided(low: float, high: float, margin: float | None) -> Call:
    within = margin is not None and -margin <= low and high <= margin
    return "no_practical_difference" if within else "cannot_tell"


def _tail(n: int) -> float:
    """What to cut off at each end for 95%. Percentiles of a bootstrap are too narrow for few customers, as a mean with
    a normal quantile is: a factor of sqrt((n-1)/n) and Student's t instead of it (Hesterberg 2015, "What Teachers
    Should Know about the Bootstrap", 3.2); 1.6% for 20 customers, 2.47% for 800."""
    return _NORMAL.cdf(-math.sqrt(n / (n - 1)) * _student(n - 1))


def _student(freedom: int) -> float:
    """The 97.5% quantile of Student's t: its expansion in 1/freedom (Abramowitz and Stegun 26.7.5), exact to 1e-4."""
    z = _NORMAL.inv_cdf(1 - LEVEL / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _p(draws: np.ndarray, n: int) -> float:
    """Two-sided, such that it is below 5% where the interval excludes 0: from the share of draws on the rarer side,
    which is never said to be none, by the correction of `_tail` backwards. Student's distribution by the approximation
    of Wallace (1959)."""
    rarer = min(np.count_nonzero(draws <= 0), np.count_nonzero(draws >= 0))
    share = (rarer + 1) / (len(draws) + 1)
    if share >= 0.5:
        return 1.0
    t, freedom = -_NORMAL.inv_cdf(share) * math.sqrt((n - 1) / n), n - 1
    z = (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom))
    return 2 * _NORMAL.cdf(-z)


def _needed(verdict: Verdict, level: float) -> int | None:
    """`n = 7.85 (sd/delta)^2` at 5%: (1.96 + 0.84)^2; None where there is no difference at all."""
    if not verdict.difference or verdict.spread is None:
        return None
    factor = (_NORMAL.inv_cdf(1 - level / 2) + _POWER) ** 2
    return math.ceil(factor * (verdict.spread / verdict.difference) ** 2)


def _held_to(verdict: Verdict, p: float, level: float) -> Verdict:
    """`p` as adjusted; a claim that it does not carry is withdrawn. `level`: what this one was held to."""
    adjusted = replace(verdict, p=p)
    if verdict.verdict not in ("better", "worse") or p <= LEVEL:
        return adjusted
    assert verdict.low is not None and verdict.high is not None
    call = _undecided(verdict.low, verdict.high, verdict.margin)
    return replace(adjusted, verdict=call, needed=_needed(verdict, level) if call == "cannot_tell" else None)
