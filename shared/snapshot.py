"""Everything a run was started with, frozen (domain S5.2). Nothing of a run is read from live configs afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from shared.facts import Prepared
from shared.hashing import canonical_json
from shared.problems import Problem


@dataclass(frozen=True)
class Snapshot:
    """The content of `snapshot.json`. Everything in it is JSON, so that reading it back gives the same snapshot."""

    names: Mapping[str, str]
    model_type: str
    configs: Mapping[str, Mapping[str, Any]]  # experiment, dataset, feature_config, model_config, as written
    parameters: Mapping[str, Any]  # resolved: epochs, batch_size, learning_rate, sample_percent, seeds, split
    counts: Mapping[str, Any]
    warnings: tuple[Mapping[str, Any], ...]
    sql: Mapping[str, str]  # by split
    code: Mapping[str, str]  # transform, trainer
    images: Mapping[str, str]  # compiler, trainer; trainer_gpu when the Trainer runs on one
    compile_key: str
    spec_options: Mapping[str, Any]  # shared.parameters.SpecOptions
    hardware: Mapping[str, Any]  # tier, reason, processing, workers
    estimate: Mapping[str, Any]  # shared.estimates.Estimate
    limits: Mapping[str, float]  # minutes, usd
    protocol: Mapping[str, Any]  # keys, fingerprints (S2.15, S1.29)
    schema: Mapping[str, Any]  # name, type and mode of every column that the dataset reads (S1.15)
    shape: Mapping[str, Any] = field(default_factory=dict)  # shared.shape: the towers as people read them
    grouping: Mapping[str, Any] = field(default_factory=dict)  # shared.insights.grouping
    beam_arguments: tuple[str, ...] = ()  # the deployment's: with `images` and `spec_options`, what is compiled
    as_of: str | None = None  # the moment that the tables are read at (S1.28); None: as they are

    def to_json(self) -> str:
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Snapshot:
        raw = json.loads(text)
        tuples = {name: tuple(raw[name]) for name in ("warnings", "beam_arguments") if name in raw}
        return cls(**{**raw, **tuples})

    def prepared(self, spec_uri: str) -> Prepared:
        """What the run document and its details show of it."""
        frozen = {
            "configs": self.configs,
            "split": self.parameters["split"],
            "parameters": self.parameters,
            "counts": self.counts,
            "images": self.images,
            "compile_key": self.compile_key,
            "hardware": self.hardware,
            "estimate": self.estimate,
            "protocol": self.protocol,
            "schema": self.schema,
            "shape": self.shape,
            "sql": self.sql,
        }
        return Prepared(
            names=self.names,
            model_type=self.model_type,
            parameters=self.parameters,
            counts=self.counts,
            compile_key=self.compile_key,
            spec_uri=spec_uri,
            warnings=tuple(Problem(**warning) for warning in self.warnings),
            spec_options=self.spec_options,
            images=self.images,
            beam_arguments=self.beam_arguments,
            hardware=self.hardware,
            estimate=self.estimate,
            limits=self.limits,
            grouping={**self.grouping, "protocols": self.protocol.get("keys", {})} if self.grouping else None,
            details={"snapshot": frozen, "code": {**self.code, "sql": self.sql}},
        )
