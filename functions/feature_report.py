"""What there is to say about a feature config: over its dataset as that is now (domain S3.13, S3.19-S3.21)."""

from __future__ import annotations

from functions.checking import feature_problems, known_statistics, offer_of, parsed
from functions.services import Services
from shared.documents import Dataset, FeatureConfig
from shared.features import feature_digest
from shared.problems import Problem, errors
from shared.reports import Content, feature_content
from shared.validation import not_found


def feature_content_of(document_id: str, features: FeatureConfig, services: Services) -> Content:
    dataset, problems = _dataset(features.dataset, services)
    offer = offer_of(dataset, services) if dataset else None
    problems += feature_problems(features, dataset, offer, known_statistics(features.dataset, services))
    if offer is not None and not offer.usable:
        problems.append(_unusable(features.dataset, errors(offer.problems)[0]))
    twins = _twins(document_id, features, services)
    return feature_content(features, problems, dataset, offer.outputs if offer else [], twins)


def _dataset(dataset_id: str, services: Services) -> tuple[Dataset | None, list[Problem]]:
    raw = services.store.config("datasets", dataset_id)
    if raw is None:
        return None, [not_found("dataset", "dataset", dataset_id)]
    dataset, problems = parsed("datasets", dataset_id, raw)
    return dataset, [_unusable(dataset_id, problems[0])] if problems else []


def _unusable(dataset_id: str, first: Problem) -> Problem:
    """One problem for all of the dataset's: its own report tells them."""
    problem = f"the dataset `{dataset_id}` cannot be used: {first}"
    remedy = f"Mend it: `quicktest validate dataset/{dataset_id}` tells all that is wrong with it."
    return Problem("E_DATASET", "dataset", problem, remedy)


def _twins(document_id: str, features: FeatureConfig, services: Services) -> list[str]:
    """Names of other configs of the dataset that hold the same (S3.19)."""
    own = feature_digest(features)
    heads = services.store.report_heads("feature_configs")
    return [
        head["name"] or other
        for other, head in heads.items()
        if other != document_id and head.get("dataset") == features.dataset and head.get("digest") == own
    ]
