output "page_config" {
  description = "What the page reads as /config.json; none of it is secret, the rules decide who sees what."
  value = merge(
    {
      apiKey     = data.google_firebase_web_app_config.page.api_key
      authDomain = "${var.project_id}.firebaseapp.com"
      projectId  = var.project_id
    },
    var.mlflow_address == null ? {} : { mlflow = var.mlflow_address },
  )
}

output "page_url" {
  description = "Address of the page."
  value       = google_firebase_hosting_site.page.default_url
}

output "site" {
  description = "Id of the hosting site, the target of uploads."
  value       = google_firebase_hosting_site.page.site_id
}
