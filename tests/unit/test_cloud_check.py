"""What `quicktest cloud check` calls wrong: each of its facts is spoiled in turn."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.gateway.wiring import DOCUMENT_TRIGGERS, FUNCTIONS
from quicktest.cloud import checking, checking_documents, looking, pages, rest
from quicktest.cloud.checking import Expected
from quicktest.cloud.pages import POLICY, Served
from quicktest.cloud.programs import Programs
from quicktest.cloud.refusals import Refused
from quicktest.cloud.terraform import Root
from quicktest.doctor import Check

ROOT = Path(__file__).parents[2]
NAMES = [name.replace("_", "-") for name in FUNCTIONS]
SETTINGS = {"GOOGLE_CLOUD_PROJECT": "shop", "QUICKTEST_REGION": "europe-west4", "QUICKTEST_BUCKET": "shop-quicktest"}
IMAGES = {
    name: f"europe-west4-docker.pkg.dev/acme/quicktest/{name}@sha256:{'0' * 64}" for name in checking.OF_FUNCTIONS
}
SHOP = Expected(
    project="shop",
    again="quicktest cloud onboard shop --region europe-west4",
    environment=SETTINGS,
    service_accounts={name: f"fn-{name}@shop.iam.gserviceaccount.com" for name in NAMES},
    page_config={"projectId": "shop", "apiKey": "key"},
    images=IMAGES,
)
WRITER = "serviceAccount:service-1@gcp-sa-logging.iam.gserviceaccount.com"
INDEXES = json.loads((ROOT / "firestore.indexes.json").read_text())["indexes"]
RULES = (ROOT / "firestore.rules").read_text()


def as_listed(fields: list[dict[str, str]]) -> list[dict[str, str]]:
    """The service appends the document's name where the file does not have it."""
    named = {"fieldPath": "__name__", "order": fields[-1]["order"]}
    return fields if fields[-1]["fieldPath"] == "__name__" else [*fields, named]


def test_an_index_in_another_order_of_names_is_another_index() -> None:
    up, down = ({"fieldPath": "__name__", "order": order} for order in ("ASCENDING", "DESCENDING"))
    state = {"fieldPath": "state", "order": "ASCENDING"}
    there = {"name": "x/collectionGroups/runs/indexes/1", "state": "READY", "fields": [state, up]}
    for fields, verdict in (([state], "ok"), ([state, up], "ok"), ([state, down], "wrong")):
        wanted = [{"collectionGroup": "runs", "fields": fields}]
        assert checking_documents.indexes(SHOP, wanted, [there])[0].status == verdict


WEEKLY = {"createTime": "2026-01-01T08:00:00.123456789Z", "weeklyRecurrence": {"day": "SUNDAY"}}
DAILY = {"createTime": "2026-01-01T08:00:00.123456789Z", "dailyRecurrence": {}}


def backup(at: datetime, state: str = "READY", database: str = "(default)") -> dict[str, str]:
    """As the service writes the time of one."""
    return {
        "name": "projects/shop/locations/europe-west4/backups/1",
        "database": f"projects/shop/databases/{database}",
        "snapshotTime": f"{at:%Y-%m-%dT%H:%M:%S}.123456789Z",
        "state": state,
    }


def installation() -> dict[str, Any]:
    """What gcloud says of an installation that works."""
    policy = {"deadLetterPolicy": {"deadLetterTopic": "t"}, "retryPolicy": {"minimumBackoff": "10s"}, "state": "ACTIVE"}
    triggers = [*(trigger.id for trigger in DOCUMENT_TRIGGERS), "on-object-finalized"]
    pushes = ["on-build-changed", "on-pipeline-changed", "on-dead-letter"]
    images = {f"QUICKTEST_{name.upper()}_IMAGE": image for name, image in IMAGES.items()}
    return {
        "services list": [{"config": {"name": f"{name}.googleapis.com"}} for name in checking.APIS],
        "functions list": [
            {
                "name": f"projects/shop/locations/europe-west4/functions/{name}",
                "state": "ACTIVE",
                "serviceConfig": {
                    "serviceAccountEmail": SHOP.service_accounts[name],
                    "ingressSettings": "ALLOW_INTERNAL_ONLY",
                    "environmentVariables": {**SETTINGS, **images},
                },
            }
            for name in NAMES
        ],
        "eventarc triggers": [
            {
                "name": f"projects/shop/locations/europe-west4/triggers/{name}",
                "transport": {"pubsub": {"subscription": f"projects/shop/subscriptions/eventarc-{name}"}},
            }
            for name in triggers
        ],
        "pubsub subscriptions": [
            {"name": f"projects/shop/subscriptions/{name}", **copy.deepcopy(policy)}
            for name in [*pushes, *(f"eventarc-{trigger}" for trigger in triggers)]
        ],
        "logging sinks": [
            {
                "name": "pipeline-events",
                "destination": "pubsub.googleapis.com/projects/shop/topics/pipeline-events",
                "writerIdentity": WRITER,
            }
        ],
        "pubsub topics": {"bindings": [{"role": "roles/pubsub.publisher", "members": [WRITER]}]},
        "scheduler jobs": [
            {"name": "projects/shop/locations/europe-west4/jobs/sweep", "state": "ENABLED", "lastAttemptTime": "now"}
        ],
        "firestore indexes": [
            {
                "name": f"projects/shop/databases/(default)/collectionGroups/{group}/indexes/{place}",
                "fields": as_listed(index["fields"]),
                "state": "READY",
            }
            for place, index in enumerate(INDEXES)
            for group in [index["collectionGroup"]]
        ],
        "firestore backups schedules": [WEEKLY, DAILY],
        "firestore backups list": [backup(datetime.now(UTC) - timedelta(hours=20))],
    }


