"""The entry of an ended run: what lists show of it, out of the run and of its request (domain S7.1).

Only labels (name, description, tags, star) are taken from the request, which people may edit later, and, of a run that
ended before it was prepared, what it was asked with. Both may come from a later version or, the request, from a script
that wrote nonsense: what does not fit is left out, for a run must be able to end whatever its documents hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.insights.lists.entries import LONGEST_DESCRIPTION, Entry, EntryLift, Figure
from shared.metrics import FAMILIES, HEADLINES
from shared.runs import Run, State

MOST_TAGS, LONGEST_TAG = 20, 32
CONFIGS = ("dataset", "feature_config", "model_config")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KINDS = {"strict_time": "strict", "time_holdout": "holdout"}


def entry_of(run: Run, request: Mapping[str, Any] | None) -> Entry:
    """The entry of a run that has ended; `request` is None when somebody removed it past the rules."""
    asked, grouping, parameters = _part(request), _part(run.grouping), _part(run.parameters)
    counts, progress = _part(run.counts), _part(run.progress)
    return Entry(
        experiment=run.experiment,
        number=run.number or 0,
        model_endpoint=run.model_endpoint,
        name=_text(asked.get("name", run.names.get("experiment", "")), 80),
        state=run.state.value,
        model_type=_text(run.model_type, 20),
        owner=_text(run.owner, 320),
        created_at=run.created_at,
        ended_at=run.ended_at or run.updated_at,
        duration_seconds=run.duration_seconds or 0.0,
        description=_text(asked.get("description"), LONGEST_DESCRIPTION),
        tags=_tags(asked.get("tags")),
        starred=asked.get("starred") is True,
        parent=run.parent,
        origin=run.origin,
        dataset=_text(grouping.get("dataset"), 63),
        **{name: _text(grouping.get(name, asked.get(name)), 63) for name in CONFIGS[1:]},
        names=_texts({name: run.names[name] for name in CONFIGS if name in run.names}, 80),
        digests=_texts(grouping.get("digests"), 64),
        repeat=_text(grouping.get("repeat"), 64),
        split=_text(_part(parameters.get("split")).get("kind"), 20),
        sample_percent=_whole(parameters.get("sample_percent", asked.get("sample_percent"))) or 100,
        seed=_whole(parameters.get("seed", asked.get("seed"))) or 0,
        tier=_text(_part(run.hardware).get("tier"), 40),
        protocols=_texts(grouping.get("protocols"), 64),
        protocol_name=protocol_name(parameters, counts),
        complexity=_texts(grouping.get("complexity"), 20),
        error=run.error.code if run.error else None,
        error_title=_text(run.error.title, 120) if run.error else None,
        cost_usd=_cost(run),
        parameter_count=_whole(_part(grouping.get("parameters")).get("parameters")),
        customers=_whole(_part(counts.get("customers")).get("train")),
        products=_whole(_part(counts.get("products")).get("train")),
        rows=_whole(_part(counts.get("rows")).get("train")),
        epochs_run=_whole(progress.get("epochs_done")),
        best_epoch=_whole(progress.get("best_epoch")),
        parameters=_leaves(grouping.get("parameters")),
        **_measured(run),
    )


def protocol_name(parameters: Mapping[str, Any], counts: Mapping[str, Any]) -> str:
    """S2.16: "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products"; test customers, and the whole catalogue.

    Of what makes a protocol only that is named which people tell protocols apart by. "" before it is known.
    """
    split = _part(parameters.get("split"))
    if not split:
        return ""
    customers = _whole(_part(counts.get("customers")).get("test"))
    products = _whole(_part(counts.get("rows")).get("catalogue"))
    parts = [
        _days(split),
        f"{customers:,} customers" if customers is not None else "",
        f"{products:,} products" if products is not None else "",
        "without purchased" if parameters.get("exclude_purchased") is True else "",
    ]
    return ", ".join(part for part in parts if part)


def _days(split: Mapping[str, Any]) -> str:
    ref, start = _day(split.get("ref")), _day(split.get("test_start"))
    until = f" to {ref.day} {MONTHS[ref.month - 1]} {ref.year}" if ref else ""
    kind = _text(split.get("kind"), 20)
    if ref is None or start is None:
        return f"{kind}{until}"
    days = (ref - start).days + 1
    return f"{_KINDS.get(kind, kind)} {days} {'day' if days == 1 else 'days'}{until}"


def _measured(run: Run) -> dict[str, Any]:
    """What only a completed run has. Intervals are kept of the headline metrics, which runs are told apart by; those of
    the others are in `details/evaluation`, and took a sixth of an entry."""
    if run.state is not State.COMPLETED:
        return {}
    headlines = [HEADLINES[family] for family in FAMILIES.get(run.model_type, ())]  # type: ignore[call-overload]
    return {
        "metrics": {
            name: _figure(figure) if name in headlines else Figure(figure.get("value"))
            for name, figure in _part(run.metrics).items()
        },
        "lifts": {card["metric"]: _lift(card) for card in run.headlines if card.get("lift") and card.get("baseline")},
        "baselines": {
            name: {metric: _figure(figures[metric]) for metric in headlines if metric in figures}
            for name, figures in _part(run.baselines).items()
        },
    }


def _figure(figure: Mapping[str, Any]) -> Figure:
    return Figure(figure.get("value"), figure.get("low"), figure.get("high"))


def _lift(card: Mapping[str, Any]) -> EntryLift:
    lift = card["lift"]
    return EntryLift(card["baseline"]["name"], lift["value"], lift.get("low"), lift.get("high"), lift["verdict"])


def _cost(run: Run) -> float | None:
    """S5.9: as billed where that is known, else as computed."""
    cost = _part(run.cost)
    found = cost.get("billed") if cost.get("billed") is not None else cost.get("computed")
    return float(found) if isinstance(found, (int, float)) else None


# --------------------------------------------------------------------------------------------- whatever documents hold


def _part(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any, longest: int) -> str:
    return value[:longest] if isinstance(value, str) else ""


def _texts(value: Any, longest: int) -> dict[str, str]:
    return {name: _text(text, longest) for name, text in sorted(_part(value).items()) if isinstance(text, str)}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _tags(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, (list, tuple)) else ()
    return tuple(tag for tag in found if isinstance(tag, str) and len(tag) <= LONGEST_TAG)[:MOST_TAGS]


def _leaves(value: Any) -> dict[str, Any]:
    return {name: leaf for name, leaf in sorted(_part(value).items()) if _is_leaf(leaf)}


def _is_leaf(value: Any) -> bool:
    return isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
