locals {
  enabled = {
    mlflow        = var.mlflow_service != null
    page          = var.page_host != null
    subscriptions = length(var.subscriptions) > 0
  }
  alerts = {
    for name, alert in yamldecode(file("${path.module}/alerts.yaml")) : name => alert
    if try(local.enabled[alert.needs], true)
  }
  channels = concat([for channel in google_monitoring_notification_channel.admins : channel.name], var.channels)
}

resource "google_monitoring_alert_policy" "alerts" {
  for_each = local.alerts

  project               = var.project_id
  display_name          = "Quicktest: ${replace(each.key, "-", " ")}"
  combiner              = try(each.value.join, "OR")
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = { app = "quicktest", runbook = each.key }

  dynamic "conditions" {
    for_each = { for position, condition in each.value.conditions : position => condition if can(condition.absent) }

    content {
      display_name = conditions.value.title

      condition_absent {
        filter   = local.selections["${each.key} ${conditions.key}"]
        duration = "${conditions.value.lasting}s"

        aggregations {
          alignment_period     = "${conditions.value.window}s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  dynamic "conditions" {
    for_each = { for position, condition in each.value.conditions : position => condition if !can(condition.absent) }

    content {
      display_name = conditions.value.title

      condition_threshold {
        filter                  = local.selections["${each.key} ${conditions.key}"]
        denominator_filter      = try(local.selections["${each.key} ${conditions.key} of"], null)
        comparison              = can(conditions.value.below) ? "COMPARISON_LT" : "COMPARISON_GT"
        threshold_value         = try(conditions.value.below, conditions.value.above)
        duration                = "${conditions.value.lasting}s"
        evaluation_missing_data = "EVALUATION_MISSING_DATA_INACTIVE" # nothing was counted: it is over

        aggregations {
          alignment_period     = "${conditions.value.window}s"
          per_series_aligner   = try(conditions.value.aligner, "ALIGN_DELTA")
          cross_series_reducer = try(conditions.value.reducer, "REDUCE_SUM")
          group_by_fields      = try(conditions.value.by, [])
        }

        dynamic "denominator_aggregations" {
          for_each = can(conditions.value.of) ? [conditions.value.of] : []

          content {
            alignment_period     = "${conditions.value.window}s"
            per_series_aligner   = "ALIGN_DELTA"
            cross_series_reducer = "REDUCE_SUM"
            group_by_fields      = try(conditions.value.by, [])
          }
        }
      }
    }
  }

  alert_strategy {
    auto_close = "3600s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.says}\n\nWhat to do: ${trimsuffix(var.runbook_url, "/")}/${each.key}.md"

    links {
      display_name = "Runbook: ${each.key}"
      url          = "${trimsuffix(var.runbook_url, "/")}/${each.key}.md"
    }
  }
}

resource "google_monitoring_uptime_check_config" "page" {
  count = var.page_host == null ? 0 : 1

  project      = var.project_id
  display_name = "Quicktest: page"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = var.page_host }
  }
}
