"""Ended runs for read models: entries in the index, their run documents, curves and per-customer files."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from shared import paths
from shared.insights.lists.entries import Entry, EntryLift, Figure, block_of, to_json
from shared.runs import State, new_run, to_document
from tests.fakes.world import START, World

ENDPOINT, PROTOCOL, OTHER = "wholesale", "aaaa1111bbbb2222", "cccc3333dddd4444"
CUSTOMERS = 60


def experiment_id(number: int) -> str:
    return f"exp-01jd4qz{number:019d}"


def entry(number: int, recall: float | None = 0.2, **changes: Any) -> Entry:
    """A run that completed with a recall@10, or failed without one."""
    figures = {} if recall is None else {"recall_at_10": Figure(recall, recall - 0.03, recall + 0.03)}
    baseline = {"recall_at_10": Figure(0.15, 0.12, 0.18)}
    lift = {} if recall is None else {"recall_at_10": _lift(recall)}
    ended = START + timedelta(minutes=number)
    fields: dict[str, Any] = {
        "experiment": experiment_id(number), "number": number, "model_endpoint": ENDPOINT, "name": f"run {number}",
        "state": "failed" if recall is None else "completed", "model_type": "retrieval", "owner": "ada",
        "created_at": ended - timedelta(minutes=10), "ended_at": ended, "duration_seconds": 600.0,
        "dataset": "sales", "feature_config": f"features-{number % 3}", "model_config": f"model-{number % 4}",
        "names": {"dataset": "Sales", "feature_config": f"F{number % 3}", "model_config": f"M{number % 4}"},
        "repeat": f"repeat-{number}", "split": "strict_time", "tier": "small",
        "protocols": {"retrieval": PROTOCOL}, "cost_usd": 0.12, "parameter_count": 10_000 + number,
        "protocol_name": "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products",
        "customers": 812, "products": 3684, "rows": 120_000, "epochs_run": 4, "best_epoch": 3,
        "complexity": {"dataset": "simple", "features": "simple", "model": "medium"},
        "parameters": {"learning_rate": (0.001, 0.003, 0.01)[number % 3], "query.layers": ("64", "128→64")[number % 2],
                       "epochs": 20, "batch_size": 512},
        "metrics": figures, "lifts": lift, "baselines": {} if recall is None else {"popularity": baseline},
    }  # fmt: skip
    return Entry(**{**fields, **changes})


def _lift(recall: float) -> EntryLift:
    value = round(recall - 0.15, 6)
    verdict = "better" if value > 0.02 else "worse" if value < -0.02 else "cannot_tell"
    return EntryLift("popularity", value, value - 0.02, value + 0.02, verdict)


def end(world: World, of: Entry, with_files: bool = True) -> None:
    """As the commit of a terminal save leaves it."""
    store = world.store
    block = f"indexes/{block_of(of.model_endpoint, of.number)}"
    store.documents.setdefault(block, {"entries": {}})["entries"][of.experiment] = to_json(of)
    run = new_run(of.experiment, {"name": of.name, "owner": of.owner}, of.model_endpoint, of.created_at)
    ended = replace(run, number=of.number, state=State(of.state), parameters={"split_seed": 17}, ended_at=of.ended_at)
    store.documents[f"runs/{of.experiment}"] = to_document(ended)
    epochs = [{"epoch": epoch, "eval": {"recall_at_10": round(0.1 + epoch / 100, 2)}} for epoch in range(4)]
    store.documents[f"runs/{of.experiment}/details/history"] = {"epochs": [*epochs, {"epoch": 4, "eval": None}]}
    if with_files and of.completed:
        world.blobs.objects[paths.customers(of.experiment, 1)] = customers(of)
    store._mark_stale(of.model_endpoint, of.protocols.values())


def forget(world: World, of: Entry) -> None:
    """As deletion does: first the files, then in one commit run and entry."""
    store = world.store
    world.blobs.delete_all(paths.experiment_folder(of.experiment))
    for path in [path for path in store.documents if path.split("/")[:2] == ["runs", of.experiment]]:
        del store.documents[path]
    del store.documents[f"indexes/{block_of(of.model_endpoint, of.number)}"]["entries"][of.experiment]
    store._mark_stale(of.model_endpoint, of.protocols.values())


def customers(of: Entry) -> bytes:
    """A per-customer file: each has 10 products, of which lists find as many as the run's recall promises."""
    recall = of.metrics["recall_at_10"].value or 0.0
    hits = np.random.default_rng(of.number).binomial(10, recall, CUSTOMERS)
    arrays = {
        "version": np.array(1), "customer": np.array([f"c{number:03d}".encode() for number in range(CUSTOMERS)]),
        "population/all": np.ones(CUSTOMERS, bool), "population/in_sample": np.arange(CUSTOMERS) % 2 == 0,
        "pairs": np.full(CUSTOMERS, 10), "rows": np.full(CUSTOMERS, 12), "model/hits_at_10": hits,
    }  # fmt: skip
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()
