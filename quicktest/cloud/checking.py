"""Whether what was applied is there and works: facts in, findings with a remedy out. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.gateway.wiring import DEAD_LETTERS, DOCUMENT_TRIGGERS, FUNCTIONS, PUSH_SUBSCRIPTIONS, SCHEDULED_FUNCTION
from quicktest.cloud.pages import POLICY, Served, ways_to_sign_in
from quicktest.doctor import Check

Items = Sequence[Mapping[str, Any]]
# Without these something stands still; Terraform enables more, which only have to do with making it.
APIS = (
    "aiplatform", "artifactregistry", "bigquery", "cloudbuild", "cloudfunctions", "cloudscheduler", "dataflow",
    "eventarc", "firebasehosting", "firebaserules", "firestore", "identitytoolkit", "logging", "pubsub", "run",
    "storage",
)  # fmt: skip
TOPIC = "pipeline-events"
SETTINGS = (  # of a function, that this installation's outputs and release say too
    "GOOGLE_CLOUD_PROJECT",
    "QUICKTEST_REGION",
    "QUICKTEST_BUCKET",
    "QUICKTEST_COMPILER_IMAGE",
    "QUICKTEST_TRAINER_IMAGE",
    "QUICKTEST_TRAINER_GPU_IMAGE",
)
OF_FUNCTIONS = ("compiler", "trainer", "trainer_gpu")  # images that they give to builds and jobs


@dataclass(frozen=True)
class Expected:
    """What Terraform says of the installation: its outputs, and the release of the customer's file."""

    project: str
    again: str  # the command that applies it again
    environment: Mapping[str, str]
    service_accounts: Mapping[str, str]
    page_config: Mapping[str, Any]
    images: Mapping[str, str]


def apis(expected: Expected, services: Items) -> list[Check]:
    enabled = {service["config"]["name"].removesuffix(".googleapis.com") for service in services}
    missing = [f"{name}.googleapis.com" for name in APIS if name not in enabled]
    if not missing:
        return [Check("project", "APIs", "ok", f"all {len(APIS)} are enabled")]
    remedy = f"gcloud services enable {' '.join(missing)} --project={expected.project}"
    return [Check("project", "APIs", "wrong", f"{', '.join(missing)} disabled: what needs them stands still", remedy)]


def functions(expected: Expected, found: Items) -> list[Check]:
    """Each is active, runs as the account that was made for it, and has the settings of this installation."""
    by_name = {last(each["name"]): each for each in found}
    return [_function(expected, name, by_name.get(name)) for name in _names()]


def _function(expected: Expected, name: str, found: Mapping[str, Any] | None) -> Check:
    if found is None:
        return Check("functions", name, "wrong", "is not deployed", expected.again)
    service = found.get("serviceConfig", {})
    account = service.get("serviceAccountEmail")
    if found.get("state") != "ACTIVE":
        region = expected.environment["QUICKTEST_REGION"]
        remedy = f"gcloud functions describe {name} --v2 --project={expected.project} --region={region}"
        return Check("functions", name, "wrong", f"is {found.get('state')}: see what its build or start said", remedy)
    if account != expected.service_accounts.get(name):
        return Check("functions", name, "wrong", f"runs as {account}, which is not its own account", expected.again)
    if service.get("ingressSettings") != "ALLOW_INTERNAL_ONLY":
        return Check("functions", name, "wrong", "can be reached from outside of the project", expected.again)
    if other := _other_settings(expected, service.get("environmentVariables", {})):
        text = f"has other settings than the installation: {', '.join(other)}"
        return Check("functions", name, "wrong", text, expected.again)
    return Check("functions", name, "ok", f"active, as {account}")


def _other_settings(expected: Expected, settings: Mapping[str, str]) -> list[str]:
    images = {f"QUICKTEST_{name.upper()}_IMAGE": expected.images.get(name) for name in OF_FUNCTIONS}
    wanted = {**expected.environment, **images}
    return sorted(name for name in SETTINGS if settings.get(name) != wanted.get(name))


def deliveries(expected: Expected, triggers: Items, subscriptions: Items) -> list[Check]:
    """Every way by which an event comes has retries with pauses, and a place for what nobody could handle."""
    by_name = {last(each["name"]): each for each in subscriptions}
    transports = {
        last(each["name"]): last(each.get("transport", {}).get("pubsub", {}).get("subscription", ""))
        for each in triggers
    }
    checks = []
    for name in [*(trigger.id for trigger in DOCUMENT_TRIGGERS), "on-object-finalized"]:
        if name not in transports:
            checks.append(
                Check("events", name, "wrong", "there is no such trigger: its events are lost", expected.again)
            )
        else:
            checks.append(_delivery(expected, name, by_name.get(transports[name]), True))
    for push in (*PUSH_SUBSCRIPTIONS, DEAD_LETTERS):
        name = push.function.replace("_", "-")
        checks.append(_delivery(expected, name, by_name.get(name), push is not DEAD_LETTERS))
    return checks


