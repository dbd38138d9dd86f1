# What functions are made of, and who makes them.

locals {
  source_archive = local.released ? {
    bucket = google_storage_bucket_object.functions[0].bucket
    object = google_storage_bucket_object.functions[0].name
  } : null
}

resource "google_storage_bucket_object" "functions" {
  count = local.released ? 1 : 0

  bucket = module.storage.source_bucket
  source = var.release.functions_archive
  # Named by its content: another name is what makes Cloud Functions build again.
  name         = "functions-${var.release.version}-${filemd5(var.release.functions_archive)}.zip"
  content_type = "application/zip"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_service_account" "functions_builder" {
  project      = local.project_id
  account_id   = "functions-builder"
  display_name = "Builds the functions of Quicktest"
}

resource "google_storage_bucket_iam_member" "functions_builder" {
  bucket = module.storage.source_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.functions_builder.member
}

# Images of functions. Cloud Functions' own repository comes into being with the first function, too late for a grant.
resource "google_artifact_registry_repository" "functions" {
  project       = local.project_id
  location      = var.region
  repository_id = "functions"
  format        = "DOCKER"
  description   = "Images of functions, which Cloud Functions builds from a release's archive."

  # Cloud Run has its own copy of what it serves, and a rollback builds anew.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 3
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "${30 * 86400}s"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "functions_builder" {
  project    = local.project_id
  location   = var.region
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.functions_builder.member
}

resource "google_project_iam_member" "functions_builder_logs" {
  project = local.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.functions_builder.member
}

# Cloud Functions copies archives to a bucket of its own, which comes with the first function and cannot be chosen.
resource "google_project_iam_member" "functions_builder_archives" {
  project = local.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.functions_builder.member

  condition {
    title      = "Only what Cloud Functions keeps itself"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${module.project.number}-\")"
  }
}
