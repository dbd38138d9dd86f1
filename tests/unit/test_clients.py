"""Google's own clients, as they are made where no endpoint is set: each with credentials, and each in its place."""

from __future__ import annotations

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from functions.adapters import clients
from functions.config import REQUIRED, Config, Endpoints, from_environment

CONFIG = Config("shop", "europe-west4", "shop-quicktest", "compiler", "trainer", endpoints=Endpoints())
EMULATORS = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST")
MADE = {
    "firestore": clients.firestore_client,
    "storage": clients.storage_client,
    "bigquery": clients.bigquery_client,
    "cloud build": clients.cloud_build_client,
    "logging": clients.logging_client,
    "pipelines": lambda config: clients.pipelines_client(config, config.region),
}


@pytest.fixture(autouse=True)
def google_cloud(monkeypatch: pytest.MonkeyPatch) -> AnonymousCredentials:
    """The credentials that a process has there."""
    for name in EMULATORS:
        monkeypatch.delenv(name, raising=False)
    credentials = AnonymousCredentials()
    monkeypatch.setattr(google.auth, "default", lambda *_, **__: (credentials, "another-project"))
    return credentials


def test_pipelines_are_asked_for_at_the_address_of_their_region():
    for region in ("europe-west4", "us-central1"):
        client = clients.pipelines_client(CONFIG, region)
        assert client.api_endpoint == f"{region}-aiplatform.googleapis.com"


def test_builds_and_logs_have_one_address_for_all_regions():
    assert clients.cloud_build_client(CONFIG).api_endpoint == "cloudbuild.googleapis.com"
    assert clients.logging_client(CONFIG).api_endpoint == "logging.googleapis.com"


def test_the_project_is_that_of_the_setting_whatever_the_credentials_belong_to():
    assert clients.firestore_client(CONFIG).project == "shop"
    assert clients.storage_client(CONFIG).project == "shop"
    assert clients.bigquery_client(CONFIG).project == "shop"


def test_documents_are_in_the_database_that_the_triggers_watch():
    assert clients.firestore_client(CONFIG)._database == "(default)"


def test_a_query_runs_where_its_tables_are():
    """A client with a location would look for the tables there and nowhere else."""
    assert clients.bigquery_client(CONFIG).location is None


@pytest.mark.parametrize("name", MADE)
def test_without_credentials_there_is_no_client(name: str, monkeypatch: pytest.MonkeyPatch):
    """What is raised is an outage to whoever sent the event."""

    def nobody(*_: object, **__: object) -> None:
        raise DefaultCredentialsError("nobody")

    monkeypatch.setattr(google.auth, "default", nobody)
    with pytest.raises(DefaultCredentialsError):
        MADE[name](CONFIG)


def test_accounts_are_named_by_their_settings_or_not_at_all():
    required = dict.fromkeys(REQUIRED, "x")
    named = {"QUICKTEST_BUILD_SERVICE_ACCOUNT": "builds@p", "QUICKTEST_PIPELINE_SERVICE_ACCOUNT": "pipelines@p"}
    config = from_environment(required | named)
    assert (config.build_service_account, config.service_account) == ("builds@p", "pipelines@p")
    empty = from_environment(required | dict.fromkeys(named, "") | {"MLFLOW_TRACKING_URI": ""})
    assert (empty.build_service_account, empty.service_account, empty.mlflow_uri) == (None, None, None)
