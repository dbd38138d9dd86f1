"""Which feature configs a model config can be trained with (domain S4.15)."""

from __future__ import annotations

from shared.documents import FeatureConfig, ModelConfig
from shared.problems import Problem


def compatible(features: FeatureConfig, model: ModelConfig) -> list[Problem]:
    """S4.15. Retrieval needs no target and both towers always have features: every pair of this breadth fits."""
    return []
