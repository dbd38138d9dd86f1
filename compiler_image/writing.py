"""Writing a compiled spec to Cloud Storage, once."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from google.api_core.exceptions import PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

REQUEST_TIMEOUT_S = 60


def write_spec(spec: bytes, uri: str) -> bool:
    """Create the object; False when it exists, which is success: its name is the hash of what it depends on."""
    bucket, name = split_uri(uri)
    blob = _client().bucket(bucket).blob(name)
    try:
        blob.upload_from_string(spec, content_type="application/json", if_generation_match=0, timeout=REQUEST_TIMEOUT_S)
    except PreconditionFailed:
        return False
    return True


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and object name of `gs://bucket/name`."""
    parts = urlsplit(uri)
    name = parts.path.lstrip("/")
    if parts.scheme != "gs" or not parts.netloc or not name:
        raise ValueError(f"The output must look like gs://bucket/object, not {uri!r}.")
    return parts.netloc, name


def _client() -> storage.Client:
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        return storage.Client(
            project=os.environ.get("GOOGLE_CLOUD_PROJECT", "local"), credentials=AnonymousCredentials()
        )
    return storage.Client()
