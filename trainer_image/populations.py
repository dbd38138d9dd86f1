"""Whom the figures are about (domain S2.18)."""

from __future__ import annotations

import numpy as np

from shared.hashing import H, share_threshold
from trainer_image.inputs import Columns, rows


def populations(
    train: Columns, test: Columns, warm_rows: np.ndarray, sample_percent: int, split_seed: int
) -> dict[str, np.ndarray]:
    """Masks of the test rows. All rows of one customer and product are in the same ones.

    `cold_customer`: customers without a row in train, whatever the vocabulary of a model keeps; so it is the same
    population for every model. `cold_product`: products without one, likewise; lists can hold them only when the
    catalogue is larger than the (sampled) train split, elsewhere they are misses (S2.12). `new_pairs`: a customer and
    product that are not together in a row of train.
    """
    found = {
        "all": np.ones(rows(test), dtype=bool),
        "warm": warm_rows,
        "cold_customer": ~np.isin(test["id_customer"], train["id_customer"]),
        "cold_product": ~np.isin(test["id_product"], train["id_product"]),
        "new_pairs": ~np.isin(*_pairs(test, train)),
    }
    if sample_percent < 100:
        limit, salt = share_threshold(sample_percent), f"sample|{split_seed}"
        customers, customer = np.unique(test["id_customer"], return_inverse=True)
        found["in_sample"] = np.array([H(salt, name.decode()) < limit for name in customers])[customer]
    return found


def _pairs(*splits: Columns) -> list[np.ndarray]:
    """Customer and product of each row as one number, the same number in every split."""
    codes = [_codes([split[name] for split in splits]) for name in ("id_customer", "id_product")]
    products = 1 + max(int(code.max()) for code in codes[1])
    return [customer * products + product for customer, product in zip(*codes, strict=True)]


def _codes(columns: list[np.ndarray]) -> list[np.ndarray]:
    _, code = np.unique(np.concatenate(columns), return_inverse=True)
    return np.split(code, np.cumsum([len(column) for column in columns])[:-1])
