"""What a query may ask about a run (domain S7.1)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.insights.lists.entries import Entry, EntryLift
from shared.metrics import FAMILIES, HEADLINES, METRICS
from shared.runs import TERMINAL, State

_ENDED = frozenset(state.value for state in TERMINAL)

Kind = Literal["text", "number", "duration", "date", "flag", "parameter"]


@dataclass(frozen=True)
class Field:
    """`read` gives texts of which one must fit, a number, a time, or a truth; None and () for what is missing."""

    kind: Kind
    read: Callable[[Entry], object]
    choices: tuple[str, ...] = ()


def _texts(*read: Callable[[Entry], str | None]) -> Callable[[Entry], object]:
    return lambda entry: tuple(text for each in read if (text := each(entry)))


def _config(name: str) -> Field:
    return Field("text", _texts(lambda entry: getattr(entry, name), lambda entry: entry.names.get(name)))


def headline_lift(entry: Entry) -> EntryLift | None:
    """Of the metric that the run's type of model leads with."""
    families = FAMILIES.get(entry.model_type)  # type: ignore[call-overload]
    return entry.lifts.get(HEADLINES[families[0]]) if families else None


def _ended_at(entry: Entry) -> datetime | None:
    return entry.ended_at if entry.state in _ENDED else None


def _started_at(entry: Entry) -> datetime:
    return entry.ended_at - timedelta(seconds=entry.duration_seconds)


def _metric(name: str) -> Field:
    return Field("number", lambda entry: entry.metrics[name].value if name in entry.metrics else None)


def _lift_value(entry: Entry) -> float | None:
    lift = headline_lift(entry)
    return lift.value if lift else None


STATES = tuple(state.value for state in State)
FIELDS: Mapping[str, Field] = {
    "number": Field("number", lambda entry: entry.number),
    "id": Field("text", _texts(lambda entry: entry.experiment)),
    "name": Field("text", _texts(lambda entry: entry.name)),
    "description": Field("text", _texts(lambda entry: entry.description)),
    "state": Field("text", _texts(lambda entry: entry.state), STATES),
    "model_type": Field("text", _texts(lambda entry: entry.model_type), tuple(FAMILIES)),
    "dataset": _config("dataset"),
    "feature_config": _config("feature_config"),
    "model_config": _config("model_config"),
    "protocol": Field("text", lambda entry: (*entry.protocols.values(), *filter(None, [entry.protocol_name]))),
    "tag": Field("text", lambda entry: entry.tags),
    "owner": Field("text", _texts(lambda entry: entry.owner)),
    "starred": Field("flag", lambda entry: entry.starred),
    "split": Field("text", _texts(lambda entry: entry.split), ("random", "time_holdout", "strict_time")),
    "sample": Field("number", lambda entry: entry.sample_percent),
    "seed": Field("number", lambda entry: entry.seed),
    "tier": Field("text", _texts(lambda entry: entry.tier)),
    "parent": Field("text", _texts(lambda entry: entry.parent)),
    "created": Field("date", lambda entry: entry.created_at),
    "started": Field("date", _started_at),
    "ended": Field("date", _ended_at),
    "duration": Field("duration", lambda entry: entry.duration_seconds),
    "cost": Field("number", lambda entry: entry.cost_usd),
    "customers": Field("number", lambda entry: entry.customers),
    "products": Field("number", lambda entry: entry.products),
    "rows": Field("number", lambda entry: entry.rows),
    "epochs_run": Field("number", lambda entry: entry.epochs_run),
    "best_epoch": Field("number", lambda entry: entry.best_epoch),
    "lift": Field("number", _lift_value),
    "verdict": Field(
        "text",
        _texts(lambda entry: lift.verdict if (lift := headline_lift(entry)) else None),
        ("better", "worse", "cannot_tell"),
    ),
    "error": Field("text", _texts(lambda entry: entry.error, lambda entry: entry.error_title)),
    **{name: _metric(name) for name in METRICS},
}
# Parameters that every run may have (`shared.insights.grouping`); those of features begin with their tower.
PARAMETERS = (
    "epochs", "batch_size", "learning_rate", "optimizer", "output_embedding_dim", "normalise_embeddings",
    "share_tower_weights", "lr_schedule", "early_stopping", "clipnorm", "temperature", "logq_correction",
    "remove_accidental_hits", "hard_negatives", "label_smoothing", "ranking_loss", "l2", "dropout", "activation",
    "parameters", "filters", "query.layers", "candidate.layers", "head.layers", "query.width", "candidate.width",
)  # fmt: skip
_LEAF = re.compile(r"(query|candidate|rating|ranking)\.[a-z_][a-z0-9_×\[\]]*")


def field_of(name: str) -> Field | None:
    """A field by its name, however it is written; None when there is none."""
    lowered = name.lower()
    if lowered in FIELDS:
        return FIELDS[lowered]
    if lowered in PARAMETERS or _LEAF.fullmatch(lowered):
        return Field("parameter", lambda entry: _leaf(entry, lowered))
    return None


def _leaf(entry: Entry, lowered: str) -> object:
    if lowered in entry.parameters:
        return entry.parameters[lowered]
    return next((value for name, value in entry.parameters.items() if name.lower() == lowered), None)


def near(name: str) -> str:
    known = (*FIELDS, *PARAMETERS)
    near = difflib.get_close_matches(name.lower(), known, 3, 0.6)
    near = near or [each for each in known if name.lower() in each][:3]
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return "Fields are number, name, state, model_type, dataset, tag, ended, cost, lift, every metric and parameter."
