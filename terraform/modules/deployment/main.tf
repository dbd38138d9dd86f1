# One customer's installation. First what others build on; functions.tf holds the table of functions and what they react
# to, runtime.tf what they are told, release.tf what they are made of, services.tf MLflow and monitoring.

module "project" {
  source     = "../project"
  project_id = var.project_id
}

locals {
  # Whoever uses this waits until the APIs are on.
  project_id = module.project.project_id
  # Without a release nothing runs yet: see its variable.
  released = var.release != null
  root     = "${path.module}/../../.."
}

module "firestore" {
  source = "../firestore"

  project_id             = local.project_id
  location               = var.firestore_location
  rules_file             = "${local.root}/firestore.rules"
  indexes_file           = "${local.root}/firestore.indexes.json"
  deletion_protection    = var.deletion_protection
  point_in_time_recovery = var.backups.point_in_time_recovery
  backups                = { daily_days = var.backups.daily_days, weekly_weeks = var.backups.weekly_weeks }
}

module "storage" {
  source = "../storage"

  project_id          = local.project_id
  location            = var.region
  deletion_protection = var.deletion_protection
  soft_delete_days    = var.backups.soft_delete_days
}

module "registry" {
  source = "../registry"
  count  = var.own_registry ? 1 : 0

  project_id          = local.project_id
  region              = var.region
  deletion_protection = var.deletion_protection
  readers             = { for service in ["aiplatform", "run"] : service => module.project.agents[service] }
}

module "pipelines" {
  source = "../pipelines"

  project_id        = local.project_id
  bucket            = module.storage.data_bucket
  work_bucket       = module.storage.work_bucket
  bigquery_datasets = var.bigquery_datasets
  cloudbuild_agent  = module.project.agents["cloudbuild"]
  repository        = var.own_registry ? module.registry[0].location : null
}

module "events" {
  source = "../events"

  project_id = local.project_id
  agents     = module.project.agents
}

module "dead_letters" {
  source = "../dead_letters"

  project_id   = local.project_id
  pubsub_agent = module.project.agents["pubsub"]
}

module "hosting" {
  source = "../hosting"

  project_id         = local.project_id
  authorized_domains = var.page.authorized_domains
  display_name       = var.page.display_name
  mlflow_address     = var.mlflow.enabled ? var.mlflow.address : null
}
