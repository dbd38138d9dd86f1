# What no delivery could hand over. The topic invokes on_dead_letter by a subscription that belongs to that function;
# the one here only keeps every letter for a week, so that none is lost while that function is broken.

resource "google_pubsub_topic" "this" {
  project = var.project_id
  name    = "dead-letters"
  labels  = var.labels
}

resource "google_pubsub_subscription" "kept" {
  project                    = var.project_id
  name                       = "dead-letters-kept"
  topic                      = google_pubsub_topic.this.id
  labels                     = var.labels
  ack_deadline_seconds       = 600 # who pulls letters reads them; `gcloud pubsub subscriptions pull` shows, and need not take
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never: without readers it would go after a month
  }
}

# Pub/Sub itself moves messages here. Its right to take them from where they were: module function.
resource "google_pubsub_topic_iam_member" "pubsub_publishes" {
  project = var.project_id
  topic   = google_pubsub_topic.this.name
  role    = "roles/pubsub.publisher"
  member  = var.pubsub_agent
}
