"""Two to five runs beside each other: which is better, by how much, and what else differs (domain S7.7, S7.8).

Pure: made of what is stored about the runs, and the same for the same. The head holds verdicts; rows of sections are
parts, in pages that a document can hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from shared.insights.comparing.compared import Compared, incomparable, same_fidelity
from shared.insights.comparing.comparison_sections import feature_changes, losses, sections
from shared.insights.comparing.customers import MEASURED
from shared.insights.comparing.verdict_words import baseline_sentence, below_baseline, pair_sentence, summary
from shared.insights.comparing.verdicts import Pair, Sums, Verdict, holm, judge, margin_of, sums_of
from shared.metric_words import baseline_label, figure_words, lift_words, metric_label
from shared.metrics import FAMILIES, HEADLINES, METRICS, Family
from shared.protocol import badges
from shared.side_by_side import Row, part_name

LONGEST_PAGE = 80_000  # bytes of JSON
MOST_CHANGES = 200  # of features, in the head; all are rows of their section
POPULATIONS = ("all", "in_sample", "warm", "cold_customer", "cold_product", "new_pairs")

Places = tuple[int, int]  # of two runs in the comparison
Verdicts = Mapping[str, Mapping[Places, Verdict]]  # by metric


@dataclass(frozen=True)
class Comparison:
    """`head` goes into the report, `parts` beside it: `{section}` and, when that is long, `{section}-2` and so on."""

    head: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]


def compare(runs: Sequence[Compared], metric: str | None = None) -> Comparison:
    """`metric`: what to decide by; None: the headline of each family that two of the runs share."""
    metrics = [metric] if metric else _headlines(runs)
    verdicts = _verdicts(runs, [*dict.fromkeys([*metrics, *_measured(runs)])])
    rows = {"results": _results(runs, verdicts), **_configured(runs)}
    pages = {name: _pages(name, of_section) for name, of_section in rows.items()}
    head = {
        "experiments": [_heading(run) for run in runs],
        "verdicts": [_verdict(each, runs, verdicts[each]) for each in metrics],
        "losses": losses(runs),
        "features": feature_changes(runs)[:MOST_CHANGES],
        "sections": [
            {
                "name": name,
                "rows": len(of_section),
                "different": sum(not row["same"] for row in of_section),
                "pages": len(pages[name]),
            }
            for name, of_section in rows.items()
        ],
    }
    return Comparison(head, {name: page for of_section in pages.values() for name, page in of_section.items()})


def _heading(run: Compared) -> dict[str, Any]:
    """Also what says whether the comparison is of the run as it is now: state, attempt and end."""
    known = run.run
    return {
        "experiment": run.experiment,
        "label": run.label,
        "number": known.number if known else None,
        "name": known.names.get("experiment", "") if known else "",
        "state": known.state.value if known else None,
        "attempt": known.attempt if known else None,
        "ended_at": known.ended_at if known else None,
        "model_type": known.model_type if known else None,
        "sample_percent": run.sample_percent,
        "badges": badges(run.parameters.get("split", {}).get("kind"), run.sample_percent),
        "protocols": dict(run.protocols),
        "problem": f"{run.state()}." if run.state() else None,
    }


def _headlines(runs: Sequence[Compared]) -> list[str]:
    """Of each family that two runs have, or else of the first run's type."""
    counted = {family: sum(family in run.protocols for run in runs) for family in HEADLINES}
    shared = [HEADLINES[family] for family, count in counted.items() if count > 1]
    known = [run for run in runs if run.run is not None and run.model_type in FAMILIES]
    return shared or [HEADLINES[FAMILIES[run.model_type][0]] for run in known[:1]] or [HEADLINES["retrieval"]]  # type: ignore[index]


def _family(metric: str) -> Family:
    return METRICS[metric].family


# ------------------------------------------------------------------------------------------------------------ verdicts


def _measured(runs: Sequence[Compared]) -> list[str]:
    """Metrics that verdicts are possible on, and that two runs have."""
    return [name for name in METRICS if name in MEASURED and sum(bool(run.figure(name)) for run in runs) > 1]


def _verdicts(runs: Sequence[Compared], metrics: Sequence[str]) -> Verdicts:
    """Every pair that may be compared, by each metric, under Holm's correction over the pairs of the metric."""
    found: dict[str, dict[Places, Verdict]] = {metric: {} for metric in metrics}
    pairs = {(metric, *places): pair for metric in metrics for places, pair in _pairs(runs, metric)}
    for population in ("all", "in_sample"):
        of_population = {key: pair for key, pair in pairs.items() if _population(runs, key[1], key[2]) == population}
        if of_population:
            judged = judge(list(of_population.values()), population, _split_seed(runs, of_population))
            for (metric, one, other), verdict in zip(of_population, judged, strict=True):
                found[metric][one, other] = verdict
    return {metric: _corrected(of_metric) for metric, of_metric in found.items()}


