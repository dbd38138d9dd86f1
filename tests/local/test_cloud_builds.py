"""Cloud Build's and Cloud Logging's stand-ins with the real clients; the compiler itself is tested in tests/tfx."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from google.api_core.exceptions import FailedPrecondition, GoogleAPICallError, InvalidArgument, NotFound
from google.cloud.devtools import cloudbuild_v1
from google.cloud.logging_v2.types import LogEntry
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.types import PublishRequest, PublishResponse

from local.cloud import wire
from tests.local.cloud_stack import PARENT, PROJECT, TIMEOUT_S, CloudStack, until
from tests.local.conftest import free_port

COMPILER = "quicktest/compiler@sha256:" + "0" * 64
LIVE = ("QUEUED", "WORKING")
_NUMBERS = itertools.count(1)


class Topics:
    """Pub/Sub's Publish call."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, str], dict]] = []

    def Publish(self, request: PublishRequest, context: grpc.ServicerContext) -> PublishResponse:
        for message in request.messages:
            topic = request.topic.rpartition("/")[2]
            self.messages.append((topic, dict(message.attributes), json.loads(message.data)))
        return PublishResponse(message_ids=[str(number) for number, _ in enumerate(request.messages)])

    def about_build(self, build_id: str) -> list[tuple[dict[str, str], dict]]:
        found = [(attributes, message) for topic, attributes, message in self.messages if topic == "cloud-builds"]
        return [(attributes, message) for attributes, message in found if attributes["buildId"] == build_id]


@pytest.fixture(scope="module")
def topics() -> Iterator[Topics]:
    server = grpc.server(futures.ThreadPoolExecutor(4))
    topics = Topics()
    server.add_generic_rpc_handlers(wire.handlers(PublisherGrpcTransport, topics))
    topics.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield topics
    server.stop(grace=None)


@pytest.fixture
def tag() -> str:
    """The attempt that a build belongs to: another one in each test."""
    return f"exp-{next(_NUMBERS)}-a1"


@pytest.fixture(scope="module")
def stack(tmp_path_factory, topics) -> Iterator[CloudStack]:
    stack = CloudStack(
        tmp_path_factory.mktemp("cloud"), free_port(), environment={"PUBSUB_EMULATOR_HOST": f"127.0.0.1:{topics.port}"}
    )
    stack.start_worker()
    stack.start_cloud()
    yield stack
    stack.close()


def create(stack: CloudStack, *arguments: str, tag: str = "exp-0-a1", image: str = COMPILER):
    build = cloudbuild_v1.Build(steps=[{"name": image, "args": list(arguments)}], tags=[tag, "quicktest"])
    request = cloudbuild_v1.CreateBuildRequest(parent=PARENT, project_id=PROJECT, build=build)
    return stack.builds.create_build(request=request, timeout=TIMEOUT_S)


def ended(stack: CloudStack, build_id: str) -> cloudbuild_v1.Build:
    name = f"{PARENT}/builds/{build_id}"
    return until(lambda: build if (build := get(stack, name)).status.name not in LIVE else None)


def get(stack: CloudStack, name: str) -> cloudbuild_v1.Build:
    return stack.builds.get_build(request={"name": name}, timeout=TIMEOUT_S)


def test_a_step_runs_by_the_entrypoint_of_its_image(stack):
    """`--help` is the one thing that the compiler does without TFX."""
    build = create(stack, "--help").result(timeout=30)
    assert build.status.name == "SUCCESS"
    assert build.create_time <= build.start_time <= build.finish_time
    assert "usage: compiler_image" in (stack.home / f"services/output/builds/{build.id}.log").read_text()


def test_each_status_of_a_build_is_published(stack, topics, tag):
    build = create(stack, "--help", tag=tag).result(timeout=30)
    states = until(lambda: three if len(three := topics.about_build(build.id)) == 3 else None)
    assert [attributes["status"] for attributes, _ in states] == ["QUEUED", "WORKING", "SUCCESS"]
    assert [message["status"] for _, message in states] == ["QUEUED", "WORKING", "SUCCESS"]
    assert all(message["tags"] == [tag, "quicktest"] for _, message in states)


def test_wrong_arguments_fail_the_build_with_what_the_step_said(stack):
    operation = create(stack, "--nonsense")
    with pytest.raises(GoogleAPICallError) as raised:
        operation.result(timeout=30)
    assert isinstance(raised.value, FailedPrecondition) or "exited with 2" in str(raised.value)
    build = ended(stack, operation.metadata.build.id)
    assert build.status.name == "FAILURE"
    assert build.failure_info.type_.name == "USER_BUILD_STEP"
    assert "required: --compile-key" in build.failure_info.detail


def test_builds_are_found_by_tag_in_their_region_only(stack, tag):
    ended(stack, create(stack, "--help", tag=tag).metadata.build.id)

    def found(parent: str, text: str) -> int:
        request = {"parent": parent, "project_id": PROJECT, "filter": text}
        return len(list(stack.builds.list_builds(request=request, timeout=TIMEOUT_S)))

    assert found(PARENT, f'tags="{tag}"') == 1
    assert found(PARENT, f'tags="{tag}" AND status="SUCCESS"') == 1
    assert found(PARENT, f'tags="{tag}-other"') == 0
    assert found(f"projects/{PROJECT}/locations/global", f'tags="{tag}"') == 0


def test_builds_that_have_not_ended_are_listed_in_pages(stack, tag):
    ended(stack, create(stack, "--help", tag=tag).metadata.build.id)
    live = {create(stack, "--help", tag=f"{tag}-{number}").metadata.build.id for number in range(3)}

    def listed(unended: str) -> list[str]:
        request = {"parent": PARENT, "project_id": PROJECT, "filter": f'tags="quicktest" {unended}', "page_size": 2}
        return [build.id for build in stack.builds.list_builds(request=request, timeout=TIMEOUT_S)]

    found = listed("")
    assert len(found) == len(set(found)) >= 4
    assert live <= set(found)
    for build_id in live:
        ended(stack, build_id)
    ends = ("SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED", "EXPIRED")
    assert listed(" ".join(f'AND status!="{status}"' for status in ends)) == []


