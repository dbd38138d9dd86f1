output "email" {
  description = "E-mail of the service account that calls the function."
  value       = google_service_account.this.email
}

output "job" {
  description = "Name of the job."
  value       = google_cloud_scheduler_job.this.name
}
