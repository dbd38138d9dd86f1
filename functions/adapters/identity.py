"""Who asks: an ID token of the function's own account on every request to a service that only its invokers may call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import google.auth.transport.requests
import requests
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token


class NoIdentity(Exception):
    """No token could be had: an outage of the metadata server, or a process that runs as nobody."""


class IdentityToken(requests.auth.AuthBase):
    """Signs requests with tokens for `audience`, the service's root URL. A token lives for an hour and an instance for
    days: google-auth fetches the next one before the last one expires, at the request that needs it."""

    def __init__(self, audience: str, fetch: Callable[..., Credentials] = id_token.fetch_id_token_credentials) -> None:
        self._audience, self._fetch = audience, fetch
        self._transport = google.auth.transport.requests.Request()
        self._credentials: Credentials | None = None
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Raises NoIdentity."""
        headers: dict[str, Any] = {}
        try:
            with self._lock:
                if self._credentials is None:
                    self._credentials = self._fetch(self._audience, request=self._transport)
                self._credentials.before_request(self._transport, request.method, request.url, headers)
        except GoogleAuthError as error:
            raise NoIdentity(
                f"No ID token for {self._audience} could be had ({error}): the function must run as a service account "
                "of Google Cloud."
            ) from error
        request.headers.update(headers)
        return request
