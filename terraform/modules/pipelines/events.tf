# Topics. A message is a hint that wakes a function; what it says is read again where it is true.

# Cloud Build publishes every change of every build of the project on the topic of this name.
resource "google_pubsub_topic" "cloud_builds" {
  project = var.project_id
  name    = "cloud-builds"
  labels  = var.labels
}

resource "google_pubsub_topic_iam_member" "cloud_build_publishes" {
  project = var.project_id
  topic   = google_pubsub_topic.cloud_builds.name
  role    = "roles/pubsub.publisher"
  member  = var.cloudbuild_agent
}

resource "google_pubsub_topic" "pipeline_events" {
  project = var.project_id
  name    = "pipeline-events"
  labels  = var.labels
}

# Vertex AI sends no events of pipeline jobs: it logs them. All states are wanted, also those that nobody knows yet.
resource "google_logging_project_sink" "pipeline_events" {
  project                = var.project_id
  name                   = "pipeline-events"
  description            = "Quicktest: changes of pipeline jobs and of their tasks"
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.pipeline_events.id}"
  unique_writer_identity = true

  filter = <<-EOT
    logName=("projects/${var.project_id}/logs/aiplatform.googleapis.com%2Fpipeline_job_events" OR
             "projects/${var.project_id}/logs/aiplatform.googleapis.com%2Fpipeline_job_task_events")
    resource.type="aiplatform.googleapis.com/PipelineJob"
    resource.labels.pipeline_job_id=~"^exp-"
  EOT
}

# Without it entries are dropped, and nobody but an e-mail says so.
resource "google_pubsub_topic_iam_member" "sink_publishes" {
  project = var.project_id
  topic   = google_pubsub_topic.pipeline_events.name
  role    = "roles/pubsub.publisher"
  member  = google_logging_project_sink.pipeline_events.writer_identity
}
