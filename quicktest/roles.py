"""Who may do what in a project: the custom claim `role` of its accounts, which firestore.rules read.

Through the Identity Toolkit's REST interface, on Google Cloud with application-default credentials and on the
one-machine stack with its Auth emulator.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import google.auth
import requests
from google.auth.transport.requests import AuthorizedSession

from quicktest.errors import NotFound, QuicktestError

ROLES = ("viewer", "editor", "admin")
NO_ROLE = "none"  # takes it away
TIMEOUT_S = 30.0
PAGE_SIZE = 1_000  # the most that one answer lists
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True)
class Person:
    """An account of the project: somebody who signed in to the page at least once."""

    id: str
    email: str
    claims: Mapping[str, Any]

    @property
    def role(self) -> str | None:
        """None also for a claim that the rules do not know."""
        role = self.claims.get("role")
        return role if role in ROLES else None


class Accounts:
    """The accounts of one project."""

    def __init__(self, project: str) -> None:
        self._project = project
        emulator = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST")
        service = "identitytoolkit.googleapis.com/v1"
        self._url = f"http://{emulator}/{service}" if emulator else f"https://{service}"
        self._session = _emulated() if emulator else _authorised(project)

    def people(self) -> Iterator[Person]:
        """Everybody with an account, in the order of the service."""
        token = ""
        while True:
            query = {"maxResults": PAGE_SIZE, **({"nextPageToken": token} if token else {})}
            answer = self._ask("GET", "accounts:batchGet", params=query)
            yield from (_person(user) for user in answer.get("users", []))
            token = answer.get("nextPageToken", "")
            if not token:
                return

    def grant(self, email: str, role: str) -> Person:
        """Give an account a role, or take it away with NO_ROLE; other claims stay. Raises QuicktestError for an unknown
        role or account, and where one may not do that."""
        if role not in (*ROLES, NO_ROLE):
            raise NotFound("role", role, (*ROLES, NO_ROLE), f"Use {', '.join(ROLES)}, or {NO_ROLE} to take it away.")
        person = self._find(email)
        claims = {name: value for name, value in person.claims.items() if name != "role"}
        claims |= {} if role == NO_ROLE else {"role": role}
        self._ask("POST", "accounts:update", json={"localId": person.id, "customAttributes": json.dumps(claims)})
        return Person(person.id, person.email, claims)

    def _find(self, email: str) -> Person:
        users = self._ask("POST", "accounts:lookup", json={"email": [email.lower()]}).get("users", [])
        if users:
            return _person(users[0])
        remedy = "Let them sign in to the page once, which makes their account; then run this again."
        raise NotFound("account", email, (person.email for person in self.people()), remedy)

    def _ask(self, method: str, operation: str, **body: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(
                method, f"{self._url}/projects/{self._project}/{operation}", timeout=TIMEOUT_S, **body
            )
        except requests.RequestException as error:
            remedy = "Check the network; on this machine, restart the stack: `quicktest down`, then `quicktest up`."
            raise QuicktestError(f"The accounts of {self._project} cannot be reached. {remedy}") from error
        if not answer.ok:
            raise QuicktestError(self._refusal(answer.status_code, _reason(answer)))
        return answer.json()

    def _refusal(self, status: int, reason: str) -> str:
        if status in (401, 403):
            remedy = "Ask an owner of the project to run it, or to be given roles/firebaseauth.admin."
            return f"Your account may not see or give roles in {self._project} ({reason}). {remedy}"
        if reason == "CONFIGURATION_NOT_FOUND":
            return f"{self._project} has no sign-in yet. Switch on Firebase Authentication with Google as provider."
        return f"{self._project} refused: {reason}."


def _emulated() -> requests.Session:
    """`owner` is the emulator's word for a server."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer owner"
    return session


def _authorised(project: str) -> requests.Session:
    """The project itself is charged for the requests, as the service demands of people's own credentials."""
    credentials, _ = google.auth.default(scopes=[_SCOPE], quota_project_id=project)
    return AuthorizedSession(credentials)


def _person(user: Mapping[str, Any]) -> Person:
    claims = json.loads(user.get("customAttributes") or "{}")
    return Person(user["localId"], user.get("email", ""), claims)


def _reason(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"]["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):  # not in the service's form, such as a proxy's page
        return f"it answered {answer.status_code}"
