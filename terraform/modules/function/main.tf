# One function with an identity of its own. It is deployed for HTTP, without a trigger inside it: how an event is
# delivered, how often and where it goes in the end is said beside it, for all kinds of events alike.

resource "google_service_account" "this" {
  project      = var.project_id
  account_id   = "fn-${var.name}"
  display_name = "Quicktest: function ${var.name}"
}

resource "google_cloudfunctions2_function" "this" {
  project     = var.project_id
  location    = var.region
  name        = var.name
  description = "Quicktest: ${var.entry_point} of functions/main.py"
  labels      = var.labels

  build_config {
    runtime           = "python311"
    entry_point       = var.entry_point
    service_account   = "projects/${var.project_id}/serviceAccounts/${var.build_identity}"
    docker_repository = var.image_repository

    source {
      storage_source {
        bucket = var.source_archive.bucket
        object = var.source_archive.object
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.this.email
    ingress_settings                 = "ALLOW_INTERNAL_ONLY" # Eventarc, Pub/Sub and Scheduler of this project are inside
    available_cpu                    = var.resources.cpu
    available_memory                 = var.resources.memory
    max_instance_request_concurrency = var.resources.concurrency
    min_instance_count               = 0
    max_instance_count               = var.resources.max_instances
    timeout_seconds                  = var.resources.timeout_s
    environment_variables            = var.environment
  }
}
