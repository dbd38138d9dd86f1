output "email" {
  description = "E-mail of the function's service account."
  value       = google_service_account.this.email
}

output "name" {
  description = "Name of the function and of its Cloud Run service."
  value       = google_cloudfunctions2_function.this.name
}

output "subscriptions" {
  description = "All subscriptions that bring something, Eventarc's too: trigger's or subscription's name → projects/…/subscriptions/…."
  value       = merge(local.transports, { for name, push in google_pubsub_subscription.pushes : name => push.id })
}

output "uri" {
  description = "Address of the function's Cloud Run service, which is also the audience of its callers' tokens."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}
