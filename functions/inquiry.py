"""Asking the warehouse about a dataset for its report: what was asked before about unchanged tables is not asked again
(S1.30), and what is refused is said and is not the end of the report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.adapters.ports import Refused, Transient
from functions.checking import fault, refusal
from functions.services import Services
from shared.columns import OutputColumn
from shared.documents import Dataset
from shared.hashing import digest
from shared.problems import InvalidDocument, Problem
from shared.reports import RULES, bounded
from shared.tables import Catalogue

log = logging.getLogger(__name__)
Rows = Sequence[Mapping[str, Any]]


@dataclass
class Inquiry:
    """One dataset with its tables; `parts` and `warnings` grow with what is asked."""

    document_id: str
    dataset: Dataset
    catalogue: Catalogue
    outputs: Sequence[OutputColumn]
    services: Services
    parts: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)  # and what joins do wrong

    def rows(self, sql: str) -> list[Mapping[str, Any]]:
        return self.services.warehouse.rows(sql, self.dataset.max_bytes_billed)

    def row(self, sql: str) -> Mapping[str, Any]:
        return self.services.warehouse.row(sql, self.dataset.max_bytes_billed)

    def attempt(self, about: str, work: Callable[[], Any]) -> Any:
        """What `work` gives, or None and a warning: when the warehouse refuses it, or when the fault is ours."""
        try:
            return work()
        except (Transient, InvalidDocument):
            raise
        except Refused as error:
            log.info("%s of datasets/%s was refused: %s", about, self.document_id, error)
            self.warnings.append(refusal(about, error, "warning"))
        except Exception as error:
            log.exception("%s of datasets/%s met a fault", about, self.document_id)
            self.warnings.append(fault(about, error, "warning"))
        return None

    def part(
        self, name: str, queries: Sequence[str], make: Callable[[Sequence[Rows]], Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """A part of the report, made from the answers to `queries`; the stored one when nothing can have changed."""
        content = self.attempt(name, lambda: self._part(name, queries, make))
        self.parts[name] = content
        return content

    def _part(
        self, name: str, queries: Sequence[str], make: Callable[[Sequence[Rows]], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        key = self._key(queries)
        if key is not None:
            stored = self.services.store.report_part("datasets", self.document_id, name)
            if stored is not None and stored.get("key") == key:
                return stored
        return bounded({"rules": RULES, "key": key, **make([self.rows(query) for query in queries])})

    def _key(self, queries: Sequence[str]) -> str | None:
        """None for tables of which nobody says when they changed: views, and what lies outside the warehouse."""
        times = {name: table.modified_at for name, table in self.catalogue.items() if table.native}
        if len(times) < len(self.catalogue) or None in times.values():
            return None
        return digest([RULES, list(queries), {name: str(modified_at) for name, modified_at in times.items()}])
