"""What Google's provider tells of a resource once it is made: its ids, which other resources are given.

With these a plan says what belongs to what. They are templates over a resource's own attributes.
"""

_SERVICE_ACCOUNT = "{account_id}@{project}.iam.gserviceaccount.com"

NAMES = {
    "google_artifact_registry_repository": {
        "id": "projects/{project}/locations/{location}/repositories/{repository_id}",
        "name": "{repository_id}",
    },
    "google_cloud_run_v2_service": {
        "id": "projects/{project}/locations/{location}/services/{name}",
        "uri": "https://{name}.run.test",
    },
    "google_cloudfunctions2_function": {
        "id": "projects/{project}/locations/{location}/functions/{name}",
        "service_config.service": "projects/{project}/locations/{location}/services/{name}",
        "service_config.uri": "https://{name}.run.test",
        "url": "https://{name}.run.test",
    },
    "google_eventarc_trigger": {
        "uid": "{name}-uid",
        "transport.pubsub.subscription": "projects/{project}/subscriptions/eventarc-{location}-{name}",
    },
    "google_firestore_database": {"id": "projects/{project}/databases/{name}"},
    "google_logging_project_sink": {"writer_identity": "serviceAccount:sink@{name}"},
    "google_project_iam_custom_role": {
        "id": "projects/{project}/roles/{role_id}",
        "name": "projects/{project}/roles/{role_id}",
    },
    "google_project_service": {"id": "{project}/{service}"},
    "google_pubsub_subscription": {"id": "projects/{project}/subscriptions/{name}"},
    "google_pubsub_topic": {"id": "projects/{project}/topics/{name}"},
    "google_service_account": {
        "email": _SERVICE_ACCOUNT,
        "id": f"projects/{{project}}/serviceAccounts/{_SERVICE_ACCOUNT}",
        "member": f"serviceAccount:{_SERVICE_ACCOUNT}",
        "name": f"projects/{{project}}/serviceAccounts/{_SERVICE_ACCOUNT}",
    },
    "google_storage_bucket": {"id": "{name}", "url": "gs://{name}"},
}
