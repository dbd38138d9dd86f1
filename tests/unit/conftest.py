"""Trees of SQL are garbage with cycles: at the usual thresholds the collector takes half of the time of these tests."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what was imported stays
    gc.set_threshold(200_000, 20, 20)
