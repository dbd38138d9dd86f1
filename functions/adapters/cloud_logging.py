"""The last error lines of a component or a build, from Cloud Logging. Lines are untrusted text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import ListLogEntriesRequest, LogEntry

from functions.adapters.failures import RETRY, translated
from functions.adapters.ports import Refused
from shared.errors import clean, says_something

TIMEOUT_S = 20
MOST_LINES = 200
SEVERITIES = ("ERROR", "DEFAULT")  # a container that writes no severities has its errors in the rest
_ID = re.compile(r"[0-9A-Za-z-]{1,64}\Z")  # it becomes part of a filter, which must not read other people's logs


class CloudLogging:
    """`functions.adapters.ports.Logs`"""

    def __init__(self, client: LoggingServiceV2Client, project: str) -> None:
        self._client = client
        self._project = project

    def of_task(self, log_job: str, since: datetime | None) -> tuple[str, ...]:
        return self._last(f'resource.type="ml_job" AND resource.labels.job_id="{_checked(log_job)}"', since)

    def of_build(self, build_id: str, since: datetime | None) -> tuple[str, ...]:
        return self._last(f'resource.type="build" AND resource.labels.build_id="{_checked(build_id)}"', since)

    def _last(self, resource: str, since: datetime | None) -> tuple[str, ...]:
        """Errors alone, so that 200 lines reach back to the failure; everything when they say nothing of it: a process
        that is killed says nothing, and banners of TensorFlow are errors."""
        start = since or datetime.now(timezone.utc) - timedelta(days=1)
        bounded = f'{resource} AND timestamp>="{start.astimezone(timezone.utc).isoformat()}"'
        lines: tuple[str, ...] = ()
        for severity in SEVERITIES:
            lines = self._lines(f"{bounded} AND severity>={severity}")
            if says_something(lines):
                break
        return lines

    def _lines(self, text: str) -> tuple[str, ...]:
        request = ListLogEntriesRequest(
            resource_names=[f"projects/{self._project}"], filter=text, order_by="timestamp desc", page_size=MOST_LINES
        )
        with translated():
            page = next(iter(self._client.list_log_entries(request, timeout=TIMEOUT_S, retry=RETRY).pages))
        return tuple(clean(line) for entry in reversed(page.entries) for line in _text(entry).splitlines())


def _checked(identifier: str) -> str:
    if not _ID.match(identifier):
        raise Refused(f"INVALID_ARGUMENT: {identifier!r} is not the id of a build or a job")
    return identifier


def _text(entry: LogEntry) -> str:
    return entry.text_payload or str((entry.json_payload or {}).get("message", ""))
