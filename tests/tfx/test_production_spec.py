"""The spec of a deployed run as Vertex AI gets it: Dataflow for the data, a GPU for the Trainer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner
from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec

from compiler_image.compiling import compile_spec
from compiler_image.pipeline import Components
from shared.parameters import SpecOptions

REPOSITORY = "europe-west4-docker.pkg.dev/acme-platform/quicktest"
TRAINER, TRAINER_GPU, WORKER = (
    f"{REPOSITORY}/{name}@sha256:{'0' * 64}" for name in ("trainer", "trainer_gpu", "worker")
)
PIPELINES = "pipelines@acme.iam.gserviceaccount.com"
DEPLOYMENT = [  # as terraform/modules/deployment/runtime.tf has them, of workers without public addresses
    "--project=acme",
    "--temp_location=gs://acme-quicktest-work/temp",
    "--staging_location=gs://acme-quicktest-work/staging",
    f"--service_account_email={PIPELINES}",
    f"--sdk_container_image={WORKER}",
    "--experiments=use_runner_v2",
    "--no_use_public_ips",
    "--subnetwork=regions/europe-west4/subnetworks/quicktest",
]
OPTIONS = SpecOptions.of("gpu_l4", "dataflow", 12, True, "europe-west4")
BEAM = [*DEPLOYMENT, *OPTIONS.beam_arguments()]
COMPONENTS = {"BigQueryExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer"}
COMMAND = ["python", "-m", "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return json.loads(compile_spec("0" * 16, TRAINER, Components("gpu_l4", "dataflow", True), BEAM, TRAINER_GPU))


@pytest.fixture(scope="module")
def containers(spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    executors = spec["deploymentSpec"]["executors"]
    return {name: executors[body["executorLabel"]]["container"] for name, body in spec["components"].items()}


def test_it_is_what_the_published_message_describes(spec: dict[str, Any]):
    """No field that the service would not know, and none that means something else to it."""
    message = json_format.ParseDict(spec, PipelineSpec(), ignore_unknown_fields=False)
    assert json_format.MessageToDict(message) == spec
    assert message.schema_version == "2.1.0"
    assert set(message.root.dag.tasks) == COMPONENTS


def test_only_the_trainer_runs_in_the_image_for_gpus(containers: dict[str, dict[str, Any]]):
    assert {name: body["image"] for name, body in containers.items()} == {
        **dict.fromkeys(COMPONENTS, TRAINER),
        "Trainer": TRAINER_GPU,
    }


def test_only_the_trainer_has_a_gpu(containers: dict[str, dict[str, Any]]):
    found = {name: body["resources"].get("accelerator") for name, body in containers.items()}
    assert found == {**dict.fromkeys(COMPONENTS), "Trainer": {"type": "NVIDIA_L4", "count": "1"}}


def test_every_component_brings_its_own_command(containers: dict[str, dict[str, Any]]):
    """So that an image may have any entrypoint."""
    assert all(body["command"] == COMMAND for body in containers.values())


@pytest.mark.parametrize("component", ["BigQueryExampleGen", "StatisticsGen", "Transform"])
def test_beam_works_on_dataflow_as_the_deployment_says(
    containers: dict[str, dict[str, Any]], component: str, monkeypatch: pytest.MonkeyPatch
):
    told = containers[component]["args"][-len(BEAM) :]
    assert told == BEAM
    options = PipelineOptions(told)
    assert options.get_all_options(drop_default=True, retain_unknown_options=False) == {
        "runner": "DataflowRunner",
        "project": "acme",
        "region": "europe-west4",
        "temp_location": "gs://acme-quicktest-work/temp",
        "staging_location": "gs://acme-quicktest-work/staging",
        "service_account_email": PIPELINES,
        "sdk_container_image": WORKER,
        "experiments": ["use_runner_v2"],
        "use_public_ips": False,
        "subnetwork": "regions/europe-west4/subnetworks/quicktest",
        "max_num_workers": 12,
        "autoscaling_algorithm": "THROUGHPUT_BASED",
        "machine_type": "e2-standard-8",
    }
    # It would ask Cloud Storage about the buckets.
    monkeypatch.setattr(GoogleCloudOptions, "_warn_if_soft_delete_policy_enabled", lambda *_: None)
    assert PipelineOptionsValidator(options, DataflowRunner()).validate() == []


def test_no_other_runner_is_named_anywhere(spec: dict[str, Any]):
    text = json.dumps(spec)
    assert text.count("--runner=") == text.count("--runner=DataflowRunner") == len(COMPONENTS)
    assert not [name for name in ("DirectRunner", "Prism", "FnApiRunner", "setup_file") if name in text]


def test_without_an_image_for_gpus_the_trainer_has_that_of_the_others():
    plain = json.loads(compile_spec("0" * 16, TRAINER, Components("gpu_l4", "dataflow", True), BEAM))
    executors = plain["deploymentSpec"]["executors"].values()
    assert {executor["container"]["image"] for executor in executors} == {TRAINER}
