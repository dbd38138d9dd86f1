"""What Google's clients raise is an outage (deliver again) or a no (end the run)."""

from __future__ import annotations

import pytest
import requests
from google.api_core import exceptions

from functions.adapters.failures import RETRY, translated
from functions.adapters.ports import Refused, Transient
from shared.errors import Evidence, classify


def test_too_many_bytes_are_refused_although_the_client_takes_them_for_a_fault_of_the_server():
    """A 500 with the reason bytesBilledLimitExceeded: sent again it would end the same way, for ever."""
    words = "Query exceeded limit for bytes billed: 10. 20 or higher required.; reason: bytesBilledLimitExceeded"
    with pytest.raises(Refused) as caught, translated():
        raise exceptions.InternalServerError(words)
    assert classify(Evidence(message=str(caught.value))).code == "E_BQ_BYTES"


TOO_FAST = exceptions.Forbidden(
    "Exceeded rate limits: too many api requests per user per method for this user_method.",
    errors=[{"reason": "rateLimitExceeded", "message": "Exceeded rate limits"}],
)
BROKEN_OFF = requests.exceptions.ChunkedEncodingError("IncompleteRead")


@pytest.mark.parametrize(
    "error", [exceptions.InternalServerError("x"), exceptions.TooManyRequests("x"), TOO_FAST, BROKEN_OFF]
)
def test_what_may_work_later_is_an_outage(error: Exception):
    with pytest.raises(Transient), translated():
        raise error


def test_a_no_is_final():
    with pytest.raises(Refused, match="PERMISSION_DENIED"), translated():
        raise exceptions.PermissionDenied("not yours")


def test_who_was_too_fast_asks_again_at_once_and_who_was_refused_does_not():
    answers = [TOO_FAST, "row"]
    assert RETRY(lambda: _next(answers))() == "row"
    refused = [exceptions.Forbidden("no", errors=[{"reason": "accessDenied"}]), "row"]
    with pytest.raises(exceptions.Forbidden):
        RETRY(lambda: _next(refused))()


def _next(answers: list) -> object:
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exceptions.Forbidden("Access Denied: Table p:d.t: User does not have permission"), "E_BQ_DENIED"),
        (exceptions.Forbidden("a@p has no storage.objects.get on the object"), "E_PERMISSION"),
        (exceptions.Forbidden("Quota exceeded: Your project exceeded quota for free query bytes scanned"), "E_QUOTA"),
        (
            exceptions.Forbidden("BigQuery API has not been used in project p before or it is disabled."),
            "E_API_DISABLED",
        ),
        (exceptions.Unauthorized("Invalid Credentials"), "E_UNAUTHENTICATED"),
        (exceptions.PermissionDenied("You do not have permission to act as service_account: a@p"), "E_ACT_AS"),
    ],
)
def test_a_no_says_what_is_missing_whether_it_came_by_http_or_grpc(error: Exception, code: str):
    with pytest.raises(Refused) as caught, translated():
        raise error
    assert classify(Evidence(message=str(caught.value))).code == code
