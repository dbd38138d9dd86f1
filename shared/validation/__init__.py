"""Rules that need more than one field, more than one document, or the warehouse's catalogue."""

from shared.validation.compatibility import compatible, uses_target
from shared.validation.dataset import validate_dataset
from shared.validation.experiment import validate_experiment
from shared.validation.features import validate_features, validate_features_alone
from shared.validation.model import validate_model
from shared.validation.references import not_found
from shared.validation.uniqueness import name_problems

__all__ = [
    "compatible",
    "name_problems",
    "not_found",
    "uses_target",
    "validate_dataset",
    "validate_experiment",
    "validate_features",
    "validate_features_alone",
    "validate_model",
]
