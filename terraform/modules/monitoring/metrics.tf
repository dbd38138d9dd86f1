locals {
  counters = yamldecode(file("${path.module}/counters.yaml"))
}

resource "google_logging_metric" "counters" {
  for_each = local.counters

  project          = var.project_id
  name             = "quicktest_${each.key}"
  description      = each.value.says
  filter           = "resource.type=\"cloud_run_revision\" AND jsonPayload.counter=\"${each.key}\""
  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.labels.${label})" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = toset(each.value.labels)

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }
}
