"""The rows that a run has read are told apart from others (S1.29)."""

from __future__ import annotations

import numpy as np
import pytest

from shared.hashing import H
from trainer_image.fingerprints import fingerprint, fingerprints
from trainer_image.inputs import Columns, Splits, select

ROWS = [("O1", "ann", "P1", 100), ("O1", "ann", "P1", 100), ("", "bo\u00e9", "P22", -5), ("O2", "ann", "P\u4e2d", 7)]
COLUMNS = ("id_order", "id_customer", "id_product", "id_seconds")


def split(*absent: str) -> Columns:
    columns = dict(zip(COLUMNS, zip(*ROWS, strict=True), strict=True))
    found = {name: np.array([str(value).encode() for value in columns[name]]) for name in COLUMNS[:3]}
    found["id_seconds"] = np.array(columns["id_seconds"], np.int64)
    return {name: column for name, column in found.items() if name not in absent}


@pytest.mark.parametrize("absent", [(), ("id_order",), ("id_seconds",), ("id_order", "id_seconds")])
def test_a_fingerprint_counts_rows_and_sums_the_hashes_of_their_keys(absent: tuple[str, ...]) -> None:
    """S2.1: order, customer, product and seconds joined by U+001F; what is not mapped is empty."""
    keys = ["\x1f".join("" if name in absent else str(v) for name, v in zip(COLUMNS, row, strict=True)) for row in ROWS]
    timed = "id_seconds" not in absent
    assert fingerprint(split(*absent)) == {
        "rows": 4,
        "customers": 2,
        "products": 3,
        "min_time": -5 if timed else None,
        "max_time": 100 if timed else None,
        "checksum": sum(H("row", key) % 2**31 for key in keys),
    }


def test_order_changes_nothing_and_a_lost_duplicate_does() -> None:
    whole = fingerprint(split())
    assert fingerprint(select(split(), np.array([3, 1, 0, 2]))) == whole
    assert fingerprint(select(split(), np.array([1, 2, 3])))["checksum"] != whole["checksum"]


def test_a_row_of_the_catalogue_is_its_product() -> None:
    found = fingerprints(Splits(split(), split(), split(), split()))
    checksum = sum(H("row", f"\x1f\x1f{product}\x1f") % 2**31 for _, _, product, _ in ROWS)
    assert found["catalogue"] == {"rows": 4, "checksum": checksum}
    assert set(found) == {"train", "eval", "test", "catalogue"}
