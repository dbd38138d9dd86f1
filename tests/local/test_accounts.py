"""The accounts of the one-machine stack and `quicktest grant`, asked of the Auth emulator itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from local import accounts
from local.errors import StackError
from quicktest.errors import NotFound
from quicktest.roles import Accounts, Person
from tests.web.emulators import PROJECT, auth_emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with auth_emulator(tmp_path_factory.mktemp("auth")) as host:
        yield host


@pytest.fixture
def people(emulator: str, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Of a project where the stack's accounts are made, and somebody signed in who has no role."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", emulator)
    url = f"http://{emulator}/emulator/v1/projects/{PROJECT}/accounts"
    httpx.delete(url, headers={"authorization": "Bearer owner"}).raise_for_status()
    accounts.seed(emulator, PROJECT)
    sign_in(emulator, "signUp", "ada@shop.example")
    return Accounts(PROJECT)


def sign_in(emulator: str, operation: str, email: str) -> dict[str, object]:
    """The claims of somebody's token."""
    url = f"http://{emulator}/identitytoolkit.googleapis.com/v1/accounts:{operation}?key=any"
    body = {"email": email, "password": accounts.PASSWORD, "returnSecureToken": True}
    answer = httpx.post(url, json=body, timeout=30)
    answer.raise_for_status()
    claims = answer.json()["idToken"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))


def test_the_stack_has_one_account_of_each_role_however_often_it_starts(emulator: str, people: Accounts) -> None:
    before = {person.email: person for person in people.people()}
    accounts.seed(emulator, PROJECT)
    assert {person.email: person for person in people.people()} == before
    for role in ("viewer", "editor", "admin"):
        claims = sign_in(emulator, "signInWithPassword", f"{role}@quicktest.local")
        assert (claims["role"], claims["user_id"]) == (role, f"local-{role}")


def test_a_granted_role_is_in_the_next_token(emulator: str, people: Accounts) -> None:
    assert "role" not in sign_in(emulator, "signInWithPassword", "ada@shop.example")
    assert people.grant("Ada@shop.example", "editor").role == "editor"
    assert sign_in(emulator, "signInWithPassword", "ada@shop.example")["role"] == "editor"
    assert people.grant("ada@shop.example", "none").role is None
    assert "role" not in sign_in(emulator, "signInWithPassword", "ada@shop.example")


def test_everybody_is_listed_over_several_pages(people: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quicktest.roles.PAGE_SIZE", 2)
    found = sorted((person.email, person.role) for person in people.people())
    assert found == [
        ("ada@shop.example", None),
        ("admin@quicktest.local", "admin"),
        ("editor@quicktest.local", "editor"),
        ("viewer@quicktest.local", "viewer"),
    ]


def test_an_account_that_is_not_there_is_not_made(people: Accounts) -> None:
    with pytest.raises(NotFound, match="There is no account `eda@shop.example`. Did you mean `ada@shop.example`"):
        people.grant("eda@shop.example", "viewer")
    assert all(isinstance(person, Person) and person.email != "eda@shop.example" for person in people.people())


def test_a_stack_without_its_accounts_does_not_start() -> None:
    with pytest.raises(StackError, match="The accounts of the page could not be made"):
        accounts.seed("127.0.0.1:1", PROJECT)
