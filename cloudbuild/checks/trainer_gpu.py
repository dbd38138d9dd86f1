"""The trainer's image with what TensorFlow needs on a GPU. There is none here, nor a driver: libraries are loaded, and
nothing is computed."""

import ctypes
import os
import subprocess
from pathlib import Path

import tensorflow as tf

assert os.getuid() != 0, "the image runs as root"
assert tf.test.is_built_with_cuda()
wanted = tf.sysconfig.get_build_info()
for library in (
    "libcublas.so.12", "libcublasLt.so.12", "libcudart.so.12", f"libcudnn.so.{wanted['cudnn_version']}",
    "libcufft.so.11", "libcupti.so.12", "libcurand.so.10", "libcusolver.so.11", "libcusparse.so.12", "libnccl.so.2",
    "libnvJitLink.so.12", "libnvrtc.so.12",
):  # fmt: skip
    ctypes.CDLL(library)
subprocess.run(["ptxas", "--version"], check=True)
folder = os.environ["XLA_FLAGS"].removeprefix("--xla_gpu_cuda_data_dir=")
assert Path(folder, "nvvm/libdevice/libdevice.10.bc").is_file(), f"{folder} has no device library"
