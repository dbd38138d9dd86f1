"""Rules that need more than one document, or the warehouse's catalogue."""

from shared.validation.compatibility import compatible
from shared.validation.dataset import validate_dataset
from shared.validation.features import validate_features, validate_features_alone

__all__ = ["compatible", "validate_dataset", "validate_features", "validate_features_alone"]
