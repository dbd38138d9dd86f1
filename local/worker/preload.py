"""What the worker imports before it forks. Nothing here may run a TensorFlow operation or open a channel: threads do
not survive a fork, imported modules do."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time

# What the images set as well (their Dockerfiles). Must stand before the first import of TensorFlow.
ENVIRONMENT = {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}

# What components run with `-m`: imported for what it imports, then forgotten, so that a child runs it afresh.
_RUN_EXECUTOR = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"

MODULES = (
    "tensorflow",
    "tf_keras",
    "apache_beam",
    "apache_beam.runners.portability.fn_api_runner",
    "tensorflow_data_validation",
    "tensorflow_transform",
    "tensorflow_transform.beam",
    "tensorflow_recommenders",
    "tfx.v1",
    "tfx.components.statistics_gen.executor",
    "tfx.components.schema_gen.executor",
    "tfx.components.transform.executor",
    "tfx.components.trainer.executor",
    "compiler_image.compiling",
    "compiler_image.writing",
    "trainer_image.training",
    "trainer_image.transforms",
    "local.worker.example_gen",
)


def preload() -> float:
    """Import everything and freeze it, so that children share the memory; returns the seconds it took."""
    started = time.monotonic()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for module in MODULES:
        importlib.import_module(module)
    importlib.import_module(_RUN_EXECUTOR)
    del sys.modules[_RUN_EXECUTOR]
    gc.collect()
    gc.freeze()  # a child's garbage collector would copy every page it visits
    return time.monotonic() - started
