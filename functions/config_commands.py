"""Commands about a config: its report is made anew, or it is deleted, unless experiments refer to it (domain S1.36)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from functions.adapters.ports import Conflict, ReportWrite, Transient
from functions.config_reports import report_on
from functions.services import Services
from shared.commands import command_of
from shared.documents import DELETE_CONFIG, REFRESH_REPORT, ConfigCommand

log = logging.getLogger(__name__)

KINDS = (REFRESH_REPORT, DELETE_CONFIG)
TRIES = 10
MOST_TOLD = 200  # experiments, the newest ones
FIELD = {"feature_configs": "feature_config", "model_configs": "model_config"}  # of a request


def obey(document_id: str, services: Services) -> None:
    """Do what the command asks for, then remove it. One that does not count is left for whoever wrote it."""
    document = services.store.config("commands", document_id)
    command = command_of(document_id, document) if document is not None else None
    if not isinstance(command, ConfigCommand):
        return
    if command.kind == REFRESH_REPORT:
        report_on(command.collection, command.document, services, anew=command.created_at)
    else:
        _delete(command, services)
    services.store.delete_command(document_id)


def _delete(command: ConfigCommand, services: Services) -> None:
    """A request that is written in this very moment finds the config, or does not: its run says so. A config that is
    younger than the command is another one under the same id: the command has been obeyed by somebody else."""
    store = services.store
    found = store.config(command.collection, command.document)
    if found is None or _is_younger(found, command):
        return
    if experiments := experiments_of(command.collection, command.document, services):
        _refuse(command, experiments, services)
        return
    store.delete_document(command.collection, command.document)
    log.info("%s/%s was deleted for %s", command.collection, command.document, command.owner)
    report_on(command.collection, command.document, services)  # whose event may come late


def _is_younger(config: Mapping[str, Any], command: ConfigCommand) -> bool:
    created_at = config.get("created_at")
    return isinstance(created_at, datetime) and created_at > command.created_at


def experiments_of(collection: str, document_id: str, services: Services) -> list[str]:
    """Experiments that are not deleted and refer to a config, the newest first: by their request, and to a dataset also
    by what their run has frozen, because the feature config may have another dataset by now."""
    store = services.store
    if collection in FIELD:
        return _newest_first(store.experiments_naming(FIELD[collection], document_id))
    users = store.feature_configs_of(document_id)
    asked = {each for user in users for each in store.experiments_naming(FIELD["feature_configs"], user)}
    return _newest_first(asked | set(store.runs_over(document_id)))


def _newest_first(ids: Iterable[str]) -> list[str]:
    return sorted(ids, reverse=True)  # they sort by time


def _refuse(command: ConfigCommand, experiments: list[str], services: Services) -> None:
    """Say so in the report; the next report says nothing of it. One that is being made has to be finished first."""
    refer = "1 experiment refers" if len(experiments) == 1 else f"{len(experiments):,} experiments refer"
    told = {
        "refused": f"{refer} to it. Delete them first, or keep it.",
        "experiments": experiments[:MOST_TOLD],
        "count": len(experiments),
        "asked_at": command.created_at,
    }
    for _ in range(TRIES):
        report = services.store.report(command.collection, command.document)
        if report.document is None:
            report_on(command.collection, command.document, services)
            continue
        if report.document["state"] != "ready":
            raise Transient(f"ABORTED: the report of {command.collection}/{command.document} is being made")
        try:
            services.store.save_report(report, ReportWrite({**report.document, "deletion": told}))
            return
        except Conflict as conflict:
            log.info("%s", conflict)
    raise Transient(f"ABORTED: too many write the report of {command.collection}/{command.document} at once")
