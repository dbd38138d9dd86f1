output "data_bucket" {
  description = "Bucket of the runs."
  value       = module.storage.data_bucket
}

output "environment" {
  description = "What scripts and the command line need to reach this installation, as environment variables."
  value = { for name, value in {
    GOOGLE_CLOUD_PROJECT = var.project_id
    MLFLOW_TRACKING_URI  = one(module.mlflow[*].uri)
    QUICKTEST_BUCKET     = module.storage.data_bucket
    QUICKTEST_PAGE_URL   = module.hosting.page_url
    QUICKTEST_REGION     = var.region
  } : name => value if value != null }
}

output "functions" {
  description = "Addresses of the functions, by name."
  value       = { for name, function in module.functions : name => function.uri }
}

output "hosting_site" {
  description = "Site that the page is uploaded to."
  value       = module.hosting.site
}

output "page_config" {
  description = "The page's /config.json."
  value       = module.hosting.page_config
}

output "project_number" {
  description = "The project's number, which platform/ wants of each customer."
  value       = module.project.number
}

output "registry" {
  description = "Where this project's own images and releases are kept; null: in the platform project."
  value = one([for registry in module.registry : {
    builder         = registry.builder
    releases_bucket = registry.releases_bucket
    repository      = registry.repository
  }])
}

output "service_accounts" {
  description = "E-mails of the accounts that things run as: functions by their names, and those of what is beside them."
  value = merge(
    { for name, function in module.functions : name => function.email },
    { for mlflow in module.mlflow : "mlflow" => mlflow.email },
    {
      builds            = module.pipelines.builds_identity
      events            = module.events.email
      functions-builder = google_service_account.functions_builder.email
      pipelines         = module.pipelines.pipelines_identity
    },
    { for scheduler in module.scheduler : "scheduler" => scheduler.email },
  )
}
