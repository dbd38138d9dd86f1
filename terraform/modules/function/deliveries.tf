# Deliveries: who may call the function, how often an event is delivered again, and where it goes when all failed.

locals {
  ack_deadline_s = 600 # as long as Pub/Sub allows: no delivery is repeated while the function is still at it
  has_deliveries = length(var.document_events) + length(var.object_events) + length(var.subscriptions) > 0

  triggers   = merge(google_eventarc_trigger.documents, google_eventarc_trigger.objects)
  transports = { for name, trigger in local.triggers : name => trigger.transport[0].pubsub[0].subscription }
  dead_letter_sources = var.dead_letter_topic == null ? {} : merge(
    local.transports,
    { for name, push in google_pubsub_subscription.pushes : name => push.id },
  )
}

resource "google_cloud_run_v2_service_iam_member" "events" {
  count = local.has_deliveries ? 1 : 0

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.events_identity}"

  # Nothing is delivered before the function may do its work: what it is forbidden it would record as hopeless.
  depends_on = [
    google_bigquery_dataset_iam_member.tables,
    google_cloud_run_v2_service_iam_member.mlflow,
    google_project_iam_member.all_tables,
    google_project_iam_member.capabilities,
    google_service_account_iam_member.acts_as,
    google_storage_bucket_iam_member.objects,
  ]
}

resource "google_pubsub_subscription" "pushes" {
  for_each = var.subscriptions

  project                    = var.project_id
  name                       = each.key
  topic                      = each.value
  labels                     = var.labels
  ack_deadline_seconds       = local.ack_deadline_s
  message_retention_duration = "604800s" # a week to mend what fails on dead letters too; others go there after hours

  push_config {
    push_endpoint = google_cloudfunctions2_function.this.service_config[0].uri # the run.app address; the others are no "inside"

    oidc_token {
      service_account_email = var.events_identity
      audience              = google_cloudfunctions2_function.this.service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "${var.delivery.shortest_wait_s}s"
    maximum_backoff = "${var.delivery.longest_wait_s}s"
  }

  # Not for the subscription to the dead letters themselves: what fails there would go round for ever.
  dynamic "dead_letter_policy" {
    for_each = var.dead_letter_topic == null ? [] : [var.dead_letter_topic]

    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = var.delivery.attempts
    }
  }

  expiration_policy {
    ttl = "" # never, however long nothing is built
  }

  depends_on = [google_cloud_run_v2_service_iam_member.events]

  lifecycle {
    precondition {
      condition     = var.dead_letter_topic == null || each.value != var.dead_letter_topic
      error_message = "${each.key} reads the dead letters: set dead_letter_topic of ${var.name} to null, or they go round for ever."
    }
  }
}

# Pub/Sub moves a message to the dead letters by acknowledging it here. (Its right to publish there: module dead_letters.)
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = local.dead_letter_sources

  project      = var.project_id
  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent
}

# Eventarc makes the subscription of a trigger itself and offers no dead letter; the provider has no resource that
# changes a subscription it has not made. Google's way is this command (eventarc/docs/retry-events).
resource "terraform_data" "transport_deliveries" {
  for_each = local.transports

  triggers_replace = {
    subscription          = each.value
    trigger               = local.triggers[each.key].uid # a trigger made anew has a subscription as Google sets it
    ack-deadline          = local.ack_deadline_s
    dead-letter-topic     = var.dead_letter_topic
    expiration-period     = "never"
    max-delivery-attempts = var.delivery.attempts
    max-retry-delay       = "${var.delivery.longest_wait_s}s"
    min-retry-delay       = "${var.delivery.shortest_wait_s}s"
  }

  provisioner "local-exec" {
    command = join(" ", concat(
      ["gcloud pubsub subscriptions update '${self.triggers_replace.subscription}' --project='${var.project_id}' --quiet"],
      [for flag, value in self.triggers_replace : "--${flag}='${value}'" if !contains(["subscription", "trigger"], flag)],
    ))
  }

  depends_on = [google_pubsub_subscription_iam_member.dead_letters]
}
