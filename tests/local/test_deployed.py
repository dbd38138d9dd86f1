"""The archive that is deployed, in an environment that holds what it asks for and nothing of this checkout."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.cloud import firestore as client_library
from google.events.cloud.firestore import DocumentEventData

from functions.adapters.clients import firestore_client
from functions.config import Config, Endpoints
from local.gateway.wiring import CREATED, FINALIZED, FUNCTIONS, HTTP_FUNCTIONS, WRITTEN
from local.log_lines import record
from local.parts import BUCKET, PROJECT, REGION, firestore
from local.tools import ROOT
from tests.local.cloud_stack import CloudStack
from tests.local.conftest import free_port
from tests.local.deployed import Deployment, Function, deploy, serving
from tests.local.emulators import clear, running
from tests.unit import samples

UNKNOWN = "exp-01jd4qz9000000000000000000"

# Loads the application as functions-framework does, and tells what then is where.
LOADED = """
import json, sys
from functions_framework import create_app
app = create_app("sweep", "main.py")
print(json.dumps({
    "files": sorted({m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)}),
    "path": sys.path,
    "handlers": [[kind.__name__, handler.__module__ + "." + handler.__name__]
                 for kind, handler in app.error_handler_spec[None][None].items()],
}))
"""
# Imports every module, and everything that is imported where it is used.
IMPORT_ALL = """
import ast, importlib, pathlib
for path in sorted(pathlib.Path().rglob("*.py")):
    importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            module = importlib.import_module(node.module)
            for alias in node.names:
                if alias.name != "*" and not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deployed")


@pytest.fixture(scope="module")
def deployment(home: Path) -> Deployment:
    return deploy(home)


@pytest.fixture(scope="module")
def emulator(home: Path) -> Iterator[str]:
    with running(home / "firestore", firestore) as layout:
        yield layout.address("firestore")


@pytest.fixture(scope="module")
def functions(deployment: Deployment, home: Path, emulator: str) -> Iterator[dict[str, Function]]:
    """All of them, with documents, builds and jobs, and with nothing else that answers."""
    cloud = CloudStack(home / "cloud", free_port())
    there = {f"{name}_EMULATOR_HOST": f"127.0.0.1:{cloud.port}" for name in ("CLOUD_BUILD", "PIPELINES", "LOGGING")}
    there["FIRESTORE_EMULATOR_HOST"] = emulator
    try:
        cloud.start_cloud()
        with serving(deployment, home / "logs", *FUNCTIONS, **(nowhere() | there)) as started:
            yield started
    finally:
        cloud.close()


def nowhere() -> dict[str, str]:
    """Addresses at which nobody listens."""
    address = f"127.0.0.1:{free_port()}"
    plain = ("FIRESTORE", "CLOUD_BUILD", "PIPELINES", "LOGGING")
    hosts = {f"{name}_EMULATOR_HOST": address for name in plain}
    return hosts | {f"{name}_EMULATOR_HOST": f"http://{address}" for name in ("STORAGE", "BIGQUERY")}


@pytest.fixture
def database(emulator: str) -> client_library.Client:
    clear(emulator)
    settings = Config(PROJECT, REGION, BUCKET, "c", "t", endpoints=Endpoints(firestore=emulator))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
        return firestore_client(settings)


def letters(database: client_library.Client) -> list[str]:
    return [each.to_dict()["source"] for each in database.collection("dead_letters").stream()]


def about_document(function: Function, path: str, kind: str) -> httpx.Response:
    """Eventarc's request, binary with protobuf."""
    database = f"projects/{PROJECT}/databases/(default)"
    event = DocumentEventData.pb(DocumentEventData())
    event.value.name = f"{database}/documents/{path}"
    headers = {
        "ce-id": "2e182641", "ce-specversion": "1.0", "ce-type": kind, "ce-subject": f"documents/{path}",
        "ce-source": f"//firestore.googleapis.com/{database}", "ce-document": path, "ce-database": "(default)",
        "content-type": "application/protobuf",
    }  # fmt: skip
    return function.post(event.SerializeToString(), headers)


def push(function: Function, content: object, **attributes: str) -> httpx.Response:
    """Pub/Sub's own push, with the path that it adds nothing to."""
    data = base64.b64encode(json.dumps(content).encode()).decode()
    message = {"data": data, "attributes": attributes, "messageId": "7", "publishTime": "2026-11-21T07:03:10Z"}
    body = {"message": message, "subscription": f"projects/{PROJECT}/subscriptions/s"}
    return function.post(json.dumps(body).encode(), {"content-type": "application/json"})


# ---------------------------------------------------------------------------------------------------- the archive


def test_nothing_of_the_checkout_is_loaded_or_can_be(deployment: Deployment):
    found = json.loads(deployment.python(LOADED))
    assert str(deployment.folder / "functions/main.py") in found["files"]
    assert not [each for each in [*found["files"], *found["path"]] if Path(each).is_relative_to(ROOT)]
    for package in ("quicktest", "local", "trainer_image", "compiler_image", "tests"):
        assert deployment.python(f"import importlib.util as u; print(u.find_spec({package!r}))").strip() == "None"