def _corrected(verdicts: Mapping[Places, Verdict]) -> dict[Places, Verdict]:
    places = sorted(verdicts)
    return dict(zip(places, holm([verdicts[each] for each in places]), strict=True))


def _pairs(runs: Sequence[Compared], metric: str) -> Iterator[tuple[Places, Pair]]:
    """Each run on its own headline population: a full and a quick run have the customers of the sample in common."""
    sums = [_sums(run, metric) for run in runs]
    for one, other in combinations(range(len(runs)), 2):
        first, second = sums[one], sums[other]
        if incomparable(runs[one], runs[other], _family(metric)) is None and first is not None and second is not None:
            yield (one, other), Pair(metric, first, second, margin_of(metric, runs[one].baseline_value(metric)))


def _sums(run: Compared, metric: str) -> Sums | None:
    try:
        return sums_of(run.customers, metric, run.population) if run.customers is not None else None
    except ValueError:
        return None


def _population(runs: Sequence[Compared], one: int, other: int) -> str:
    return "in_sample" if "in_sample" in (runs[one].population, runs[other].population) else "all"


def _split_seed(runs: Sequence[Compared], pairs: Mapping[tuple[str, int, int], Pair]) -> int:
    """It is part of the protocol, so that all who are compared have the same."""
    one = next(iter(pairs))[1]
    return int(runs[one].parameters.get("split_seed", 17))


def _verdict(metric: str, runs: Sequence[Compared], verdicts: Mapping[Places, Verdict]) -> dict[str, Any]:
    """All that can be said by one metric."""
    pairs = [_pair(metric, runs, places, verdicts) for places in combinations(range(len(runs)), 2)]
    leader = _leader(len(runs), verdicts)
    sentence = pairs[0]["sentence"] if len(runs) == 2 else _summary(metric, runs, leader, verdicts)
    wins = leader is not None and any(_wins(pair, leader) for pair in pairs)
    doubt = below_baseline(runs[leader].lift(metric)) if leader is not None and wins else None
    return {
        "metric": metric,
        "direction": METRICS[metric].direction,
        "leader": leader,
        "sentence": f"{sentence} But {runs[leader].label} is {doubt}." if doubt and leader is not None else sentence,
        "success": wins and doubt is None,
        "pairs": pairs,
        "baselines": [
            {
                "run": place,
                **(run.lift(metric) or {}),
                "sentence": baseline_sentence(run.label, metric, run.lift(metric)),
            }
            for place, run in enumerate(runs)
            if run.state() is None and _family(metric) in run.protocols
        ],
    }


def _wins(pair: Mapping[str, Any], run: int) -> bool:
    return pair["verdict"] in ("better", "worse") and pair["one" if pair["verdict"] == "better" else "other"] == run


def _pair(metric: str, runs: Sequence[Compared], places: Places, verdicts: Mapping[Places, Verdict]) -> dict[str, Any]:
    one, other = (runs[place] for place in places)
    told: dict[str, Any] = {"one": places[0], "other": places[1]}
    verdict = verdicts.get(places)
    if verdict is None:
        reason = incomparable(one, other, _family(metric)) or _unmeasured(metric, (one, other))
        sentence = f"{one.label} and {other.label} are not comparable: {reason[0].lower()}{reason[1:]}"
        return {**told, "comparable": False, "verdict": "not_comparable", "reason": reason, "sentence": sentence}
    sentence = pair_sentence(one.label, other.label, verdict, len(verdicts))
    if not same_fidelity(one, other, _family(metric)):
        sentence += f" They learned from {one.sample_percent}% and {other.sample_percent}% of the customers."
    return {**told, "comparable": True, **verdict.to_dict(), "sentence": sentence}


def _unmeasured(metric: str, runs: Sequence[Compared]) -> str:
    """The reason of a pair that has everything but these sums."""
    for run in runs:
        try:
            sums_of(run.customers, metric, run.population)  # type: ignore[arg-type]
        except (ValueError, AttributeError) as error:
            return str(error) if isinstance(error, ValueError) else f"{run.label} has no per-customer file."
    raise AssertionError(f"{metric} of {[run.label for run in runs]} could have been judged")


def _leader(count: int, verdicts: Mapping[Places, Verdict]) -> int | None:
    """Who is above most of the others that it can be compared with; None where nobody can be compared."""
    above = [0] * count
    for (one, other), verdict in verdicts.items():
        ahead = verdict.difference or 0.0
        above[one] += ahead > 0
        above[other] += ahead < 0
    known = {place for places in verdicts for place in places}
    return max(sorted(known), key=lambda place: above[place], default=None)


