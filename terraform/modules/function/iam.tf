# What the function may do. Rights are on the resource where it has rights of its own, else on the project.

locals {
  project_roles = {
    builds    = "roles/cloudbuild.builds.editor"
    documents = "roles/datastore.user"
    logs      = "roles/logging.viewer"
    pipelines = var.grants.pipeline_jobs_role
    warehouse = "roles/bigquery.jobUser"
  }
  # A build or a job that is started as an identity needs the right to act as it.
  identities = {
    builds    = var.grants.builds_identity
    pipelines = var.grants.pipelines_identity
  }
  reads_tables = contains(var.capabilities, "warehouse")
}

resource "google_project_iam_member" "log_writer" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.this.member
}

resource "google_project_iam_member" "capabilities" {
  for_each = { for name, role in local.project_roles : name => role if contains(var.capabilities, name) }

  project = var.project_id
  role    = each.value
  member  = google_service_account.this.member
}

resource "google_service_account_iam_member" "acts_as" {
  for_each = { for name, email in local.identities : name => email if contains(var.capabilities, name) }

  service_account_id = "projects/${var.project_id}/serviceAccounts/${each.value}"
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.this.member
}

# Not objectUser, which is enough to read, write and delete: a hold is put on an object by a request that Google's client
# makes with projection=full, and that asks for the right to see access lists, which the bucket does not even have.
resource "google_storage_bucket_iam_member" "objects" {
  count = contains(var.capabilities, "objects") ? 1 : 0

  bucket = var.grants.bucket
  role   = "roles/storage.objectAdmin"
  member = google_service_account.this.member
}

resource "google_project_iam_member" "all_tables" {
  count = local.reads_tables && length(var.grants.datasets) == 0 ? 1 : 0

  project = var.project_id
  role    = "roles/bigquery.dataViewer"
  member  = google_service_account.this.member
}

resource "google_bigquery_dataset_iam_member" "tables" {
  for_each = local.reads_tables ? toset(var.grants.datasets) : toset([])

  project    = length(split(".", each.value)) == 2 ? split(".", each.value)[0] : var.project_id
  dataset_id = reverse(split(".", each.value))[0]
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.this.member
}

resource "google_cloud_run_v2_service_iam_member" "mlflow" {
  count = contains(var.capabilities, "mlflow") ? 1 : 0

  project  = var.project_id
  location = var.region
  name     = var.grants.mlflow_service
  role     = "roles/run.invoker"
  member   = google_service_account.this.member
}
