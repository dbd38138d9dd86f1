# Who pulls for a customer: the accounts that its first apply makes, and the agents of the services that start images.
# A grant to an account that does not exist is refused, so a customer is named here after its first apply.

locals {
  pulling = { for name, customer in var.customers : name => merge(
    {
      # Builds run the compiler's image; Dataflow's workers are the pipelines' account.
      builds     = "builds@${customer.project_id}.iam.gserviceaccount.com"
      pipelines  = "pipelines@${customer.project_id}.iam.gserviceaccount.com"
      aiplatform = "service-${customer.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
      # MLflow.
      run = "service-${customer.project_number}@serverless-robot-prod.iam.gserviceaccount.com"
    },
    customer.custom_code_agent ? {
      custom_code = "service-${customer.project_number}@gcp-sa-aiplatform-cc.iam.gserviceaccount.com"
    } : {},
  ) }

  readers = merge([for name, emails in local.pulling : {
    for account, email in emails : "${name}/${account}" => "serviceAccount:${email}"
  }]...)
}

# Records of releases and archives of functions are read by whoever deploys.
resource "google_storage_bucket_iam_member" "deployers" {
  for_each = var.deployers

  bucket = module.registry.releases_bucket
  role   = "roles/storage.objectViewer"
  member = each.value
}
