output "kept_subscription" {
  description = "Name of the pull subscription that keeps each letter for a week."
  value       = google_pubsub_subscription.kept.name
}

output "topic" {
  description = "Full name of the topic, known once Pub/Sub may publish on it."
  value       = "projects/${var.project_id}/topics/${google_pubsub_topic.this.name}" # its id, known to a plan already
  depends_on  = [google_pubsub_topic_iam_member.pubsub_publishes]
}
