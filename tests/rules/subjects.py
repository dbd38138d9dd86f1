"""What each kind of document promises: its id, its author, its times, what of it never changes; all by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.rules.asking import (
    ADMIN,
    CONFIG,
    DELETED,
    EDITOR,
    EVERYBODY,
    EXPERIMENT,
    ORPHANED,
    OTHER,
    REMOVED,
    STRANGER,
    VIEWER,
    Case,
    Person,
    named,
)
from tests.rules.roles import CREATORS, EDITORS, PAST, PATHS, SMALL, STORED
from tests.unit.samples import DOCUMENTS

CONFIGS = ("model_endpoints", "datasets", "feature_configs", "model_configs")
UPDATED = ("updated_at",)


def writer(collection: str) -> Person:
    """Somebody who may write it, so that a refusal is never for want of a role."""
    return CREATORS[collection][0]


def _cases() -> Iterator[Case]:
    yield from _ids()
    yield from _authors()
    yield from _configs()
    yield from _experiments()
    yield from _commands()
    yield from _config_commands()
    yield from _comparisons()
    yield from _drafts()
    yield from _groups()
    yield from _whole()


# ------------------------------------------------------------------------------------------------------------- ids


WRONG_IDS = ("Shop", "s", "ab", "1shop", "-shop", "shop_1", "shöp", "shop%20x", "x" * 64)


def _ids() -> Iterator[Case]:
    for collection in (*CONFIGS, "comparisons"):
        for id in WRONG_IDS:
            yield _new(collection, "id", False, path=f"{collection}/{id}")
        for id in ("abc", "x" * 63, "a-1"):
            yield _new(collection, "id", True, path=f"{collection}/{id}")
    for id in ("shop", "exp-1", OTHER.upper(), OTHER[:-1], f"{OTHER}0", "exp-01jd00000000000000000000il"):
        yield _new("experiments", "id", False, path=f"experiments/{id}")
    for id in ("shop", "draft-1", EXPERIMENT, f"{DRAFT}0", DRAFT.upper()):
        yield _new("drafts", "id", False, path=f"drafts/{id}")
    for id in (DELETED, ORPHANED):
        for who in (EDITOR, ADMIN):
            new = named(SMALL["experiments"], who)
            yield Case("id-used-before", who, "create", f"experiments/{id}", False, None, new)


# --------------------------------------------------------------------------------------------------------- authors


FORGED: dict[str, dict[str, Any]] = {
    "owner-of-somebody-else": {"owner": "colleague"},
    "owner-missing": {"owner": REMOVED},
    "owner-no-text": {"owner": 7},
    "schema-of-the-future": {"schema_version": 2},
    "schema-text": {"schema_version": "1"},
    "schema-float": {"schema_version": 1.0},
    "schema-missing": {"schema_version": REMOVED},
    "created-in-the-past": {"created_at": PAST},
    "updated-in-the-past": {"updated_at": PAST},
    "created-missing": {"created_at": REMOVED},
    "updated-missing": {"updated_at": REMOVED},
    "created-text": {"created_at": "2026-01-01T00:00:00Z"},
    "state-injected": {"state": "completed"},
    "revision-injected": {"revision": 9},
    "role-injected": {"role": "admin"},
}


def _authors() -> Iterator[Case]:
    for collection in SMALL:
        for name, changes in FORGED.items():
            yield _new(collection, name, False, **changes)
        stored = named(SMALL[collection], writer(collection)) | {"created_at": PAST, "updated_at": PAST}
        again = named(SMALL[collection], writer(collection))
        yield Case("again", writer(collection), "create", PATHS[collection], False, stored, again)


# --------------------------------------------------------------------------------------------------------- configs


def _configs() -> Iterator[Case]:
    for collection in CONFIGS:
        who = writer(collection)
        yield _changed(collection, "colleagues-document", True, who, description="What it is")
        yield _changed(collection, "name-taken-away", False, who, name=REMOVED)
        yield _changed(collection, "name-too-long", False, who, name="x" * 81)
        yield _changed(collection, "taken-over", False, who, owner=who.uid)
        yield _changed(collection, "owner-taken-away", False, who, owner=REMOVED)
        yield _changed(collection, "created-now", False, who, created_at=datetime.now(UTC))
        yield _changed(collection, "updated-in-the-past", False, who, updated_at=PAST)
        yield _changed(collection, "newer-schema", False, who, schema_version=2)
        yield _changed(collection, "unknown-field", False, who, state="ready")
    yield _changed("model_endpoints", "budget", True, ADMIN, max_cost_usd=5.0, monthly_budget_usd=None, max_running=2)
    yield _changed("model_endpoints", "no-places", False, ADMIN, max_running=0)


# ----------------------------------------------------------------------------------------------------- experiments


WORDS: dict[str, Any] = {"name": "Better", "description": "Why", "notes": "So", "tags": ["first"], "starred": True}
FIXED: dict[str, Any] = {
    "epochs": 9,
    "feature_config": "other",
    "model_config": "other",
    "model_endpoint": "other",
    "max_cost_usd": 1_000.0,
    "max_attempts": 5,
    "parent": OTHER,
    "origin": "clone",
    "owner": "editor",
    "created_at": PAST.replace(day=2),
    "schema_version": 2,
    "state": "completed",
}
UNFIT: dict[str, Any] = {
    "name": "x" * 81,
    "description": "x" * 2_001,
    "notes": "x" * 20_001,
    "tags": ["a b"],
    "starred": "yes",
}


def _experiments() -> Iterator[Case]:
    for who in (EDITOR, ADMIN):
        for field, value in WORDS.items():
            yield _changed("experiments", f"{field}-as-{who.uid}", True, who, **{field: value})
    yield _changed("experiments", "all-words", True, EDITOR, **WORDS)
    yield _changed("experiments", "name-taken-away", True, EDITOR, name=REMOVED)
    for who in (VIEWER, STRANGER):
        yield _changed("experiments", "words", False, who, **WORDS)
    for field, value in FIXED.items():
        yield _changed("experiments", f"{field}-of-a-request", False, EDITOR, **{field: value})
        yield _changed("experiments", f"{field}-beside-words", False, EDITOR, **WORDS | {field: value})
    yield _changed("experiments", "epochs-taken-away", False, EDITOR, epochs=REMOVED)
    yield _changed("experiments", "updated-in-the-past", False, EDITOR, name="Better", updated_at=PAST.replace(day=2))
    for field, value in UNFIT.items():
        yield _changed("experiments", f"{field}-unfit", False, EDITOR, **{field: value})
    for name, allowed, relation in (
        ("rerun", True, {"parent": OTHER, "origin": "rerun"}),
        ("clone", True, {"parent": OTHER, "origin": "clone"}),
        ("no-relation", True, {"parent": None, "origin": None}),
        ("parent-alone", False, {"parent": OTHER}),
        ("origin-alone", False, {"origin": "rerun"}),
        ("odd-origin", False, {"parent": OTHER, "origin": "copy"}),
        ("odd-parent", False, {"parent": "../x", "origin": "rerun"}),
    ):
        yield _new("experiments", name, allowed, **relation)


# -------------------------------------------------------------------------------------------------------- commands


def _commands() -> Iterator[Case]:
    yield from _deletes()
    yield from _rebuilds()
    yield from _fetches()
    for name, id, changes in (
        ("about-another", f"{EXPERIMENT}--cancel", {"experiment": OTHER}),
        ("of-nothing", f"{OTHER}--cancel", {"experiment": OTHER}),
        ("unknown-kind", f"{EXPERIMENT}--destroy", {"kind": "destroy"}),
        ("id-of-another-kind", f"{EXPERIMENT}--delete", {"kind": "cancel"}),
        ("kind-of-another-id", f"{EXPERIMENT}--cancel", {"kind": "delete"}),
        ("id-with-a-suffix", f"{EXPERIMENT}--cancel-2", {}),
        ("no-kind", f"{EXPERIMENT}--cancel", {"kind": REMOVED}),
        ("no-experiment", f"{EXPERIMENT}--cancel", {"experiment": REMOVED}),
        ("experiment-number", f"{EXPERIMENT}--cancel", {"experiment": 7}),
        ("no-experiments-id", "shop--cancel", {"experiment": "shop"}),
        ("reason", f"{EXPERIMENT}--cancel", {"reason": "why not"}),
    ):
        yield _new("commands", name, False, path=f"commands/{id}", **changes)
    yield _changed("commands", "owner-taken-over", False, EDITOR, owner=EDITOR.uid)


def _deletes() -> Iterator[Case]:
    """The stored experiment is the editor's."""
    path = f"commands/{EXPERIMENT}--delete"
    for who, allowed in ((EDITOR, True), (ADMIN, True), (Person("colleague", "editor"), False), (VIEWER, False)):
        wish = named({"experiment": EXPERIMENT, "kind": "delete"}, who)
        yield Case("delete", who, "create", path, allowed, None, wish)
    former = Person(EDITOR.uid, "viewer")
    wish = named({"experiment": EXPERIMENT, "kind": "delete"}, former)
    yield Case("own-without-the-role", former, "create", path, False, None, wish)
    for who in (EDITOR, ADMIN):
        wish = named({"experiment": OTHER, "kind": "delete"}, who)
        yield Case("of-nothing", who, "create", f"commands/{OTHER}--delete", False, None, wish)


