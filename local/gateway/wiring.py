"""Which event invokes which function: what Terraform says on Google Cloud."""

from __future__ import annotations

from dataclasses import dataclass

CREATED = "google.cloud.firestore.document.v1.created"
UPDATED = "google.cloud.firestore.document.v1.updated"
WRITTEN = "google.cloud.firestore.document.v1.written"
FINALIZED = "google.cloud.storage.object.v1.finalized"


@dataclass(frozen=True)
class DocumentTrigger:
    """Events of `type` on documents that match `pattern` invoke `function`."""

    id: str
    type: str
    pattern: str
    function: str


@dataclass(frozen=True)
class PushSubscription:
    """Messages of `topic` invoke `function`."""

    topic: str
    function: str


JOURNAL = DocumentTrigger("journal", WRITTEN, "{document=**}", "")
DOCUMENT_TRIGGERS = (
    DocumentTrigger("on-experiment-created", CREATED, "experiments/{id}", "on_experiment_created"),
    DocumentTrigger("on-experiment-updated", UPDATED, "experiments/{id}", "on_experiment_updated"),
    DocumentTrigger("on-command-created", CREATED, "commands/{id}", "on_command_created"),
    DocumentTrigger("on-dataset-written", WRITTEN, "datasets/{id}", "on_config_written"),
    DocumentTrigger("on-feature-config-written", WRITTEN, "feature_configs/{id}", "on_config_written"),
    DocumentTrigger("on-model-config-written", WRITTEN, "model_configs/{id}", "on_config_written"),
    DocumentTrigger("on-comparison-written", WRITTEN, "comparisons/{id}", "on_config_written"),
    DocumentTrigger("on-draft-written", WRITTEN, "drafts/{id}", "on_config_written"),
)
PUSH_SUBSCRIPTIONS = (
    PushSubscription("cloud-builds", "on_build_changed"),
    PushSubscription("pipeline-events", "on_pipeline_changed"),
)
DEAD_LETTERS = PushSubscription("dead-letters", "on_dead_letter")
EVENT_FUNCTIONS = {FINALIZED: "on_object_finalized"}
SCHEDULED_FUNCTION = "sweep"
HTTP_FUNCTIONS = (DEAD_LETTERS.function, SCHEDULED_FUNCTION)  # the others take CloudEvents
FUNCTIONS = tuple(
    dict.fromkeys(
        (
            *(trigger.function for trigger in DOCUMENT_TRIGGERS),
            *(subscription.function for subscription in PUSH_SUBSCRIPTIONS),
            *EVENT_FUNCTIONS.values(),
            *HTTP_FUNCTIONS,
        )
    )
)
