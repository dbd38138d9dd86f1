"""A suggestion as documents that can be applied as they are, and in words (domain S7.15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from shared.documents import Experiment, ModelConfig
from shared.hashing import digest
from shared.insights.grouping import content_digest
from shared.insights.lists.entries import Entry
from shared.insights.suggesting.suggestion_space import Point, Space, model_fields, point_of
from shared.insights.suggesting.suggestion_table import Known
from shared.parameters import IDENTITY
from shared.parsing import parse
from shared.problems import InvalidDocument

TAG = "suggested"
WORDS = {  # of dimensions that people call something else
    "learning_rate": "rate",
    "feature_config": "features",
    "model_config": "model",
    "structure": "layers",
    "output_embedding_dim": "output",
    "batch_size": "batch",
    "logq_correction": "logQ",
    "normalise_embeddings": "normalised",
    "sample_percent": "sample %",
}
# Of a request, what a suggestion decides itself; what is told to its owner alone is not said again.
DECIDED = frozenset({"feature_config", "model_config", "batch_size", "learning_rate", "sample_percent"})
COPIED = frozenset(field.alias or name for name, field in Experiment.model_fields.items()) - IDENTITY - DECIDED
OF_AN_OPTIMIZER = frozenset({"weight_decay", "momentum"})
_ANY_TIME = datetime(2000, 1, 1, tzinfo=timezone.utc)  # stands in for the times that writing adds


@dataclass(frozen=True)
class Combination:
    """What would be run: the request of `base` with other configs. `new`: the fields of a model config that is not
    stored yet; `sample_percent` None: that of the base."""

    base: Entry
    request: Mapping[str, Any]
    features_id: str
    model_id: str
    model: ModelConfig
    new: Mapping[str, Any] | None = None
    sample_percent: int | None = None


def stored(
    base: Entry, features_id: str, model_id: str, known: Known, sample_percent: int | None = None
) -> Combination:
    """Of configs that are there."""
    request = known.request(base.experiment) or {}
    return Combination(base, request, features_id, model_id, known.model_configs[model_id], None, sample_percent)


def made(base: Entry, point: Point, known: Known) -> Combination | None:
    """The base's model config with the values of a point, or the one that says the same; None when it is not valid or
    not compatible with the features."""
    features_id = str(point["feature_config"])
    fields = {**_own_fields(known.model_configs[base.model_config]), **model_fields(point)}
    model_id = f"sug-{digest(fields)}"
    new = {"name": _model_name(point, model_id), "description": f"Suggested from Exp #{base.number}.", **fields}
    model = _parsed(model_id, new)
    if model is None or not known.fits(known.feature_configs[features_id], model):
        return None
    content = content_digest(model)
    same = next((each for each, digest_of in known.model_digests.items() if digest_of == content), None)
    if same is not None:
        return stored(base, features_id, same, known)
    return Combination(base, known.request(base.experiment) or {}, features_id, model_id, model, new)


def _own_fields(model: ModelConfig) -> dict[str, Any]:
    """What a model config says beside its name, without what only its own optimizer has."""
    written = model.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in written.items() if name not in IDENTITY | OF_AN_OPTIMIZER}


def _parsed(model_id: str, fields: Mapping[str, Any]) -> ModelConfig | None:
    written = {"owner": "suggestions", "created_at": _ANY_TIME, "updated_at": _ANY_TIME, **fields}
    try:
        found = parse("model_configs", model_id, written)
    except InvalidDocument:
        return None
    return found if isinstance(found, ModelConfig) else None


def documents(combination: Combination, name: str) -> dict[str, Any]:
    """`experiment`, and `model_config` with its `id` when it is new: both as a user would write them."""
    new, base = combination.new, combination.base
    experiment = {
        **{field: value for field, value in combination.request.items() if field in COPIED and value is not None},
        "name": name[:80],
        "feature_config": combination.features_id,
        "model_config": combination.model_id,
        "sample_percent": combination.sample_percent or base.sample_percent,
        "tags": [TAG],
        "parent": base.experiment,
        "origin": "clone",
    }
    return {"experiment": experiment, "model_config": None if new is None else {"id": combination.model_id, **new}}


# --------------------------------------------------------------------------------------------------------------- words


def changes(base: Entry, point: Point, space: Space) -> list[tuple[str, Any, Any]]:
    """What a point is beside its base: name, before, after; everything, when the base is outside the space."""
    before = point_of(base.parameters, base.feature_config, space) or {}
    return [(name, before.get(name), value) for name, value in point.items() if before.get(name) != value]


def in_short(found: Sequence[tuple[str, Any, Any]]) -> str:
    """`rate 0.003, output 64`: what is new."""
    return ", ".join(f"{WORDS.get(name, name)} {text(after)}" for name, _, after in found)


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _model_name(point: Point, model_id: str) -> str:
    """Unique, because it ends with what the id ends with."""
    told = f"{point['structure']}, {point['optimizer']} {text(point['learning_rate'])}"
    return f"{told}, output {point['output_embedding_dim']}"[:66] + f" ({model_id[-10:]})"
