"""The accounts of the one-machine stack: one of each role, made in the Auth emulator through Google's own interface.

Their ids are fixed, so that what somebody wrote is theirs after a restart: the emulator keeps accounts in memory.
The password keeps nobody out and is no secret: whoever reaches the emulator reaches everything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from local.errors import StackError

PASSWORD = "one-machine"
TIMEOUT_S = 30


@dataclass(frozen=True)
class Account:
    """Somebody with a role: a custom claim, which firestore.rules read."""

    role: str

    @property
    def uid(self) -> str:
        return f"local-{self.role}"

    @property
    def email(self) -> str:
        return f"{self.role}@quicktest.local"


ACCOUNTS = tuple(Account(role) for role in ("viewer", "editor", "admin"))


def for_page() -> list[dict[str, str]]:
    """What the page needs to become each of them."""
    return [{"role": account.role, "email": account.email, "password": PASSWORD} for account in ACCOUNTS]


def seed(emulator: str, project: str, accounts: Sequence[Account] = ACCOUNTS) -> None:
    """Make the accounts that are missing, and give each its role; raises StackError when the emulator refuses."""
    url = f"http://{emulator}/identitytoolkit.googleapis.com/v1/projects/{project}"
    with httpx.Client(headers={"Authorization": "Bearer owner"}, timeout=TIMEOUT_S) as client:
        try:
            known = _post(client, f"{url}/accounts:lookup", {"localId": [account.uid for account in accounts]})
            there = {user["localId"] for user in known.get("users", [])}
            for account in accounts:
                if account.uid not in there:
                    new = {"localId": account.uid, "email": account.email, "password": PASSWORD}
                    _post(client, f"{url}/accounts", {**new, "emailVerified": True})
                claims = json.dumps({"role": account.role})
                _post(client, f"{url}/accounts:update", {"localId": account.uid, "customAttributes": claims})
        except httpx.HTTPError as error:
            raise StackError(f"The accounts of the page could not be made in the Auth emulator: {error}") from error


def _post(client: httpx.Client, url: str, body: dict[str, object]) -> dict[str, list[dict[str, str]]]:
    answer = client.post(url, json=body)
    answer.raise_for_status()
    return answer.json()