def checked(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, environment: str = "prod") -> list[Check]:
    """Every check of these facts; `page` and `rules` are facts, too."""

    def gcloud(_: Programs, *words: str) -> Any:
        found = next(facts[key] for key in (" ".join(words[:3]), " ".join(words[:2])) if key in facts)
        if isinstance(found, Exception):
            raise found
        return found

    def fetch(url: str) -> Served:
        found = facts.get("page", {"status": 200, "policy": pages.promised_policy(), "config": SHOP.page_config})
        text = json.dumps(found["config"]) if url.endswith("config.json") else ""
        return Served(found["status"], text, {POLICY: found["policy"]})

    outputs = {
        "environment": SETTINGS,
        "service_accounts": SHOP.service_accounts,
        "page_config": SHOP.page_config,
        "hosting_site": "shop",
    }
    missing = facts.get("missing images", ())
    monkeypatch.setattr(Programs, "gcloud", gcloud)
    monkeypatch.setattr(
        Programs, "gcloud_if_there", lambda _, *words: None if words[-1].split("@")[0].endswith(missing) else {}
    )
    monkeypatch.setattr(pages, "fetch", fetch)
    monkeypatch.setattr(rest, "released_rules", lambda project: facts.get("rules", RULES))
    monkeypatch.setattr(rest, "google_signs_in", lambda project: facts.get("sign-in", True))
    monkeypatch.setattr(looking.choices, "find_environment", lambda *_: Path(environment))
    monkeypatch.setattr(looking.choices, "read", lambda _: {"region": "europe-west4", "release": {"images": IMAGES}})
    monkeypatch.setattr(Root, "outputs", lambda _: outputs)
    return looking.look(Programs(), "shop", None)


def test_nothing_is_wrong_with_an_installation_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = checked(installation(), monkeypatch)
    assert [check for check in checks if check.status != "ok"] == []
    assert {"functions", "events", "sweep", "documents", "page", "images", "project"} == {
        check.area for check in checks
    }


Spoil = Callable[[dict[str, Any]], Any]