def _rebuilds() -> Iterator[Case]:
    rebuild, path = {"model_endpoint": "wholesale", "kind": "rebuild"}, "commands/wholesale--rebuild"
    for who in (None, STRANGER, VIEWER, EDITOR, ADMIN):
        yield Case("rebuild", who, "create", path, who is ADMIN, None, named(rebuild, who or ADMIN))
        yield Case("rebuild-stored", who, "delete", path, False, named(rebuild, ADMIN) | STORED)
        yield Case("rebuild-stored", who, "update", path, False, named(rebuild, ADMIN) | STORED, {"kind": "x"}, UPDATED)
    for name, document_id, changes in (
        ("of-another", "retail--rebuild", {}),
        ("with-a-suffix", "wholesale--rebuild-2", {}),
        ("under-another-kind", "wholesale--cancel", {}),
        ("of-another-kind", "wholesale--rebuild", {"kind": "cancel"}),
        ("without-kind", "wholesale--rebuild", {"kind": REMOVED}),
        ("without-endpoint", "wholesale--rebuild", {"model_endpoint": REMOVED}),
        ("of-no-id", "Wholesale--rebuild", {"model_endpoint": "Wholesale"}),
        ("of-a-number", "wholesale--rebuild", {"model_endpoint": 7}),
        ("with-an-experiment", "wholesale--rebuild", {"experiment": EXPERIMENT}),
        ("of-an-experiment", f"{EXPERIMENT}--rebuild", {"model_endpoint": REMOVED, "experiment": EXPERIMENT}),
    ):
        wish = named(rebuild, ADMIN) | changes
        wish = {field: value for field, value in wish.items() if value is not REMOVED}
        yield Case(f"rebuild-{name}", ADMIN, "create", f"commands/{document_id}", False, None, wish)
    forged = named(rebuild, ADMIN, owner="colleague")
    yield Case("owner-of-somebody-else", ADMIN, "create", path, False, None, forged)


