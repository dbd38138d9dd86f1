"""How often each product turns up among the negatives (domain S4.9, logQ)."""

from __future__ import annotations

import numpy as np

from trainer_image.ranking import positions_in


def log_shares(train_products: np.ndarray, products: np.ndarray) -> np.ndarray:
    """ln of each product's share of the train rows, float32; a product without a train row counts as having one."""
    known, counts = np.unique(train_products, return_counts=True)
    position = positions_in(known, products)
    count = np.where(position >= 0, counts[position], 1)
    return np.log(count / len(train_products)).astype(np.float32)
