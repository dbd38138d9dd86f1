output "email" {
  description = "E-mail of the identity, known once its rights are."
  value       = google_service_account.this.email
  depends_on  = [terraform_data.rights_are_known]
}
