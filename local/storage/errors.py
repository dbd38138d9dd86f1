"""Errors in the shape of Google's JSON APIs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse


class StorageError(Exception):
    """A request that fails the way Cloud Storage would fail it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(message)


def not_found(bucket: str, name: str | None = None) -> StorageError:
    if name is None:
        return StorageError(404, "notFound", "The specified bucket does not exist.")
    return StorageError(404, "notFound", f"No such object: {bucket}/{name}")


def precondition_failed() -> StorageError:
    return StorageError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def error_response(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StorageError)
    detail = {"message": str(error), "domain": "global", "reason": error.reason}
    body = {"error": {"code": error.status, "message": str(error), "errors": [detail]}}
    return JSONResponse(body, status_code=error.status)
