"""A document that another one names and that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from shared.names import close_names
from shared.problems import Problem


def not_found(path: str, kind: str, document_id: str, known: Iterable[str] = ()) -> Problem:
    """`kind` as in a YAML file, such as `feature_config`; `known`: ids there are, as far as anybody looked."""
    near = " or ".join(f"`{other}`" for other in close_names(document_id, known))
    remedy = f"Did you mean {near}?" if near else "Write it first, e.g. `quicktest apply -f FILE`, or name another."
    return Problem("E_NOT_FOUND", path, f"there is no {kind} `{document_id}`.", remedy)
