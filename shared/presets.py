"""Layer lists to start from (domain S4.5): hidden layers only, every tower ends in its locked output layer (S4.2)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.documents import MINIMAL_HEAD, MINIMAL_LAYERS, DenseLayer, DropoutLayer, Layer, ModelConfig

Layers = tuple[Layer, ...]


@dataclass(frozen=True)
class Preset:
    query_layers: Layers
    candidate_layers: Layers
    rating_head_layers: Layers


def _layers(*widths: int | float, l2: float = 0.0) -> Layers:
    """Whole numbers are dense layers, the first of them with `l2`; fractions are dropout rates."""
    layers: list[Layer] = []
    for width in widths:
        first = not any(isinstance(layer, DenseLayer) for layer in layers)
        if isinstance(width, int):
            layers.append(DenseLayer(type="dense", units=width, l2=l2 if first else 0.0))
        else:
            layers.append(DropoutLayer(type="dropout", rate=width))
    return tuple(layers)


_STANDARD = _layers(128, 64, l2=1e-4)
_DEEP = _layers(256, 128, 64, l2=1e-4)
_REGULARIZED = _layers(128, 0.2, 64, 0.1, l2=1e-3)

PRESETS: dict[str, Preset] = {
    "minimal": Preset(tuple(MINIMAL_LAYERS), tuple(MINIMAL_LAYERS), tuple(MINIMAL_HEAD)),
    "standard": Preset(_STANDARD, _STANDARD, _layers(64, 32)),
    "deep": Preset(_DEEP, _DEEP, _layers(64, 64, 32, l2=1e-4)),
    "asymmetric": Preset(_DEEP, _STANDARD, _layers(64, 32)),
    "regularized": Preset(_REGULARIZED, _REGULARIZED, _layers(64, 0.2, 32)),
}


def preset_of(model: ModelConfig) -> str | None:
    """The preset that the model's layers are, if any; a retrieval model has no head to compare."""
    for name, preset in PRESETS.items():
        towers = (tuple(model.query_layers), tuple(model.candidate_layers))
        head = model.model_type == "retrieval" or tuple(model.rating_head_layers) == preset.rating_head_layers
        if towers == (preset.query_layers, preset.candidate_layers) and head:
            return name
    return None
