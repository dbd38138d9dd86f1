# What a pipeline may do. Code made from what users entered runs as this identity, so it has no right to Firestore (a run
# cannot say of itself that it succeeded), and of the bucket it changes only what a run writes.

locals {
  pipeline_project_roles = toset([
    "roles/aiplatform.user",    # Vertex AI reports the job's artifacts as this identity; Google names no smaller role
    "roles/bigquery.user",      # Beam reads a query's result from a temporary dataset that it makes and deletes
    "roles/dataflow.developer", # starts and watches the jobs of ExampleGen, Statistics and Transform
    "roles/dataflow.worker",    # is their workers; see README.md for what else it holds
    "roles/logging.logWriter",
  ])
  # Folders of shared/paths.py.
  objects = "projects/_/buckets/${var.bucket}/objects"
  written = ["experiments/", "baselines/"]
  read    = ["modules/", "specs/"]
}

resource "google_project_iam_member" "pipelines" {
  # checkov:skip=CKV_GCP_49: dataflow.developer starts jobs as accounts that it may act as, which is this one alone
  for_each = local.pipeline_project_roles

  project = var.project_id
  role    = each.value
  member  = google_service_account.pipelines.member
}

# A component starts Dataflow jobs whose workers are this identity again.
resource "google_service_account_iam_member" "pipelines_act_as_themselves" {
  service_account_id = google_service_account.pipelines.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.pipelines.member
}

resource "google_storage_bucket_iam_member" "pipelines_write" {
  bucket = var.bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.pipelines.member

  condition {
    title       = "quicktest_written_by_runs"
    description = "Only the folders that a run writes."
    expression  = join(" || ", [for folder in local.written : "resource.name.startsWith(\"${local.objects}/${folder}\")"])
  }
}

resource "google_storage_bucket_iam_member" "pipelines_read" {
  bucket = var.bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.pipelines.member

  condition {
    title       = "quicktest_read_by_runs"
    description = "Modules and compiled specs are named by their content and never changed."
    expression  = join(" || ", [for folder in local.read : "resource.name.startsWith(\"${local.objects}/${folder}\")"])
  }
}

# Listing is a right to the bucket, of which a condition on names of objects would say no. Names are no secret here.
resource "google_storage_bucket_iam_member" "pipelines_list" {
  bucket = var.bucket
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.pipelines.member
}

# What Beam stages, exports and throws away.
resource "google_storage_bucket_iam_member" "pipelines_work" {
  for_each = toset(["roles/storage.legacyBucketReader", "roles/storage.objectUser"])

  bucket = var.work_bucket
  role   = each.value
  member = google_service_account.pipelines.member
}

resource "google_project_iam_member" "pipelines_read_all_tables" {
  count = length(var.bigquery_datasets) == 0 ? 1 : 0

  project = var.project_id
  role    = "roles/bigquery.dataViewer"
  member  = google_service_account.pipelines.member
}

resource "google_bigquery_dataset_iam_member" "pipelines_read_tables" {
  for_each = toset(var.bigquery_datasets)

  project    = length(split(".", each.value)) == 2 ? split(".", each.value)[0] : var.project_id
  dataset_id = reverse(split(".", each.value))[0]
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.pipelines.member
}
