output "data_bucket" {
  description = "Name of the bucket of the runs."
  value       = google_storage_bucket.data.name
}

output "source_bucket" {
  description = "Name of the bucket of function archives."
  value       = google_storage_bucket.source.name
}
