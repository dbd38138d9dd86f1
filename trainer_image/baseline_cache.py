"""Answers of baselines, kept for all runs that ask the same of the same data (domain S6.16).

Kept is what a baseline said (ranks, or predictions), never a figure: metrics, intervals and lifts are computed from it
as from fresh answers, and are the same to the last bit. A file is used only when it is whole and is the answer to this
very question; everything else is computed anew, and written for the next run.
"""

from __future__ import annotations

import io
import json
import logging
import posixpath
import uuid
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
import tensorflow as tf

from shared import hashing, paths
from shared.results import EVALUATION_VERSION

# What decides how a baseline answers. Their text is part of the key, so that no change of them can be forgotten.
CODE = ("baselines", "item_baselines", "list_evaluation", "questions", "ranking", "regression_baselines")
HEADER = "header"
UNUSABLE = (
    *(ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, tf.errors.OpError),
)


@dataclass(frozen=True)
class Answer:
    """Of one baseline; `params` are those it was given or chose."""

    params: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Expected:
    """What an array of an answer must be: its shape, and between what its numbers lie."""

    shape: tuple[int, ...]
    dtype: type
    low: float = -np.inf
    high: float = np.inf

    def matches(self, array: np.ndarray) -> bool:
        if array.shape != self.shape or array.dtype != self.dtype:
            return False
        return bool(((self.low <= array) & (array <= self.high) & np.isfinite(array)).all())


Answers = dict[str, Answer]  # by baseline


@dataclass(frozen=True)
class BaselineCache:
    """`uri`: the folder of the answers, None for none; `facts`: all that is known of the data and the protocol."""

    uri: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def answers(
        self,
        family: str,
        facts: Mapping[str, Any],
        expected: Mapping[str, Expected],
        compute: Callable[[], Answers],
    ) -> Answers:
        """Those that are kept, else `compute()`. `facts` are those of the family alone; `expected` is by array."""
        if self.uri is None:
            return compute()
        key = hashing.digest({"family": family, **self.facts, **facts, **_versions()})
        path = posixpath.join(self.uri, posixpath.basename(paths.baselines(key)))
        kept = _read(path, key, expected)
        if kept is None:
            kept = compute()
            _write(path, _packed(key, kept))
        return kept


NO_CACHE = BaselineCache()


@cache
def _versions() -> dict[str, Any]:
    folder = Path(__file__).parent
    sources = [*(folder / f"{name}.py" for name in CODE), Path(hashing.__file__)]
    return {
        "evaluation_version": EVALUATION_VERSION,
        "code": sha256(b"".join(source.read_bytes() for source in sources)).hexdigest(),
        "libraries": [np.__version__, scipy.__version__, sklearn.__version__],
    }


def _read(path: str, key: str, expected: Mapping[str, Expected]) -> Answers | None:
    try:
        if not tf.io.gfile.exists(path):
            return None
        with tf.io.gfile.GFile(path, "rb") as file:
            return _unpacked(file.read(), key, expected)
    except UNUSABLE as error:
        logging.warning(
            "The kept answers of the baselines in %s are not usable: %s. They are computed anew.", path, error
        )
        return None


def _packed(key: str, answers: Answers) -> bytes:
    arrays = {f"{who}/{name}": array for who, answer in answers.items() for name, array in answer.arrays.items()}
    header = {"key": key, "params": {who: dict(answer.params) for who, answer in answers.items()}}
    header["content"] = _content(arrays)
    content = io.BytesIO()
    np.savez_compressed(content, **{HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8)}, **arrays)
    return content.getvalue()


def _unpacked(content: bytes, key: str, expected: Mapping[str, Expected]) -> Answers:
    """ValueError (or what numpy raises on rubbish) unless it is the whole answer to this question."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays.pop(HEADER).tobytes())
    if header["key"] != key:
        raise ValueError("it answers another question")
    if header["content"] != _content(arrays):
        raise ValueError("its numbers are not those that were written")
    params = header["params"]
    if not params or arrays.keys() != {f"{who}/{name}" for who in params for name in expected}:
        raise ValueError("it does not hold what it must")
    for name, array in arrays.items():
        if not expected[name.partition("/")[2]].matches(array):
            raise ValueError(f"{name} is not what it must be")
    return {who: Answer(of, {name: arrays[f"{who}/{name}"] for name in expected}) for who, of in params.items()}


def _content(arrays: Mapping[str, np.ndarray]) -> str:
    found = sha256()
    for name in sorted(arrays):
        found.update(name.encode())
        found.update(np.ascontiguousarray(arrays[name]).tobytes())
    return found.hexdigest()


def _write(path: str, content: bytes) -> None:
    """Whole or not at all: an object of the cloud appears at its close, a local file by its renaming. Two runs that
    write at once write the same. A run without it is slower and not wrong, so a failure is only told."""
    local = "://" not in path
    target = f"{path}.{uuid.uuid4().hex}" if local else path
    try:
        tf.io.gfile.makedirs(posixpath.dirname(path))
        with tf.io.gfile.GFile(target, "wb") as file:
            file.write(content)
        if local:
            tf.io.gfile.rename(target, path, overwrite=True)
    except (OSError, tf.errors.OpError) as error:
        logging.warning("The answers of the baselines could not be kept in %s: %s", path, error)
