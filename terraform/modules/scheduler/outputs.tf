output "email" {
  description = "E-mail of the service account that calls the function."
  value       = google_service_account.this.email
}
