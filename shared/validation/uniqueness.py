"""E_NAME_TAKEN: names tell documents apart for people (domain S1.1, S1.35, S3.1, S4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.problems import Problem

Named = Mapping[str, Mapping[str, Any]]  # `name`, `created_at` and, of a feature config, `dataset`; by id


def name_problems(document_id: str, documents: Named) -> list[Problem]:
    """Of two documents of a collection with one name, whatever its case, the younger has to give it up."""
    older = namesake(document_id, documents)
    if older is None:
        return []
    problem = f"`{older}` has the name `{documents[older]['name']}` already."
    return [Problem("E_NAME_TAKEN", "name", problem, "Choose another name.")]


def namesake(document_id: str, documents: Named) -> str | None:
    """The oldest document with the name of this one, unless that is itself."""
    same = namesakes(documents.get(document_id, {}), documents)
    oldest = min(same, key=lambda each: (_created(documents[each]), each), default=document_id)
    return None if oldest == document_id else oldest


def namesakes(document: Mapping[str, Any], documents: Named) -> list[str]:
    """Documents with the name of `document`; feature configs of different datasets may share one (S3.1)."""
    own = _key(document)
    return [] if own is None else [each for each, other in documents.items() if _key(other) == own]


def _key(document: Mapping[str, Any]) -> tuple[str, Any] | None:
    name = document.get("name")
    return (name.casefold(), document.get("dataset")) if isinstance(name, str) else None


def _created(document: Mapping[str, Any]) -> float:
    created = document.get("created_at")
    return created.timestamp() if isinstance(created, datetime) else 0.0
