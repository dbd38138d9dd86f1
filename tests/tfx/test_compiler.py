"""The compiled spec: equal bytes for equal arguments, and one spec for many experiments."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from compiler_image.compiling import compile_spec
from compiler_image.pipeline import Components
from compiler_image.writing import split_uri, write_spec
from shared.hardware import TIERS
from shared.parameters import SpecOptions, compiler_arguments, pipeline_parameters

KEY = "0123456789abcdef"
IMAGE = "quicktest/trainer@sha256:" + "0" * 64
ROOT = Path(__file__).resolve().parents[2]
OPTIONS = SpecOptions.of("small", "in_process", 10, True, "europe-west4")
SMALL = Components("small", "in_process", reuse_cache=True)
BEAM = OPTIONS.beam_arguments()
REUSABLE = {"BigQueryExampleGen", "StatisticsGen", "SchemaGen", "Transform"}
GOLDEN = ROOT / "tests/unit/golden/pipeline_spec.json"


@pytest.fixture(scope="module")
def compiled() -> bytes:
    return compile_spec(KEY, IMAGE, SMALL, BEAM)


@pytest.fixture(scope="module")
def spec(compiled) -> dict:
    return json.loads(compiled)


def test_the_spec_is_the_one_that_the_runner_is_tested_with(compiled):
    assert compiled == GOLDEN.read_bytes()


def test_equal_arguments_give_equal_bytes(compiled):
    assert compile_spec(KEY, IMAGE, SMALL, BEAM) == compiled


def test_everything_that_differs_between_experiments_is_a_parameter(spec):
    given = pipeline_parameters("exp-1", 1, "bucket", _Snapshot())
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    assert set(parameters) == set(given)
    assert {body["parameterType"] for body in parameters.values()} == {"STRING"}
    assert all(isinstance(value, str) for value in given.values())


def test_parameters_go_where_the_components_read_them(spec):
    tasks = spec["root"]["dag"]["tasks"]
    used = {
        (task, name): body["componentInputParameter"]
        for task, content in tasks.items()
        for name, body in content["inputs"]["parameters"].items()
        if "componentInputParameter" in body
    }
    assert used == {
        ("BigQueryExampleGen", "input_config"): "input_config",
        ("Transform", "module_file"): "transform_module",
        ("Trainer", "module_file"): "trainer_module",
        ("Trainer", "custom_config"): "training",
    }


def test_vocabularies_see_train_only_and_statistics_skip_the_catalogue(spec):
    tasks = spec["root"]["dag"]["tasks"]

    def constant(task: str, name: str):
        return json.loads(tasks[task]["inputs"]["parameters"][name]["runtimeValue"]["constant"])

    splits = ["train", "eval", "test", "catalogue"]
    assert constant("Transform", "splits_config") == {"analyze": ["train"], "transform": splits}
    assert constant("StatisticsGen", "exclude_splits") == ["catalogue"]
    assert constant("SchemaGen", "exclude_splits") == ["eval", "test", "catalogue"]
    assert tasks["SchemaGen"]["inputs"]["parameters"]["infer_feature_shape"]["runtimeValue"]["constant"] == 0


def of_components(spec: dict) -> dict[str, dict]:
    """Container by component."""
    executors = spec["deploymentSpec"]["executors"]
    return {name.removesuffix("_executor"): executor["container"] for name, executor in executors.items()}


def test_beam_arguments_reach_every_component(spec):
    argument = "--temp_location=gs://bucket/beam"
    with_beam = json.loads(compile_spec(KEY, IMAGE, SMALL, [argument]))
    assert [container["args"][-1] for container in of_components(with_beam).values()] == [argument] * 5
    assert [container["args"][-1] for container in of_components(spec).values()] == BEAM * 5


@pytest.mark.parametrize(("processing", "waiting"), [("in_process", 0), ("dataflow", 3)])
@pytest.mark.parametrize("tier", ["medium", "gpu_t4"])
def test_components_run_on_the_machines_of_the_tier(tier, processing, waiting):
    """S5.6: the trainer's machine, the workers', and a small one for a component that only waits for Dataflow."""
    spec = json.loads(compile_spec(KEY, IMAGE, Components(tier, processing, reuse_cache=True)))
    resources = {name: container["resources"] for name, container in of_components(spec).items()}
    trainer, workers = TIERS[tier].trainer, TIERS[tier].workers
    of_trainer = resources.pop("Trainer")
    assert (of_trainer["cpuLimit"], of_trainer["memoryLimit"]) == (trainer.vcpus, trainer.memory_gb)
    gpu = {"type": "NVIDIA_TESLA_T4", "count": "1"} if tier == "gpu_t4" else None
    assert of_trainer.get("accelerator") == gpu
    small = {"cpuLimit": 4.0, "memoryLimit": 16.0}
    assert list(resources.values()).count(small) == waiting
    assert list(resources.values()).count({"cpuLimit": workers.vcpus, "memoryLimit": workers.memory_gb}) == 4 - waiting


def test_outputs_may_be_reused_up_to_transform_and_never_a_model(spec):
    """S5.1 `reuse_cache`."""
    tasks = spec["root"]["dag"]["tasks"]
    assert {name for name, task in tasks.items() if task.get("cachingOptions", {}).get("enableCache")} == REUSABLE
    alone = json.loads(compile_spec(KEY, IMAGE, Components("small", "in_process", reuse_cache=False), BEAM))
    assert not any(task.get("cachingOptions", {}).get("enableCache") for task in alone["root"]["dag"]["tasks"].values())


def test_a_key_that_is_no_digest_is_refused():
    with pytest.raises(ValueError, match="16 hexadecimal digits"):
        compile_spec("../evil", IMAGE, SMALL)


@pytest.mark.parametrize("uri", ["bucket/x", "gs://bucket", "gs:///x", "http://bucket/x"])
def test_an_output_that_is_no_object_is_refused(uri):
    with pytest.raises(ValueError, match="gs://bucket/object"):
        split_uri(uri)


def test_the_spec_is_written_once(storage, monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.url)
    assert write_spec(b"{}", f"gs://bucket/specs/{KEY}.json") is True
    assert write_spec(b"other", f"gs://bucket/specs/{KEY}.json") is False
    assert list(storage.objects) == [f"specs/{KEY}.json"]
    assert b"{}" in storage.objects[f"specs/{KEY}.json"]


def test_the_command_line_compiles_equal_bytes_and_writes_them(storage, monkeypatch, compiled):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.url)
    arguments = compiler_arguments(KEY, {"trainer": IMAGE}, "bucket", [], OPTIONS)
    command = [sys.executable, "-m", "compiler_image", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    assert "written" in done.stdout
    assert compiled in storage.objects[f"specs/{KEY}.json"]


class _Snapshot:
    """As much of a snapshot as the parameters read."""

    sql = dict.fromkeys(("train", "eval", "test", "catalogue"), "SELECT 1")
    code = {"transform": "x = 1"}
    parameters = {
        **{name: 1 for name in ("epochs", "batch_size", "learning_rate", "seed", "split_seed", "sample_percent")},
        "split": {"kind": "random"},
        "tier": "small",
        "exclude_purchased": False,
        "data_version": "d1",
    }
    images: dict[str, str] = {}
    protocol: dict[str, str] = {}


class _Storage(ThreadingHTTPServer):
    """Cloud Storage's upload call with its precondition; nothing else of it is needed here."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Upload)
        self.objects: dict[str, bytes] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Upload(BaseHTTPRequestHandler):
    server: _Storage

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = json.loads(body.split(b"\r\n\r\n")[1].split(b"\r\n--")[0])["name"]
        assert "ifGenerationMatch=0" in self.path
        exists = name in self.server.objects
        self.server.objects.setdefault(name, body)
        answer = json.dumps(
            {"error": {"code": 412, "message": "conditionNotMet"}} if exists else {"name": name}
        ).encode()
        self.send_response(412 if exists else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args) -> None:
        """Quiet."""


@pytest.fixture
def storage() -> Iterator[_Storage]:
    server = _Storage()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
