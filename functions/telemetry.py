"""Logs and counters: one JSON line per record on stdout, in the form that Cloud Logging reads.

`severity`, `message` and `time` become those of the log entry; the other fields are found under `jsonPayload`, where
log-based metrics filter (`jsonPayload.counter="transitions"`) and take their labels (`jsonPayload.labels.by`). Error
Reporting reads `exception` (https://cloud.google.com/error-reporting/docs/formatting-error-messages).
google-cloud-logging has such a handler too; it bounds nothing and puts tracebacks into the message.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone
from types import MappingProxyType, TracebackType
from typing import Any, TextIO

LONGEST = 4_000  # characters of one value; Cloud Logging takes 256 KB an entry, people read far less
MOST_FIELDS = 20
RESERVED = ("severity", "message", "time", "logger", "exception", "counter", "labels")
_FRAMEWORKS = "wsgi"  # functions-framework's handler where LOG_EXECUTION_ID is set: it writes each record once more
_CARRIED = "telemetry_context"  # attribute of an exception: where it was raised

_context: ContextVar[Mapping[str, Any]] = ContextVar("telemetry", default=MappingProxyType({}))
log = logging.getLogger(__name__)


@contextmanager
def context(**fields: Any) -> Iterator[None]:
    """Put `fields` on every record of this thread within the block, over those of the blocks around it.

    None is left out. An exception that leaves the block takes its fields along, for whoever logs it outside.
    """
    known = {name: value for name, value in fields.items() if value is not None}
    token = _context.set({**_context.get(), **known})
    try:
        yield
    except Exception as error:
        if not hasattr(error, _CARRIED):
            setattr(error, _CARRIED, _context.get())
        raise
    finally:
        _context.reset(token)


def current(name: str, default: str = "") -> str:
    """A field of the context: `current("source")` is `hint` or `sweep`."""
    return str(_context.get().get(name, default))


def count(name: str, **labels: Any) -> None:
    """Count one of `name`: a record that metrics and `quicktest doctor` add up."""
    log.info("%s", name, extra={"counter": name, "labels": {label: str(value) for label, value in labels.items()}})


def configure() -> None:
    """Make every record of this process such a line, warnings and uncaught exceptions included. Doing it twice does
    no more."""
    root = logging.getLogger()
    if any(isinstance(handler, _Stdout) for handler in root.handlers):
        return
    os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")  # it would write lines of its own to stderr
    for handler in [each for each in root.handlers if each.name == _FRAMEWORKS]:
        root.removeHandler(handler)
    root.addHandler(_Stdout())
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda died: _log_uncaught(died.exc_type, died.exc_value, died.exc_traceback)


class JsonLines(logging.Formatter):
    """A record as one line of JSON; whatever is in it, it is no second line and not endless."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        fields = {**getattr(error, _CARRIED, {}), **_context.get()}
        line: dict[str, Any] = {
            "severity": record.levelname,
            "message": _bounded(record.getMessage()),
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "logger": record.name,
            **{name: _bounded(value) for name, value in list(fields.items())[:MOST_FIELDS] if name not in RESERVED},
        }
        if counter := getattr(record, "counter", None):
            labels = getattr(record, "labels", {})
            line |= {"counter": counter, "labels": {name: _bounded(value) for name, value in labels.items()}}
        if error is not None:
            line["exception"] = _ends_of("".join(traceback.format_exception(error)))
        return json.dumps(line)  # ASCII: no character of it ends a line


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to what stdout is at the time, which a test may replace."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(JsonLines())

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def _bounded(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _ends_of(text: str) -> str:
    """Where a traceback begins, and its end, which names the error."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 4]}\n…\n{text[-LONGEST * 3 // 4 :]}"


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
    else:
        logging.getLogger().critical("uncaught %s", kind.__name__, exc_info=error)