def _summary(metric: str, runs: Sequence[Compared], leader: int | None, verdicts: Mapping[Places, Verdict]) -> str:
    if leader is None:
        return f"No two of these runs can be compared by {metric_label(metric)}."
    others = [place for place in range(len(runs)) if place != leader]
    of_leader = {place: verdict for place in others if (verdict := _against(leader, place, verdicts)) is not None}
    apart = [runs[place].label for place in others if place not in of_leader]
    named = {runs[place].label: verdict for place, verdict in of_leader.items()}
    return summary(runs[leader].label, metric, named, apart)


def _against(leader: int, place: int, verdicts: Mapping[Places, Verdict]) -> Verdict | None:
    """On the leader, beside another run."""
    if (found := verdicts.get((leader, place))) is not None:
        return found
    found = verdicts.get((place, leader))
    return found.turned() if found else None


# -------------------------------------------------------------------------------------------------------------- results


def _results(runs: Sequence[Compared], verdicts: Verdicts) -> list[dict[str, Any]]:
    """A row for each metric of each population, the headline population first; then lifts, baselines and ceilings."""
    rows = [_metric_row(name, None, runs, verdicts.get(name, {})) for name in METRICS]
    rows += [_lift_row(name, runs) for name in METRICS if any(run.lift(name) for run in runs)]
    rows += [_metric_row(name, each, runs, {}) for each in POPULATIONS for name in METRICS]
    rows += list(_baseline_rows(runs))
    return [row for row in rows if any(value is not None for value in row["values"])]


def _metric_row(
    name: str, population: str | None, runs: Sequence[Compared], verdicts: Mapping[Places, Verdict]
) -> dict[str, Any]:
    figures = [run.figure(name, population) for run in runs]
    label = metric_label(name) if population is None else f"{population}.{metric_label(name)}"
    values = tuple(figure_words(figure, name) if figure else None for figure in figures)
    shown = {"metric": name, "population": population or "headline", "figures": figures}
    stars = _stars(name, runs, verdicts)
    doubts = [below_baseline(run.lift(name)) if place in stars else None for place, run in enumerate(runs)]
    return _row(Row(label, values)) | shown | {"stars": stars, "doubts": doubts}


def _stars(metric: str, runs: Sequence[Compared], verdicts: Mapping[Places, Verdict]) -> list[int]:
    """Runs that are better than every other one of their fidelity group."""
    stars = []
    for place, run in enumerate(runs):
        rivals = [
            other for other in range(len(runs)) if other != place and same_fidelity(run, runs[other], _family(metric))
        ]
        beaten = [_against(place, other, verdicts) for other in rivals]
        if rivals and all(verdict is not None and verdict.verdict == "better" for verdict in beaten):
            stars.append(place)
    return stars


def _lift_row(name: str, runs: Sequence[Compared]) -> dict[str, Any]:
    lifts = [run.lift(name) for run in runs]
    values = tuple(lift_words(lift, name, lift["baseline"]) if lift else None for lift in lifts)
    return _row(Row(f"{metric_label(name)} over the best baseline", values)) | {"metric": name, "lifts": lifts}


def _baseline_rows(runs: Sequence[Compared]) -> Iterator[dict[str, Any]]:
    """Each baseline by the headline of its family, on each run's headline population."""
    baselines = [(run.evaluation or {}).get("baselines", {}) for run in runs]
    for name in dict.fromkeys(name for each in baselines for name in each):
        for metric in HEADLINES.values():
            figures = [
                each.get(name, {}).get("metrics", {}).get(run.population, {}).get(metric)
                for run, each in zip(runs, baselines, strict=True)
            ]
            values = tuple(figure_words(figure, metric) if figure else None for figure in figures)
            yield _row(Row(f"{baseline_label(name)}: {metric_label(metric)}", values)) | {"metric": metric}


def _configured(runs: Sequence[Compared]) -> dict[str, list[dict[str, Any]]]:
    return {name: [_row(row) for row in rows] for name, rows in sections(runs).items()}


def _row(row: Row) -> dict[str, Any]:
    return {"name": row.name, "values": list(row.values), "same": row.same}


def _pages(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows in documents that a store takes."""
    pages: list[list[Mapping[str, Any]]] = [[]]
    size = 0
    for row in rows:
        size += len(json.dumps(row, ensure_ascii=False).encode())
        if size > LONGEST_PAGE and pages[-1]:
            pages.append([])
            size = len(json.dumps(row, ensure_ascii=False).encode())
        pages[-1].append(row)
    return {part_name(name, number): {"rows": page} for number, page in enumerate(pages, start=1)}
