"""What a list costs: the documents that are read, as Firestore bills them."""

from __future__ import annotations

from typing import Any


class CountedReads:
    """Mixed into a store of the command line's; a query that finds nothing is billed as one document."""

    reads = 0

    def get(self, path: str) -> Any:
        self.reads += 1
        return super().get(path)

    def where(self, collection: str, field: str, value: Any) -> Any:
        found = super().where(collection, field, value)
        self.reads += max(1, len(found))
        return found

    def ids(self, collection: str) -> list[str]:
        found = super().ids(collection)
        self.reads += max(1, len(found))
        return found
