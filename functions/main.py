"""Entry points. Each takes one id out of its event and looks after what it names; an event decides nothing. What one
saw of a config is kept among its versions (functions.saves), because it may have been overwritten since.

Returning acknowledges; raising means "deliver again". What can never be handled is recorded and acknowledged; all else
that goes wrong is raised, and what fails again and again ends in the dead-letter topic, that is in `on_dead_letter`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import flask
import functions_framework
from cloudevents.http import CloudEvent
from werkzeug.exceptions import BadRequest, ClientDisconnected, HTTPException, UnsupportedMediaType

from functions import config_commands, dead_letters, events, saves, telemetry
from functions.adapters.ports import Letter, Refused, Transient
from functions.adapters.records import LONGEST_PAYLOAD, LONGEST_REASON
from functions.commands import check_command
from functions.config_reports import report_on
from functions.drafts import report_on_draft
from functions.events import CommandId, ConfigId
from functions.labels import relabel
from functions.reconcile import BUDGET_S, look_after
from functions.services import services
from functions.stage_logs import fetch_logs
from functions.sweep import sweep as sweep_all
from shared.reports import DRAFTS

_OF_ITS_FORM = (BadRequest, UnsupportedMediaType)  # how functions-framework refuses a request
_RECEIVED = "delivery_received"  # of flask.g: our code has the request; what fails now is no fault of its form

telemetry.configure()
log = logging.getLogger("functions")
Named = TypeVar("Named", str, CommandId, ConfigId)


@functions_framework.cloud_event
def on_experiment_created(event: CloudEvent) -> None:
    """Somebody wants to know how good a configuration is."""
    _handle("on_experiment_created", event, events.experiment_of_request, _look_after)


@functions_framework.cloud_event
def on_experiment_updated(event: CloudEvent) -> None:
    """Somebody edited the labels of an experiment: lists show them."""
    _handle("on_experiment_updated", event, events.experiment_of_request, _relabel)


@functions_framework.cloud_event
def on_command_created(event: CloudEvent) -> None:
    """Somebody wants something of an experiment or of a config, or an endpoint's read models anew."""
    _handle("on_command_created", event, events.command_of_request, _obey)


@functions_framework.cloud_event
def on_config_written(event: CloudEvent) -> None:
    """A dataset, a config, a comparison or a draft was written or deleted: say what there is to say about it."""
    _handle("on_config_written", event, events.config_of_write, lambda config: _report(config, event.data))


@functions_framework.cloud_event
def on_build_changed(event: CloudEvent) -> None:
    """A Cloud Build build changed; every build of the project arrives here."""
    _handle("on_build_changed", event, events.experiment_of_build, _look_after)


@functions_framework.cloud_event
def on_pipeline_changed(event: CloudEvent) -> None:
    """A pipeline job or one of its tasks changed."""
    _handle("on_pipeline_changed", event, events.experiment_of_pipeline, _look_after)


@functions_framework.cloud_event
def on_object_finalized(event: CloudEvent) -> None:
    """An object was written: an epoch's record, the results, or something of no interest."""
    _handle("on_object_finalized", event, events.experiment_of_stored, _look_after)


@functions_framework.http
def on_dead_letter(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """A message that no delivery could hand over; it is told by its body, for the framework takes fewer shapes.

    It has failed often enough: whatever happens now is recorded, and only an outage asks for another delivery.
    """
    body = request.get_data()
    with _received("on_dead_letter"):
        found: str | ConfigId | None = None
        try:
            found = dead_letters.about(body)
            if found is not None:
                _report(found, events.json_object(body)) if isinstance(found, ConfigId) else _look_after(found)
        except Transient:
            raise
        except Exception as error:
            log.exception("a dead letter cannot be handled")
            _bury(f"dead letter of {dead_letters.origin(body)}", _words(error), found)
    return "", 204


@functions_framework.http
def sweep(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Cloud Scheduler's minute."""
    with _received("sweep", source="sweep"):
        return sweep_all(services())


def _record_unreadable(error: Exception) -> flask.typing.ResponseReturnValue:
    """What functions-framework cannot make an event of (it refuses some, and fails at others) is rubbish for ever: no
    other delivery of it would be read."""
    if flask.g.get(_RECEIVED):
        raise error  # ours: deliver it again
    is_refusal = isinstance(error, HTTPException)
    if isinstance(error, ClientDisconnected) or (is_refusal and not isinstance(error, _OF_ITS_FORM)):
        return error  # half a delivery, or none at all but a request of another method
    function = flask.current_app.name
    words = error.name if is_refusal else f"{type(error).__name__}: {error}"  # a refusal's own words quote all headers
    with _received(function):
        log.warning("a request to %s is no event: %s", function, words)
        _bury(f"a request to {function}", f"no event: {words}", None)
    return "", 204


@contextmanager
def _received(function: str, event: str | None = None, source: str = "hint") -> Iterator[None]:
    """Around all that is done about one delivery."""
    setattr(flask.g, _RECEIVED, True)
    with telemetry.context(function=function, event=event, source=source):
        telemetry.count("events", function=function)
        yield


def _handle(
    function: str, event: CloudEvent, named: Callable[[CloudEvent], Named | None], take: Callable[[Named], object]
) -> None:
    with _received(function, event["id"]):
        found: Named | None = None
        try:
            found = named(event)
            if found is not None:
                take(found)
        except (events.Undecodable, Refused) as error:
            log.warning("an event of %s cannot be handled: %s", event["type"], error)
            _bury(f"{event['type']} {event['source']}", str(error), found)


def _look_after(experiment_id: str) -> None:
    with telemetry.context(experiment=experiment_id):
        look_after(experiment_id, services())


def _relabel(experiment_id: str) -> None:
    with telemetry.context(experiment=experiment_id):
        relabel(experiment_id, services())


def _obey(command: CommandId) -> None:
    check_command(command.document_id, services())
    if command.fetches_logs:
        fetch_logs(command.document_id, services())
    elif command.is_rebuild:
        from functions.insights import rebuild  # numpy comes with it: 0.1 s of each cold start

        rebuild(command.about, services(), BUDGET_S)
    elif command.is_about_a_config:
        config_commands.obey(command.document_id, services())
    else:
        _look_after(command.about)


def _report(config: ConfigId, data: object) -> None:
    """What an event's data saw of the document is its history; what the document is now is read."""
    with telemetry.context(document=f"{config.collection}/{config.document_id}"):
        if config.collection == DRAFTS:
            report_on_draft(config.document_id, services())
        else:
            report_on(config.collection, config.document_id, services(), saves.change_of(data))


def _bury(source: str, reason: str, found: str | CommandId | ConfigId | None) -> None:
    """Record what was received; if it names an experiment, the sweep looks after that once."""
    payload = flask.request.get_data()[:LONGEST_PAYLOAD].decode(errors="backslashreplace")
    letter = Letter(_storable(source), _storable(reason), payload, _experiment_of(found))
    services().store.bury(letter, services().now())
    telemetry.count("dead_letters", function=telemetry.current("function"))


def _experiment_of(found: str | CommandId | ConfigId | None) -> str | None:
    if isinstance(found, CommandId):
        return found.experiment
    return found if isinstance(found, str) else None


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, (events.Undecodable, Refused)) else f"{type(error).__name__}: {error}"


def _storable(text: str) -> str:
    """Bounded, and without the halves of characters that JSON can spell and Firestore cannot keep."""
    return text[:LONGEST_REASON].encode(errors="backslashreplace").decode()


if flask.has_app_context():  # functions-framework loads this module once more for each application, within it
    flask.current_app.register_error_handler(Exception, _record_unreadable)
