"""What Google's clients raise is an outage (deliver again) or a no (end the run)."""

from __future__ import annotations

import pytest
from google.api_core import exceptions

from functions.adapters.failures import translated
from functions.adapters.ports import Refused, Transient
from shared.errors import Evidence, classify


def test_too_many_bytes_are_refused_although_the_client_takes_them_for_a_fault_of_the_server():
    """A 500 with the reason bytesBilledLimitExceeded: sent again it would end the same way, for ever."""
    words = "Query exceeded limit for bytes billed: 10. 20 or higher required.; reason: bytesBilledLimitExceeded"
    with pytest.raises(Refused) as caught, translated():
        raise exceptions.InternalServerError(words)
    assert classify(Evidence(message=str(caught.value))).code == "E_BQ_BYTES"


@pytest.mark.parametrize("error", [exceptions.InternalServerError("x"), exceptions.TooManyRequests("x")])
def test_what_may_work_later_is_an_outage(error: Exception):
    with pytest.raises(Transient), translated():
        raise error


def test_a_no_is_final():
    with pytest.raises(Refused, match="PERMISSION_DENIED"), translated():
        raise exceptions.PermissionDenied("not yours")
