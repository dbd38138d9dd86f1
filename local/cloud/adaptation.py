"""Everything that the one-machine stack changes about a compiled spec's commands. The spec itself stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_BIGQUERY_EXECUTOR = "tfx.extensions.google_cloud_big_query.example_gen.executor.Executor"
_LOCAL_EXECUTOR = "local.worker.example_gen.Executor"

# FnApiRunner: Beam's default would first try to download another runner.
# /dev/null: TFX would build a source package of itself for workers that do not exist.
# Type checks: of the pipelines that TFX builds, not of data; a tenth of a small component's time.
# The last of several equal flags wins.
_BEAM_ARGUMENTS = (
    "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",
    "--setup_file=/dev/null",
    "--no_pipeline_type_check",
)


def local_arguments(arguments: Sequence[str]) -> list[str]:
    """A component's arguments with the local warehouse for BigQuery and the in-process runner for Beam."""
    swapped = [_LOCAL_EXECUTOR if argument == _BIGQUERY_EXECUTOR else argument for argument in arguments]
    return [*swapped, *_BEAM_ARGUMENTS] if "--executor_class_path" in swapped else swapped


def localise(value: Any, storage: Path) -> Any:
    """Replace each `gs://bucket/path` in an ExecutorInput by the file that stands for it, also inside JSON text.

    Only whole values: a query or a message that merely mentions gs:// is left alone.
    """
    if isinstance(value, dict):
        return {key: localise(element, storage) for key, element in value.items()}
    if isinstance(value, list):
        return [localise(element, storage) for element in value]
    if not isinstance(value, str):
        return value
    if value.startswith("gs://"):
        return str(storage / value.removeprefix("gs://"))
    return _localise_json(value, storage) if value.startswith("{") and "gs://" in value else value


def _localise_json(text: str, storage: Path) -> str:
    try:
        return json.dumps(localise(json.loads(text), storage))
    except ValueError:
        return text
