output "alerts" {
  description = "Full names of the alert policies, by the names of their pages in the runbook."
  value       = { for name, policy in google_monitoring_alert_policy.alerts : name => policy.name }
}

output "dashboard" {
  description = "Id of the dashboard."
  value       = google_monitoring_dashboard.quicktest.id
}
