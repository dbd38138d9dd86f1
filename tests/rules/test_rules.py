"""What a client may do, asked of the real emulator over REST with unsigned tokens."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import parts
from local.parts import PROJECT
from shared.documents import ID_PATTERN, MODEL_BY_COLLECTION, ClientDocument
from shared.paths import EXPERIMENT_ID_PATTERN
from tests.local.emulators import documents_url, running

ME = "user-1"
EXPERIMENT = "exp-01jd0000000000000000000000"
OTHER = "exp-01jd0000000000000000000001"
READABLE = (
    *("model_endpoints/a-1", "datasets/a-1", "feature_configs/a-1", "model_configs/a-1", f"experiments/{EXPERIMENT}"),
    *(f"commands/{EXPERIMENT}--cancel", f"runs/{EXPERIMENT}", f"runs/{EXPERIMENT}/details/code"),
    *(f"runs/{EXPERIMENT}/events/000001", "reports/datasets__a-1", "reports/datasets__a-1/parts/preview"),
    *("reports/datasets__a-1/versions/1", "indexes/default__1", "insights/default__retrieval"),
)
SERVER_WRITTEN = (*READABLE[6:], "counters/default", "dead_letters/x", "anything/else", "runs/x/other/y")
COMMON = {"schema_version": {"integerValue": "1"}, "owner": {"stringValue": ME}}
TIMES = ("created_at", "updated_at")
VALID: dict[str, dict[str, Any]] = {
    "datasets": {
        "name": {"stringValue": "Shop"},
        "tables": {"arrayValue": {"values": [{"mapValue": {}}]}},
        "roles": {"mapValue": {"fields": {"customer_id": {"stringValue": "c"}}}},
    },
    "feature_configs": {
        "name": {"stringValue": "Basics"},
        "dataset": {"stringValue": "shop"},
        "query_features": {"arrayValue": {"values": []}},
        "candidate_features": {"arrayValue": {"values": []}},
    },
    "model_configs": {"name": {"stringValue": "Small"}},
    "experiments": {"feature_config": {"stringValue": "basics"}, "model_config": {"stringValue": "small"}},
    "commands": {"experiment": {"stringValue": EXPERIMENT}, "kind": {"stringValue": "cancel"}},
}
IDS = {
    "datasets": "shop",
    "feature_configs": "basics",
    "model_configs": "small",
    "experiments": OTHER,
    "commands": f"{EXPERIMENT}--cancel",
}


class Database:
    """The emulator, as somebody or as nobody."""

    def __init__(self, emulator: str) -> None:
        self._emulator, self._client = emulator, httpx.Client(timeout=30)

    def clear(self) -> None:
        url = f"http://{self._emulator}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
        self._client.delete(url).raise_for_status()

    def read(self, path: str, user: str | None) -> int:
        return self._client.get(documents_url(self._emulator, f"/{path}"), headers=_headers(user)).status_code

    def write(self, write: dict[str, Any], user: str | None) -> int:
        url = documents_url(self._emulator, ":commit")
        return self._client.post(url, json={"writes": [write]}, headers=_headers(user)).status_code

    def set(self, path: str, fields: dict[str, Any], user: str | None, *times: str) -> int:
        """Write a whole document; `times` get the server's time."""
        transforms = [{"fieldPath": field, "setToServerValue": "REQUEST_TIME"} for field in times]
        return self.write({"update": {"name": _name(path), "fields": fields}, "updateTransforms": transforms}, user)

    def change(self, collection: str, user: str | None = ME, **fields: Any) -> int:
        """Change some fields of the document that `create` wrote, and its `updated_at`."""
        update = {"update": {"name": _name(f"{collection}/{IDS[collection]}"), "fields": fields}}
        mask = {"fieldPaths": list(fields)}
        now = [{"fieldPath": "updated_at", "setToServerValue": "REQUEST_TIME"}] if "updated_at" not in fields else []
        return self.write({**update, "updateMask": mask, "updateTransforms": now}, user)

    def create(self, collection: str, user: str | None = ME, *, id: str | None = None, **fields: Any) -> int:
        """Write a valid document with some fields changed; a field given as None is left out."""
        changed = {**COMMON, **VALID[collection], **fields}
        kept = {name: value for name, value in changed.items() if value is not None}
        times = [name for name in TIMES if name not in fields]
        return self.set(f"{collection}/{id or IDS[collection]}", kept, user, *times)


