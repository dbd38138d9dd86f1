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

locals {
  functions_builder_roles = {
    logs = { role = "roles/logging.logWriter", prefix = null }
    # Cloud Functions copies archives to a bucket of its own, and keeps images in a repository of its own; both come into
    # being with the first function, too late for a grant on them.
    archives = { role = "roles/storage.objectViewer", prefix = "projects/_/buckets/gcf-v2-sources-${module.project.number}-" }
    images = {
      role   = "roles/artifactregistry.writer"
      prefix = "projects/${var.project_id}/locations/${var.region}/repositories/gcf-artifacts"
    }
  }
}

resource "google_project_iam_member" "functions_builder" {
  for_each = local.functions_builder_roles

  project = local.project_id
  role    = each.value.role
  member  = google_service_account.functions_builder.member

  dynamic "condition" {
    for_each = each.value.prefix == null ? [] : [each.value.prefix]
    content {
      title      = "Only what Cloud Functions keeps itself"
      expression = "resource.name.startsWith(\"${condition.value}\")"
    }
  }
}