def _subscription(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in facts["pubsub subscriptions"] if each["name"].endswith(f"/{name}"))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: f["services list"].pop(0), "aiplatform.googleapis.com disabled"),
        (lambda f: f["functions list"].pop(0), "is not deployed"),
        (lambda f: f["functions list"][0].update(state="FAILED"), "is FAILED: see what its build or start said"),
        (
            lambda f: f["functions list"][0]["serviceConfig"].update(serviceAccountEmail="1-compute@developer"),
            "runs as 1-compute@developer, which is not its own account",
        ),
        (
            lambda f: f["functions list"][0]["serviceConfig"].update(ingressSettings="ALLOW_ALL"),
            "can be reached from outside",
        ),
        (
            lambda f: f["functions list"][0]["serviceConfig"]["environmentVariables"].pop(
                "QUICKTEST_TRAINER_GPU_IMAGE"
            ),
            "has other settings than the installation: QUICKTEST_TRAINER_GPU_IMAGE",
        ),
        (lambda f: f["eventarc triggers"].pop(0), "there is no such trigger: its events are lost"),
        (
            lambda f: _subscription(f, "eventarc-on-draft-written").pop("deadLetterPolicy"),
            "its subscription has no dead letter",
        ),
        (
            lambda f: _subscription(f, "on-build-changed").update(deadLetterPolicy={}, retryPolicy={}),
            "its subscription has no dead letter and no pause between retries",
        ),
        (lambda f: _subscription(f, "on-dead-letter").pop("retryPolicy"), "has no pause between retries"),
        (lambda f: _subscription(f, "on-build-changed").update(state="RESOURCE_ERROR"), "is RESOURCE_ERROR"),
        (lambda f: f["pubsub subscriptions"].pop(0), "there is no such subscription"),
        (lambda f: f["logging sinks"].clear(), "no sink leads to the topic pipeline-events"),
        (lambda f: f["logging sinks"][0].update(disabled=True), "the sink pipeline-events is disabled"),
        (lambda f: f.update({"pubsub topics": {}}), f"{WRITER} may not publish to pipeline-events"),
        (lambda f: f["scheduler jobs"].clear(), "there is no job that calls it"),
        (lambda f: f["scheduler jobs"][0].update(state="PAUSED"), "its job is PAUSED"),
        (lambda f: f["scheduler jobs"][0].update(status={"code": 7}), "its last call failed with code 7"),
        (lambda f: f["firestore indexes"].pop(0), "missing: runs by state, created_at"),
        (lambda f: f.update(rules=None), "none are released"),
        (lambda f: f.update(rules="allow read, write;"), "others are released than firestore.rules holds"),
        (lambda f: f["firestore backups schedules"].remove(DAILY), "no schedule makes one each day"),
        (lambda f: f["firestore backups list"].clear(), "none since 2026-01-01: each day should have one"),
        (lambda f: f.update(page={"status": 404, "policy": "", "config": {}}), "answers 404"),
        (lambda f: f.update(page={"status": 0, "policy": "", "config": {}}), "cannot be reached"),
        (lambda f: f.update(page={"status": 200, "policy": "x", "config": {}}), f"has another {POLICY}"),
        (
            lambda f: f.update(page={"status": 200, "policy": pages.promised_policy(), "config": {}}),
            "its config.json is not this project's",
        ),
        (lambda f: f.update({"sign-in": False}), "with Google is off: nobody can use the page"),
        (lambda f: f.update({"missing images": ("trainer",)}), "trainer@sha256:"),
        (lambda f: f.update({"eventarc triggers": Refused("no: ask for roles/viewer.")}), "no: ask for roles/viewer."),
    ],
)
def test_what_is_wrong_is_found_and_nothing_else(monkeypatch: pytest.MonkeyPatch, spoil: Spoil, told: str) -> None:
    facts = installation()
    spoil(facts)
    wrong = [check for check in checked(facts, monkeypatch) if check.status != "ok"]
    assert [(check.status, told in check.text) for check in wrong] == [("wrong", True)]
    assert wrong[0].remedy or "ask for" in wrong[0].text


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: f["scheduler jobs"][0].pop("lastAttemptTime"), "was not called yet"),
        (lambda f: f["firestore indexes"][0].update(state="CREATING"), "still being built: runs by state, created_at"),
    ],
)
def test_what_is_on_its_way_is_no_fault(monkeypatch: pytest.MonkeyPatch, spoil: Spoil, told: str) -> None:
    facts = installation()
    spoil(facts)
    (found,) = [check for check in checked(facts, monkeypatch) if check.status != "ok"]
    assert (found.status, found.text) == ("note", told)


@pytest.mark.parametrize(("status", "verdict"), [(200, "ok"), (403, "note"), (500, "wrong"), (0, "wrong")])
def test_mlflow_may_keep_people_out(status: int, verdict: str) -> None:
    assert checking.mlflow(Served(status)).status == verdict


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MADE = NOW - timedelta(days=5)


@pytest.mark.parametrize(
    ("found", "status", "told"),
    [
        ([backup(MADE), backup(NOW - timedelta(hours=47))], "ok", "2, the newest of 2026-11-20 10:30 UTC"),
        ([backup(NOW - timedelta(hours=49)), backup(MADE)], "wrong", "the newest is of 2026-11-20 08:30 UTC"),
        ([backup(MADE), backup(NOW, "CREATING")], "wrong", "the newest is of 2026-11-17 09:30 UTC"),
        ([backup(MADE), backup(NOW, database="past")], "wrong", "the newest is of 2026-11-17 09:30 UTC"),
    ],
)
def test_a_backup_is_missed_after_two_days(found: list[dict[str, str]], status: str, told: str) -> None:
    [check] = checking_documents.backups(SHOP, [DAILY, WEEKLY], found, NOW)
    assert (check.status, told in check.text) == (status, True)


def test_the_first_backup_is_waited_for() -> None:
    young = {**DAILY, "createTime": "2026-11-21T08:00:00Z"}
    [check] = checking_documents.backups(SHOP, [young], [], NOW)
    assert (check.status, check.text) == ("note", "none was made yet")


def test_an_installation_to_try_things_in_needs_no_backups(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {**installation(), "firestore backups schedules": [], "firestore backups list": []}
    assert [check for check in checked(facts, monkeypatch, "dev") if check.status != "ok"] == []
