"""Entry points. Each takes one id out of its event and reconciles that experiment; an event decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

import flask
import functions_framework
from cloudevents.http import CloudEvent

from functions import events
from functions.reconcile import reconcile
from functions.services import services
from functions.sweep import sweep as sweep_all

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
log = logging.getLogger("functions")


@functions_framework.cloud_event
def on_experiment_created(event: CloudEvent) -> None:
    """Somebody wants to know how good a configuration is."""
    _handle(event, events.experiment_of_request)


@functions_framework.cloud_event
def on_command_created(event: CloudEvent) -> None:
    """Somebody wants something of an experiment: to cancel it."""
    _handle(event, events.experiment_of_command)


@functions_framework.cloud_event
def on_build_changed(event: CloudEvent) -> None:
    """A Cloud Build build changed; every build of the project arrives here."""
    _handle(event, events.experiment_of_build)


@functions_framework.cloud_event
def on_pipeline_changed(event: CloudEvent) -> None:
    """A pipeline job or one of its tasks changed."""
    _handle(event, events.experiment_of_pipeline)


@functions_framework.cloud_event
def on_object_finalized(event: CloudEvent) -> None:
    """An object was written: an epoch's record, the results, or something of no interest."""
    _handle(event, events.experiment_of_stored)


@functions_framework.http
def sweep(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Cloud Scheduler's minute."""
    return sweep_all(services())


def _handle(event: CloudEvent, owner: Callable[[CloudEvent], str | None]) -> None:
    """Returning acknowledges; raising means "deliver again", and only an outage does."""
    try:
        experiment_id = owner(event)
    except events.Undecodable as error:
        log.warning("event %s of %s cannot be handled: %s", event["id"], event["type"], error)
        services().store.bury(f"{event['type']} {event['source']}", str(error), repr(event.data), services().now())
        return
    if experiment_id is not None:
        reconcile(experiment_id, services())
