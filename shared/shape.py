"""What a run's towers read and are made of, frozen with it, so that the page computes no width (domain S3.13, S7.2)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from shared.advice import structures
from shared.analysis.sentences import filter_sentences
from shared.documents import Dataset, FeatureConfig, ModelConfig
from shared.features import TOWERS, dimensions
from shared.parameter_count import ParameterCount
from shared.validation.compatibility import uses_target


def shape_of(dataset: Dataset, features: FeatureConfig, model: ModelConfig, count: ParameterCount) -> dict[str, Any]:
    """Each tower's inputs with widths and shares (S3.14), layers as text (S4.16), filters as sentences (S1.23)."""
    target = features.target if uses_target(model) else None
    return {
        "features": {tower: [asdict(row) for row in dimensions(features, tower)] for tower in TOWERS},
        "structure": structures(model),
        "parameters": count.to_dict(),
        "filters": filter_sentences(dataset),
        "target": None if target is None else target.model_dump(mode="json"),
    }
