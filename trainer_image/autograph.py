"""Keeps AutoGraph from converting Keras' own source."""

from __future__ import annotations

from tensorflow.python.autograph.core import config


def exempt_keras() -> None:
    """Add `tf_keras` to AutoGraph's list of packages to leave alone, as `keras` is.

    TensorFlow's rules know `keras` but not the package of legacy Keras, so the first fit spends 11-18 s on converting
    it, and 2.5 s with this rule. The list is private: remove this when TensorFlow's own rules name `tf_keras`. (Not
    `tensorflow_recommenders`: its tasks need the conversion.)
    """
    rules = getattr(config, "CONVERSION_RULES", None)
    if rules is not None and not any(getattr(rule, "_prefix", "") == "tf_keras" for rule in rules):
        config.CONVERSION_RULES = (config.DoNotConvert("tf_keras"), *rules)