def _fetches() -> Iterator[Case]:
    """Logs are read by whoever reads; a fetch is about one stage of an experiment that is there."""
    fetch, path = {"experiment": EXPERIMENT, "kind": "fetch_logs", "stage": "Train"}, f"{EXPERIMENT}--fetch_logs--train"
    for who in (None, STRANGER, VIEWER, EDITOR, ADMIN):
        allowed = who in (VIEWER, EDITOR, ADMIN)
        yield Case("fetch", who, "create", f"commands/{path}", allowed, None, named(fetch, who or VIEWER))
        yield Case("fetch-stored", who, "delete", f"commands/{path}", False, named(fetch, VIEWER) | STORED)
    for name, document_id, changes in (
        ("of-another", f"{OTHER}--fetch_logs--train", {}),
        ("of-nothing", f"{OTHER}--fetch_logs--train", {"experiment": OTHER}),
        ("of-another-stage", f"{EXPERIMENT}--fetch_logs--schema", {}),
        ("of-a-stage-of-ours", f"{EXPERIMENT}--fetch_logs--collect", {"stage": "Collect"}),
        ("of-a-stage-in-small-letters", path, {"stage": "train"}),
        ("of-a-number", path, {"stage": 7}),
        ("without-stage", path, {"stage": REMOVED}),
        ("without-experiment", path, {"experiment": REMOVED}),
        ("of-another-kind", path, {"kind": "cancel"}),
        ("without-a-stage-in-its-id", f"{EXPERIMENT}--fetch_logs", {}),
        ("of-an-endpoint", path, {"model_endpoint": "wholesale"}),
        ("of-somebody-else", path, {"owner": "colleague"}),
    ):
        wish = named(fetch, VIEWER, **changes)
        yield Case(f"fetch-{name}", VIEWER, "create", f"commands/{document_id}", False, None, wish)


