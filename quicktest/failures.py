"""Failures of the services behind the client, as one sentence each."""

from __future__ import annotations

import errno
import os

from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError, RefreshError

from local.errors import StackError
from quicktest.deployment import running_stack

_OF_FILES = {  # what a path or a disk refuses, and the user can mend
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EISDIR, errno.ENOTDIR, errno.EEXIST,
    errno.ENAMETOOLONG,
}  # fmt: skip


def explain(error: Exception) -> str | None:
    """What to tell the user, or None for a defect of ours (which keeps its traceback)."""
    if isinstance(error, StackError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _OF_FILES:
        return _file_failure(error)
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "the project")
    if isinstance(error, exceptions.PermissionDenied):
        return f"This account may not do that in {project}: {error.message} Ask its administrator for access."
    if isinstance(error, (DefaultCredentialsError, RefreshError, exceptions.Unauthenticated)):
        return f"Nobody is signed in to {project}. Run `gcloud auth application-default login`."
    if isinstance(error, (exceptions.ServiceUnavailable, exceptions.RetryError, exceptions.DeadlineExceeded)):
        if running_stack() is not None:
            return (
                "The stack that runs here does not answer. Its parts start again by themselves: try again in a minute; "
                "`quicktest doctor` tells which one is down."
            )
        return f"{project} does not answer. Check the network, and that GOOGLE_CLOUD_PROJECT names the right project."
    if isinstance(error, exceptions.GoogleAPICallError):
        return f"{project} refused: {error.message}"
    return None


def _file_failure(error: OSError) -> str:
    """Arrow puts the path into its text, with an errno but no `filename`."""
    if error.filename is None:
        return f"{str(error).rstrip('.')}. Check the path, its permissions and the space on the disk."
    return f"{error.filename}: {error.strerror}. Check the path, its permissions and the space on the disk."
