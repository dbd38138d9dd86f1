"""Records `suggestions_*table.json`: real quick tests, one row for each configuration drawn at random.

    .venv-tfx/bin/python -m benchmarks.suggestions_record TRANSFORM [--data demo] [--rows 64] [--table FILE]

`TRANSFORM`: a folder with the Transform output of `examples/online_retail/multitask.yaml`, or of the same file of
`examples/demo`: what lies in its `transform_graph`, and `transformed_examples`. Its columns are those of every feature
config here.

Each row is the module that Quicktest generates, trained by `trainer_image`'s own `fit` and measured by its own
`evaluate` on the whole test split; baselines are left out, being the same in every row, and so is the export.
Rows are written as they end, so that a stopped recording goes on.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tensorflow_transform as tft

from shared.codegen.trainer import render_trainer
from shared.documents import FeatureConfig, ModelConfig, Roles
from shared.hashing import H, canonical_json, digest, share_threshold
from shared.insights.suggesting.suggestion_space import Range, canonical, model_fields, space_of
from trainer_image import evaluation, list_evaluation
from trainer_image.autograph import exempt_keras
from trainer_image.epochs import Material
from trainer_image.errors import RunFailed
from trainer_image.inputs import Splits, read_columns, rows, select
from trainer_image.parameters import TrainingParameters
from trainer_image.scoring import Scorer, ordered_catalogue
from trainer_image.towers import vocabulary_sizes
from trainer_image.training import fit, in_vocabulary
from trainer_image.two_tower import two_tower
from trainer_image.unseen import average_unseen

SAMPLE_PERCENT, SEED, SPLIT_SEED = 100, 17, 17
DRAW_SEED = 2026
IDENTITY = {"owner": "benchmark", "created_at": datetime(2026, 11, 21), "updated_at": datetime(2026, 11, 21)}
Features = dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]  # name, query's, candidate's


@dataclass(frozen=True)
class Data:
    """What was recorded on, and how long: of few rows, more epochs. `bounds` and `key` are those of its protocol."""

    name: str
    dataset: str
    table: str
    epochs: int
    roles: Roles
    bounds: dict[str, str]
    key: str
    features: Features


def _id(column: str, width: int) -> dict[str, Any]:
    return {"kind": "category", "column": column, "is_primary_id": True, "vocabulary": {"embedding_dim": width}}


def _category(column: str) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}}


def _online_retail() -> Data:
    customer, product = _id("CustomerID", 64), _id("StockCode", 64)
    season = {"kind": "time", "column": "InvoiceDate", "cycles": ["month", "day_of_week", "hour"]}
    words = {"kind": "category", "column": "Description", "vocabulary": {"min_frequency": 2, "embedding_dim": 32}}
    history = {"kind": "history", "column": "bought_before", "shared_with": "StockCode", "max_length": 50}
    return Data(
        name="Online Retail", dataset="online-retail", table="suggestions_table.json", epochs=2,
        roles=Roles(customer_id="CustomerID", product_id="StockCode", event_time="InvoiceDate", order_id="InvoiceNo"),
        bounds={"ref": "2011-12-09", "test_start": "2011-11-26", "val_start": "2011-11-12"}, key="10228fb9cd16b897",
        features={
            "or-ids": ("Ids of customer and product", [customer], [product]),
            "or-words": ("Ids, country and season; words", [customer, _category("Country"), season], [product, words]),
            "or-history": ("Ids and purchases before", [customer, history], [product]),
        },
    )  # fmt: skip


def _demo() -> Data:
    customer, product = _id("customer_id", 32), _id("product_id", 32)
    season = {"kind": "time", "column": "ordered_at", "cycles": ["month", "day_of_week"]}
    place = [_category("customer_segment"), _category("customer_region"), season]
    history = {"kind": "history", "column": "bought_before", "shared_with": "product_id", "max_length": 30}
    return Data(
        name="demo purchases", dataset="demo-purchases", table="suggestions_demo_table.json", epochs=5,
        roles=Roles(customer_id="customer_id", product_id="product_id", event_time="ordered_at", order_id="order_id"),
        bounds={"ref": "2025-09-30", "test_start": "2025-09-17", "val_start": "2025-09-03"}, key="f88727ded1582bc0",
        features={
            "demo-ids": ("Ids of customer and product", [customer], [product]),
            "demo-place": (
                "Ids, place and season; category and brand",
                [customer, *place],
                [product, _category("category"), _category("brand")],
            ),
            "demo-history": ("Ids and purchases before", [customer, history], [product]),
        },
    )  # fmt: skip


DATA = {"online-retail": _online_retail(), "demo": _demo()}


def feature_config(key: str, data: Data) -> FeatureConfig:
    name, query, candidate = data.features[key]
    return FeatureConfig.model_validate(
        {**IDENTITY, "name": name, "dataset": data.dataset, "query_features": query, "candidate_features": candidate}
    )


def model_config(point: dict[str, Any]) -> ModelConfig:
    early_stopping = {"enabled": False}
    return ModelConfig.model_validate(
        {**IDENTITY, "name": digest(point), **model_fields(point), "early_stopping": early_stopping}
    )


def drawn(count: int, feature_configs: Sequence[str]) -> list[dict[str, Any]]:
    """Uniformly over the space that suggestions search, rates and temperatures by their logarithm; the first rows stay
    the same when more are asked for, and are the same in every table but for what the feature configs are."""
    generator = random.Random(DRAW_SEED)
    space = space_of("retrieval", list(feature_configs))
    points: dict[str, dict[str, Any]] = {}
    while len(points) < count:
        point = canonical({name: _draw(generator, dimension) for name, dimension in space.items()})
        points.setdefault(digest(point), point)
    return list(points.values())


def _draw(generator: random.Random, dimension: Any) -> Any:
    if isinstance(dimension, Range):
        value = math.exp(generator.uniform(math.log(dimension.low), math.log(dimension.high)))
        return float(f"{value:.3g}")
    return generator.choice(dimension.values)


def read(transform_output: tft.TFTransformOutput, folder: Path) -> Splits:
    spec = transform_output.transformed_feature_spec()
    splits = {
        name: read_columns(str(folder / f"Split-{name}"), spec) for name in ("train", "eval", "test", "catalogue")
    }
    if SAMPLE_PERCENT < 100:
        splits |= {name: _sample(splits[name]) for name in ("train", "eval")}
    return Splits(**splits)


def _sample(columns: dict[str, Any]) -> dict[str, Any]:
    limit = share_threshold(SAMPLE_PERCENT)
    known = {name: H(f"sample|{SPLIT_SEED}", name.decode()) < limit for name in set(columns["id_customer"])}
    return select(columns, [index for index, name in enumerate(columns["id_customer"]) if known[name]])


def record(
    point: dict[str, Any], data: Data, splits: Splits, transform_output: tft.TFTransformOutput
) -> dict[str, Any]:
    """One quick test. A model that diverges or collapses is a row too: that is what a run would have ended with."""
    started = time.monotonic()
    module: dict[str, Any] = {}
    source = render_trainer(feature_config(point["feature_config"], data), model_config(point), data.roles)
    exec(compile(source, "trainer_module.py", "exec"), module)
    row = {"point": point, "module": hashlib.sha256(source.encode()).hexdigest()[:16]}
    with tempfile.TemporaryDirectory() as folder:
        try:
            row |= measured(module["MODEL"], splits, transform_output, parameters(point, data, folder))
        except RunFailed as error:
            row |= {"error": error.code}
    tf.keras.backend.clear_session()
    gc.collect()
    return {
        **row,
        "seconds": round(time.monotonic() - started, 1),
        "date": datetime.now(timezone.utc).isoformat("T", "seconds"),
    }


def parameters(point: dict[str, Any], data: Data, folder: str) -> TrainingParameters:
    protocol = {
        "split": "strict_time", "bounds": data.bounds, "sample_percent": SAMPLE_PERCENT, "exclude_purchased": False,
        "keys": {"retrieval": data.key}, "fingerprints": {},
    }  # fmt: skip
    return TrainingParameters(
        experiment=digest(point), attempt=1, epochs=data.epochs, batch_size=point["batch_size"],
        learning_rate=point["learning_rate"], seed=SEED, split_seed=SPLIT_SEED, progress_uri=folder,
        results_uri=f"{folder}/results.json", protocol=protocol,
    )  # fmt: skip


def measured(
    model: Any, splits: Splits, transform_output: tft.TFTransformOutput, given: TrainingParameters
) -> dict[str, Any]:
    """As `trainer_image.training.run` does it."""
    products = ordered_catalogue(splits.catalogue, SPLIT_SEED)
    sizes = vocabulary_sizes(model.query, transform_output) | vocabulary_sizes(model.candidate, transform_output)
    tf.keras.utils.set_random_seed(SEED)
    towers = two_tower(model, sizes)
    scorer = Scorer(towers, model.query, model.candidate)
    training, records = fit(towers, scorer, Material(splits, products, None), given)
    average_unseen(towers, sizes, splits.train)
    warm = in_vocabulary(model.query, sizes, splits.test) & in_vocabulary(model.candidate, sizes, splits.test)
    found = evaluation.evaluate(splits, scorer, scorer.catalogue(products), None, warm, given.protocol, SPLIT_SEED)
    headline = found.metrics[evaluation.headline_population(SAMPLE_PERCENT)]["recall_at_10"]
    return {
        "recall_at_10": {"value": headline.value, "low": headline.low, "high": headline.high, "n": headline.n},
        "eval_recall_at_10": [record.eval.recall_at_10 for record in records],
        "parameters": training.parameters.total,
        "training_seconds": round(training.seconds, 1),
    }


def without_baselines() -> None:
    list_evaluation.list_baselines = lambda *_: {}
    evaluation._lifts = lambda *_: {}


def header(splits: Splits, data: Data) -> dict[str, Any]:
    return {
        "what": f"Quick tests on {data.name}; see suggestions_record.py for what was run and what was left out",
        "split": "strict_time 14/14", "sample_percent": SAMPLE_PERCENT, "epochs": data.epochs, "early_stopping": False,
        "seed": SEED, "split_seed": SPLIT_SEED, "draw_seed": DRAW_SEED, "metric": "recall_at_10",
        "population": evaluation.headline_population(SAMPLE_PERCENT),
        "rows": {name: rows(getattr(splits, name)) for name in ("train", "eval", "test", "catalogue")},
        "code": os.environ.get("QUICKTEST_COMMIT", ""), "tensorflow": tf.__version__,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("transform", type=Path)
    parser.add_argument("--data", choices=list(DATA), default="online-retail")
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    data = DATA[asked.data]
    file = asked.table or Path(__file__).parent / data.table
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    exempt_keras()
    without_baselines()
    transform_output = tft.TFTransformOutput(str(asked.transform))
    splits = read(transform_output, asked.transform / "transformed_examples")
    table = json.loads(file.read_text()) if file.exists() else {**header(splits, data), "runs": []}
    done = {digest(row["point"]) for row in table["runs"]}
    for number, point in enumerate(drawn(asked.rows, list(data.features)), start=1):
        if digest(point) in done:
            continue
        row = record(point, data, splits, transform_output)
        table["runs"].append(row)
        file.with_suffix(".part").write_text(written(table))
        file.with_suffix(".part").replace(file)
        print(number, row["seconds"], row.get("recall_at_10", row.get("error")), canonical_json(point), flush=True)


def written(table: dict[str, Any]) -> str:
    """JSON with one run a line, so that a new run is one line of a diff."""
    head = json.dumps({name: value for name, value in table.items() if name != "runs"}, indent=1)
    runs = ",\n".join(f"  {canonical_json(row)}" for row in table["runs"])
    return f'{head[:-2]},\n "runs": [\n{runs}\n ]\n}}\n'


if __name__ == "__main__":
    main()
