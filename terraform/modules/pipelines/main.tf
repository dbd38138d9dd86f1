# Where the work of a run is done: the identity of its pipeline, the identity of the build that compiles it, and the two
# topics on which both are heard of.

resource "google_service_account" "pipelines" {
  project      = var.project_id
  account_id   = "pipelines"
  display_name = "Quicktest: pipeline jobs and their Dataflow workers"
}

resource "google_service_account" "builds" {
  project      = var.project_id
  account_id   = "builds"
  display_name = "Quicktest: builds that compile a pipeline"
}

# For the functions: aiplatform.user lets its holder also train, deploy and delete.
resource "google_project_iam_custom_role" "pipeline_jobs" {
  project     = var.project_id
  role_id     = "quicktestPipelineJobs"
  title       = "Quicktest: pipeline jobs"
  description = "Starts, reads and cancels pipeline jobs, and nothing else of Vertex AI."
  permissions = [
    "aiplatform.pipelineJobs.cancel",
    "aiplatform.pipelineJobs.create",
    "aiplatform.pipelineJobs.get",
    "aiplatform.pipelineJobs.list",
  ]
}
