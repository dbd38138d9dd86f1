"""What the page holds a copy of, so that nothing has two truths (domain S0.3, S0.9); written anew by
`.venv/bin/python -m tests.unit.web_copies`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.documents import (
    DEFAULT_LEARNING_RATE,
    Dataset,
    Experiment,
    FeatureConfig,
    ModelConfig,
    ModelEndpoint,
    SavedComparison,
)
from shared.hardware import TIERS
from shared.insights.lists.query_fields import FIELDS, PARAMETERS
from shared.lifecycle.table import DEADLINES
from shared.metrics import FAMILIES, HEADLINES, METRICS
from shared.presets import PRESETS
from shared.stuck import GRACE, QUIET

FOLDER = Path(__file__).parents[2] / "web/src/model/copies"


def registry() -> dict[str, Any]:
    fields = ("name", "direction", "unit", "per", "family")
    return {
        "families": FAMILIES,
        "headlines": HEADLINES,
        "metrics": [{field: getattr(kind, field) for field in fields} for kind in METRICS.values()],
    }


def documents() -> dict[str, Any]:
    """JSON Schema of the documents that people write on the page: fields, ranges, enums and defaults."""
    models = (Dataset, FeatureConfig, ModelConfig, Experiment, ModelEndpoint, SavedComparison)
    _, schema = models_json_schema([(model, "validation") for model in models])
    return schema["$defs"]


def choices() -> dict[str, Any]:
    """What forms offer: layers to start from, the learning rate of each optimizer, machines."""
    return {
        "presets": {
            name: {tower: [layer.model_dump(exclude_defaults=True) for layer in getattr(preset, tower)]
                   for tower in ("query_layers", "candidate_layers", "rating_head_layers")}
            for name, preset in PRESETS.items()
        },
        "learning_rates": DEFAULT_LEARNING_RATE,
        "tiers": {name: asdict(tier) for name, tier in TIERS.items()},
    }  # fmt: skip


def query_fields() -> dict[str, Any]:
    """What a query may ask about a run."""
    return {
        "fields": {name: {"kind": field.kind, "choices": list(field.choices)} for name, field in FIELDS.items()},
        "parameters": list(PARAMETERS),
    }


def lifecycle() -> dict[str, Any]:
    """How long a state of a run may last, and how long it may be late or silent (shared/stuck.py), in seconds."""
    return {
        "deadlines_s": {state.value: int(limit.total_seconds()) for state, limit in DEADLINES.items()},
        "grace_s": int(GRACE.total_seconds()),
        "quiet_s": int(QUIET.total_seconds()),
    }


COPIES = {
    "registry.json": registry,
    "documents.json": documents,
    "choices.json": choices,
    "query_fields.json": query_fields,
    "lifecycle.json": lifecycle,
}


def written(name: str) -> str:
    return json.dumps(COPIES[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in COPIES:
        (FOLDER / each).write_text(written(each))