def _config_commands() -> Iterator[Case]:
    """The stored dataset is the editor's."""
    whom: tuple[tuple[Person, bool], ...] = ((EDITOR, True), (ADMIN, True), (Person("colleague", "editor"), False))
    for kind in ("refresh_report", "delete_config"):
        path = f"commands/datasets--{CONFIG}--{kind}"
        wish = {"collection": "datasets", "document": CONFIG, "kind": kind}
        for who, owns in (*whom, (VIEWER, False), (Person(EDITOR.uid, "viewer"), False), (STRANGER, False)):
            allowed = owns or (kind == "refresh_report" and who.role == "editor")
            yield Case(kind, who, "create", path, allowed, None, named(wish, who))
        for name, id, changes in (
            ("of-another", f"datasets--shop--{kind}", {}),
            ("of-nothing", f"datasets--other--{kind}", {"document": "other"}),
            ("of-another-collection", f"experiments--{EXPERIMENT}--{kind}",
             {"collection": "experiments", "document": EXPERIMENT}),
            ("of-no-id", f"datasets--Shop--{kind}", {"document": "Shop"}),
            ("of-a-number", f"datasets--7--{kind}", {"document": 7}),
            ("with-a-suffix", f"datasets--{CONFIG}--{kind}-2", {}),
            ("of-another-kind", f"datasets--{CONFIG}--destroy", {"kind": "destroy"}),
            ("with-an-experiment", f"datasets--{CONFIG}--{kind}", {"experiment": EXPERIMENT}),
        ):  # fmt: skip
            forged = named({**wish, **changes}, ADMIN)
            told = name if name == "of-nothing" else f"{kind}-{name}"
            yield Case(told, ADMIN, "create", f"commands/{id}", False, None, forged)


# ---------------------------------------------------------------------------------------------------------- drafts


DRAFT = PATHS["drafts"].removeprefix("drafts/")


def _drafts() -> Iterator[Case]:
    yield from _reads_of_drafts()
    for who, allowed in ((EDITOR, True), (ADMIN, True), (Person(EDITOR.uid, "viewer"), False), (STRANGER, False)):
        own = {**SMALL["drafts"], **STORED, "owner": who.uid}
        for changes in ({"edit": 2, "content": {}}, {"look": True, "feature_config": "base", "document": "shop"}):
            yield Case(f"own-{len(changes)}", who, "update", PATHS["drafts"], allowed, own, changes, UPDATED)
    yield _new("drafts", "unknown-kind", False, kind="comparison")
    yield _new("drafts", "no-edit", False, edit=0)
    mine = {**SMALL["drafts"], **STORED, "owner": EDITOR.uid}
    for field, value in {"owner": "colleague", "created_at": datetime.now(UTC), "content": [], "state": "x"}.items():
        yield Case(f"{field}-forged", EDITOR, "update", PATHS["drafts"], False, mine, {field: value}, UPDATED)
    for who in (EDITOR, ADMIN):
        stored = {**SMALL["drafts"], **STORED}
        yield Case("of-somebody-else", who, "delete", PATHS["drafts"], False, stored)


def _reads_of_drafts() -> Iterator[Case]:
    """Nobody but their author, who may also look whether one was swept."""
    path, stored = PATHS["drafts"], {**SMALL["drafts"], **STORED}
    for who in (*EVERYBODY, Person(EDITOR.uid, "viewer")):
        own = {**stored, "owner": (who or EDITOR).uid}
        yield Case("own", who, "get", path, who in EDITORS, own)
        yield Case("own", who, "list", path, False, own)
        yield Case("of-a-colleague", who, "get", path, False, stored)
        yield Case("absent", who, "get", path, who in EDITORS, None)


# ----------------------------------------------------------------------------------------------------- comparisons


def _comparisons() -> Iterator[Case]:
    for who, allowed in ((VIEWER, True), (EDITOR, True), (Person("former"), False)):
        own = {**SMALL["comparisons"], **STORED, "owner": who.uid}
        words = {"name": "Better", "notes": "So"}
        yield Case(f"own-of-{who.uid}", who, "update", PATHS["comparisons"], allowed, own, words, UPDATED)
    yield _changed("comparisons", "of-somebody-else", False, VIEWER, name="Better")
    for field, value in {
        "experiments": [OTHER, EXPERIMENT],
        "metric": "mrr",
        "owner": "editor",
        "state": "ready",
    }.items():
        yield _changed("comparisons", f"{field}-changed", False, EDITOR, **{field: value})
    yield _changed("comparisons", "name-too-long", False, EDITOR, name="x" * 81)
    yield _changed("comparisons", "updated-in-the-past", False, EDITOR, name="Better", updated_at=PAST)
    for name, experiments in (
        ("twice-the-same", [EXPERIMENT, EXPERIMENT]),
        ("no-ids", [EXPERIMENT, "exp-7"]),
        ("numbers", [1, 2]),
        ("comma", [f"{EXPERIMENT},{OTHER}", EXPERIMENT]),
        ("none", []),
    ):
        yield _new("comparisons", f"experiments-{name}", False, experiments=experiments)


