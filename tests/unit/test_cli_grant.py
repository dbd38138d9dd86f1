"""`quicktest grant` against a service that refuses, is away or knows nobody; what works is asked of the emulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quicktest import roles
from tests.unit.user_side import Cli, make_cli

Answer = tuple[int, Any]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop")
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    return make_cli(monkeypatch, capsys)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Answer]], list[tuple[str, Any]]]:
    """Answers by the name of the operation; returns what was asked, in order."""

    def answering(answers: dict[str, Answer]) -> list[tuple[str, Any]]:
        asked: list[tuple[str, Any]] = []

        class Session(requests.Session):
            def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
                operation = url.rpartition(":")[2]
                asked.append((operation, options.get("json") or options.get("params")))
                status, body = answers[operation]
                response = requests.Response()
                response.status_code = status
                response._content = (body if isinstance(body, str) else requests.compat.json.dumps(body)).encode()
                return response

        monkeypatch.setattr(roles, "_authorised", lambda project: Session())
        return asked

    return answering


ADA = {"localId": "1", "email": "ada@shop.example", "customAttributes": '{"team": "data", "role": "viewer"}'}
BOB = {"localId": "2", "email": "bob@shop.example"}


def test_a_role_takes_the_place_of_another_and_other_claims_stay(cli: Cli, service: Any) -> None:
    asked = service({"lookup": (200, {"users": [ADA]}), "update": (200, {})})
    done = cli("grant", "Ada@shop.example", "admin")
    assert done.code == 0
    assert "ada@shop.example is admin now." in done.out
    assert "sign out and in again" in done.out
    assert asked == [
        ("lookup", {"email": ["ada@shop.example"]}),
        ("update", {"localId": "1", "customAttributes": '{"team": "data", "role": "admin"}'}),
    ]


def test_a_role_can_be_taken_away(cli: Cli, service: Any) -> None:
    asked = service({"lookup": (200, {"users": [ADA]}), "update": (200, {})})
    assert "has no role any more" in cli("grant", "ada@shop.example", "none").out
    assert asked[1] == ("update", {"localId": "1", "customAttributes": '{"team": "data"}'})


def test_without_arguments_everybody_is_listed(cli: Cli, service: Any) -> None:
    service(
        {"batchGet": (200, {"users": [BOB, ADA, {**BOB, "email": "eve@x", "customAttributes": '{"role": "god"}'}]})}
    )
    assert cli("grant").out.splitlines() == [
        "ada@shop.example  viewer",
        "bob@shop.example  no role",
        "eve@x             no role",
    ]
    service({"batchGet": (200, {})})
    assert cli("grant").out.startswith("Nobody has an account yet")


@pytest.mark.parametrize(
    ("arguments", "answers", "sentence"),
    [
        (["ada@shop.example"], {}, "Which role? Write `quicktest grant ada@shop.example viewer`"),
        (["ada@shop.example", "edtor"], {}, "There is no role `edtor`. Did you mean `editor`?"),
        (["ada@shop.example", "king"], {}, "There is no role `king`. Use viewer, editor, admin, or none"),
        (
            ["bab@shop.example", "viewer"],
            {"lookup": (200, {}), "batchGet": (200, {"users": [BOB]})},
            "There is no account `bab@shop.example`. Did you mean `bob@shop.example`?",
        ),
        (
            ["zoe@else.where", "viewer"],
            {"lookup": (200, {}), "batchGet": (200, {})},
            "There is no account `zoe@else.where`. Let them sign in to the page once",
        ),
        (
            ["ada@shop.example", "viewer"],
            {"lookup": (403, {"error": {"message": "PERMISSION_DENIED"}})},
            "Your account may not see or give roles in shop (PERMISSION_DENIED). Ask an owner",
        ),
        (
            [],
            {"batchGet": (404, {"error": {"message": "CONFIGURATION_NOT_FOUND"}})},
            "shop has no sign-in yet. Switch on Firebase Authentication",
        ),
        ([], {"batchGet": (502, "<html>")}, "shop refused: it answered 502."),
    ],
)
def test_what_can_go_wrong_is_one_sentence(
    cli: Cli, service: Any, arguments: list[str], answers: dict[str, Answer], sentence: str
) -> None:
    asked = service(answers)
    done = cli("grant", *arguments)
    assert done.code == 1
    assert sentence in " ".join(done.err.split())
    assert "update" not in [operation for operation, _ in asked]


def test_a_service_that_is_away_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    done = cli("grant")
    assert done.code == 1
    assert "The accounts of shop cannot be reached. Check the network" in " ".join(done.err.split())
