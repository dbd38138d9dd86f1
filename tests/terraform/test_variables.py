"""What a user may set: everything that Google would refuse later is refused while planning, with what to do instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.planning import TERRAFORM, Copy, TerraformFailed

AGENT = "serviceAccount:agent@pubsub"
GOOD: Mapping[str, Mapping[str, Any]] = {  # what each module asks for
    "environments/prod": {},
    "platform": {},
    "modules/firestore": {
        "deletion_protection": True, "indexes_file": "../../../firestore.indexes.json", "location": "eur3",
        "point_in_time_recovery": True, "project_id": "p", "rules_file": "../../../firestore.rules",
    },
    "modules/function": {
        "build_identity": "b@p", "entry_point": "sweep", "events_identity": "e@p", "image_repository": "r",
        "name": "sweep", "project_id": "p", "pubsub_agent": AGENT, "region": "europe-west4",
        "source_archive": {"bucket": "b", "object": "o"},
    },
    "modules/mlflow": {"deletion_protection": True, "image": f"x@sha256:{0:064d}", "project_id": "p", "region": "r"},
    "modules/monitoring": {
        "admins": ["me@example.com"], "project_id": "p", "project_number": "1", "runbook_url": "https://example.com",
    },
    "modules/registry": {"project_id": "p", "region": "europe-west4"},
    "modules/scheduler": {"function": {"name": "sweep", "uri": "https://x"}, "project_id": "p", "region": "r"},
    "modules/storage": {"deletion_protection": True, "location": "europe-west4", "project_id": "p"},
}  # fmt: skip
DOCUMENT = {"type": "google.cloud.firestore.document.v1.written", "pattern": "drafts/{id}"}
# Values of variables that one plan refuses together, and how each refusal begins.
BAD: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "environments/prod",
        {"max_running": 0, "dataflow_region": "europe", "region": "europe-west4-a"},
        ["Set max_running to", "Set dataflow_region to", "Set region to one"],
    ),
    (
        "environments/prod",
        {
            "admins": ["ann"], "budget": {"billing_account": "acme", "monthly": 0.5}, "runbook_url": "docs/runbook",
            "page": {"authorized_domains": ["https://example.com/"]}, "mlflow": {"address": "mlflow.example.com"},
            "bigquery_datasets": ["a.b.c"], "project_id": "Acme",
        },
        [
            "Each of admins must", "Set budget.monthly to", "Set budget.billing_account to", "Set runbook_url to",
            "Set authorized_domains to", "Set the address of MLflow", "Write each of bigquery_datasets",
            "Set project_id to",
        ],
    ),
    (
        "environments/prod",
        {"regions": ["europe-west1-b"]},
        ["Set regions to a list"],
    ),
    (
        "environments/prod",
        {"regions": ["europe-west4"], "firestore_location": "europe"},
        ["Name each of regions once", "Set firestore_location to nam5"],
    ),
    ("environments/prod", {"subnetwork": "default"}, ["Set subnetwork to regions/"]),
    (
        "environments/prod",
        {"subnetwork": "regions/europe-west1/subnetworks/a"},
        ["A subnetwork belongs to one region", "Runs of other regions could not"],
    ),
    (
        "environments/prod",
        {"release": {"version": "1/0", "functions_archive": "gone.zip", "images": dict.fromkeys(
            ("compiler", "mlflow", "trainer", "trainer_gpu", "worker"), "eu/x/image:latest")}},
        ["Set release.version to", "There is no file at release.functions_archive", "Name each of release.images"],
    ),
    ("platform", {"customers": {"acme": {"project_id": "p", "project_number": "p"}}}, ["Set project_number to"]),
    ("modules/firestore", {"backups": {"daily_days": 99}}, ["Set backups.daily_days to"]),
    (
        "modules/function",
        {
            "capabilities": ["everything"], "delivery": {"attempts": 3, "longest_wait_s": 601}, "name": "Sweep",
            "document_events": {"a": DOCUMENT | {"type": "written"}},
            "object_events": {"a": {"bucket": "b", "location": "l"}},
            "resources": {"cpu": "0.5", "timeout_s": 900},
        },
        [
            "Capabilities are", "Set delivery.attempts to", "Set the waits of delivery", "Use 3 to 27 lower-case",
            "Use a full type", "Set dead_letter_topic: no document",
            "Set dead_letter_topic: no object", "Set resources.cpu to", "Set resources.timeout_s to",
        ],
    ),
    (
        "modules/function",
        {"subscriptions": {"sweep": "projects/p/topics/t"}, "dead_letter_topic": "projects/p/topics/t"},
        ["sweep reads the dead letters"],
    ),
    (
        "modules/mlflow",
        {"image": "mlflow:latest", "users": ["allUsers"]},
        ["Set image by its digest", "Begin each of users with"],
    ),
    (
        "modules/monitoring",
        {"channels": ["1"], "page_host": "https://example.com/"},
        ["Each of channels must", "Set page_host to"],
    ),
    ("modules/registry", {"kept_days": 3, "kept_versions": 1}, ["Set kept_days to", "Set kept_versions to"]),
    ("modules/storage", {"soft_delete_days": 3}, ["Set soft_delete_days to"]),
    ("modules/scheduler", {"attempt_deadline_s": 3}, ["Set attempt_deadline_s to"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, providers: dict[str, str]) -> Copy:
    return Copy(tmp_path_factory.mktemp("variables"), providers)


@pytest.mark.parametrize(
    ("place", "values", "sentences"), BAD, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_bad_value_is_refused_with_what_to_do(
    copy: Copy, release: dict[str, Any], place: str, values: dict[str, Any], sentences: list[str]
) -> None:
    known = (release if place == "environments/prod" else {}) | GOOD[place] | values
    with pytest.raises(TerraformFailed) as failed:
        copy.planned(place, known)
    said = " ".join(re.sub(r"[│╷╵]", " ", str(failed.value)).split())
    assert [sentence for sentence in sentences if sentence not in said] == []


def test_every_refusal_was_seen() -> None:
    seen = tuple(sentence for _, _, sentences in BAD for sentence in sentences)
    for path in sorted(Path(TERRAFORM).rglob("*.tf")):
        for message in re.findall(r'error_message = "(.*)"$', path.read_text(), re.MULTILINE):
            words = message.replace("${each.key}", "sweep")
            assert words.startswith(seen), f"{path.parent.name}: no test has seen: {message}"


@pytest.mark.parametrize("root", ["environments/dev", "environments/prod"])
def test_a_new_project_begins_without_a_release(copy: Copy, root: str) -> None:
    """Images need a registry first: everything but what runs code is made."""
    told = copy.planned(root, {"release": None})
    made = {each["type"] for each in told["resource_changes"] if each["mode"] == "managed"}
    assert {"google_firestore_database", "google_storage_bucket", "google_service_account"} <= made
    assert not made & {"google_cloudfunctions2_function", "google_eventarc_trigger", "google_cloud_run_v2_service"}


def test_workers_without_public_addresses_are_told_their_subnetwork(copy: Copy, release: dict[str, Any]) -> None:
    subnetwork = "regions/europe-west1/subnetworks/workers"
    told = copy.planned("environments/prod", {**release, "subnetwork": subnetwork, "dataflow_region": "europe-west1"})
    [arguments] = {
        each["change"]["after"]["service_config"][0]["environment_variables"]["QUICKTEST_BEAM_ARGUMENTS"]
        for each in told["resource_changes"]
        if each["type"] == "google_cloudfunctions2_function"
    }
    assert arguments.endswith(f" --no_use_public_ips --subnetwork={subnetwork}")