def _delivery(expected: Expected, name: str, found: Mapping[str, Any] | None, letters: bool) -> Check:
    if found is None:
        return Check("events", name, "wrong", "there is no such subscription: its events are lost", expected.again)
    if found.get("state", "ACTIVE") != "ACTIVE":
        return Check("events", name, "wrong", f"its subscription is {found['state']}", expected.again)
    lacking = [
        what
        for what, there in (
            ("dead letter", not letters or found.get("deadLetterPolicy", {}).get("deadLetterTopic")),
            ("pause between retries", found.get("retryPolicy", {}).get("minimumBackoff")),
        )
        if not there
    ]
    if lacking:
        return Check("events", name, "wrong", f"its subscription has no {' and no '.join(lacking)}", expected.again)
    return Check("events", name, "ok", "retries with pauses" + (", dead letter after that" if letters else ""))


def sink(expected: Expected, sinks: Items, policy: Mapping[str, Any]) -> list[Check]:
    """Vertex AI says how a pipeline stands through the log alone."""
    destination = f"pubsub.googleapis.com/projects/{expected.project}/topics/{TOPIC}"
    found = next((each for each in sinks if each.get("destination") == destination), None)
    if found is None:
        return [Check("events", "log sink", "wrong", f"no sink leads to the topic {TOPIC}", expected.again)]
    if found.get("disabled"):
        return [Check("events", "log sink", "wrong", f"the sink {found['name']} is disabled", expected.again)]
    publishers = {
        member
        for binding in policy.get("bindings", [])
        if binding["role"] == "roles/pubsub.publisher"
        for member in binding["members"]
    }
    if found["writerIdentity"] not in publishers:
        text = f"{found['writerIdentity']} may not publish to {TOPIC}: states of pipelines come by the sweep alone"
        return [Check("events", "log sink", "wrong", text, expected.again)]
    return [Check("events", "log sink", "ok", f"{found['name']} may publish to {TOPIC}")]


def scheduler(expected: Expected, jobs: Items) -> list[Check]:
    found = next((each for each in jobs if last(each["name"]) == SCHEDULED_FUNCTION), None)
    if found is None:
        return [Check("sweep", "scheduler", "wrong", "there is no job that calls it", expected.again)]
    if found.get("state") != "ENABLED":
        remedy = (
            f"gcloud scheduler jobs resume {SCHEDULED_FUNCTION} --project={expected.project} --location="
            f"{expected.environment.get('QUICKTEST_REGION')}"
        )
        return [Check("sweep", "scheduler", "wrong", f"its job is {found.get('state')}", remedy)]
    if code := found.get("status", {}).get("code"):
        remedy = "Read the log of the function sweep; it runs again within the minute."
        return [Check("sweep", "scheduler", "wrong", f"its last call failed with code {code}", remedy)]
    if not found.get("lastAttemptTime"):
        return [Check("sweep", "scheduler", "note", "was not called yet", "Wait a minute and look again.")]
    return [Check("sweep", "scheduler", "ok", f"last called {found['lastAttemptTime']}")]


def page(expected: Expected, policy: str, index: Served, config: Served) -> list[Check]:
    remedy = f"quicktest cloud page {expected.project}"
    if index.status != 200:
        answer = f"answers {index.status}" if index.status else "cannot be reached"
        return [Check("page", "page", "wrong", answer, remedy)]
    if index.headers.get(POLICY) != policy:
        return [Check("page", "page", "wrong", f"has another {POLICY} than firebase.json promises", remedy)]
    try:
        same = json.loads(config.text) == expected.page_config
    except ValueError:
        same = False
    if not same:
        return [Check("page", "page", "wrong", "its config.json is not this project's", remedy)]
    return [Check("page", "page", "ok", "answers, with its policy and its configuration")]


def sign_in(expected: Expected, with_google: bool) -> Check:
    """Terraform cannot switch it on, as that makes an OAuth client, so somebody may have forgotten it."""
    if with_google:
        return Check("page", "sign-in", "ok", "people sign in with Google")
    remedy = f"Switch on Google: {ways_to_sign_in(expected.project)}"
    return Check("page", "sign-in", "wrong", "with Google is off: nobody can use the page", remedy)


def mlflow(health: Served) -> Check:
    """People may be kept out of it where functions are let in."""
    if health.status == 200:
        return Check("MLflow", "server", "ok", "answers")
    if health.status in (401, 403):
        remedy = "Add this account to mlflow.users in the customer's file to see it."
        return Check("MLflow", "server", "note", "answers, but this account may not use it", remedy)
    text = f"answers {health.status}" if health.status else "cannot be reached"
    return Check("MLflow", "server", "wrong", f"{text}: runs go on, but are not copied there", "Read docs/runbook.")


def image(name: str, address: str, there: bool, remedy: str) -> Check:
    if there:
        return Check("images", name, "ok", address.rpartition("@")[2][:19])
    return Check("images", name, "wrong", f"{address} is not there: the next run that needs it fails", remedy)


def _names() -> list[str]:
    return [name.replace("_", "-") for name in FUNCTIONS]


def last(name: str) -> str:
    """Of a resource's name, the part that somebody chose."""
    return name.rpartition("/")[2]
