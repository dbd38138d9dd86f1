"""What the losses need besides features, a column each (domain S4.9, S4.10)."""

from __future__ import annotations

import numpy as np

from trainer_image import spec
from trainer_image.inputs import Columns
from trainer_image.ranking import positions_in


def loss_inputs(model: spec.Model, train: Columns, split: Columns) -> Columns:
    """For the rows of `split`: `log_q`, `product` (a number for each) and `target`, as far as the model uses them."""
    found = {}
    if model.retrieval is not None and model.retrieval.logq_correction:
        found["log_q"] = log_shares(train["id_product"], split["id_product"])
    if model.retrieval is not None and model.retrieval.remove_accidental_hits:
        found["product"] = np.unique(split["id_product"], return_inverse=True)[1].astype(np.int32)
    if model.ranking is not None:
        found["target"] = split["target"]
    return found


def log_shares(train_products: np.ndarray, products: np.ndarray) -> np.ndarray:
    """ln of each product's share of the train rows, float32; a product without a train row counts as having one."""
    known, counts = np.unique(train_products, return_counts=True)
    position = positions_in(known, products)
    count = np.where(position >= 0, counts[position], 1)
    return np.log(count / len(train_products)).astype(np.float32)