def test_a_build_that_is_not_there_is_not_found(stack):
    with pytest.raises(NotFound):
        get(stack, f"{PARENT}/builds/nothing")


def test_an_unknown_image_fails_the_build(stack):
    build = ended(stack, create(stack, image="somebody/else:latest").metadata.build.id)
    assert build.status.name == "FAILURE"
    assert "knows the images compiler, trainer only" in build.status_detail


def test_a_build_of_several_steps_is_refused(stack):
    build = cloudbuild_v1.Build(steps=[{"name": COMPILER}, {"name": COMPILER}])
    with pytest.raises(InvalidArgument, match="one step"):
        stack.builds.create_build(request={"parent": PARENT, "build": build}, timeout=TIMEOUT_S)


def test_a_build_by_an_account_of_ours_says_where_its_log_goes(stack):
    account = f"projects/{PROJECT}/serviceAccounts/builds@{PROJECT}.iam.gserviceaccount.com"
    build = cloudbuild_v1.Build(steps=[{"name": COMPILER, "args": ["--help"]}], service_account=account)
    request = cloudbuild_v1.CreateBuildRequest(parent=PARENT, project_id=PROJECT, build=build)
    with pytest.raises(InvalidArgument, match="CLOUD_LOGGING_ONLY"):
        stack.builds.create_build(request=request, timeout=TIMEOUT_S)
    request.build.options.logging = cloudbuild_v1.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY
    accepted = stack.builds.create_build(request=request, timeout=TIMEOUT_S).metadata.build
    assert accepted.service_account == account
    ended(stack, accepted.id)


def test_a_cancelled_build_ends_and_stays_cancelled(stack):
    stack.end("worker")  # so that the step cannot end by itself
    build_id = create(stack, "--help").metadata.build.id
    name = f"{PARENT}/builds/{build_id}"
    until(lambda: get(stack, name).status.name == "WORKING")
    cancelled = stack.builds.cancel_build(request={"name": name}, timeout=TIMEOUT_S)
    assert cancelled.status.name == "CANCELLED"
    stack.start_worker()
    time.sleep(1.5)
    assert get(stack, name) == cancelled


def test_an_unfinished_build_runs_after_a_restart(stack):
    stack.end("worker")
    build_id = create(stack, "--help").metadata.build.id
    stack.end("cloud")
    stack.start_worker()
    stack.start_cloud()
    assert ended(stack, build_id).status.name == "SUCCESS"


def test_pipeline_states_reach_their_topic(stack, topics, tag):
    stack.create_job(tag, Second="fail")
    stack.ended_job(tag)
    until(lambda: any("PIPELINE_STATE_FAILED" in str(message) for _, _, message in topics.messages))
    entries = [message for topic, _, message in topics.messages if topic == "pipeline-events"]
    assert {entry["resource"]["labels"]["pipeline_job_id"] for entry in entries} == {tag}
    jobs = [entry["jsonPayload"]["state"] for entry in entries if "taskName" not in entry["jsonPayload"]]
    assert jobs == ["PIPELINE_STATE_PENDING", "PIPELINE_STATE_RUNNING", "PIPELINE_STATE_FAILED"]
    tasks = [
        (e["jsonPayload"]["taskName"], e["jsonPayload"]["state"]) for e in entries if "taskName" in e["jsonPayload"]
    ]
    assert tasks == [
        ("First", "RUNNING"),
        ("First", "SUCCEEDED"),
        ("Second", "RUNNING"),
        ("Second", "FAILED"),
        ("Third", "NOT_TRIGGERED"),
    ]


def test_a_topic_that_cannot_be_reached_disturbs_nothing(tmp_path):
    stack = CloudStack(tmp_path, free_port(), environment={"PUBSUB_EMULATOR_HOST": f"127.0.0.1:{free_port()}"})
    try:
        stack.start_worker()
        stack.start_cloud()
        stack.create_job("exp-1-a1")
        assert stack.ended_job("exp-1-a1").state.name == "PIPELINE_STATE_SUCCEEDED"
    finally:
        stack.close()


def test_a_second_server_on_the_port_does_not_start(stack):
    with pytest.raises(RuntimeError):
        wire.serve(stack.port, [])


def test_log_entries_are_written_and_listed_in_pages(stack):
    name = f"projects/{PROJECT}/logs/quicktest"
    entries = [LogEntry(text_payload=f"line {number}", severity="INFO") for number in range(5)]
    entries[3].severity = "ERROR"
    stack.logs.write_log_entries(
        log_name=name, resource={"type": "global"}, labels={"experiment": "exp-1"}, entries=entries, timeout=TIMEOUT_S
    )

    def lines(text: str, **fields) -> list[str]:
        request = {"resource_names": [f"projects/{PROJECT}"], "filter": text, "page_size": 2, **fields}
        return [entry.text_payload for entry in stack.logs.list_log_entries(request=request, timeout=TIMEOUT_S)]

    assert lines(f'logName="{name}"') == [f"line {number}" for number in range(5)]
    assert lines(f'logName="{name}" severity>=WARNING') == ["line 3"]
    assert lines('labels.experiment="exp-1"', order_by="timestamp desc")[0] == "line 4"
    assert lines(f'logName="{name}" AND timestamp<"2020-01-01T00:00:00Z"') == []
    with pytest.raises(InvalidArgument):
        lines('spanId="x"')
