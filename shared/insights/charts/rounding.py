"""Numbers as read models hold them: six significant digits, so that another machine's last bit changes no byte."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

DIGITS = 6


def rounded(value: Any) -> Any:
    """Numbers, and those in arrays, lists and dicts; what is not finite becomes None, other things stay."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return rounded(value.tolist()) if isinstance(value, np.ndarray) else value
