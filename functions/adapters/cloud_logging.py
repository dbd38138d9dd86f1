"""The last lines of a component or a build, those of errors or all, from Cloud Logging. Lines are untrusted text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import ListLogEntriesRequest, LogEntry
from google.logging.type.log_severity_pb2 import LogSeverity

from functions.adapters.failures import RETRY, translated
from functions.adapters.ports import Refused
from shared.errors import clean, says_something
from shared.logs import LogLine, lines_of

TIMEOUT_S = 20
MOST_LINES = 200
MOST_OF_PAGE = 1_000  # entries that the service gives at once
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

    def task_lines(self, log_job: str, since: datetime, most: int) -> tuple[LogLine, ...]:
        return self._newest(f'resource.type="ml_job" AND resource.labels.job_id="{_checked(log_job)}"', since, most)

    def build_lines(self, build_id: str, since: datetime, most: int) -> tuple[LogLine, ...]:
        return self._newest(f'resource.type="build" AND resource.labels.build_id="{_checked(build_id)}"', since, most)

    def _newest(self, resource: str, since: datetime, most: int) -> tuple[LogLine, ...]:
        """An entry may hold several lines, and so many entries are enough."""
        bounded = f'{resource} AND timestamp>="{since.astimezone(timezone.utc).isoformat()}"'
        request = self._request(bounded, min(most, MOST_OF_PAGE))
        lines: list[LogLine] = []  # the newest first
        with translated():
            for page in self._client.list_log_entries(request, timeout=TIMEOUT_S, retry=RETRY).pages:
                for entry in page.entries:
                    lines += reversed(list(_lines(entry)))
                if len(lines) >= most:
                    break
        return tuple(lines[:most][::-1])

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
        request = self._request(text, MOST_LINES)
        with translated():
            page = next(iter(self._client.list_log_entries(request, timeout=TIMEOUT_S, retry=RETRY).pages))
        return tuple(clean(line) for entry in reversed(page.entries) for line in _text(entry).splitlines())

    def _request(self, text: str, page_size: int) -> ListLogEntriesRequest:
        return ListLogEntriesRequest(
            resource_names=[f"projects/{self._project}"], filter=text, order_by="timestamp desc", page_size=page_size
        )


def _checked(identifier: str) -> str:
    if not _ID.match(identifier):
        raise Refused(f"INVALID_ARGUMENT: {identifier!r} is not the id of a build or a job")
    return identifier


def _lines(entry: LogEntry) -> Iterator[LogLine]:
    return lines_of(entry.timestamp, LogSeverity.Name(int(entry.severity)), _text(entry))


def _text(entry: LogEntry) -> str:
    return entry.text_payload or str((entry.json_payload or {}).get("message", ""))
