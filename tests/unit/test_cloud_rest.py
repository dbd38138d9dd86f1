"""What `quicktest cloud check` asks of Google's REST interfaces, answered as their reference says."""

from __future__ import annotations

from typing import Any

import google.auth
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from quicktest.cloud import rest
from quicktest.errors import QuicktestError

RULES = "https://firebaserules.googleapis.com/v1/projects/shop"
GOOGLE = "https://identitytoolkit.googleapis.com/admin/v2/projects/shop/defaultSupportedIdpConfigs/google.com"
CONFIG = {"name": "projects/1/defaultSupportedIdpConfigs/google.com", "clientId": "c", "clientSecret": "s"}
RELEASED = {
    f"{RULES}/releases/cloud.firestore": {"rulesetName": "projects/shop/rulesets/1"},
    f"{RULES}/rulesets/1": {"source": {"files": [{"name": "firestore.rules", "content": "allow nothing"}]}},
}


def answering(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], missing: int = 404) -> None:
    """Google, with these answers by address; any other address is answered with the status `missing`."""

    def send(session: requests.Session, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code = 200 if request.url in found else missing
        answer.json = lambda **_: found[str(request.url)]
        return answer

    def default(scopes: list[str], quota_project_id: str) -> tuple[AnonymousCredentials, None]:
        assert quota_project_id == "shop", "a person's calls count for a project, else they are refused"
        return AnonymousCredentials(), None

    monkeypatch.setattr(requests.Session, "send", send)
    monkeypatch.setattr(google.auth, "default", default)


@pytest.mark.parametrize(
    ("found", "on"),
    [({GOOGLE: {**CONFIG, "enabled": True}}, True), ({GOOGLE: CONFIG}, False), ({}, False)],
    ids=["on", "switched off again", "never switched on"],
)
def test_people_sign_in_with_google_once_somebody_has_switched_it_on(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], on: bool
) -> None:
    answering(monkeypatch, found)
    assert rest.google_signs_in("shop") is on


def test_the_released_rules_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, RELEASED)
    assert rest.released_rules("shop") == "allow nothing"
    answering(monkeypatch, {})
    assert rest.released_rules("shop") is None


def test_a_refusal_names_the_role_to_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {}, missing=403)
    with pytest.raises(QuicktestError, match="The ways to sign in of shop .* ask for roles/firebaseauth.viewer"):
        rest.google_signs_in("shop")
    with pytest.raises(QuicktestError, match="The rules of shop .* ask for roles/firebaserules.viewer"):
        rest.released_rules("shop")


def test_who_is_not_signed_in_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def default(**_: Any) -> None:
        raise DefaultCredentialsError("none")

    monkeypatch.setattr(google.auth, "default", default)
    with pytest.raises(QuicktestError, match="gcloud auth application-default login"):
        rest.google_signs_in("shop")
