# What can be switched off, or comes with the first release.

module "mlflow" {
  source = "../mlflow"
  count  = local.released && var.mlflow.enabled ? 1 : 0

  project_id          = local.project_id
  region              = var.region
  image               = local.images.mlflow
  tier                = var.mlflow.tier
  users               = var.mlflow.users
  address             = var.mlflow.address
  password_version    = var.mlflow.password_version
  deletion_protection = var.deletion_protection
}

module "monitoring" {
  source = "../monitoring"
  count  = local.released ? 1 : 0

  project_id                = local.project_id
  project_number            = module.project.number
  admins                    = var.admins
  budget                    = var.budget
  runbook_url               = var.runbook_url
  page_host                 = "${module.hosting.site}.web.app"
  mlflow_service            = one(module.mlflow[*].service)
  subscriptions             = merge([for function in module.functions : function.subscriptions]...)
  dead_letters_subscription = module.dead_letters.kept_subscription
}
