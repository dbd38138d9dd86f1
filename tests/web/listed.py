"""Experiments as lists find them: runs that ended have an entry in the index, which the save that ends a run writes."""

from __future__ import annotations

from google.cloud import firestore

from shared.insights.lists.entries import block_of, to_json
from shared.insights.lists.entry_of import entry_of
from shared.runs import LIVE, from_document
from tests.web.documents import EXPERIMENT, Document, request_document, write_run


def write_listed(db: firestore.Client, run: Document, experiment: str = EXPERIMENT, **request: object) -> None:
    """The run, its request with what is said of it in `request`, and, if it has ended, its entry."""
    asked = request_document(name=run["names"]["experiment"], owner=run["owner"], starred=False, tags=[]) | request
    db.collection("experiments").document(experiment).set(asked)
    write_run(db, run, experiment)
    write_entry(db, run, experiment, asked)


def write_entry(db: firestore.Client, run: Document, experiment: str, request: Document | None = None) -> None:
    cards = run.get("headlines") or ([run["headline"]] if run.get("headline") else [])
    found = from_document(run | {"experiment": experiment, "headlines": cards})
    if found.state in LIVE:
        return
    block = block_of(found.model_endpoint, found.number or 0)
    text = to_json(entry_of(found, request))
    db.collection("indexes").document(block).set({"entries": {experiment: text}}, merge=True)


def experiment_id(tail: str) -> str:
    """An id such as the rules and the index take."""
    return f"exp-01kaj{tail:0>21}"
