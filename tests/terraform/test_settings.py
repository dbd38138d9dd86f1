"""What functions are told on Google Cloud, and names that code and Terraform must write alike."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from functions import config
from functions.adapters import records
from local.cloud import pipeline_events
from local.cloud.job_records import JobRecord, TaskRecord
from shared import paths
from tests.terraform.plan import Plan

FUNCTIONS = Path(config.__file__).parent
DIGEST = re.compile(r"^[a-z0-9.-]+/[a-z0-9-]+/quicktest/[a-z_]+@sha256:[0-9a-f]{64}$")
ELSEWHERE = {  # told, and read by none of our modules but by
    "OPENBLAS_NUM_THREADS": "numpy, when it is loaded",
    "THREADS": "functions-framework, when it serves",
}
NOT_TOLD = {  # in the code, and told by nobody on Google Cloud: they are set by it, for a library
    "MLFLOW_CONFIGURE_LOGGING": "functions.telemetry",
    "MLFLOW_DISABLE_TELEMETRY": "functions.adapters.mlflow_mirror",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "functions.adapters.mlflow_mirror",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "functions.adapters.mlflow_mirror",
    "MLFLOW_TRACKING_AUTH": "functions.adapters.mlflow_mirror",
}
ABSENT = {  # in the example of an environment, which leaves the choice to the functions
    "environments/dev": {"MLFLOW_TRACKING_URI", "QUICKTEST_DATAFLOW_REGION", "QUICKTEST_REGIONS"},
    "environments/prod": {"QUICKTEST_DATAFLOW_REGION"},
}
EXPERIMENT = "exp-01jd4qz0000000000000000000"


def test_mlflow_takes_what_its_own_page_sends(planned: Callable[[str], Plan]) -> None:
    """It refuses POST from origins that it is not told, its own address too."""
    [server] = planned("environments/prod").of("google_cloud_run_v2_service")
    told = {each["name"]: each.get("value") for each in server["template"][0]["containers"][0]["env"]}
    hosts = told["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert "mlflow.acme.example" in hosts
    assert told["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"].split(",") == [f"https://{host}" for host in hosts]


def test_all_functions_are_told_the_same(plan: Plan) -> None:
    assert len({json.dumps(told, sort_keys=True) for told in _told(plan)}) == 1


def test_functions_are_told_what_they_need_and_nothing_that_nobody_reads(plan: Plan) -> None:
    read = _read()
    for told in _told(plan):
        assert set(config.REQUIRED) <= set(told)
        assert set(told) - set(ELSEWHERE) <= read
        assert all(told.values()), "an empty setting is none"


def test_every_setting_that_is_read_is_told_or_known_to_be_absent(request, plan: Plan) -> None:
    absent = ABSENT[request.node.callspec.params["plan"]]
    for told in _told(plan):
        emulators = {name for name in _read() if name.endswith("_EMULATOR_HOST")}
        assert _read() - set(told) == absent | set(NOT_TOLD) | emulators


def test_functions_understand_what_they_are_told(request, plan: Plan) -> None:
    environment = request.node.callspec.params["plan"]
    for told in _told(plan):
        found = config.from_environment(told)
        project = found.project
        assert found.endpoints == config.Endpoints(), "Google's own services"
        assert found.bucket == f"{project}-quicktest"
        assert found.service_account == f"pipelines@{project}.iam.gserviceaccount.com"
        assert found.build_service_account == f"builds@{project}.iam.gserviceaccount.com"
        assert bool(found.mlflow_uri) == (environment == "environments/prod")
        assert found.max_running == {"environments/dev": 4, "environments/prod": 20}[environment]
        assert len(found.regions) == {"environments/dev": 1, "environments/prod": 2}[environment]
        assert found.trainer_gpu_image != found.trainer_image


def test_a_process_has_a_thread_for_each_request_that_it_is_sent(plan: Plan) -> None:
    for function in plan.functions().values():
        [service] = function["service_config"]
        assert int(service["environment_variables"]["THREADS"]) == service["max_instance_request_concurrency"] > 1


def test_beam_is_told_where_it_works_and_as_whom(plan: Plan) -> None:
    found = config.from_environment(_told(plan)[0])
    arguments = dict(each.removeprefix("--").split("=", 1) for each in found.beam_arguments)
    worker = arguments.pop("sdk_container_image")
    assert DIGEST.match(worker)
    assert arguments == {
        "experiments": "use_runner_v2",
        "project": found.project,
        "service_account_email": found.service_account,
        "staging_location": f"gs://{found.bucket}-work/staging",
        "temp_location": f"gs://{found.bucket}-work/temp",
    }


def test_images_are_named_by_their_digests(plan: Plan) -> None:
    told = [value for told in _told(plan) for name, value in told.items() if name.endswith("_IMAGE")]
    served = [
        container["image"]
        for service in plan.of("google_cloud_run_v2_service")
        for template in service["template"]
        for container in template["containers"]
    ]
    assert len(told) == 3 * len(plan.functions())
    for image in [*told, *served]:
        assert DIGEST.match(image)


def test_counters_are_measured(plan: Plan) -> None:
    """Their labels and alerts: tests/unit/test_operations.py."""
    filters = {each["name"].removeprefix("quicktest_"): each["filter"] for each in plan.of("google_logging_metric")}
    for counter in ("dead_letters", "events", "stuck", "transitions"):
        assert f'jsonPayload.counter="{counter}"' in filters[counter]


# ----------------------------------------------------------------------------------------------------- pipeline events


def test_the_sink_takes_the_events_of_our_pipelines_and_no_others(plan: Plan) -> None:
    sink = plan.one("google_logging_project_sink", name="pipeline-events")
    topic = plan.one("google_pubsub_topic", name="pipeline-events")
    assert sink["destination"] == f"pubsub.googleapis.com/{topic['id']}"
    ours, foreign = _job(plan, paths.attempt_name(EXPERIMENT, 1)), _job(plan, "train-1")
    for entry in (pipeline_events.job_entry(ours), pipeline_events.task_entry(ours, _task())):
        assert _passes(sink["filter"], entry)
        assert not _passes(sink["filter"], {**entry, "logName": entry["logName"] + "_of_others"})
        assert not _passes(sink["filter"], {**entry, "resource": {**entry["resource"], "type": "ml_job"}})
    assert not _passes(sink["filter"], pipeline_events.job_entry(foreign))


def test_the_labels_that_jobs_are_found_by_are_those_of_everything_else(plan: Plan) -> None:
    """`app`: what a bill is told apart by."""
    assert records.APP == "quicktest"
    root = Path(__file__).parents[2] / "terraform"
    for path in root.glob("*/*/versions.tf"):
        if "provider " in path.read_text():
            assert path.read_text().count(f'default_labels        = {{ app = "{records.APP}" }}') == 2


def test_what_builds_are_told_to_publish_on_is_what_cloud_build_publishes_on(plan: Plan) -> None:
    """Cloud Build has no choice of a topic: it publishes on the one with this name, if there is one."""
    topic = plan.one("google_pubsub_topic", name="cloud-builds")
    assert topic["id"].startswith(f"projects/{_told(plan)[0]['GOOGLE_CLOUD_PROJECT']}/")


def _told(plan: Plan) -> list[dict[str, str]]:
    return [each["service_config"][0]["environment_variables"] for each in plan.functions().values()]


@cache
def _read() -> frozenset[str]:
    """Names of settings in the code of the functions."""
    found: set[str] = set()
    for path in FUNCTIONS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(
                    re.findall(r"^(?:GOOGLE_CLOUD|QUICKTEST|MLFLOW)_[A-Z_]+$|^[A-Z_]+_EMULATOR_HOST$", node.value)
                )
    return frozenset(found)


def _job(plan: Plan, job_id: str) -> JobRecord:
    project = _told(plan)[0]["GOOGLE_CLOUD_PROJECT"]
    request = {"pipelineSpec": {"pipelineInfo": {"name": "quicktest"}}}
    name = f"projects/{project}/locations/europe-west4/pipelineJobs/{job_id}"
    return JobRecord(name=name, request=request, create_time="", update_time="", state="RUNNING")


def _task() -> TaskRecord:
    return TaskRecord(name="Trainer", task_id=1, state="RUNNING")


def _passes(text: str, entry: dict) -> bool:
    """Evaluate `logName=("…" OR "…")`, `field="…"` and `field=~"…"`, a line each, all of which must hold."""
    lines = re.sub(r"OR\s+", "OR ", text.strip()).splitlines()
    return all(_holds(line.strip(), entry) for line in lines)


def _holds(line: str, entry: dict) -> bool:
    found = re.fullmatch(r'([a-z_A-Z.]+)(=~?)(?:"([^"]*)"|\((.*)\))', line)
    assert found is not None, line
    path, operator, value, choice = found.groups()
    actual = entry
    for name in path.split("."):
        actual = actual[name]
    if operator == "=~":
        return re.search(value, actual) is not None
    return actual in (re.findall(r'"([^"]*)"', choice) if choice else [value])
