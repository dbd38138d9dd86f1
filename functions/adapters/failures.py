"""One translation of what Google's clients raise: an outage (Transient) or a no (Refused)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import requests
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError

from functions.adapters.ports import Refused, Transient

_AGAIN_SOON = (exceptions.ServiceUnavailable, exceptions.TooManyRequests, requests.ConnectionError)
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})  # BigQuery's and Storage's reasons of a 403


def _may_work_soon(error: BaseException) -> bool:
    return isinstance(error, _AGAIN_SOON) or is_too_fast(error)


def is_too_fast(error: BaseException) -> bool:
    """Whether a 403 is about the pace alone: the same call is answered a moment later."""
    told = error.errors if isinstance(error, exceptions.Forbidden) else ()
    return any(each.get("reason") in TOO_FAST for each in told if isinstance(each, Mapping))


# The libraries' own policies go on for minutes; a handler that waits so long is killed, and the event comes again.
RETRY = Retry(predicate=_may_work_soon, initial=0.2, maximum=2.0, timeout=8.0)

# For every call of Firestore: without a `retry` of ours its library tries for five minutes, each try with its timeout.
BOUNDED: Mapping[str, Any] = MappingProxyType({"retry": RETRY, "timeout": 20})

OUTAGES = (
    exceptions.ServerError,  # 5xx: UNAVAILABLE, INTERNAL, DEADLINE_EXCEEDED, UNKNOWN
    exceptions.TooManyRequests,
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.RetryError,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,  # an answer that broke off
    GoogleAuthError,  # the metadata server did not answer
)

# BigQuery's client takes an error whose reason it does not know (bytesBilledLimitExceeded) for one of the server's.
REFUSALS_LIKE_OUTAGES = ("exceeded limit for bytes billed",)


# BigQuery and Storage answer by HTTP, which has other names for the same.
STATUS_OF_HTTP = MappingProxyType({401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"})


@contextmanager
def translated() -> Iterator[None]:
    """Around every call of a Google client."""
    try:
        yield
    except OUTAGES as error:
        refused = any(words in str(error) for words in REFUSALS_LIKE_OUTAGES)
        raise (Refused if refused else Transient)(describe(error)) from error
    except exceptions.GoogleAPICallError as error:
        raise (Transient if is_too_fast(error) else Refused)(describe(error)) from error


def describe(error: Exception) -> str:
    """`PERMISSION_DENIED: …`: the provider's status, then its words; errors are classified by them (S8.7)."""
    known = getattr(getattr(error, "grpc_status_code", None), "name", None)
    status = known or STATUS_OF_HTTP.get(getattr(error, "code", None)) or type(error).__name__
    return f"{status}: {getattr(error, 'message', None) or error}"
