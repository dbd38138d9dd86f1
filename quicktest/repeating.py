"""New experiments out of old ones: the very same again, or a variation (domain S5.12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from quicktest.client import Client
from quicktest.drafts import Draft, load_documents
from quicktest.errors import QuicktestError
from quicktest.findings import InvalidDrafts, errors_of
from quicktest.words import TERMINAL_STATES, state_word, title
from quicktest.yaml_text import load_all
from shared.documents import ClientDocument
from shared.documents import Experiment as Request
from shared.names import close_names, listed

if TYPE_CHECKING:
    from quicktest.experiment import Experiment

FILLED_IN = frozenset({*ClientDocument.model_fields, "parent", "origin"})  # of each experiment, by whoever writes it
OWN = frozenset({"notes", "starred"})  # what was said about the parent is not said about its child
DEFAULTS = {  # by the spelling of the document
    field.alias or name: field.default for name, field in Request.model_fields.items() if name not in FILLED_IN
}
SOURCE = "the clone"


def rerun(experiment: Experiment, client: Client, name: str | None) -> Experiment:
    """Write the rerun; raises QuicktestError when there is nothing that could be repeated."""
    return client.run({**rerun_request(experiment), **({} if name is None else {"name": name})})


def clone(experiment: Experiment, client: Client, changes: Mapping[str, Any]) -> Experiment:
    return client.run(changed(clone_request(experiment), changes))


def rerun_request(experiment: Experiment) -> dict[str, Any]:
    """The frozen request of what has ended; the functions take all else from the snapshot, too."""
    run = experiment.run()
    number = run.get("number") or experiment.id
    remedy = f"Clone it (`quicktest clone {number}`), which takes its request and the configs as they are now."
    if run.get("deletion"):
        raise QuicktestError(f"{title(run)} is being deleted, so there will be nothing to repeat. {remedy}")
    if run["state"] not in TERMINAL_STATES:
        words = f"{title(run)} is {state_word(run)}, and a rerun repeats one that has ended."
        raise QuicktestError(f"{words} Wait until it has, or clone it: `quicktest clone {number}`.")
    frozen = experiment.snapshot()
    if frozen is None:
        raise QuicktestError(f"{title(run)} was never prepared, so there is nothing exact to repeat. {remedy}")
    return {**_request(frozen["configs"]["experiment"]), "parent": experiment.id, "origin": "rerun"}


def clone_request(experiment: Experiment) -> dict[str, Any]:
    """The frozen request, or as it was written where nothing was frozen."""
    run = experiment.run()
    if run.get("deletion"):
        raise QuicktestError(f"{title(run)} is being deleted. Clone another one.")
    frozen = experiment.snapshot()
    request = frozen["configs"]["experiment"] if frozen is not None else experiment.request()
    return {**_request(request), "parent": experiment.id, "origin": "clone"}


def _request(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say what is tested and are not as they are by default, in the order of the schema."""
    return {
        name: document[name]
        for name, default in DEFAULTS.items()
        if name in document and name not in OWN and document[name] != default
    }


# ------------------------------------------------------------------------------------------------------- changes


def settings(written: Iterable[str]) -> dict[str, Any]:
    """`epochs=50`, `split={kind: random}`: values by path, read as YAML. Raises QuicktestError with the remedy."""
    found: dict[str, Any] = {}
    for text in written:
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals or not re.fullmatch(r"\w+(\.\w+)*", path):
            raise QuicktestError(f"--set `{text}` is not PATH=VALUE. Write for example --set epochs=50.")
        if path in found:
            raise QuicktestError(f"--set {path} stands twice. Remove one.")
        found[path] = _value(path, value)
    return found


def _value(path: str, text: str) -> Any:
    documents = load_all(text, f"--set {path}")
    if len(documents) > 1:
        raise QuicktestError(f"--set {path}: `{text}` is more than one value. Give one.")
    return documents[0].value if documents else None


def changed(request: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with the values at the paths. Raises QuicktestError for a field that an experiment does not have, with
    those that it has; values are checked when the document is."""
    found = yaml.safe_load(yaml.safe_dump(dict(request)))  # a copy of plain values, all the way down
    for path, value in changes.items():
        first, *rest = path.split(".")
        if first not in DEFAULTS:
            near = close_names(first, DEFAULTS)
            hint = f" Did you mean {listed(near)}?" if near else ""
            known = listed(DEFAULTS, limit=len(DEFAULTS))
            raise QuicktestError(f"An experiment has no field `{first}` to set.{hint} There are: {known}.")
        _put(found, path, [first, *rest], value)
    return found


def _put(parent: Any, path: str, steps: list[str], value: Any) -> None:
    step, *rest = steps
    if isinstance(parent, list):
        if not step.isdecimal() or int(step) >= len(parent):
            raise QuicktestError(f"--set {path}: the list has no entry `{step}`. Set the whole list instead.")
        key: Any = int(step)
    else:
        key = step
    if not rest:
        parent[key] = value
        return
    inner = parent[key] if isinstance(parent, list) else parent.get(key)
    if inner is None:
        inner = parent[key] = {}
    if not isinstance(inner, (dict, list)):
        raise QuicktestError(
            f"--set {path}: `{step}` is `{inner}`, which has no fields of its own. To vary a config, apply a changed "
            f"copy under another id and set `{step}` to it."
        )
    _put(inner, path, rest, value)


# --------------------------------------------------------------------------------------------------------- drafts


def draft_of(request: Mapping[str, Any]) -> Draft:
    """The request as a document to write; raises InvalidDrafts with everything that is wrong with it."""
    drafts, findings = load_documents({"kind": "experiment", **request}, SOURCE)
    if wrong := errors_of(findings):
        raise InvalidDrafts(wrong)
    return drafts[0]


def as_yaml(request: Mapping[str, Any]) -> str:
    """The document as `quicktest run -f` takes it."""
    document = {"kind": "experiment", **request}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
