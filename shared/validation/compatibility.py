"""Which feature configs a model config can be trained with (domain S4.15): the only place that decides it.

Paths begin with the document they are in, `feature_config` or `model_config`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log1p

from shared.analysis.figures import ColumnStatistics
from shared.documents import CategoryFeature, FeatureConfig, ModelConfig, Target
from shared.problems import Problem, by_path
from shared.validation.model import validate_model

Statistics = Mapping[str, ColumnStatistics]


def uses_target(model: ModelConfig) -> bool:
    """Whether the model predicts the feature config's target."""
    return model.model_type != "retrieval"


def compatible(features: FeatureConfig, model: ModelConfig, statistics: Statistics | None = None) -> list[Problem]:
    """Everything that keeps the two apart, and what is wrong with the model by itself; warnings included.

    `statistics`: of the dataset's columns by name, as far as they were counted.
    """
    of_features = [*_target_problems(features, model, statistics or {}), *_query_problems(features)]
    of_model = validate_model(model)
    return by_path([*_inside("feature_config", of_features), *_inside("model_config", of_model)])


def _target_problems(features: FeatureConfig, model: ModelConfig, statistics: Statistics) -> Iterator[Problem]:
    target = features.target
    if uses_target(model) and target is None:
        problem = f"a {model.model_type} model predicts a target, and this feature config has none."
        yield Problem("E_TARGET_NEEDED", "target", problem, "Add a `target`, or choose a retrieval model.")
    elif target is not None and not uses_target(model):
        problem = f"the target `{target.column}` is unused by a retrieval model."
        yield Problem(
            "W_TARGET_UNUSED", "target", problem, "Choose a ranking or multitask model to predict it.", "warning"
        )
    elif target is not None and model.ranking_loss == "binary_crossentropy":
        yield from _binary_problems(target, statistics.get(target.column))


def _binary_problems(target: Target, known: ColumnStatistics | None) -> Iterator[Problem]:
    """Binary cross-entropy compares shares: the transformed target must lie in [0, 1] (S4.10).

    Clipping may bring it there, which the trainer finds out.
    """
    needs = "binary cross-entropy needs a target from 0 to 1, and"
    remedy = "Use `normalise: minmax`, a target of 0 and 1, or another `ranking_loss`."
    if target.normalise == "zscore":
        yield Problem("E_TARGET_RANGE", "target.normalise", f"{needs} z-scores are not.", remedy)
    elif target.normalise == "none" and target.clip_percentiles is None and known is not None:
        edges = [float(edge) for edge in (known.min, known.max) if isinstance(edge, (int, float))]
        transformed = [log1p(max(edge, 0)) for edge in edges] if target.log else edges
        if not all(0 <= edge <= 1 for edge in transformed):
            low, high = transformed
            logs = "the logarithm of " if target.log else ""
            problem = f"{needs} {logs}`{target.column}` goes from {low:g} to {high:g}."
            yield Problem("E_TARGET_RANGE", "target.normalise", problem, remedy)


def _query_problems(features: FeatureConfig) -> Iterator[Problem]:
    """Without a customer's id the query tower needs something else to know (S3.3)."""
    known = [f for f in features.query_features if not (isinstance(f, CategoryFeature) and f.is_primary_id)]
    if features.query_id == "none" and not known:
        problem = "without a primary id the query tower has nothing to read."
        yield Problem(
            "E_QUERY_EMPTY", "query_features", problem, "Add a feature of the customer, or use the primary id."
        )


def _inside(document: str, problems: list[Problem]) -> list[Problem]:
    return [replace(problem, path=f"{document}.{problem.path}") for problem in problems]
