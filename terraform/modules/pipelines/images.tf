# Who pulls images. Where they lie in a platform's project, that project grants it (terraform/platform).

resource "google_artifact_registry_repository_iam_member" "readers" {
  for_each = var.repository == null ? {} : {
    builds    = google_service_account.builds.member
    pipelines = google_service_account.pipelines.member
  }

  project    = var.repository.project
  location   = var.repository.location
  repository = var.repository.name
  role       = "roles/artifactregistry.reader"
  member     = each.value
}
