output "builder" {
  description = "E-mail of the account that images are built as."
  value       = google_service_account.builder.email
}

output "location" {
  description = "The repository's project, region and name, for grants elsewhere."
  value = {
    location = google_artifact_registry_repository.images.location
    name     = google_artifact_registry_repository.images.name
    project  = google_artifact_registry_repository.images.project
  }
}

output "releases_bucket" {
  description = "Name of the bucket of archives and records."
  value       = google_storage_bucket.releases.name
}

output "repository" {
  description = "Address of the repository; an image is at REPOSITORY/NAME@sha256:DIGEST."
  value       = google_artifact_registry_repository.images.registry_uri
}
