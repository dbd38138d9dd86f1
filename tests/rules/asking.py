"""One question to the rules: may somebody do this? Asked of the official emulator over REST with unsigned tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from types import MappingProxyType
from typing import Any, Literal

from local.parts import PROJECT

Operation = Literal["get", "list", "create", "update", "delete"]
Fields = Mapping[str, Any]
TIMES = ("created_at", "updated_at")
EXPERIMENT = "exp-01jd0000000000000000000000"
OTHER = "exp-01jd0000000000000000000001"  # is not stored
DELETED = "exp-01jd0000000000000000000008"  # has a tombstone
CONFIG = "wholesale-orders"  # a dataset of the editor's
ORPHANED = "exp-01jd0000000000000000000009"  # has a run whose request is gone
DOCUMENTS = f"/v1/projects/{PROJECT}/databases/(default)/documents"
REMOVED = object()  # a field that an update takes away


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: `role` is the claim, whatever its type; REMOVED: there is none."""

    uid: str
    role: Any = REMOVED

    @property
    def token(self) -> str:
        claims = {"iss": f"https://securetoken.google.com/{PROJECT}", "aud": PROJECT, "sub": self.uid}
        claims |= {"user_id": self.uid, "iat": 0, "exp": 4_000_000_000, "auth_time": 0}
        claims |= {} if self.role is REMOVED else {"role": self.role}
        segments = [{"alg": "none", "typ": "JWT"}, claims]
        return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in segments)


NOBODY = None
STRANGER = Person("stranger")
VIEWER, EDITOR, ADMIN = (Person(role, role) for role in ("viewer", "editor", "admin"))
EVERYBODY = (NOBODY, STRANGER, VIEWER, EDITOR, ADMIN)
ODD_ROLES = (Person("boss", "owner"), Person("shouting", "ADMIN"), Person("list", ["admin"]), Person("truth", True))


@dataclass(frozen=True, eq=False)
class Case:
    """`before` is what is stored under the path; `fields` are what is written: a whole document, or what changes.

    `times` get the server's time, as the page's SDK asks for it, unless `fields` say another.
    """

    name: str
    who: Person | None
    operation: Operation
    path: str
    allowed: bool
    before: Fields | None = None
    fields: Fields = field(default_factory=dict)
    times: tuple[str, ...] = TIMES

    def __str__(self) -> str:
        who = "nobody" if self.who is None else self.who.uid
        return f"{who}-{self.operation}-{self.path.replace(EXPERIMENT, 'exp')}-{self.name}"


def named(document: Fields, owner: Person, /, **changes: Any) -> dict[str, Any]:
    """The document as its owner writes it: the times are the server's, and fields given as REMOVED are left out."""
    own = {key: value for key, value in document.items() if key not in TIMES}
    own |= {"schema_version": 1, "owner": owner.uid, **changes}
    return {key: value for key, value in own.items() if value is not REMOVED}


class Database:
    """The emulator, with one experiment of the editor's stored for commands to be about, and with two whose ids are
    taken although there is no request."""

    def __init__(self, emulator: str) -> None:
        self._connection = HTTPConnection(emulator, timeout=60)  # kept open: thousands of questions are asked
        self._absent: set[str] = set()  # paths that are known to hold nothing, so that nothing needs to be removed
        self._answers: dict[Case, bool] = {}
        self.store(f"experiments/{EXPERIMENT}", {"owner": EDITOR.uid})
        self.store(f"datasets/{CONFIG}", {"owner": EDITOR.uid})
        self.store(f"tombstones/{DELETED}", {"experiment": DELETED})
        self.store(f"runs/{ORPHANED}", {"state": "running", "owner": "colleague"})

    def allows(self, case: Case) -> bool:
        """Asks after storing what the case begins with; a case is asked once, however many tests want its answer."""
        if case not in self._answers:
            self.store(case.path, case.before)
            status = self._ask(case)
            assert status in (200, 403, 404), f"{case}: the emulator answered {status}"
            if status == 200:
                self._absent.discard(case.path)
            self._answers[case] = status != 403
        return self._answers[case]

    def store(self, path: str, document: Fields | None) -> None:
        """Write, or remove, with server rights."""
        if document is None and path in self._absent:
            return
        status = self._commit(_written(path, document), {"authorization": "Bearer owner"})
        assert status == 200, f"{path} could not be stored: {status}"
        (self._absent.add if document is None else self._absent.discard)(path)

    def coverage(self, cases: Iterable[Case]) -> dict[str, Any]:
        """What the emulator evaluated of the rules since it started, these cases included."""
        for case in cases:
            self.allows(case)
        status, content = self._send("GET", f"/emulator/v1/projects/{PROJECT}:ruleCoverage")
        assert status == 200, f"there is no coverage: {status}"
        return json.loads(content)

    def _ask(self, case: Case) -> int:
        headers = {} if case.who is None else {"authorization": f"Bearer {case.who.token}."}
        if case.operation == "get":
            return self._send("GET", f"{DOCUMENTS}/{case.path}", headers=headers)[0]
        if case.operation == "list":
            return self._send("GET", f"{DOCUMENTS}/{case.path.rpartition('/')[0]}", headers=headers)[0]
        if case.operation == "delete":
            return self._commit(_written(case.path, None), headers)
        write = _written(case.path, {name: value for name, value in case.fields.items() if value is not REMOVED})
        if case.operation == "update":
            write["updateMask"] = {"fieldPaths": list(case.fields)}
        now = [name for name in case.times if name not in case.fields]
        write["updateTransforms"] = [{"fieldPath": name, "setToServerValue": "REQUEST_TIME"} for name in now]
        return self._commit(write, headers)

    def _commit(self, write: dict[str, Any], headers: dict[str, str]) -> int:
        return self._send("POST", f"{DOCUMENTS}:commit", {"writes": [write]}, headers)[0]

    def _send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, bytes]:
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, {**headers, "content-type": "application/json"})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def _written(path: str, document: Fields | None) -> dict[str, Any]:
    name = f"projects/{PROJECT}/databases/(default)/documents/{path}"
    return {"delete": name} if document is None else {"update": {"name": name, "fields": encoded(document)}}


def encoded(document: Fields) -> dict[str, Any]:
    """Values as Firestore's REST interface writes them."""
    return {name: _value(value) for name, value in document.items()}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"mapValue": {"fields": encoded(value)}}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    if isinstance(value, datetime):
        return {"timestampValue": value.isoformat()}
    if isinstance(value, float):
        return {"doubleValue": value if abs(value) < float("inf") else _word(value)}
    kinds = {bool: "booleanValue", int: "integerValue", str: "stringValue", type(None): "nullValue"}
    return {kinds[type(value)]: value}


def _word(value: float) -> str:
    """JSON has no word of its own for these."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
