"""How much an experiment keeps in the bucket."""

from __future__ import annotations

import os

from google.api_core.exceptions import Forbidden, NotFound
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import storage

from quicktest.deployment import Deployment

TIMEOUT_S = 15.0


def size_of(deployment: Deployment, experiment_id: str) -> int | None:
    """Bytes of all objects that go when the experiment is deleted; None where the bucket may not be looked into."""
    if deployment.bucket is None:
        return None
    try:
        blobs = _client(deployment).list_blobs(
            deployment.bucket, prefix=f"experiments/{experiment_id}/", fields="items(size),nextPageToken",
            timeout=TIMEOUT_S,
        )  # fmt: skip
        return sum(blob.size or 0 for blob in blobs)
    except (Forbidden, NotFound, DefaultCredentialsError):
        return None


def _client(deployment: Deployment) -> storage.Client:
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        return storage.Client(project=deployment.project, credentials=AnonymousCredentials())
    return storage.Client(project=deployment.project)
