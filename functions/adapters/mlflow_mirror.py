"""Completed runs as MLflow runs. A projection: it can be rebuilt, and nothing waits for it (domain S6.21).

On Google Cloud MLflow is a service of Cloud Run, which lets in who shows an ID token; on one machine it is open.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from functions.adapters.identity import IdentityToken, NoIdentity
from functions.adapters.ports import MirrorRecord
from shared.facts import Mirrored

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT_TAG = "quicktest.experiment"
BATCH = 1_000  # MLflow's limit for one call
OUTAGE_CODES = frozenset(
    {
        *("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "RESOURCE_CONFLICT", "ABORTED", "CANCELLED"),
        *("REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"),  # Cloud Run's 429 and 504
    }
)
NOT_LET_IN = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"})
LONGEST_REASON = 300
LONGEST_PARAM = 6_000

# MLflow's own defaults wait minutes for a server that is away; the sweep tries again anyway.
REQUEST_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",  # a customer's project tells nobody what it does
}
WITH_TOKENS = "google-id-token"  # our name among MLflow's ways to sign requests


class MlflowMirror:
    """`functions.adapters.ports.Mirror`"""

    def __init__(self, tracking_uri: str) -> None:
        for name, value in REQUEST_SETTINGS.items():
            os.environ.setdefault(name, value)
        self._uri = tracking_uri.rstrip("/")

    @cached_property
    def _client(self) -> MlflowClient:
        """Made when a run has ended: to import MLflow takes 0.5 s of a function's start."""
        from mlflow import MlflowClient

        if self._uri.startswith("https:"):
            _sign_requests(IdentityToken(f"https://{urlsplit(self._uri).netloc}"))
        return MlflowClient(self._uri)

    def write(self, record: MirrorRecord) -> Mirrored:
        return self._told(partial(self._write, record))

    def remove(self, record_experiment: str, experiment_id: str) -> Mirrored:
        return self._told(partial(self._remove, record_experiment, experiment_id))

    def _told(self, work: Callable[[], Mirrored]) -> Mirrored:
        from mlflow.exceptions import MlflowException

        try:
            return work()
        except MlflowException as error:
            if isinstance(error.__context__, NoIdentity):
                return Mirrored("pending", reason=str(error.__context__)[:LONGEST_REASON])
            if error.error_code in NOT_LET_IN:  # an administrator's matter; the sweep writes it when that is done
                return Mirrored("pending", reason=_NOT_LET_IN.format(uri=self._uri))
            state = "pending" if error.error_code in OUTAGE_CODES else "failed"
            return Mirrored(state, reason=str(error)[:LONGEST_REASON])
        except OSError as error:  # what the artifact upload raises when the connection breaks
            return Mirrored("pending", reason=str(error)[:LONGEST_REASON])

    def _write(self, record: MirrorRecord) -> Mirrored:
        experiment_id = self._experiment(record.experiment_name)
        run_id = self._run(experiment_id, record)
        self._log(run_id, record)
        for path, text in record.artifacts.items():
            self._client.log_text(run_id, text, path)
        self._client.set_terminated(run_id, "FINISHED", _milliseconds(record.ended_at))
        return Mirrored("done", run_id, f"{self._uri}/#/experiments/{experiment_id}/runs/{run_id}")

    def _remove(self, experiment_name: str, experiment_id: str) -> Mirrored:
        """MLflow keeps what is deleted until `mlflow gc`; searches do not find it, so no writer adds to it."""
        known = self._client.get_experiment_by_name(experiment_name)
        found = self._found(known.experiment_id, experiment_id) if known is not None else []
        for run_id in found:
            self._client.delete_run(run_id)
        return Mirrored("done")

    def _experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        known = self._client.get_experiment_by_name(name)
        if known is not None:
            return known.experiment_id
        try:
            return self._client.create_experiment(name)
        except MlflowException:  # somebody else made it in between
            known = self._client.get_experiment_by_name(name)
            if known is None:
                raise
            return known.experiment_id

    def _run(self, experiment_id: str, record: MirrorRecord) -> str:
        """The run with our tag: what an earlier try began is completed.

        A create that is sent again because its answer was lost makes a second run: of several, one stays.
        """
        found = self._found(experiment_id, record.experiment_id)
        if not found:
            tags = {**record.tags, EXPERIMENT_TAG: record.experiment_id}
            started = _milliseconds(record.started_at)
            created = self._client.create_run(experiment_id, started, tags, record.run_name).info.run_id
            found = self._found(experiment_id, record.experiment_id) or [created]
        for doubled in found[1:]:
            self._client.delete_run(doubled)
        return found[0]

    def _found(self, mlflow_experiment: str, experiment_id: str) -> list[str]:
        """The ids of the runs with our tag, in an order that every writer sees alike."""
        wanted = f"tags.`{EXPERIMENT_TAG}` = '{experiment_id}'"
        return sorted(run.info.run_id for run in self._client.search_runs([mlflow_experiment], wanted))

    def _log(self, run_id: str, record: MirrorRecord) -> None:
        """Times and steps come from the run, so that writing them again changes nothing."""
        from mlflow.entities import Metric, Param

        params = [Param(name, value[:LONGEST_PARAM]) for name, value in record.params.items()]
        for start in range(0, len(params), 100):  # MLflow's limit for params
            self._client.log_batch(run_id, params=params[start : start + 100])
        metrics = [Metric(name, value, _milliseconds(time), step) for name, value, step, time in record.metrics]
        for start in range(0, len(metrics), BATCH):
            self._client.log_batch(run_id, metrics=metrics[start : start + BATCH])


_NOT_LET_IN = (
    "MLflow at {uri} does not let this function in: grant its service account roles/run.invoker on that service."
)


def _sign_requests(auth: IdentityToken) -> None:
    """MLflow finds who signs by the name in the environment, among its plug-ins and what is registered here."""
    from mlflow.tracking.request_auth import registry
    from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider

    class Provider(RequestAuthProvider):
        def get_name(self) -> str:
            return WITH_TOKENS

        def get_auth(self) -> IdentityToken:
            return auth

    os.environ["MLFLOW_TRACKING_AUTH"] = WITH_TOKENS
    registry._request_auth_provider_registry.register(Provider)


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