def _name(path: str) -> str:
    return f"projects/{PROJECT}/databases/(default)/documents/{path}"


def _headers(user: str | None) -> dict[str, str]:
    """`owner` is the emulator's word for a server; anybody else shows an unsigned token."""
    if user is None:
        return {}
    if user == "owner":
        return {"authorization": "Bearer owner"}
    claims = {"iss": f"https://securetoken.google.com/{PROJECT}", "aud": PROJECT, "sub": user, "user_id": user}
    segments = [{"alg": "none", "typ": "JWT"}, {**claims, "iat": 0, "exp": 4_000_000_000, "auth_time": 0}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in segments]
    return {"authorization": f"Bearer {'.'.join(encoded)}."}


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with running(tmp_path_factory.mktemp("rules"), parts.firestore) as layout:
        yield Database(layout.address("firestore"))


@pytest.fixture
def database(emulated: Database) -> Database:
    """Holds one document of each kind, so that a refusal is never for want of one."""
    emulated.clear()
    for path in READABLE:
        if not path.startswith("commands/"):
            assert emulated.set(path, {"owner": {"stringValue": "somebody"}}, "owner") == 200
    return emulated


@pytest.mark.parametrize("path", [path for path in READABLE if not path.startswith("commands/")])
def test_the_signed_in_read_what_the_page_shows(database: Database, path: str) -> None:
    assert database.read(path, ME) == 200
    assert database.read(path, None) == 403


def test_a_command_that_is_not_there_can_be_asked_for(database: Database) -> None:
    path = f"commands/{EXPERIMENT}--cancel"
    assert database.read(path, ME) == 404
    assert database.read(path, None) == 403


@pytest.mark.parametrize("path", ["counters/default", "dead_letters/x", "anything/else", "runs/x/other/y"])
def test_nobody_reads_what_is_for_the_functions(database: Database, path: str) -> None:
    assert database.set(path, {"n": {"integerValue": "1"}}, "owner") == 200
    assert database.read(path, ME) == 403


@pytest.mark.parametrize("path", SERVER_WRITTEN)
@pytest.mark.parametrize("user", [ME, None])
def test_nobody_writes_what_the_functions_write(database: Database, path: str, user: str | None) -> None:
    fields = {**COMMON, "state": {"stringValue": "completed"}}
    assert database.set(path, fields, user, *TIMES) == 403
    assert database.set(path + "-new", fields, user, *TIMES) == 403
    assert database.write({"delete": _name(path)}, user) == 403


@pytest.mark.parametrize("collection", list(VALID))
def test_a_client_document_can_be_created_once_and_by_its_owner_only(database: Database, collection: str) -> None:
    assert database.create(collection, None) == 403
    assert database.create(collection, "somebody-else") == 403
    assert database.create(collection) == 200
    assert database.create(collection) == 403, "a second write is a change, and this one changes `created_at`"
    assert database.write({"delete": _name(f"{collection}/{IDS[collection]}")}, ME) == 403


CONFIGS = ("datasets", "feature_configs", "model_configs")
NEW_NAME = {"stringValue": "Better"}


@pytest.mark.parametrize("collection", CONFIGS)
def test_a_config_is_changed_by_whoever_is_signed_in_and_stays_its_authors(database: Database, collection: str) -> None:
    assert database.create(collection) == 200
    assert database.change(collection, None, name=NEW_NAME) == 403
    assert database.change(collection, ME, name=NEW_NAME) == 200
    assert database.change(collection, "a-colleague", name=NEW_NAME) == 200
    assert database.change(collection, "a-colleague", owner={"stringValue": "a-colleague"}) == 403
    assert database.change(collection, created_at=PAST) == 403
    assert database.change(collection, updated_at=PAST) == 403
    assert database.change(collection, schema_version={"integerValue": "2"}) == 403
    assert database.change(collection, name={"stringValue": "x" * 81}) == 403
    assert database.change(collection, state={"stringValue": "ready"}) == 403


