output "data_bucket" {
  description = "Name of the bucket of the runs."
  value       = google_storage_bucket.data.name
}

output "source_bucket" {
  description = "Name of the bucket of function archives."
  value       = google_storage_bucket.source.name
}

output "work_bucket" {
  description = "Name of the bucket of what Dataflow stages."
  value       = google_storage_bucket.work.name
}
