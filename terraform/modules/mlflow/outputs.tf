output "email" {
  description = "E-mail of the server's account."
  value       = google_service_account.server.email
}

output "service" {
  description = "Name of the Cloud Run service."
  value       = google_cloud_run_v2_service.server.name
}

output "uri" {
  description = "Address of the server."
  value       = google_cloud_run_v2_service.server.uri
}
