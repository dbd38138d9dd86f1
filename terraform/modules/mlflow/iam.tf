resource "google_project_iam_member" "server" {
  for_each = toset(["roles/cloudsql.client", "roles/logging.logWriter"])

  project = var.project_id
  role    = each.value
  member  = google_service_account.server.member
}

resource "google_secret_manager_secret_iam_member" "server" {
  project   = var.project_id
  secret_id = google_secret_manager_secret.password.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.server.member
}

resource "google_storage_bucket_iam_member" "server" {
  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.server.member
}

# Who may see it. Functions that write to it grant themselves the same, in their own module.
resource "google_cloud_run_v2_service_iam_member" "users" {
  for_each = var.users

  project  = var.project_id
  location = google_cloud_run_v2_service.server.location
  name     = google_cloud_run_v2_service.server.name
  role     = "roles/run.invoker"
  member   = each.value
}
