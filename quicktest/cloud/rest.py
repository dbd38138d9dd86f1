"""What gcloud has no command for: asked of Google's REST interfaces, as the one who is signed in."""

from __future__ import annotations

from typing import Any

import google.auth
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from quicktest.cloud.pages import TIMEOUT_S
from quicktest.errors import QuicktestError

_RULES = "https://firebaserules.googleapis.com/v1"
_SIGN_IN = "https://identitytoolkit.googleapis.com/admin/v2"


def released_rules(project: str) -> str | None:
    """The rules that hold for the documents now; None: none are released."""
    role = "roles/firebaserules.viewer"
    release = _get(project, f"{_RULES}/projects/{project}/releases/cloud.firestore", "rules", role)
    ruleset = release and _get(project, f"{_RULES}/{release['rulesetName']}", "rules", role)
    return ruleset["source"]["files"][0]["content"] if ruleset else None


def google_signs_in(project: str) -> bool:
    """Whether people may sign in with Google. The answer holds the OAuth client's secret, so no more of it goes on."""
    url = f"{_SIGN_IN}/projects/{project}/defaultSupportedIdpConfigs/google.com"
    found = _get(project, url, "ways to sign in", "roles/firebaseauth.viewer")
    return bool(found and found.get("enabled"))


def _get(project: str, url: str, what: str, role: str) -> dict[str, Any] | None:
    """None when there is no such thing; raises QuicktestError, with the remedy."""
    try:
        credentials, _ = google.auth.default(
            scopes=["https://www.googleapis.com/auth/cloud-platform"], quota_project_id=project
        )
        answer = AuthorizedSession(credentials).get(url, timeout=TIMEOUT_S)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
    except (requests.RequestException, GoogleAuthError) as error:
        raise QuicktestError(
            f"The {what} of {project} cannot be read ({type(error).__name__}). Run `gcloud auth application-default "
            f"login`, and ask for {role}."
        ) from error
    return answer.json()
