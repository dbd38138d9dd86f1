"""What functions have computed of an endpoint's ended runs (domain S7), as it is stored: `insights` and its parts."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quicktest.errors import NotFound, QuicktestError
from quicktest.store import Document, Store
from shared.documents import REBUILD, SCHEMA_VERSION

LOOK_AGAIN_S = 0.5


@dataclass(frozen=True)
class Group:
    """The runs of one protocol: only they may be compared (S2.16)."""

    id: str
    head: Document

    @property
    def protocol(self) -> str:
        return str(self.head["protocol"])

    @property
    def name(self) -> str:
        """The rows that are measured; a multitask run has two protocols of the same rows, told apart by family."""
        rows = str(self.head.get("name") or self.protocol)
        return f"{rows}, ratings" if self.head.get("family") == "rating" else rows

    @property
    def finished(self) -> int:
        return sum(sample.get("finished", 0) for sample in self.head.get("samples", ()))

    @property
    def samples(self) -> list[int]:
        return [sample["sample_percent"] for sample in self.head.get("samples", ())]


class ReadModels:
    """Of one model endpoint; it need not have any yet."""

    def __init__(self, store: Store, endpoint: str) -> None:
        self._store, self.endpoint = store, endpoint

    def overview(self) -> Document | None:
        """The head; None while nothing has ended, or nothing has been computed yet."""
        found = self._store.get(f"insights/{self.endpoint}")
        return found if found is not None and "computed_at" in found else None

    def groups(self) -> list[Group]:
        """The one with the most finished runs first."""
        heads = self._store.with_ids("insights", "endpoint", self.endpoint).items()
        found = [Group(name, head) for name, head in heads if head.get("protocol") and "computed_at" in head]
        return sorted(found, key=lambda group: (-group.finished, group.name, group.protocol))

    def group(self, wanted: str | None) -> list[Group]:
        """The one that is meant by its key, the beginning of it, or words of its name; None: all."""
        groups = self.groups()
        if wanted is None:
            return groups
        meant = [group for group in groups if group.protocol.startswith(wanted)]
        meant = meant or [group for group in groups if wanted.casefold() in group.name.casefold()]
        if not meant:
            names = [f"{group.protocol} ({group.name})" for group in groups]
            told = f"There are {'; '.join(names)}." if names else "No run has finished under any protocol yet."
            raise QuicktestError(f"There is no protocol `{wanted}` of {self.endpoint}. {told}")
        return meant

    def part(self, of: str, name: str) -> Any:
        """None where there is none."""
        found = self._store.get(f"insights/{of}/parts/{name}")
        return None if found is None else json.loads(found["json"])


def endpoint_of(store: Store, wanted: str | None) -> str:
    """The endpoint that is named, or the only one that has read models or is stored; `default` where there is none."""
    known = sorted({name for name in store.ids("insights") if "__" not in name} | set(store.ids("model_endpoints")))
    if wanted is not None:
        if wanted not in known and wanted != "default":
            raise NotFound("model endpoint", wanted, known, "`quicktest list` shows the experiments of all.")
        return wanted
    shown = sorted({name for name in store.ids("insights") if "__" not in name}) or known
    if len(shown) > 1:
        raise QuicktestError(f"There are several model endpoints. Choose one: --endpoint {' or '.join(shown)}.")
    return shown[0] if shown else "default"


def freshness(head: Mapping[str, Any], now: datetime) -> str:
    """`computed 3 min ago from 24 runs`, and whether it is about to be computed again."""
    at = head["computed_at"]
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    seconds = max(0, int((now - at).total_seconds()))
    ages = ((86_400, "d"), (3_600, "h"), (60, "min"))
    age = next((f"{seconds // size} {unit} ago" for size, unit in ages if seconds >= size), "just now")
    count = (head.get("inputs") or {}).get("count")
    of = "" if count is None else f" from {count:,} run{'' if count == 1 else 's'}"
    return f"computed {age}{of}" + ("; newer results are on their way" if head.get("stale") else "")


# ------------------------------------------------------------------------------------------------------------- rebuild


def ask_rebuild(store: Store, endpoint: str, owner: str) -> bool:
    """Ask for the index and the read models of an endpoint to be made anew; False when somebody has done so."""
    now = datetime.now(UTC)
    command = {"schema_version": SCHEMA_VERSION, "owner": owner, "created_at": now, "updated_at": now,
               "model_endpoint": endpoint, "kind": REBUILD}  # fmt: skip
    return store.create(f"commands/{endpoint}--{REBUILD}", command)


def wait_rebuilt(store: Store, endpoint: str, timeout_s: float) -> Document:
    """What was done, once it is; TimeoutError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while store.get(f"commands/{endpoint}--{REBUILD}") is not None:
        if time.monotonic() > deadline:
            raise TimeoutError(endpoint)
        time.sleep(LOOK_AGAIN_S)
    return store.get(f"rebuilds/{endpoint}") or {}
