"""One small shop, transformed once by the real Transform module and trained on once by the real Trainer module."""

from __future__ import annotations

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # as in the image; before anything imports TensorFlow

import pytest
import tensorflow as tf

from tests.tfx.shop import Shop, Trained, make_shop, train

# Two replicas need two devices, which must be asked for before TensorFlow computes anything.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def trained(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(shop, tmp_path_factory.mktemp("trained"))
