"""A small shop whose customers buy from one assortment each, with every kind of feature and of missing value."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

from shared.codegen import render_trainer, render_transform
from shared.documents import FeatureConfig, ModelConfig, Roles
from shared.epochs import EpochRecord
from shared.results import Results
from trainer_image.inputs import Columns, read_columns

DTYPES = {
    "customer_id": tf.string,
    "product_id": tf.string,
    "order_id": tf.string,
    "country": tf.string,
    "brand": tf.string,
    "bought_at": tf.int64,
    "pack": tf.int64,
    "price": tf.float32,
    "constant": tf.float32,
    "recent": tf.string,
    "quantity": tf.float32,
}
CANDIDATE = ("product_id", "brand", "pack", "price", "constant")
ROLES = Roles(customer_id="customer_id", product_id="product_id", event_time="bought_at", order_id="order_id")
WRITTEN: dict[str, Any] = {"owner": "ann", "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc)}
WRITTEN["updated_at"] = WRITTEN["created_at"]
EPOCHS = 6

FEATURES = FeatureConfig.model_validate(
    {
        **WRITTEN,
        "name": "Shop",
        "dataset": "shop",
        "query_features": [
            {"kind": "category", "column": "customer_id", "is_primary_id": True, "vocabulary": {"embedding_dim": 16}},
            {
                "kind": "category",
                "column": "country",
                "vocabulary": {"embedding_dim": 4, "max_size": 2, "min_frequency": 3, "oov_buckets": 3},
            },
            {"kind": "time", "column": "bought_at", "cycles": ["month", "day_of_week"], "missing_indicator": True},
            {"kind": "history", "column": "recent", "shared_with": "product_id", "max_length": 4},
        ],
        "candidate_features": [
            {"kind": "category", "column": "product_id", "is_primary_id": True, "vocabulary": {"embedding_dim": 16}},
            {"kind": "category", "column": "brand", "vocabulary": {"embedding_dim": 4}},
            {"kind": "category", "column": "pack", "vocabulary": {"embedding_dim": 2}},
            {
                "kind": "number",
                "column": "price",
                "scale": {"log": True},
                "bucketize": {"buckets": 5, "embedding_dim": 3},
                "missing_indicator": True,
            },
            {"kind": "number", "column": "constant", "scale": {}},
            {"kind": "category", "column": "brand", "name": "hashed", "hashing": {"buckets": 9, "embedding_dim": 2}},
        ],
        "query_crosses": [{"features": ["country", "bought_at"], "hash_buckets": 50, "embedding_dim": 4}],
        "candidate_crosses": [
            {"features": ["price", "brand"], "hash_buckets": 100, "embedding_dim": 4, "bucketize": {"price": 4}}
        ],
        "target": {"column": "quantity", "log": True, "normalise": "zscore"},
    }
)


def model_config(**changes: Any) -> ModelConfig:
    """A small model; `changes` are to the document."""
    document = {
        "name": "Small",
        "query_layers": [{"type": "dense", "units": 16}],
        "candidate_layers": [],
        "output_embedding_dim": 8,
        "early_stopping": {"enabled": False},
    }
    return ModelConfig.model_validate({**WRITTEN, **document, **changes})


MODEL = model_config()
RANKING = model_config(model_type="ranking", rating_head_layers=[{"type": "dense", "units": 8}])
MULTITASK = model_config(model_type="multitask", rating_head_layers=[{"type": "dense", "units": 8}])


@dataclass(frozen=True)
class Shop:
    """Rows as they were made, the folder of transformed examples, and the transform graph."""

    folder: Path
    rows: dict[str, list[dict[str, Any]]]
    transform_output: tft.TFTransformOutput


@dataclass(frozen=True)
class Trained:
    """What a run of the Trainer module left behind."""

    folder: Path
    results: Results
    epochs: list[EpochRecord]


def make_shop(folder: Path) -> Shop:
    rows = make_rows()
    columns = [SimpleNamespace(name=name) for name in DTYPES]
    source = render_transform(FEATURES, columns, ROLES, with_target=True)
    preprocessing_fn = load(folder / "transform_module.py", source).preprocessing_fn
    spec = {name: tf.io.VarLenFeature(dtype) for name, dtype in DTYPES.items()}
    metadata = dataset_metadata.DatasetMetadata(schema_utils.schema_from_feature_spec(spec))
    with beam.Pipeline(runner=FnApiRunner()) as pipeline, tft_beam.Context(temp_dir=str(folder / "temp")):
        splits = {
            name: (pipeline | name >> beam.Create([instance(row) for row in of_split], reshuffle=False), metadata)
            for name, of_split in rows.items()
        }
        graph = splits["train"] | tft_beam.AnalyzeDataset(preprocessing_fn)
        graph | tft_beam.WriteTransformFn(str(folder / "graph"))
        for name, split in splits.items():
            data, transformed_metadata = (split, graph) | f"Transform {name}" >> tft_beam.TransformDataset()
            coder = tft.coders.ExampleProtoCoder(transformed_metadata.schema)
            (
                data
                | f"Encode {name}" >> beam.Map(coder.encode)
                | f"Write {name}"
                >> beam.io.WriteToTFRecord(str(folder / f"examples/Split-{name}/examples"), file_name_suffix=".gz")
            )
    metadata_io.write_metadata(metadata, str(folder / "graph" / tft.TFTransformOutput.RAW_METADATA_DIR))
    return Shop(folder, rows, tft.TFTransformOutput(str(folder / "graph")))


def transformed(shop: Shop, split: str) -> Columns:
    folder = str(shop.folder / f"examples/Split-{split}")
    return read_columns(folder, shop.transform_output.transformed_feature_spec())


def parameters(folder: Path, **changes: Any) -> dict[str, Any]:
    """Of a run that leaves its files in `folder`."""
    return {
        "experiment": "exp-01jd00000000000000000000",
        "attempt": 1,
        "epochs": EPOCHS,
        "batch_size": 64,
        "learning_rate": 0.02,
        "seed": 17,
        "split_seed": 17,
        "progress_uri": str(folder / "progress"),
        "results_uri": str(folder / "results/results.json"),
        "customers_uri": str(folder / "results/customers.npz"),
        "baselines_uri": str(folder / "baselines"),
        "protocol": {"split": "strict_time", "bounds": {"test_days": 14}, "sample_percent": 50},
        **changes,
    }


def train(shop: Shop, folder: Path, model: ModelConfig = MODEL, **changes: Any) -> Trained:
    """Run the generated Trainer module; `changes` are to the parameters of the run."""
    module = load(folder / "trainer_module.py", render_trainer(FEATURES, model, ROLES))
    module.run_fn(
        SimpleNamespace(
            train_files=[str(shop.folder / "examples/Split-train/*")],
            eval_files=[str(shop.folder / "examples/Split-eval/*")],
            transform_output=str(shop.folder / "graph"),
            serving_model_dir=str(folder / "serving"),
            custom_config=parameters(folder, **changes),
        )
    )
    epochs = [EpochRecord.model_validate_json(path.read_bytes()) for path in sorted((folder / "progress").iterdir())]
    return Trained(folder, Results.model_validate_json((folder / "results/results.json").read_bytes()), epochs)


def load(path: Path, source: str) -> ModuleType:
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def instance(row: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [] if value is None else value if isinstance(value, list) else [value] for name, value in row.items()}


def make_rows() -> dict[str, list[dict[str, Any]]]:
    """40 customers, 30 products in 3 assortments, and a few customers and products that only the test split knows."""
    random = np.random.default_rng(5)
    products = {f"P{number:02d}": product(number, random) for number in range(30)}
    bought: dict[str, list[str]] = {}
    train = [purchase(random, products, bought, int(random.integers(40)), day) for day in range(600)]
    evaluation = [purchase(random, products, bought, int(random.integers(40)), 600 + day) for day in range(120)]
    test = [purchase(random, products, bought, int(random.integers(43)), 720 + day) for day in range(160)]
    test += [{**test[0], "product_id": "P-new", "country": "Utopia", "brand": None, "order_id": "O-new"}]
    train[0]["country"] = "XX"
    known = sorted({row["product_id"] for row in train})
    nothing = dict.fromkeys(DTYPES)
    catalogue = [{**nothing, "product_id": name, **products[name]} for name in known]
    return {"train": train, "eval": evaluation, "test": test, "catalogue": catalogue}


def product(number: int, random: np.random.Generator) -> dict[str, Any]:
    price = None if number == 7 else float(np.float32(np.exp(random.normal(2, 1))))
    brand = None if number in (3, 4) else f"brand {number % 4}"
    return {"brand": brand, "pack": (12, 12, 6, 12, 6, 1)[number % 6], "price": price, "constant": 3.5}


def purchase(
    random: np.random.Generator, products: dict[str, Any], bought: dict[str, list[str]], customer: int, day: int
) -> dict[str, Any]:
    """One row; `bought` holds what each customer bought before, the newest first, and is brought up to date."""
    number = (customer % 3) * 10 + min(int(random.exponential(2.5)), 9)
    name = f"P{number:02d}"
    before = bought.setdefault(f"C{customer:02d}", [])
    row = {
        "customer_id": f"C{customer:02d}",
        "product_id": name,
        "order_id": f"O{day // 2}",
        "country": ("Norway", "Chile", "Kenya")[customer % 3],
        "bought_at": 1_700_000_000 + day * 20_000,
        "recent": list(before),
        "quantity": float(1 + number % 7 + random.poisson(customer % 3)),
        **products[name],
    }
    bought[f"C{customer:02d}"] = [name, *(other for other in before if other != name)]
    return row
