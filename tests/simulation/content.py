"""What lies in the objects of simulated runs: real in form, small, and marked with the attempt it belongs to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from functools import cache, lru_cache
from typing import Any

from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList

from shared.epochs import EpochRecord
from shared.insights.data.statistics import SPLITS
from shared.results import Results
from shared.snapshot import Snapshot
from tests.fakes.world import epoch_record, results

START = datetime(2026, 11, 21, 12, 30, tzinfo=timezone.utc)
REGIONS = ("europe-west4", "europe-west1")
ENDPOINTS = ("shoes", "books")
EPOCHS = 2
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ESTIMATE = {
    "total_usd": 0.3,
    "seconds": {"Compile": 60.0, "Examples": 60.0, "Train": 120.0},
    "high": {"Compile": 2.0, "Examples": 2.0, "Train": 2.0},
    "usd_per_hour": {"Compile": 0.2, "Examples": 0.5, "Train": 1.0},
    "fixed_usd": {"pipeline": 0.03},
}


def experiment_id(index: int) -> str:
    """A ULID of the first minute: `index` is all that differs."""
    milliseconds = int(START.timestamp() * 1000) + index
    digits = "".join(_ALPHABET[(milliseconds >> (5 * place)) & 31] for place in range(9, -1, -1))
    return f"exp-{digits}{'0' * 16}"


def attempt_name(experiment: str, attempt: int) -> str:
    return f"{experiment}-a{attempt}"


@cache
def mark(experiment: str, attempt: int) -> int:
    """A number that no other attempt of any experiment has."""
    last = experiment[12:14]
    return (_ALPHABET.index(last[0]) * 32 + _ALPHABET.index(last[1])) * 16 + attempt


def snapshot(written: Mapping[str, Any], data_version: str, region: str) -> Snapshot:
    """What preparing makes of a valid request. Experiments of one name share their compiled spec."""
    return Snapshot(
        names={"experiment": written["name"], "dataset": "Sales", "feature_config": "Base", "model_config": "Minimal"},
        model_type="retrieval",
        configs={"experiment": written, "dataset": {}, "feature_config": {}, "model_config": {}},
        parameters={
            "epochs": EPOCHS, "batch_size": 512, "learning_rate": 0.1, "seed": 1, "split_seed": 1, "tier": "small",
            "region": region, "data_version": data_version, "sample_percent": 100, "exclude_purchased": False,
            "early_stopping": True, "split": {"kind": "strict_time"},
        },
        counts={"source_rows": 20_000},
        warnings=(),
        sql={"train": "SELECT 1", "eval": "SELECT 2", "test": "SELECT 3", "catalogue": "SELECT 4"},
        code={"transform": "transform = 1\n", "trainer": "trainer = 1\n"},
        images={"compiler": "compiler@sha256:1", "trainer": "trainer@sha256:2"},
        compile_key=f"spec-{written['name']}",
        spec_options={
            "tier": "small", "processing": "in_process", "reuse_cache": True, "max_workers": 0, "region": "",
        },
        hardware={"tier": "small", "reason": "", "processing": "in_process", "workers": 0},
        estimate=ESTIMATE,
        limits={"minutes": 600, "usd": 10.0, "attempts": 3},
        protocol={"keys": {}, "fingerprints": {}},
        schema={},
    )  # fmt: skip


@cache
def epoch_bytes(experiment: str, attempt: int, epoch: int) -> bytes:
    """`examples` is the mark of the attempt."""
    record = {**epoch_record(epoch), "epochs": EPOCHS, "examples": mark(experiment, attempt)}
    return json.dumps(record, default=str).encode()


@cache
def artifact_bytes(experiment: str, attempt: int, odd: bool) -> dict[str, bytes]:
    """Of the data stages, by their place under the pipeline's root; the number of rows is the mark of the attempt.
    `odd`: of some attempts the schema is damaged, of some all is gone."""
    if odd and mark(experiment, attempt) % 5 == 0:
        return {}
    statistics = DatasetFeatureStatisticsList(datasets=[{"num_examples": mark(experiment, attempt)}])
    files = {f"statistics/Split-{split}/FeatureStats.pb": statistics.SerializeToString() for split in SPLITS}
    damaged = odd and mark(experiment, attempt) % 3 == 0
    return {**files, "schema/schema.pbtxt": b"\xff" if damaged else b'feature { name: "customer" type: BYTES }'}


@cache
def results_bytes(experiment: str, attempt: int) -> bytes:
    """`counts.misses` is the mark of the attempt."""
    found = results(experiment=experiment, attempt=attempt)
    found["counts"] = {**found["counts"], "misses": mark(experiment, attempt)}
    return json.dumps(found, default=str).encode()


def shown(entries: Iterable[Any]) -> dict[str, Any]:
    """A read model of nothing but what it was made of."""
    return {"made_of": sorted((each.experiment, each.state.value) for each in entries)}


class Remembering:
    """A pydantic model that validates each content once: the same few contents come again in every schedule."""

    def __init__(self, model: type[EpochRecord] | type[Results]) -> None:
        self.model_validate_json = lru_cache(maxsize=10_000)(model.model_validate_json)
