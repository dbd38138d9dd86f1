resource "google_monitoring_notification_channel" "admins" {
  for_each = var.admins

  project      = var.project_id
  display_name = "Quicktest: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
}

# A budget tells; it stops nothing. What limits spending is in the product: limits of a run, places, budgets of endpoints.
resource "google_billing_budget" "project" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "Quicktest: ${var.project_id}"

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.monthly)
    }
  }

  budget_filter {
    calendar_period        = "MONTH"
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
    projects               = ["projects/${var.project_number}"]
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.8, 1.0]

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    # Google takes at most five. Billing administrators are told by e-mail anyway.
    monitoring_notification_channels = slice(local.channels, 0, min(5, length(local.channels)))
  }
}
