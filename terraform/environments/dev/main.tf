# An installation to try things in: nothing is protected, `terraform destroy` removes it. Three things stay: that the
# project is Firebase's, its site, and that people can sign in. Take the stars of runs away first: they hold objects.

module "deployment" {
  source = "../../modules/deployment"

  backups             = { daily_days = 0, weekly_weeks = 0, point_in_time_recovery = false, soft_delete_days = 0 }
  deletion_protection = false

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
