"""How long the steps of an epoch take, and what memory of the devices they need (domain S6.1)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import tensorflow as tf

UNKNOWN = "TensorFlow measures the memory of GPUs only"


class StepTimes:
    """Seconds of each step of an epoch, from asking for its batch to its result."""

    def __init__(self) -> None:
        self._steps: list[float] = []
        self._waited = self._waited_before = 0.0
        self._began = 0.0

    def begin_epoch(self, waited: float) -> None:
        """`waited`: seconds that all steps so far have waited for their batches."""
        self._steps.clear()
        self._waited_before = waited

    def begin(self) -> None:
        self._began = time.perf_counter()

    def end(self) -> None:
        self._steps.append(time.perf_counter() - self._began)

    def figures(self, waited: float) -> dict[str, float]:
        """The first step of a run counts too: compiling the model is a part of its first epoch."""
        p50, p95 = np.percentile(self._steps, [50, 95]) * 1000
        share = (waited - self._waited_before) / sum(self._steps)
        return {"step_ms_p50": float(p50), "step_ms_p95": float(p95), "input_wait_share": min(1.0, share)}


def reset_memory_peak() -> None:
    for device in _gpus():
        tf.config.experimental.reset_memory_stats(device)


def memory_peak() -> dict[str, Any]:
    """Of the fullest device, since the last reset."""
    peaks = [int(tf.config.experimental.get_memory_info(device)["peak"]) for device in _gpus()]
    if not peaks:
        return {"device_memory_peak_bytes": None, "device_memory_reason": UNKNOWN}
    return {"device_memory_peak_bytes": max(peaks), "device_memory_reason": None}


def _gpus() -> list[str]:
    return [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices("GPU")]
