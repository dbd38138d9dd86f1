# Who changed what: documents, objects and pipelines that were written are logged beside what administrators did. Reads are
# not, as the page's would be most of all log lines.

resource "google_project_iam_audit_config" "writes" {
  for_each = var.audited

  project = var.project_id
  service = "${each.value}.googleapis.com"

  audit_log_config {
    log_type = "DATA_WRITE"
  }

  depends_on = [google_project_service.services]
}
