"""What the components and the generated modules import is there, and they do not run as root."""

import importlib
import os
import pkgutil

import scann
import tensorflow_recommenders
from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

import trainer_image

assert os.getuid() != 0, "the image runs as root"
assert os.environ["TF_USE_LEGACY_KERAS"] == "1"
assert kubeflow_v2_run_executor.main, "the command of every component"
assert scann.scann_ops_pybind and tensorflow_recommenders.tasks.Retrieval
for module in pkgutil.iter_modules(trainer_image.__path__, "trainer_image."):
    importlib.import_module(module.name)
