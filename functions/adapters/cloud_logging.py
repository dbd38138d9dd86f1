"""The last error lines of a component or a build, from Cloud Logging. Lines are untrusted text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import ListLogEntriesRequest, LogEntry

from functions.adapters.failures import RETRY, translated

TIMEOUT_S = 20
MOST_LINES = 200
LONGEST_LINE = 4_096
SEVERITIES = ("ERROR", "DEFAULT")  # a container that writes no severities has its errors in the rest


class CloudLogging:
    """`functions.adapters.ports.Logs`"""

    def __init__(self, client: LoggingServiceV2Client, project: str) -> None:
        self._client = client
        self._project = project

    def of_task(self, log_job: str, since: datetime | None) -> tuple[str, ...]:
        return self._last(f'resource.type="ml_job" AND resource.labels.job_id="{log_job}"', since)

    def of_build(self, build_id: str, since: datetime | None) -> tuple[str, ...]:
        return self._last(f'resource.type="build" AND resource.labels.build_id="{build_id}"', since)

    def _last(self, resource: str, since: datetime | None) -> tuple[str, ...]:
        start = since or datetime.now(timezone.utc) - timedelta(days=1)
        bounded = f'{resource} AND timestamp>="{start.astimezone(timezone.utc).isoformat()}"'
        for severity in SEVERITIES:
            if lines := self._lines(f"{bounded} AND severity>={severity}"):
                return lines
        return ()

    def _lines(self, text: str) -> tuple[str, ...]:
        request = ListLogEntriesRequest(
            resource_names=[f"projects/{self._project}"], filter=text, order_by="timestamp desc", page_size=MOST_LINES
        )
        with translated():
            page = next(iter(self._client.list_log_entries(request, timeout=TIMEOUT_S, retry=RETRY).pages))
        return tuple(_text(entry)[:LONGEST_LINE] for entry in reversed(page.entries))


def _text(entry: LogEntry) -> str:
    if entry.text_payload:
        return entry.text_payload
    return str((entry.json_payload or {}).get("message", ""))
