"""Writes the per-customer file (domain S6.13), which `shared.insights.comparing.customers` reads."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from shared.insights.comparing.customers import VERSION
from trainer_image.inputs import Columns


def write_customers(path: str, content: bytes) -> None:
    tf.io.gfile.makedirs(posixpath.dirname(path))
    with tf.io.gfile.GFile(path, "wb") as file:
        file.write(content)


def per_customer(test: Columns, rows_of: Mapping[str, np.ndarray], columns: Mapping[str, np.ndarray]) -> bytes:
    """The archive. `rows_of`: masks of the test rows by population, of which a customer is with any row; `columns`:
    sums of each customer, in the order of the ids. Whole numbers are stored as such, in as few bytes as they need."""
    customers, customer = np.unique(test["id_customer"], return_inverse=True)
    flags = {}
    for population, rows in rows_of.items():
        flags[f"population/{population}"] = np.bincount(customer, weights=rows, minlength=len(customers)) > 0
    content = io.BytesIO()
    np.savez_compressed(
        content,
        version=np.array(VERSION),
        customer=customers,
        **flags,
        **{name: _short(column) for name, column in columns.items()},
    )
    return content.getvalue()


def _short(column: np.ndarray) -> np.ndarray:
    whole = column.astype(np.int64)
    if len(column) and column.min() >= 0 and (whole == column).all():
        return whole.astype(np.min_scalar_type(whole.max()))
    return column
