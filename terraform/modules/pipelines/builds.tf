# What the compile step may do: read its image, write one object, log.

resource "google_storage_bucket_iam_member" "builds_write_specs" {
  bucket = var.bucket
  role   = "roles/storage.objectCreator" # makes and never replaces: a spec is named by all that it depends on
  member = google_service_account.builds.member

  condition {
    title       = "quicktest_specs"
    description = "Only compiled specs."
    expression  = "resource.name.startsWith(\"${local.objects}/specs/\")"
  }
}

resource "google_project_iam_member" "builds_log" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.builds.member
}
