"""The providers without a cloud refuse what Google's providers refuse by their schemas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.terraform.planning import terraform
from tests.terraform.provider.serving import serving

HEAD = """
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}
"""
VALID = """
resource "google_pubsub_topic" "it" {
  name = "events"
}

resource "google_pubsub_subscription" "it" {
  name  = "events"
  topic = google_pubsub_topic.it.id
  retry_policy {
    minimum_backoff = "10s"
  }
}

output "it" {
  value = google_pubsub_topic.it.id
}
"""
WRONG = {
    'resource "google_pubsub_topic" "a" {\n  named = "x"\n}': 'An argument named "named" is not expected here',
    'resource "google_pubsub_topic" "b" {}': 'The argument "name" is required',
    'resource "google_pubsub_topic" "c" {\n  name = google_pubsub_topic.it.idd\n}': 'attribute named "idd"',
    'resource "google_pubsub_topic" "d" {\n  name = "x"\n  retry {}\n}': 'Blocks of type "retry" are not expected',
    'resource "google_pubsub_topic" "e" {\n  name = [1]\n}': 'attribute "name": string required',
    'resource "google_pubsub_topic" "f" {\n  name = "x"\n  schema_settings {}\n  schema_settings {}\n}': (
        'No more than 1 "schema_settings" blocks are allowed'
    ),
    'resource "google_pubsub_subscription" "g" {\n  name = "x"\n  topic = "x"\n  push_config {}\n}': (
        'The argument "push_endpoint" is required'
    ),
    'data "google_project" "h" {\n  projekt = "x"\n}': 'An argument named "projekt" is not expected here',
}
Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    def run(hcl: str, *arguments: str) -> CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("root")
        (folder / "main.tf").write_text(HEAD + hcl)
        with serving(tmp_path_factory.mktemp("providers")) as environment:
            terraform(folder, environment, "init", "-no-color")
            return terraform(folder, environment, *arguments, "-no-color")

    return run


def test_what_the_schemas_allow_is_planned_and_what_google_fills_in_is_unknown(run: Run) -> None:
    planned = run(VALID, "plan", "-input=false")
    assert planned.returncode == 0, planned.stderr
    assert "2 to add, 0 to change, 0 to destroy" in planned.stdout
    assert "it = (known after apply)" in planned.stdout


def test_what_they_do_not_allow_is_refused(run: Run) -> None:
    told = run(VALID + "\n".join(WRONG), "validate")
    assert told.returncode == 1
    words = " ".join(told.stderr.split())
    assert [wrong for wrong, sentence in WRONG.items() if sentence not in words] == []


def test_a_type_that_no_provider_has_is_refused(run: Run) -> None:
    told = run('resource "google_pubsub_tropic" "it" {}\n', "validate")
    assert "does not support resource type" in " ".join(told.stderr.split())


def test_a_provider_that_ends_leaves_no_socket_open(tmp_path: Path) -> None:
    with serving(tmp_path):
        assert list(tmp_path.glob("*.sock"))
    assert not list(tmp_path.glob("*.sock"))
