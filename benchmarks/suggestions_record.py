"""Records `suggestions_table.json`: real quick tests on Online Retail, one row for each configuration drawn at random.

    .venv-tfx/bin/python -m benchmarks.suggestions_record TRANSFORM [--rows 64] [--table FILE]

`TRANSFORM`: a folder with the Transform output of `examples/online_retail/multitask.yaml`: what lies in its
`transform_graph`, and `transformed_examples`. Its columns are those of every feature config here.

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
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tensorflow_transform as tft

from shared.codegen.trainer import render_trainer
from shared.documents import FeatureConfig, ModelConfig, Roles
from shared.hashing import H, canonical_json, digest, share_threshold
from shared.insights.suggestion_space import Range, canonical, model_fields, space_of
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

TABLE = Path(__file__).parent / "suggestions_table.json"
EPOCHS, SAMPLE_PERCENT, SEED, SPLIT_SEED = 2, 100, 17, 17
DRAW_SEED = 2026
IDENTITY = {"owner": "benchmark", "created_at": datetime(2026, 11, 21), "updated_at": datetime(2026, 11, 21)}
ROLES = Roles(customer_id="CustomerID", product_id="StockCode", event_time="InvoiceDate", order_id="InvoiceNo")
DATASET = "online-retail"


def _id(column: str, width: int) -> dict[str, Any]:
    return {"kind": "category", "column": column, "is_primary_id": True, "vocabulary": {"embedding_dim": width}}


_COUNTRY = {"kind": "category", "column": "Country", "vocabulary": {"embedding_dim": 8}}
_SEASON = {"kind": "time", "column": "InvoiceDate", "cycles": ["month", "day_of_week", "hour"]}
_WORDS = {"kind": "category", "column": "Description", "vocabulary": {"min_frequency": 2, "embedding_dim": 32}}
_HISTORY = {"kind": "history", "column": "bought_before", "shared_with": "StockCode", "max_length": 50}
FEATURE_CONFIGS = {
    "or-ids": ("Ids of customer and product", [_id("CustomerID", 64)], [_id("StockCode", 64)]),
    "or-words": (
        "Ids, country and season; words",
        [_id("CustomerID", 64), _COUNTRY, _SEASON],
        [_id("StockCode", 64), _WORDS],
    ),
    "or-history": ("Ids and purchases before", [_id("CustomerID", 64), _HISTORY], [_id("StockCode", 64)]),
}


def feature_config(key: str) -> FeatureConfig:
    name, query, candidate = FEATURE_CONFIGS[key]
    return FeatureConfig.model_validate(
        {**IDENTITY, "name": name, "dataset": DATASET, "query_features": query, "candidate_features": candidate}
    )


def model_config(point: dict[str, Any]) -> ModelConfig:
    early_stopping = {"enabled": False}
    return ModelConfig.model_validate(
        {**IDENTITY, "name": digest(point), **model_fields(point), "early_stopping": early_stopping}
    )


def drawn(count: int) -> list[dict[str, Any]]:
    """Uniformly over the space that suggestions search, rates and temperatures by their logarithm; the first rows stay
    the same when more are asked for."""
    generator = random.Random(DRAW_SEED)
    space = space_of("retrieval", list(FEATURE_CONFIGS))
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


def record(point: dict[str, Any], splits: Splits, transform_output: tft.TFTransformOutput) -> dict[str, Any]:
    """One quick test. A model that diverges or collapses is a row too: that is what a run would have ended with."""
    started = time.monotonic()
    module: dict[str, Any] = {}
    source = render_trainer(feature_config(point["feature_config"]), model_config(point), ROLES)
    exec(compile(source, "trainer_module.py", "exec"), module)
    row = {"point": point, "module": hashlib.sha256(source.encode()).hexdigest()[:16]}
    with tempfile.TemporaryDirectory() as folder:
        try:
            row |= measured(module["MODEL"], splits, transform_output, parameters(point, folder))
        except RunFailed as error:
            row |= {"error": error.code}
    tf.keras.backend.clear_session()
    gc.collect()
    return {
        **row,
        "seconds": round(time.monotonic() - started, 1),
        "date": datetime.now(timezone.utc).isoformat("T", "seconds"),
    }


def parameters(point: dict[str, Any], folder: str) -> TrainingParameters:
    protocol = {
        "split": "strict_time", "bounds": {"ref": "2011-12-09", "test_start": "2011-11-26", "val_start": "2011-11-12"},
        "sample_percent": SAMPLE_PERCENT, "exclude_purchased": False, "keys": {"retrieval": "10228fb9cd16b897"},
        "fingerprints": {},
    }  # fmt: skip
    return TrainingParameters(
        experiment=digest(point), attempt=1, epochs=EPOCHS, batch_size=point["batch_size"],
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


def header(splits: Splits) -> dict[str, Any]:
    return {
        "what": "Quick tests on Online Retail; see suggestions_record.py for what was run and what was left out",
        "split": "strict_time 14/14", "sample_percent": SAMPLE_PERCENT, "epochs": EPOCHS, "early_stopping": False,
        "seed": SEED, "split_seed": SPLIT_SEED, "draw_seed": DRAW_SEED, "metric": "recall_at_10",
        "population": evaluation.headline_population(SAMPLE_PERCENT),
        "rows": {name: rows(getattr(splits, name)) for name in ("train", "eval", "test", "catalogue")},
        "code": os.environ.get("QUICKTEST_COMMIT", ""), "tensorflow": tf.__version__,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("transform", type=Path)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--table", type=Path, default=TABLE)
    asked = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    exempt_keras()
    without_baselines()
    transform_output = tft.TFTransformOutput(str(asked.transform))
    splits = read(transform_output, asked.transform / "transformed_examples")
    table = json.loads(asked.table.read_text()) if asked.table.exists() else {**header(splits), "runs": []}
    done = {digest(row["point"]) for row in table["runs"]}
    for number, point in enumerate(drawn(asked.rows), start=1):
        if digest(point) in done:
            continue
        row = record(point, splits, transform_output)
        table["runs"].append(row)
        asked.table.with_suffix(".part").write_text(written(table))
        asked.table.with_suffix(".part").replace(asked.table)
        print(number, row["seconds"], row.get("recall_at_10", row.get("error")), canonical_json(point), flush=True)


def written(table: dict[str, Any]) -> str:
    """JSON with one run a line, so that a new run is one line of a diff."""
    head = json.dumps({name: value for name, value in table.items() if name != "runs"}, indent=1)
    runs = ",\n".join(f"  {canonical_json(row)}" for row in table["runs"])
    return f'{head[:-2]},\n "runs": [\n{runs}\n ]\n}}\n'


if __name__ == "__main__":
    main()
