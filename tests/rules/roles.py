"""Who may do what, collection by collection: the table of design section 5's front door, written out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.rules.asking import ADMIN, EDITOR, EVERYBODY, EXPERIMENT, ODD_ROLES, VIEWER, Case, Operation, Person, named

PAST = datetime(2020, 1, 1, tzinfo=UTC)
STORED = {"schema_version": 1, "owner": "colleague", "created_at": PAST, "updated_at": PAST}
# A small valid document for each collection that clients write.
SMALL: dict[str, dict[str, Any]] = {
    "model_endpoints": {"name": "Wholesale"},
    "datasets": {
        "name": "Shop",
        "tables": [{"table": "sales.purchases"}],
        "roles": {"customer_id": "customer", "product_id": "product"},
    },
    "feature_configs": {
        "name": "Basics",
        "dataset": "shop",
        "query_features": [{"kind": "category", "column": "customer", "hashing": {"buckets": 10, "embedding_dim": 8}}],
        "candidate_features": [
            {"kind": "category", "column": "product", "hashing": {"buckets": 10, "embedding_dim": 8}}
        ],
    },
    "model_configs": {"name": "Small"},
    "experiments": {"feature_config": "basics", "model_config": "small"},
    "commands": {"experiment": EXPERIMENT, "kind": "cancel"},
    "comparisons": {"experiments": [EXPERIMENT, "exp-01jd0000000000000000000003"]},
    "drafts": {"kind": "dataset", "edit": 1, "content": {"name": "Shop"}},
}
PATHS = {
    "model_endpoints": "model_endpoints/wholesale",
    "datasets": "datasets/shop",
    "feature_configs": "feature_configs/basics",
    "model_configs": "model_configs/small",
    "experiments": "experiments/exp-01jd0000000000000000000002",
    "commands": f"commands/{EXPERIMENT}--cancel",
    "comparisons": "comparisons/towers",
    "drafts": "drafts/draft-01jd0000000000000000000004",
}
CHANGES: dict[str, dict[str, Any]] = {"commands": {"kind": "delete"}, "drafts": {"edit": 2}}
ALL = (VIEWER, EDITOR, ADMIN)
EDITORS = (EDITOR, ADMIN)
ADMINS = (ADMIN,)
NO_ONE: tuple[Person, ...] = ()
CREATORS = {**dict.fromkeys(SMALL, EDITORS), "model_endpoints": ADMINS, "comparisons": ALL}
CHANGERS = {**CREATORS, "commands": NO_ONE, "comparisons": EDITORS, "drafts": NO_ONE}  # of what a colleague wrote
READERS = {
    f"runs/{EXPERIMENT}": ALL,
    f"runs/{EXPERIMENT}/details/code": ALL,
    f"runs/{EXPERIMENT}/events/000001": ALL,
    "reports/datasets__shop": ALL,
    "reports/datasets__shop/parts/preview": ALL,
    "reports/datasets__shop/versions/1": ALL,
    "indexes/wholesale__1": ALL,
    "insights/wholesale__p": ALL,
    "insights/wholesale__p/parts/leaderboard-100": ALL,
    "rebuilds/wholesale": ALL,
    f"tombstones/{EXPERIMENT}": ALL,
    "quotas/running": ADMINS,
    "ledgers/wholesale__2026-01": ADMINS,
    "dead_letters/abc": ADMINS,
    "counters/reuse": NO_ONE,
    "anything/else": NO_ONE,
    f"runs/{EXPERIMENT}/other/part": NO_ONE,
    "datasets/shop/anything/else": NO_ONE,
    "insights/wholesale__p/other/part": NO_ONE,
}


def _cases() -> Iterator[Case]:
    for collection, path in PATHS.items():
        yield from _of_clients(collection, path)
    for path, readers in READERS.items():
        yield from _of_the_functions(path, readers)
    for who in ODD_ROLES:
        yield from _reads(f"runs/{EXPERIMENT}", who, ALL, STORED)
        for collection, path in PATHS.items():
            yield Case("valid", who, "create", path, False, None, named(SMALL[collection], who))


def _of_clients(collection: str, path: str) -> Iterator[Case]:
    document = SMALL[collection]
    stored = {**document, **STORED}
    changes = CHANGES.get(collection, {"name": "Better"})
    for who in EVERYBODY:
        writer = who or EDITOR
        if collection != "drafts":  # tests.rules.subjects: whose they are decides
            yield from _reads(path, who, ALL, stored)
        new = named(document, writer)
        yield Case("valid", who, "create", path, who in CREATORS[collection], None, new)
        yield Case("name", who, "update", path, who in CHANGERS[collection], stored, changes, ("updated_at",))
        removes = collection == "drafts" and who in EDITORS
        yield Case("own", who, "delete", path, removes, {**stored, "owner": writer.uid})


def _of_the_functions(path: str, readers: tuple[Person, ...]) -> Iterator[Case]:
    stored = {"owner": "somebody", "state": "running"}
    for who in EVERYBODY:
        yield from _reads(path, who, readers, stored)
        yield Case("forged", who, "create", path, False, None, named({"state": "completed"}, who or EDITOR))
        yield Case("state", who, "update", path, False, stored, {"state": "completed"}, ())
        yield Case("stored", who, "delete", path, False, stored)


def _reads(path: str, who: Person | None, readers: tuple[Person, ...], stored: dict[str, Any]) -> Iterator[Case]:
    operations: tuple[Operation, ...] = ("get", "list")
    for operation in operations:
        yield Case("stored", who, operation, path, who in readers, stored)
    yield Case("absent", who, "get", path, who in readers, None)


CASES = tuple(_cases())
