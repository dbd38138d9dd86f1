"""A worker of Dataflow has Beam's start program, and may write where Dataflow has it write."""

import os

import apache_beam
import tensorflow_transform
import tfx_bsl

assert os.getuid() == 0, "Dataflow's folders belong to root"
assert os.access("/opt/apache/beam/boot", os.X_OK), "Beam's start program is missing"
assert os.environ["RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT"] == "1"
assert apache_beam.Pipeline and tensorflow_transform.__version__ and tfx_bsl.__version__
