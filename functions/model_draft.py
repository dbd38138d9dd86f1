"""What there is to say about a model config while it is being written: with the widths of a feature config, its exact
parameters and the trainer that would run (domain S4.5, S4.14-S4.16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.checking import NAMED_AT, known_statistics, parsed
from functions.services import Services
from shared.codegen import render_trainer
from shared.documents import Dataset, Draft, FeatureConfig, ModelConfig
from shared.hashing import digest
from shared.parameter_count import estimated_vocabulary_sizes, parameter_count
from shared.problems import errors
from shared.reports import Content, model_content
from shared.validation import compatible, not_found


def model_draft(draft: Draft, document_id: str, raw: Mapping[str, Any], services: Services) -> Content:
    model, problems = parsed("model_configs", document_id, raw)
    if model is None:
        return Content(problems, {}, {"code": None})
    alone = model_content(model)
    if draft.feature_config is None or errors(alone.problems):
        return Content(alone.problems, alone.fields, {"code": None})
    return _with_features(draft.feature_config, model, alone, services)


def _with_features(features_id: str, model: ModelConfig, alone: Content, services: Services) -> Content:
    raw = services.store.config("feature_configs", features_id)
    if raw is None:
        missing = not_found(NAMED_AT["feature_configs"], "feature_config", features_id)
        return Content([*alone.problems, missing], alone.fields, {"code": None})
    features = parsed("feature_configs", features_id, raw)[0]
    if features is None:  # its own report tells what is wrong with it
        return Content(alone.problems, alone.fields, {"code": None})
    problems = list(compatible(features, model, known_statistics(features.dataset, services)))  # the model's own, too
    if errors(problems):
        return Content(problems, alone.fields, {"code": None})
    fields = {**alone.fields, "parameters": _parameters(features, model, services)}
    return Content(problems, fields, {"code": _code(features, model, services)})


def _parameters(features: FeatureConfig, model: ModelConfig, services: Services) -> dict[str, Any]:
    """Vocabularies as large as the dataset's report has counted their columns; of one that it has not, the most."""
    distinct = {name: each.distinct for name, each in known_statistics(features.dataset, services).items()}
    sizes = estimated_vocabulary_sizes(features, distinct, train_rows=2**62)
    return parameter_count(model, features, sizes).to_dict()


def _code(features: FeatureConfig, model: ModelConfig, services: Services) -> dict[str, Any] | None:
    dataset = parsed("datasets", features.dataset, services.store.config("datasets", features.dataset) or {})[0]
    if not isinstance(dataset, Dataset):
        return None
    source = render_trainer(features, model, dataset.roles)
    return {"trainer": source, "digest": digest(source)}
