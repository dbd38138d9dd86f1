# A customer's installation: protected against deletion, backed up, and restorable to any minute of a week.

module "deployment" {
  source = "../../modules/deployment"

  backups             = { daily_days = 14, weekly_weeks = 14, point_in_time_recovery = true, soft_delete_days = 7 }
  deletion_protection = true

  admins             = var.admins
  bigquery_datasets  = var.bigquery_datasets
  budget             = var.budget
  dataflow_region    = var.dataflow_region
  firestore_location = var.firestore_location
  max_running        = var.max_running
  mlflow             = var.mlflow
  own_registry       = var.own_registry
  page               = var.page
  project_id         = var.project_id
  region             = var.region
  regions            = var.regions
  release            = var.release
  runbook_url        = var.runbook_url
  subnetwork         = var.subnetwork
}