STARRED = {"booleanValue": True}
TAGS = {"arrayValue": {"values": [{"stringValue": "first"}]}}


def test_an_experiment_stays_as_it_was_asked_for(database: Database) -> None:
    assert database.create("experiments") == 200
    for words in ("name", "description", "notes"):
        assert database.change("experiments", **{words: NEW_NAME}) == 200
    assert database.change("experiments", starred=STARRED, tags=TAGS) == 200
    for field, value in (("epochs", {"integerValue": "9"}), ("feature_config", {"stringValue": "other"})):
        assert database.change("experiments", **{field: value}) == 403
        assert database.change("experiments", **{field: value, "name": NEW_NAME}) == 403
    assert database.change("experiments", starred={"stringValue": "yes"}) == 403
    assert database.change("experiments", tags={"arrayValue": {"values": [{"stringValue": "x"}] * 21}}) == 403


def test_a_command_is_never_changed(database: Database) -> None:
    assert database.create("commands") == 200
    assert database.change("commands", kind={"stringValue": "cancel"}) == 403


PAST = {"timestampValue": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize("collection", list(VALID))
@pytest.mark.parametrize(
    "changes",
    [
        {"owner": {"stringValue": "somebody-else"}},
        {"owner": None},
        {"schema_version": {"integerValue": "2"}},
        {"schema_version": {"stringValue": "1"}},
        {"created_at": PAST},
        {"updated_at": PAST},
        {"created_at": None},
        {"state": {"stringValue": "completed"}},
    ],
)
def test_a_forged_or_unknown_field_is_refused(database: Database, collection: str, changes: dict[str, Any]) -> None:
    assert database.create(collection, **changes) == 403


@pytest.mark.parametrize("collection", ["datasets", "feature_configs", "model_configs", "experiments"])
@pytest.mark.parametrize("value", [{"stringValue": "x" * 81}, {"integerValue": "1"}, {"nullValue": None}])
def test_a_name_is_a_short_text(database: Database, collection: str, value: dict[str, Any]) -> None:
    assert database.create(collection, name=value) == 403


@pytest.mark.parametrize(
    ("collection", "id"),
    [
        ("datasets", "Shop"),
        ("datasets", "s"),
        ("datasets", "shop_1"),
        ("datasets", "x" * 64),
        ("experiments", "shop"),
        ("experiments", "exp-1"),
        ("experiments", "exp-01jd00000000000000000000il"),
        ("commands", f"{EXPERIMENT}--other"),
        ("commands", f"{OTHER}--cancel"),
    ],
)
def test_an_id_has_its_form(database: Database, collection: str, id: str) -> None:
    assert database.create(collection, id=id) == 403


def test_a_command_is_about_an_experiment_that_exists(database: Database) -> None:
    assert database.create("commands", id=f"{OTHER}--cancel", experiment={"stringValue": OTHER}) == 403
    assert database.create("commands", kind={"stringValue": "destroy"}, id=f"{EXPERIMENT}--destroy") == 403


@pytest.mark.parametrize("collection", list(VALID))
def test_the_rules_know_the_fields_of_the_models(collection: str) -> None:
    """One schema (domain S0.3): a field added to a model must be allowed here, and only then."""
    rules = Path("firestore.rules").read_text()
    block = rules[rules.index(f"match /{collection}/") :]
    listed = re.search(r"isNew\(id, \[(.*?)\]\)|function fields\(\) \{\s*return \[(.*?)\];", block, re.DOTALL)
    assert listed
    fields = MODEL_BY_COLLECTION[collection].model_fields.items()
    own = {field.alias or name for name, field in fields if name not in ClientDocument.model_fields}
    assert set(re.findall(r"'(\w+)'", listed.group(1) or listed.group(2))) == own


def test_the_rules_know_the_patterns_of_ids() -> None:
    rules = Path("firestore.rules").read_text()
    for pattern in (ID_PATTERN, EXPERIMENT_ID_PATTERN.pattern):
        assert f"id.matches('{pattern.replace(chr(92) + 'Z', '$')}')" in rules  # RE2's `$` is Python's `\\Z`
