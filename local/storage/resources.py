"""Objects and preconditions as the JSON API writes them."""

from __future__ import annotations

import mimetypes
from datetime import datetime, timezone
from typing import Any

from starlette.datastructures import QueryParams

from local.storage.errors import StorageError
from local.storage.objects import Preconditions, StoredObject


def preconditions(query: QueryParams) -> Preconditions:
    """The preconditions in a request's parameters; one that is not known here is refused, not ignored."""
    if "ifMetagenerationNotMatch" in query:
        raise StorageError(400, "invalid", "The local bucket does not know ifMetagenerationNotMatch.")
    values = (query.get(name) for name in ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch"))
    return Preconditions(*(None if value is None else int(value) for value in values))


def resource(stored: StoredObject) -> dict[str, Any]:
    """The object as the API and its events describe it."""
    seconds, nanoseconds = divmod(stored.generation, 1_000_000_000)
    time = datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=nanoseconds // 1_000)
    written = time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": str(stored.generation),
        "metageneration": "1",
        "contentType": content_type(stored.name),
        "storageClass": "STANDARD",
        "size": str(stored.size),
        "temporaryHold": stored.held,
        "timeCreated": written,
        "updated": written,
    }


def content_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
