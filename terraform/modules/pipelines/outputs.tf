output "builds_identity" {
  description = "E-mail of the service account of builds."
  value       = google_service_account.builds.email
}

output "pipeline_jobs_role" {
  description = "Full name of the custom role for pipeline jobs, as a grant takes it."
  value       = google_project_iam_custom_role.pipeline_jobs.name
}

output "pipelines_identity" {
  description = "E-mail of the service account of pipelines and of their Dataflow workers."
  value       = google_service_account.pipelines.email
}

output "topics" {
  description = "Full names of the topics cloud_builds and pipeline_events, known once they are published on."
  value = { # their ids, known to a plan already
    cloud_builds    = "projects/${var.project_id}/topics/${google_pubsub_topic.cloud_builds.name}"
    pipeline_events = "projects/${var.project_id}/topics/${google_pubsub_topic.pipeline_events.name}"
  }
  depends_on = [
    google_pubsub_topic_iam_member.cloud_build_publishes,
    google_pubsub_topic_iam_member.sink_publishes,
  ]
}
