"""A group of runs on one dataset, with the configs and requests that they were made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.documents import Dataset, Experiment, FeatureConfig, ModelConfig
from shared.insights.charts.groups import Group, fidelity_groups
from shared.insights.grouping import grouping_of
from shared.insights.lists.entries import Entry, Figure
from shared.insights.suggesting.suggestion_space import Point, model_fields
from shared.insights.suggesting.suggestion_table import Known
from shared.parsing import parse
from tests.unit import samples

PROTOCOL = "0123456789abcdef"
BASE_POINT: Point = {
    "feature_config": "base", "structure": "minimal", "optimizer": "adam", "learning_rate": 0.001, "batch_size": 1024,
    "dropout": 0.0, "l2": 0.0, "output_embedding_dim": 32, "normalise_embeddings": False, "temperature": 1.0,
    "logq_correction": True,
}  # fmt: skip
OWN = {name: samples.MODEL_CONFIG[name] for name in ("schema_version", "owner", "created_at", "updated_at")}


def model_of(point: Mapping[str, Any], name: str = "made", **more: Any) -> ModelConfig:
    return read("model_configs", "made", {**OWN, "name": name, **model_fields(point), **more})


def read(collection: str, name: str, document: Mapping[str, Any]) -> Any:
    return parse(collection, name, dict(document))


def request_of(features: str, model: str, **more: Any) -> dict[str, Any]:
    return {**samples.EXPERIMENT, "feature_config": features, "model_config": model, "sample_percent": 100, **more}


class Runs:
    """What a store would hold after these runs; `points` and scores, oldest first."""

    def __init__(self, features: Sequence[str] = ("base", "wide")) -> None:
        self.dataset: Dataset = read("datasets", "shop", samples.DATASET)
        self.features: dict[str, FeatureConfig] = {
            name: read("feature_configs", name, {**samples.FEATURE_CONFIG, "name": name, "description": name,
                                                 "query_crosses": samples.FEATURE_CONFIG["query_crosses"][place:]})
            for place, name in enumerate(features)
        }  # fmt: skip
        self.models: dict[str, ModelConfig] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.entries: list[Entry] = []

    def add(
        self,
        value: float | None,
        model: ModelConfig | None = None,
        sample: int = 100,
        model_id: str = "",
        **changes: Any,
    ) -> Entry:
        """A run at `BASE_POINT` with these changes; `value` None: it failed."""
        number = len(self.entries) + 1
        point: Point = {**BASE_POINT, **changes}
        features_id, model_id = str(point["feature_config"]), model_id or f"model-{number}"
        found = model or model_of(point, f"Model {number}")
        self.models[model_id] = found
        name = f"exp-{number:026d}"
        self.requests[name] = request_of(features_id, model_id, sample_percent=sample)
        asked: Experiment = read("experiments", samples.EXPERIMENT_ID, self.requests[name])
        resolved = {
            "epochs": 5, "batch_size": found.batch_size, "learning_rate": found.learning_rate, "sample_percent": sample,
        }  # fmt: skip
        features = self.features[features_id]
        grouping = grouping_of(self.dataset, features, found, asked, resolved, 1000)
        entry = Entry(
            experiment=name, number=number, model_endpoint="wholesale", name=f"Run {number}",
            state="failed" if value is None else "completed", model_type=found.model_type, owner="ada",
            created_at=samples.NOW, ended_at=samples.NOW + timedelta(hours=number), duration_seconds=60.0,
            dataset="shop", feature_config=features_id, model_config=model_id, digests=grouping["digests"],
            repeat=grouping["repeat"], sample_percent=sample, protocols={"retrieval": PROTOCOL},
            parameters=grouping["parameters"],
            metrics={} if value is None else {"recall_at_10": Figure(value, value - 0.01, value + 0.01)},
        )  # fmt: skip
        self.entries.append(entry)
        return entry

    def add_many(self, count: int) -> None:
        """Rates and optimizers of which some are better: 0.01 and adam are best."""
        optimizers = ("adam", "adagrad", "sgd")
        for place in range(count):
            rate = float(f"{10 ** (-4 + 3.4 * (place * 0.618 % 1)):.2g}")
            optimizer = optimizers[place % 3]
            value = 0.1 - 0.02 * abs(math.log10(rate / 0.01)) - 0.02 * (place % 3)
            self.add(value, learning_rate=rate, optimizer=optimizer, feature_config=("base", "wide")[place % 2])

    def group(self, sample: int = 100) -> Group:
        return next(each for each in fidelity_groups(self.entries, PROTOCOL) if each.sample_percent == sample)

    def known(self) -> Known:
        return Known(self.features, self.models, self.requests.get)
