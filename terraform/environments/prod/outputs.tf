output "data_bucket" {
  description = "Bucket of the runs."
  value       = module.deployment.data_bucket
}

output "environment" {
  description = "What scripts and the command line need to reach this installation, as environment variables."
  value       = module.deployment.environment
}

output "functions" {
  description = "Addresses of the functions, by name."
  value       = module.deployment.functions
}

output "hosting_site" {
  description = "Site that the page is uploaded to."
  value       = module.deployment.hosting_site
}

output "page_config" {
  description = "The page's /config.json."
  value       = module.deployment.page_config
}

output "project_number" {
  description = "The project's number, which platform/ wants of each customer."
  value       = module.deployment.project_number
}

output "registry" {
  description = "Where this project's own images and releases are kept; null: in the platform project."
  value       = module.deployment.registry
}

output "service_accounts" {
  description = "E-mails of the accounts that things run as: functions by their names, and those of what is beside them."
  value       = module.deployment.service_accounts
}
