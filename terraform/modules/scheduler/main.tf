# The minute: a run whose events were all lost is looked after by it alone, so it is no extra.
resource "google_service_account" "this" {
  project      = var.project_id
  account_id   = "scheduler"
  display_name = "Quicktest: calls ${var.function.name}"
}

resource "google_cloud_run_v2_service_iam_member" "calls" {
  project  = var.project_id
  location = var.region
  name     = var.function.name
  role     = "roles/run.invoker"
  member   = google_service_account.this.member
}

resource "google_cloud_scheduler_job" "this" {
  project          = var.project_id
  region           = var.region
  name             = var.function.name
  description      = "Quicktest: looks after all runs"
  schedule         = var.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "${var.attempt_deadline_s}s"

  http_target {
    http_method = "POST"
    uri         = var.function.uri

    oidc_token {
      service_account_email = google_service_account.this.email
      audience              = var.function.uri
    }
  }

  retry_config {
    retry_count = 0 # the next minute comes anyway
  }

  depends_on = [google_cloud_run_v2_service_iam_member.calls]
}
