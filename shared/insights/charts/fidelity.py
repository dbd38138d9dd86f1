"""Whether small samples order configurations as large ones do (domain S7.16)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np

from shared.hashing import H
from shared.insights.charts.groups import Group
from shared.insights.charts.leaderboard import places
from shared.insights.charts.leaves import is_feature
from shared.insights.charts.rounding import rounded
from shared.insights.comparing.resampling import multinomial
from shared.insights.lists.entries import Entry

NEEDED = 8  # pairs
TRUSTED = 0.6  # Kendall's tau-b, from which small samples may speak for larger ones
RESAMPLES = 1_000
MOST_PAIRS = 200
BEST_SHARE = 3  # one in three is worth a larger sample
MOST_PROMOTED = 10
_OF_THE_ROWS = "parameters"  # counted with the vocabularies, which grow with the sample

Configuration = tuple[Any, ...]


def fidelity(groups: Sequence[Group]) -> dict[str, Any]:
    """{samples: [{small, large, n, needed, tau, low, high, trusted, sentence}],
     rows: [{small, large, small_value, large_value, small_experiment, large_experiment}], left_out,
     promote: [{small, large, experiments}]}

    Of all pairs of sample sizes of one protocol. A pair is two configurations, equal but for the sample; several seeds
    count as their mean. `promote`: of the best third at one size, those that nobody ran at the next.
    """
    sizes = sorted(groups, key=lambda group: group.sample_percent)
    found = {group.sample_percent: _configurations(group) for group in sizes}
    rows: list[dict[str, Any]] = []
    samples = []
    for small, large in combinations(sizes, 2):
        pairs = _pairs(found[small.sample_percent], found[large.sample_percent], small, large)
        samples.append(_agreement(small, large, pairs))
        rows += pairs
    return {
        "samples": samples,
        "rows": rows[:MOST_PAIRS],
        "left_out": max(0, len(rows) - MOST_PAIRS),
        "promote": [_promote(small, large, found) for small, large in zip(sizes, sizes[1:], strict=False)],
    }


def configuration(entry: Entry) -> Configuration | None:
    """What two runs of different samples have in common; None of a run that does not say."""
    if not entry.digests:
        return None
    own = {
        name: value for name, value in entry.parameters.items() if name != _OF_THE_ROWS and not is_feature(name)
    }  # widths of features follow from the digests, or from the rows
    return tuple(sorted(entry.digests.items())), tuple(sorted((name, str(value)) for name, value in own.items()))


def tau_b(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of pairs drawn `weights` [b, n] times each [b]; NaN where all of one side are equal."""
    signs_x, signs_y = (np.sign(side[:, np.newaxis] - side) for side in (x, y))

    def total(matrix: np.ndarray) -> np.ndarray:
        return ((weights @ matrix) * weights).sum(axis=-1)

    with np.errstate(divide="ignore", invalid="ignore"):
        tau: np.ndarray = total(signs_x * signs_y) / np.sqrt(total(np.abs(signs_x)) * total(np.abs(signs_y)))
    return tau


def _configurations(group: Group) -> dict[Configuration, list[Entry]]:
    found: dict[Configuration, list[Entry]] = defaultdict(list)
    for entry in group.finished:
        key = configuration(entry)
        if key is not None:
            found[key].append(entry)
    return found


def _pairs(
    small: dict[Configuration, list[Entry]], large: dict[Configuration, list[Entry]], of_small: Group, of_large: Group
) -> list[dict[str, Any]]:
    return [
        {
            "small": of_small.sample_percent,
            "large": of_large.sample_percent,
            "small_experiment": runs[0].experiment,
            "large_experiment": large[key][0].experiment,
            "small_value": rounded(fmean(of_small.value(entry) for entry in runs)),
            "large_value": rounded(fmean(of_large.value(entry) for entry in large[key])),
        }
        for key, runs in small.items()
        if key in large
    ]


def _agreement(small: Group, large: Group, pairs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    n = len(pairs)
    told = {"small": small.sample_percent, "large": large.sample_percent, "n": n, "needed": NEEDED}
    tau, low, high = _tau(small, large, pairs) if n > 1 else (math.nan,) * 3
    trusted = n >= NEEDED and tau >= TRUSTED
    if n < NEEDED or math.isnan(tau):
        sentence = f"not known yet ({n} of {NEEDED} pairs)" if n < NEEDED else "not known: all results are equal"
        return {**told, "tau": None, "low": None, "high": None, "trusted": False, "sentence": sentence}
    whether = "can be trusted to choose" if trusted else "do not tell"
    sentence = f"{small.sample_percent}% samples {whether} what is good at {large.sample_percent}% (n = {n} pairs)"
    return {**told, **rounded({"tau": tau, "low": low, "high": high}), "trusted": trusted, "sentence": sentence}


def _tau(small: Group, large: Group, pairs: Sequence[dict[str, Any]]) -> tuple[float, float, float]:
    x, y = (np.array([pair[side] for pair in pairs], dtype=np.float64) for side in ("small_value", "large_value"))
    seed = H(f"insights|fidelity|{small.sample_percent}|{large.sample_percent}", small.protocol)
    drawn = tau_b(multinomial(np.random.default_rng(seed), RESAMPLES, len(pairs)), x, y)
    drawn = drawn[~np.isnan(drawn)]
    tau = float(tau_b(np.ones((1, len(pairs))), x, y)[0])
    low, high = np.percentile(drawn, (2.5, 97.5)) if len(drawn) else (math.nan, math.nan)
    return tau, float(low), float(high)


def _promote(small: Group, large: Group, found: dict[int, dict[Configuration, list[Entry]]]) -> dict[str, Any]:
    ordered = places(small)
    best = ordered[: math.ceil(len(ordered) / BEST_SHARE)]
    known = found[large.sample_percent]
    wanted = [place.run.experiment for place in best if configuration(place.run) not in known]
    return {"small": small.sample_percent, "large": large.sample_percent, "experiments": wanted[:MOST_PROMOTED]}
