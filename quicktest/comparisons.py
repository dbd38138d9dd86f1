"""Experiments beside each other (domain S7.7): a document of the user's, and the report that functions make of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quicktest.client import Client
from quicktest.errors import QuicktestError
from quicktest.store import Document, Store
from quicktest.verdicts import LOOK_EVERY_S
from quicktest.words import TERMINAL_STATES
from shared.documents import SCHEMA_VERSION
from shared.hashing import digest
from shared.parsing import parse
from shared.problems import InvalidDocument
from shared.side_by_side import part_name

WAIT_S = 60.0  # five runs with 50,000 customers each take ten seconds; a function may have to start
_SEEN = ("state", "attempt", "ended_at")  # what of a run its comparison is made of


@dataclass(frozen=True)
class Compared:
    """`report`: the head of the report; `rows` of it by section."""

    id: str
    document: Document
    report: Document
    rows: dict[str, list[dict[str, Any]]]


def compare(client: Client, references: Sequence[str], metric: str | None = None, name: str | None = None) -> Compared:
    """Write the comparison, or find it, and wait for what functions say of the runs as they are now.

    Raises QuicktestError when the documents are not valid, and when nobody answers in time.
    """
    experiments = [client.experiment(reference).id for reference in references]
    comparison_id = f"cmp-{digest({'experiments': experiments, 'metric': metric})}"
    path = f"comparisons/{comparison_id}"
    _write(client, path, {"experiments": experiments, "metric": metric}, name)
    document, report = _reported(client.store, path)
    rows = {section["name"]: _rows(client.store, comparison_id, section) for section in report["sections"]}
    return Compared(comparison_id, document, report, rows)


def _write(client: Client, path: str, content: Document, name: str | None) -> None:
    """A new one, or one under another name; nothing when it is there as it should be."""
    now = datetime.now(UTC)
    new = {**content, "name": name or "", "notes": "", "schema_version": SCHEMA_VERSION, "owner": client.owner,
           "created_at": now, "updated_at": now}  # fmt: skip
    try:
        parse("comparisons", path.rpartition("/")[2], new)
    except InvalidDocument as error:
        raise QuicktestError("; ".join(str(problem) for problem in error.problems)) from None
    if client.store.create(path, new) or name is None:
        return
    stored = client.store.get(path) or new
    if stored.get("name") != name:
        client.store.write_all({}, {path: {**stored, "name": name, "updated_at": now}})


def _reported(store: Store, path: str) -> tuple[Document, Document]:
    """The comparison and its report, once that is about what is stored and about the runs as they are; one that is
    about earlier states of them is asked for again, once."""
    end, asked = time.monotonic() + WAIT_S, False
    while time.monotonic() < end:
        document, report = store.get(path), store.get(f"reports/{path.replace('/', '__')}")
        if document is None:
            raise QuicktestError(f"{path} was deleted while its report was waited for. Compare again.")
        if report and report.get("state") == "ready" and report["source_updated_at"] == document["updated_at"]:
            if not report["valid"]:
                raise QuicktestError("; ".join(f"{each['path']}: {each['problem']}" for each in report["problems"]))
            if _is_current(report, store):
                return document, report
            if not asked:
                store.write_all({}, {path: {**document, "updated_at": datetime.now(UTC)}})
                asked = True
        time.sleep(LOOK_EVERY_S)
    raise QuicktestError(
        f"The comparison is written, but nobody answered within {WAIT_S:.0f} s. `quicktest doctor` says what is wrong; "
        "the same command shows the answer once it is there."
    )


def _is_current(report: Document, store: Store) -> bool:
    for seen in report["experiments"]:
        run = store.get(f"runs/{seen['experiment']}") or {}
        ended = run.get("state") in TERMINAL_STATES
        if (ended or seen["state"] in TERMINAL_STATES) and any(seen[name] != run.get(name) for name in _SEEN):
            return False
    return True


def _rows(store: Store, comparison_id: str, section: Document) -> list[dict[str, Any]]:
    parts = [part_name(section["name"], page) for page in range(1, section["pages"] + 1)]
    found = [store.get(f"reports/comparisons__{comparison_id}/parts/{part}") or {} for part in parts]
    return [row for part in found for row in part.get("rows", [])]