def test_the_handler_of_what_is_no_event_is_registered_once(deployment: Deployment):
    """functions-framework executes main.py within the application, and main.py imports the entry points there."""
    assert json.loads(deployment.python(LOADED))["handlers"] == [["Exception", "functions.main._record_unreadable"]]


def test_whatever_the_code_imports_is_installed(deployment: Deployment):
    deployment.python(IMPORT_ALL)


def test_the_templates_of_generated_modules_are_there(deployment: Deployment):
    every = "from shared.codegen.environment import ENVIRONMENT as e; print(*map(e.get_template, e.list_templates()))"
    templates = list((ROOT / "shared").rglob("*.jinja"))
    assert templates
    assert deployment.python(every).count(".jinja") == len(templates)


# -------------------------------------------------------------------------------------------------- the functions


def test_an_experiment_that_is_not_there_is_acknowledged(functions: dict[str, Function], database):
    path = f"experiments/{UNKNOWN}"
    assert about_document(functions["on_experiment_created"], path, CREATED).status_code == 200
    assert about_document(functions["on_experiment_updated"], path, CREATED).status_code == 200
    assert letters(database) == []


def test_a_written_config_is_reported_on(functions: dict[str, Function], database):
    database.document("feature_configs/base").set(samples.FEATURE_CONFIG)
    database.document("model_configs/minimal").set(samples.MODEL_CONFIG)
    assert about_document(functions["on_config_written"], "model_configs/minimal", WRITTEN).status_code == 200
    report = database.document("reports/model_configs__minimal").get().to_dict()
    assert (report["state"], report["valid"]) == ("ready", True)


def test_a_command_for_nothing_is_told_or_acknowledged(functions: dict[str, Function], database):
    path = f"commands/{UNKNOWN}--cancel"
    assert about_document(functions["on_command_created"], path, CREATED).status_code == 200


def test_builds_jobs_and_objects_of_nobody_are_acknowledged(functions: dict[str, Function], database):
    assert push(functions["on_build_changed"], {"id": "b", "tags": [f"{UNKNOWN}-a1"]}, status="SUCCESS").is_success
    entry = {"resource": {"labels": {"pipeline_job_id": f"{UNKNOWN}-a1"}}}
    assert push(functions["on_pipeline_changed"], entry).is_success
    stored = {"bucket": BUCKET, "name": f"experiments/{UNKNOWN}/a1/progress/epoch-0000.json"}
    headers = {"ce-id": "2", "ce-specversion": "1.0", "ce-type": FINALIZED, "content-type": "application/json",
               "ce-source": f"//storage.googleapis.com/projects/_/buckets/{BUCKET}"}  # fmt: skip
    assert functions["on_object_finalized"].post(json.dumps(stored).encode(), headers).is_success
    assert letters(database) == []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in HTTP_FUNCTIONS])
def test_what_is_no_event_is_recorded_once_and_acknowledged(functions: dict[str, Function], database, name: str):
    assert functions[name].post(b"{", {"content-type": "application/json"}).status_code == 204
    assert letters(database) == [f"a request to {name}"]


def test_a_dead_letter_that_says_nothing_is_recorded_and_acknowledged(functions: dict[str, Function], database):
    assert push(functions["on_dead_letter"], ["x"]).status_code == 204
    assert len(letters(database)) == 1


def test_a_dead_letter_about_an_experiment_is_taken(functions: dict[str, Function], database):
    path = f"experiments/{UNKNOWN}"
    assert push(functions["on_dead_letter"], {}, **{"ce-document": path}).status_code == 204
    assert letters(database) == []


def test_the_sweep_tells_what_it_did(functions: dict[str, Function], database):
    answer = functions["sweep"].post(headers={"user-agent": "Google-Cloud-Scheduler"})
    assert answer.status_code == 200
    assert answer.json()["failed"] == 0


def test_every_line_of_the_logs_is_one_record_and_none_is_there_twice(functions: dict[str, Function], database):
    """Though functions-framework sets up a log of its own where executions have ids."""
    function = functions["on_build_changed"]
    before = len(function.log.read_text())
    push(function, {"id": "b", "tags": []})
    lines = [line for line in function.log.read_text()[before:].splitlines() if line]
    records = [record(line) for line in lines]
    assert None not in records, lines
    [counted] = [each for each in records if each and each["message"] == "events"]
    assert (counted["counter"], counted["labels"]) == ("events", {"function": "on_build_changed"})
    assert counted["logging.googleapis.com/labels"]["execution_id"]


def test_an_outage_asks_for_another_delivery(deployment: Deployment, home: Path):
    with serving(deployment, home / "outage", "on_experiment_created", **nowhere()) as started:
        function = started["on_experiment_created"]
        assert about_document(function, f"experiments/{UNKNOWN}", CREATED).status_code == 500
        assert "Transient" in function.log.read_text()


def test_a_function_without_its_settings_says_which_are_missing(deployment: Deployment, home: Path):
    settings = {**nowhere(), "QUICKTEST_BUCKET": ""}
    with serving(deployment, home / "unset", "sweep", **settings) as started:
        assert started["sweep"].post().status_code == 500
        assert "Set QUICKTEST_BUCKET in the function's environment." in started["sweep"].log.read_text()
