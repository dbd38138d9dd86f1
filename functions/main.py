"""Entry points. Each takes one id out of its event and looks after what it names; an event decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import flask
import functions_framework
from cloudevents.http import CloudEvent

from functions import events
from functions.adapters.ports import Refused
from functions.config_reports import report_on
from functions.reconcile import reconcile
from functions.services import services
from functions.sweep import sweep as sweep_all

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
log = logging.getLogger("functions")
Named = TypeVar("Named")


@functions_framework.cloud_event
def on_experiment_created(event: CloudEvent) -> None:
    """Somebody wants to know how good a configuration is."""
    _handle(event, events.experiment_of_request, _reconcile)


@functions_framework.cloud_event
def on_command_created(event: CloudEvent) -> None:
    """Somebody wants something of an experiment: to cancel it."""
    _handle(event, events.experiment_of_command, _reconcile)


@functions_framework.cloud_event
def on_config_written(event: CloudEvent) -> None:
    """A dataset, a feature config or a model config was written or deleted: say what there is to say about it."""
    _handle(event, events.config_of_write, _report)


@functions_framework.cloud_event
def on_build_changed(event: CloudEvent) -> None:
    """A Cloud Build build changed; every build of the project arrives here."""
    _handle(event, events.experiment_of_build, _reconcile)


@functions_framework.cloud_event
def on_pipeline_changed(event: CloudEvent) -> None:
    """A pipeline job or one of its tasks changed."""
    _handle(event, events.experiment_of_pipeline, _reconcile)


@functions_framework.cloud_event
def on_object_finalized(event: CloudEvent) -> None:
    """An object was written: an epoch's record, the results, or something of no interest."""
    _handle(event, events.experiment_of_stored, _reconcile)


@functions_framework.http
def sweep(request: flask.Request) -> flask.typing.ResponseReturnValue:
    """Cloud Scheduler's minute."""
    return sweep_all(services())


def _handle(
    event: CloudEvent, named: Callable[[CloudEvent], Named | None], look_after: Callable[[Named], object]
) -> None:
    """Returning acknowledges; raising means "deliver again", and only an outage does."""
    try:
        found = named(event)
        if found is not None:
            look_after(found)
    except (events.Undecodable, Refused) as error:
        log.warning("event %s of %s cannot be handled: %s", event["id"], event["type"], error)
        services().store.bury(f"{event['type']} {event['source']}", str(error), repr(event.data), services().now())


def _reconcile(experiment_id: str) -> None:
    reconcile(experiment_id, services())


def _report(config: tuple[str, str]) -> None:
    report_on(*config, services())
