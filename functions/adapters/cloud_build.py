"""Cloud Build: one step in the compiler image. A build has no name of ours, so it is found again by its tag."""

from __future__ import annotations

from collections.abc import Sequence

from google.api_core.exceptions import FailedPrecondition, NotFound
from google.cloud.devtools import cloudbuild_v1
from google.protobuf.duration_pb2 import Duration

from functions.adapters.failures import RETRY, translated
from functions.adapters.records import live_build
from shared.facts import ENDED_BUILD, Build
from shared.orphans import Live

TIMEOUT_S = 20
RUN_TIMEOUT_S = 1_800
QUEUE_TIMEOUT_S = 1_800  # with the run's timeout inside the deadline of `compiling`
TAG = "quicktest"


class CloudBuild:
    """`functions.adapters.ports.Builds`"""

    def __init__(
        self, client: cloudbuild_v1.CloudBuildClient, project: str, region: str, service_account: str | None = None
    ) -> None:
        self._client = client
        self._project = project
        self._service_account = f"projects/{project}/serviceAccounts/{service_account}" if service_account else ""
        self._parent = f"projects/{project}/locations/{region}"

    def listed(self, tag: str) -> list[Build]:
        return [_build(build) for build in self._list(f'tags="{tag}"')]

    def live(self) -> list[Live]:
        """Those that are not known to have ended, as `Build.live` sees it. The tag is also on builds of nobody's run
        (an image of ours): they are not told."""
        unended = " AND ".join(f'status!="{status}"' for status in sorted(ENDED_BUILD))
        found = (live_build(build.id, build.tags) for build in self._list(f'tags="{TAG}" AND {unended}'))
        return [each for each in found if each is not None]

    def _list(self, wanted: str) -> list[cloudbuild_v1.Build]:
        """All pages."""
        request = cloudbuild_v1.ListBuildsRequest(parent=self._parent, project_id=self._project, filter=wanted)
        with translated():
            return list(self._client.list_builds(request, timeout=TIMEOUT_S, retry=RETRY))

    def start(self, tag: str, image: str, arguments: Sequence[str]) -> Build:
        build = cloudbuild_v1.Build(
            steps=[cloudbuild_v1.BuildStep(name=image, args=list(arguments))],
            tags=[tag, TAG],
            timeout=Duration(seconds=RUN_TIMEOUT_S),
            queue_ttl=Duration(seconds=QUEUE_TIMEOUT_S),
            options=cloudbuild_v1.BuildOptions(logging=cloudbuild_v1.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY),
            service_account=self._service_account,  # an account of ours may log to Cloud Logging only
        )
        request = cloudbuild_v1.CreateBuildRequest(parent=self._parent, project_id=self._project, build=build)
        with translated():
            operation = self._client.create_build(request, timeout=TIMEOUT_S, retry=None)
        return _build(operation.metadata.build)

    def cancel(self, build_id: str) -> None:
        name = f"{self._parent}/builds/{build_id}"
        request = cloudbuild_v1.CancelBuildRequest(name=name, project_id=self._project, id=build_id)
        with translated():
            try:
                self._client.cancel_build(request, timeout=TIMEOUT_S, retry=RETRY)
            except (NotFound, FailedPrecondition):
                return


def _build(build: cloudbuild_v1.Build) -> Build:
    words = [build.failure_info.detail, build.status_detail]
    return Build(
        id=build.id,
        status=build.status.name if isinstance(build.status, cloudbuild_v1.Build.Status) else str(build.status),
        created_at=build.create_time,
        started_at=build.start_time or None,
        ended_at=build.finish_time or None,
        detail=next((text for text in words if text), ""),
    )
