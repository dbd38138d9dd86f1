"""Hashes that come out equal in Python, BigQuery, DuckDB and JavaScript (domain S0.6, S0.7)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

HASH_HEX_DIGITS = 13
HASH_RANGE = 16**HASH_HEX_DIGITS  # 2^52: exact in a float64, so JavaScript agrees
CHECKSUM_RANGE = 2**31  # of one row, so that the sum over 2^32 rows is exact in an INT64 (S1.29)


def H(salt: str, key: str) -> int:
    """The hash of S0.6, in [0, 2^52); `shared.sql.hash_of` is the same function in SQL."""
    return int(hashlib.md5(f"{salt}|{key}".encode()).hexdigest()[:HASH_HEX_DIGITS], 16)


def share_threshold(percent: int) -> int:
    """A share of `percent` is every key with `H < share_threshold(percent)`."""
    return percent * HASH_RANGE // 100


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces (S0.7); raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """The first 16 hexadecimal digits of SHA-256 of canonical JSON (S0.7)."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:16]
