"""Objects of one bucket of Cloud Storage."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from google.api_core.exceptions import Forbidden, NotFound, PreconditionFailed, RequestRangeNotSatisfiable
from google.cloud import storage

from functions.adapters.failures import RETRY, translated
from functions.adapters.ports import Refused

TIMEOUT_S = 30
AT_ONCE = 8  # one call removes, or holds, one object; the client keeps ten connections


class StorageBlobs:
    """`functions.adapters.ports.Blobs`"""

    def __init__(self, client: storage.Client, bucket: str) -> None:
        self._bucket = client.bucket(bucket)

    def create(self, name: str, content: str, content_type: str) -> bool:
        blob = self._bucket.blob(name)
        with translated():
            try:
                blob.upload_from_string(
                    content.encode(), content_type=content_type, if_generation_match=0, timeout=TIMEOUT_S, retry=RETRY
                )
            except PreconditionFailed:
                return False
        return True

    def read(self, name: str, longest: int) -> bytes | None:
        with translated():
            try:
                content = self._bucket.blob(name).download_as_bytes(end=longest, timeout=TIMEOUT_S, retry=RETRY)
            except NotFound:
                return None
            except RequestRangeNotSatisfiable:  # how an empty object answers a range
                return b""
        if len(content) > longest:
            raise Refused(f"OUT_OF_RANGE: {name} is larger than {longest} bytes")
        return content

    def exists(self, name: str) -> bool:
        with translated():
            return self._bucket.blob(name).exists(timeout=TIMEOUT_S, retry=RETRY)

    def size(self, folder: str) -> int:
        with translated():
            return sum(blob.size or 0 for blob in self._under(folder))

    def delete_all(self, folder: str) -> None:
        with translated(), ThreadPoolExecutor(AT_ONCE) as deleters:
            for _ in deleters.map(self._delete, self._under(folder)):  # raises what a deleter raised
                continue

    def hold(self, folder: str, held: bool) -> None:
        with translated(), ThreadPoolExecutor(AT_ONCE) as holders:
            others = (blob for blob in self._under(folder) if bool(blob.temporary_hold) != held)
            for _ in holders.map(lambda blob: self._set_hold(blob, held), others):
                continue

    def _under(self, folder: str) -> Iterator[storage.Blob]:
        fields = "items(name,size,temporaryHold),nextPageToken"
        return iter(self._bucket.list_blobs(prefix=f"{folder}/", fields=fields, timeout=TIMEOUT_S, retry=RETRY))

    def _delete(self, blob: storage.Blob) -> None:
        """Whatever generation is there: a retry after an answer that got lost finds none, and nobody writes there."""
        try:
            try:
                blob.delete(timeout=TIMEOUT_S, retry=RETRY)
            except Forbidden:  # that is how a held one answers, and how one does that is not ours to delete
                self._set_hold(blob, False)
                blob.delete(timeout=TIMEOUT_S, retry=RETRY)
        except NotFound:
            return

    def _set_hold(self, blob: storage.Blob, held: bool) -> None:
        blob.temporary_hold = held
        try:
            blob.patch(timeout=TIMEOUT_S, retry=RETRY)
        except NotFound:  # deleted since it was listed
            return
