"""The real thing behind the stand-ins: the compiler in a build, then experiments from the one spec that it wrote, each
with generated modules of its own, from Parquet to results; what is equal is done once. And what a deployment compiles,
for Dataflow and a GPU, with nothing but its Beam replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from google.cloud import aiplatform_v1 as vertex
from google.cloud.devtools import cloudbuild_v1

from functions.artifacts import split_from
from local.storage.objects import Objects
from local.storage.server import create_app
from local.tools import tfx_python
from shared import paths
from shared.codegen import render_trainer, render_transform
from shared.columns import OutputColumn
from shared.documents import FeatureConfig, ModelConfig, Roles
from shared.parameters import SpecOptions, compile_key, compiler_arguments
from shared.results import Results
from tests.local.cloud_stack import ENDED, PARENT, TIMEOUT_S, CloudStack, task, task_states, until
from tests.local.conftest import free_port

BUCKET = "demo-quicktest-data"
COMPILER, TRAINER = (f"quicktest/{name}@sha256:{'0' * 64}" for name in ("compiler", "trainer"))
OPTIONS = SpecOptions.of("small", "in_process", 10, True, "europe-west4")
IMAGES = {"compiler": COMPILER, "trainer": TRAINER}
# As terraform/modules/deployment/runtime.tf has them.
DEPLOYED_BEAM = (
    "--project=acme",
    "--temp_location=gs://acme-quicktest-work/temp",
    "--staging_location=gs://acme-quicktest-work/staging",
    "--service_account_email=pipelines@acme.iam.gserviceaccount.com",
    f"--sdk_container_image=quicktest/worker@sha256:{'0' * 64}",
    "--experiments=use_runner_v2",
    "--no_use_public_ips",
    "--subnetwork=regions/europe-west4/subnetworks/quicktest",
)
DEPLOYED_IMAGES = {**IMAGES, "trainer_gpu": f"quicktest/trainer_gpu@sha256:{'0' * 64}"}
DEPLOYED_OPTIONS = SpecOptions.of("gpu_l4", "dataflow", 10, True, "europe-west4")
LONG_S = 240.0
WRITTEN = {
    "owner": "ann",
    "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
}
COLUMNS = {"bought_at": "int64", "brand": "bytes", "customer_id": "bytes", "price": "float", "product_id": "bytes"}
MODEL = ModelConfig.model_validate({**WRITTEN, "name": "Small", "output_embedding_dim": 8})
FIRST, SECOND, THIRD, FOURTH = (f"exp-01jd00000000000000000000{name}" for name in ("aa", "bb", "cc", "dd"))
DATA_TASKS = ("BigQueryExampleGen", "StatisticsGen", "SchemaGen")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    make_orders(home / "warehouse/shop/orders.parquet")
    return home


@pytest.fixture
def stack(home, serve) -> Iterator[CloudStack]:
    objects = Objects(home / "storage")
    objects.create_bucket(BUCKET)
    storage = serve(create_app(objects, lambda *_: None))
    stack = CloudStack(home, free_port(), environment={"STORAGE_EMULATOR_HOST": storage})
    stack.start_worker(tfx_python())
    stack.start_cloud()
    yield stack
    stack.close()


@pytest.mark.timeout(900)
def test_one_compiled_spec_serves_many_experiments_and_equal_tasks_run_once(stack, home):
    spec_file = build(stack, IMAGES, (), OPTIONS)
    written = spec_file.read_bytes()
    build(stack, IMAGES, (), OPTIONS)  # of the same key again: a success that changes nothing
    assert spec_file.read_bytes() == written

    first = run(stack, FIRST, json.loads(written), epochs=1, price=True)
    second = run(stack, SECOND, json.loads(written), epochs=2, price=False)
    third = run(stack, THIRD, json.loads(written), epochs=2, price=True)
    assert [len(one.epochs) for one in (first, second, third)] == [1, 2, 2]
    assert first.results.metrics["all"] != second.results.metrics["all"]
    assert [one.results.experiment for one in (first, second, third)] == [FIRST, SECOND, THIRD]
    assert "c_price" in first.features
    assert "c_price" not in second.features

    assert [one.price_bins for one in (first, second, third)] == [20] * 3, "of a task that is reused as well"
    assert set(first.tasks.values()) == {"SUCCEEDED"}
    assert {name for name, state in second.tasks.items() if state == "SKIPPED"} == set(DATA_TASKS)
    assert {name for name, state in third.tasks.items() if state == "SKIPPED"} == {*DATA_TASKS, "Transform"}

    # The one-machine stack names its own runner after all other Beam arguments, and the last one counts.
    deployed = json.loads(build(stack, DEPLOYED_IMAGES, DEPLOYED_BEAM, DEPLOYED_OPTIONS).read_bytes())
    trainer = deployed["deploymentSpec"]["executors"]["Trainer_executor"]["container"]
    assert trainer["image"] == DEPLOYED_IMAGES["trainer_gpu"]
    assert {"--runner=DataflowRunner", *DEPLOYED_BEAM} <= set(trainer["args"])
    fourth = run(stack, FOURTH, deployed, epochs=2, price=True)
    assert set(fourth.tasks.values()) == {"SUCCEEDED"}, "another pipeline's outputs are not taken"
    assert fourth.results.metrics == third.results.metrics, "the same figures, whoever runs Beam is told to be"


class Run:
    """What a job left in storage, and how its tasks went."""

    def __init__(self, home: Path, experiment: str, job: vertex.PipelineJob) -> None:
        bucket = home / "storage" / BUCKET
        self.tasks = task_states(job)
        self.epochs = sorted((bucket / paths.progress_folder(experiment, 1)).glob("epoch-*.json"))
        self.results = Results.model_validate_json((bucket / paths.results(experiment, 1)).read_text())
        (graph,) = task(job, "Transform").outputs["transform_graph"].artifacts
        folder = home / "storage" / graph.uri.removeprefix("gs://")
        (statistics,) = task(job, "StatisticsGen").outputs["statistics"].artifacts
        train = home / "storage" / statistics.uri.removeprefix("gs://") / "Split-train/FeatureStats.pb"
        self.price_bins = len(split_from("train", train.read_bytes()).features["price"].numbers.quantiles.counts)
        self.features = (folder / "transformed_metadata/schema.pbtxt").read_text()


def build(stack: CloudStack, images: dict[str, str], beam: Sequence[str], options: SpecOptions) -> Path:
    """The file of the spec."""
    key = compile_key(images, beam, options)
    arguments = compiler_arguments(key, images, BUCKET, beam, options)
    step = {"name": COMPILER, "args": arguments}
    request = {"parent": PARENT, "build": cloudbuild_v1.Build(steps=[step], tags=["quicktest"])}
    built = stack.builds.create_build(request=request, timeout=TIMEOUT_S).result(timeout=LONG_S)
    assert built.status.name == "SUCCESS"
    return stack.home / "storage" / BUCKET / paths.compiled_spec(key)


def run(stack: CloudStack, experiment: str, spec: dict, epochs: int, price: bool) -> Run:
    """Write the modules, submit the job, wait for its end."""
    bucket = stack.home / "storage" / BUCKET
    features = feature_config(price)
    outputs = [OutputColumn(name, "orders", name, "STRING", kind) for name, kind in COLUMNS.items()]
    roles = Roles(customer_id="customer_id", product_id="product_id", event_time="bought_at")
    transform = render_transform(features, outputs, roles)
    write(bucket / paths.transform_module(transform), transform)
    write(bucket / paths.trainer_module(experiment, 1), render_trainer(features, MODEL, roles))
    job = vertex.PipelineJob(
        pipeline_spec=spec,
        runtime_config=vertex.PipelineJob.RuntimeConfig(
            gcs_output_directory=f"gs://{BUCKET}/{paths.pipeline_root(experiment, 1)}",
            parameter_values={
                "input_config": json.dumps({"splits": [{"name": n, "pattern": q} for n, q in queries().items()]}),
                "transform_module": f"gs://{BUCKET}/{paths.transform_module(transform)}",
                "trainer_module": f"gs://{BUCKET}/{paths.trainer_module(experiment, 1)}",
                "training": json.dumps(training(experiment, epochs)),
            },
        ),
    )
    job_id = paths.attempt_name(experiment, 1)
    stack.pipelines.create_pipeline_job(parent=PARENT, pipeline_job=job, pipeline_job_id=job_id, timeout=TIMEOUT_S)
    ended = until(lambda: job if (job := stack.get_job(job_id)).state.name in ENDED else None, LONG_S)
    assert ended.state.name == "PIPELINE_STATE_SUCCEEDED", ended.error.message
    return Run(stack.home, experiment, ended)


def training(experiment: str, epochs: int) -> dict:
    return {
        "experiment": experiment,
        "attempt": 1,
        "epochs": epochs,
        "batch_size": 64,
        "learning_rate": 0.01,
        "seed": 17,
        "split_seed": 17,
        "accelerator": False,
        "progress_uri": f"gs://{BUCKET}/{paths.progress_folder(experiment, 1)}",
        "results_uri": f"gs://{BUCKET}/{paths.results(experiment, 1)}",
        "protocol": {"split": "strict_time", "bounds": {"test_days": 7}, "sample_percent": 100},
        "versions": {"compiler_image": COMPILER, "trainer_image": TRAINER},
    }


def feature_config(price: bool) -> FeatureConfig:
    def category(column: str, **more) -> dict:
        return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 8}, **more}

    candidate = [category("product_id", is_primary_id=True), category("brand")]
    return FeatureConfig.model_validate(
        {
            **WRITTEN,
            "name": "Shop",
            "dataset": "shop",
            "query_features": [category("customer_id", is_primary_id=True)],
            "candidate_features": [*candidate, {"kind": "number", "column": "price", "scale": {}}]
            if price
            else candidate,
        }
    )


def queries() -> dict[str, str]:
    """Train, eval and test by day; the catalogue has NULL for what only a purchase has."""
    columns = "bought_at, brand, customer_id, price, product_id"
    days = {"train": "day < 40", "eval": "day BETWEEN 40 AND 46", "test": "day > 46"}
    catalogue = (
        "SELECT CAST(NULL AS INT64) AS bought_at, ANY_VALUE(brand) AS brand, CAST(NULL AS STRING) AS customer_id, "
        "ANY_VALUE(price) AS price, product_id FROM `shop.orders` WHERE day < 40 GROUP BY product_id"
    )
    return {**{n: f"SELECT {columns} FROM `shop.orders` WHERE {w}" for n, w in days.items()}, "catalogue": catalogue}


def make_orders(path: Path) -> None:
    random = np.random.default_rng(7)
    rows = 600
    product, day = random.integers(0, 30, rows), random.integers(0, 54, rows)
    table = pa.table(
        {
            "customer_id": [f"c{number}" for number in random.integers(0, 40, rows)],
            "product_id": [f"p{number}" for number in product],
            "brand": [f"b{number % 5}" for number in product],
            "price": product * 1.5 + 1,
            "day": day,
            "bought_at": 1_700_000_000 + day * 86_400,
        }
    )
    path.parent.mkdir(parents=True)
    parquet.write_table(table, path)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
