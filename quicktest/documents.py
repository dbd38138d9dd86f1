"""The documents that a check sees: those of a file over those that are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from quicktest.drafts import COLLECTIONS, Draft
from quicktest.findings import Finding
from quicktest.store import Store
from shared.documents import ClientDocument
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem

STORED = "stored"  # how the place of a document begins that is in no file


@dataclass(frozen=True)
class Known:
    """One document, wherever it stands; `document` is None when it cannot be read."""

    kind: str
    id: str
    document: ClientDocument | None
    draft: Draft | None = None

    @property
    def label(self) -> str:
        return self.draft.label if self.draft else f"{self.kind} {self.id}"

    def finding(self, problem: Problem) -> Finding:
        """The problem at its place in the file, or in the stored document."""
        return self.draft.finding(problem) if self.draft else Finding(problem, self.label, f"{STORED} {self.label}")


class Documents:
    """Documents by kind and id. Without a store, those of the file are all there are."""

    def __init__(self, drafts: Iterable[Draft], store: Store | None = None) -> None:
        self.drafts = list(drafts)
        self.store = store
        self._known = {(draft.kind, key_of(draft)): _of_draft(draft) for draft in self.drafts}

    def get(self, kind: str, document_id: str) -> Known | None:
        """The document; None when it exists neither in the file nor in the store."""
        if (kind, document_id) not in self._known:
            self._known[kind, document_id] = self._stored(kind, document_id)
        return self._known[kind, document_id]

    def of_draft(self, draft: Draft) -> Known:
        found = self._known[draft.kind, key_of(draft)]
        assert found is not None  # drafts are known from the beginning
        return found

    def ids(self, kind: str) -> list[str]:
        """Every document of a kind that could be named."""
        stored = self.store.ids(COLLECTIONS[kind]) if self.store else []
        return sorted({*stored, *(draft.id for draft in self.drafts if draft.kind == kind and draft.id)})

    def users_of(self, dataset: str) -> list[Known]:
        """Stored feature configs that name a dataset."""
        stored = self.store.with_ids("feature_configs", "dataset", dataset) if self.store else {}
        return [Known("feature_config", name, parsed("feature_config", name, raw)) for name, raw in stored.items()]

    def _stored(self, kind: str, document_id: str) -> Known | None:
        raw = self.store.get(f"{COLLECTIONS[kind]}/{document_id}") if self.store else None
        return None if raw is None else Known(kind, document_id, parsed(kind, document_id, raw))


def key_of(draft: Draft) -> str:
    """The id; an experiment without one is known by an id made from where it stands."""
    if draft.id:
        return draft.id
    number = int(hashlib.sha256(draft.where.encode()).hexdigest(), 16) % 10**25
    return f"exp-{number:026d}"


def parsed(kind: str, document_id: str, raw: Mapping[str, Any]) -> ClientDocument | None:
    try:
        return parse(COLLECTIONS[kind], document_id, raw)
    except InvalidDocument:
        return None


def _of_draft(draft: Draft) -> Known:
    return Known(draft.kind, key_of(draft), draft.document, draft)
