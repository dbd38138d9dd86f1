"""Reads an installation through gcloud and the web, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import requests

from quicktest.cloud import checking, checking_documents, choices, pages, rest
from quicktest.cloud.checking import Expected
from quicktest.cloud.onboarding import customer_root
from quicktest.cloud.programs import Programs, gcloud
from quicktest.cloud.terraform import Root
from quicktest.doctor import Check
from quicktest.errors import QuicktestError
from quicktest.files import PROJECT_ROOT

BACKED_UP = "prod"  # the environment with backups, as its main.tf says
REBUILD = "Build a release anew and give it to the project, or go back to another."


def look(programs: Programs, project: str, environment: str | None) -> list[Check]:
    """Every check that can be made; one that is refused is a finding, and the others go on."""
    folder = choices.find_environment(project, environment)
    root = customer_root(programs, folder, project)
    outputs = root.outputs()
    if not {"environment", "hosting_site", "page_config", "service_accounts"} <= outputs.keys():
        raise QuicktestError(f"{project} was not applied, or not to its end. Run `quicktest cloud onboard {project}`.")
    expected = _expected(project, root, outputs)
    found: list[Check] = []
    for area, checks in _areas(programs, expected, outputs, folder.name):
        try:
            found += checks()
        except QuicktestError as error:
            found.append(Check(area, "look", "wrong", str(error)))
    return found


def _expected(project: str, root: Root, outputs: dict[str, Any]) -> Expected:
    chosen = choices.read(root.variables)
    return Expected(
        project=project,
        again=f"quicktest cloud onboard {project}",
        environment=outputs["environment"],
        service_accounts=outputs["service_accounts"],
        page_config=outputs["page_config"],
        images=chosen.get("release", {}).get("images", {}),
    )


def _areas(
    programs: Programs, expected: Expected, outputs: dict[str, Any], environment: str
) -> Iterator[tuple[str, Callable[[], list[Check]]]]:
    of, region = f"--project={expected.project}", expected.environment["QUICKTEST_REGION"]

    def ask(*words: str) -> Any:
        return programs.gcloud(*words, of) or []

    yield "project", lambda: checking.apis(expected, ask("services", "list", "--enabled"))
    yield "functions", lambda: checking.functions(expected, ask("functions", "list", "--v2", f"--regions={region}"))
    yield (
        "events",
        lambda: checking.deliveries(
            expected, ask("eventarc", "triggers", "list", "--location=-"), ask("pubsub", "subscriptions", "list")
        ),
    )
    yield (
        "events",
        lambda: checking.sink(
            expected,
            ask("logging", "sinks", "list"),
            ask("pubsub", "topics", "get-iam-policy", checking.TOPIC) or {},
        ),
    )
    yield "sweep", lambda: checking.scheduler(expected, ask("scheduler", "jobs", "list", f"--location={region}"))
    wanted = json.loads((PROJECT_ROOT / "firestore.indexes.json").read_text())["indexes"]
    yield (
        "documents",
        lambda: checking_documents.indexes(expected, wanted, ask("firestore", "indexes", "composite", "list")),
    )
    rules = (PROJECT_ROOT / "firestore.rules").read_text()
    yield "documents", lambda: checking_documents.rules(expected, rules, rest.released_rules(expected.project))
    if environment == BACKED_UP:
        yield (
            "documents",
            lambda: checking_documents.backups(
                expected,
                ask("firestore", "backups", "schedules", "list", f"--database={checking_documents.DATABASE}"),
                ask("firestore", "backups", "list"),
                datetime.now(UTC),
            ),
        )
    yield "page", lambda: _page(expected, outputs)
    yield "page", lambda: [checking.sign_in(expected, rest.google_signs_in(expected.project))]
    if uri := expected.environment.get("MLFLOW_TRACKING_URI"):
        yield "MLflow", lambda: [checking.mlflow(_health(programs, uri))]
    yield "images", lambda: [_image(programs, expected, *each) for each in expected.images.items()]


def _page(expected: Expected, outputs: dict[str, Any]) -> list[Check]:
    url = pages.address(outputs["hosting_site"])
    return checking.page(expected, pages.promised_policy(), pages.fetch(f"{url}/"), pages.fetch(f"{url}/config.json"))


def _health(programs: Programs, uri: str) -> pages.Served:
    """With a token of this account, which goes into the request and nowhere else."""
    token = programs.run(gcloud("auth", "print-identity-token")).out.strip()
    try:
        answer = requests.get(f"{uri}/health", headers={"Authorization": f"Bearer {token}"}, timeout=pages.TIMEOUT_S)
    except requests.RequestException:
        return pages.Served(0)
    return pages.Served(answer.status_code)


def _image(programs: Programs, expected: Expected, name: str, address: str) -> Check:
    there = programs.gcloud_if_there("artifacts", "docker", "images", "describe", address) is not None
    return checking.image(name, address, there, REBUILD)