# ---------------------------------------------------------------------------------------------------------- groups


COLUMNS = {"customer_id": "customer", "product_id": "product"}
TABLE = {"table": "sales.products", "product_id": "sku"}
GROUPS: tuple[tuple[str, str, Any, bool], ...] = (
    ("datasets", "roles", {**COLUMNS, "order_id": "basket"}, True),
    ("datasets", "roles", {"product_id": "product"}, False),
    ("datasets", "roles", {"customer_id": "customer"}, False),
    ("datasets", "roles", {**COLUMNS, "customer_id": "no name"}, False),
    ("datasets", "roles", {**COLUMNS, "product_id": 7}, False),
    ("datasets", "catalogue", {**TABLE, "where_active": "active"}, True),
    ("datasets", "catalogue", {"table": "sales.products"}, False),
    ("datasets", "catalogue", {"product_id": "sku"}, False),
    ("datasets", "catalogue", {**TABLE, "table": "p"}, False),
    ("datasets", "catalogue", {**TABLE, "product_id": ""}, False),
    ("datasets", "catalogue", "test", False),
    ("feature_configs", "target", {"column": "quantity", "log": True}, True),
    ("feature_configs", "target", {"log": True}, False),
    ("feature_configs", "target", {"column": "no name"}, False),
    ("model_configs", "retrieval_weight", 0, False),
    ("model_configs", "ranking_weight", 2, False),
    ("model_configs", "positive_class_weight", 0.1, True),
    ("experiments", "split", {"kind": "random"}, True),
    ("experiments", "split", {"kind": "none"}, False),
    ("experiments", "split", {"test_days": 3}, False),
    ("experiments", "split", {"kind": "random", "state": "ready"}, False),
    ("experiments", "split", {"kind": "strict_time", "test_days": 90, "val_days": 1, "train_days": None}, True),
    ("experiments", "split", {"kind": "strict_time", "train_days": 3_650}, True),
    ("experiments", "split", {"kind": "strict_time", "train_days": 6}, False),
    ("experiments", "split", {"kind": "strict_time", "test_days": "x" * 100_000}, False),
    ("experiments", "split", {"kind": "strict_time", "val_days": 91}, False),
    ("experiments", "split", {"kind": "time_holdout", "holdout_days": 90}, True),
    ("experiments", "split", {"kind": "time_holdout", "holdout_days": 7.5}, False),
    ("experiments", "tags", [], True),
    ("experiments", "tags", ["a", "b-c", "d_1", "x" * 32], True),
    ("experiments", "tags", ["x" * 33], False),
    ("experiments", "tags", ["a", ""], False),
    ("experiments", "tags", ["a\nb"], False),
    ("experiments", "tags", ["a,b"], False),
    ("experiments", "tags", [5], False),
)


def _groups() -> Iterator[Case]:
    for position, (collection, field, value, allowed) in enumerate(GROUPS):
        yield _new(collection, f"{field}-{position}", allowed, **{field: value})


def _whole() -> Iterator[Case]:
    """Documents with every field at once: a rule may evaluate 1,000 expressions and no more."""
    for collection in (*CONFIGS, "experiments", "comparisons", "drafts"):
        for position, (_, document) in enumerate(DOCUMENTS[collection]):
            who = writer(collection)
            yield Case(f"whole-{position}", who, "create", PATHS[collection], True, None, named(document, who))


def _new(collection: str, name: str, allowed: bool, /, path: str | None = None, **changes: Any) -> Case:
    who = writer(collection)
    times = tuple(time for time in ("created_at", "updated_at") if time not in changes)
    document = named(SMALL[collection], who, **changes)
    return Case(name, who, "create", path or PATHS[collection], allowed, None, document, times)


def _changed(collection: str, name: str, allowed: bool, who: Person, /, **changes: Any) -> Case:
    stored = {**SMALL[collection], **STORED, **({"name": "Old", "epochs": 3} if collection == "experiments" else {})}
    return Case(name, who, "update", PATHS[collection], allowed, stored, changes, UPDATED)


CASES = tuple(_cases())
