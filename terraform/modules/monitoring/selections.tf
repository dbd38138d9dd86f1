# Which time series a condition or a chart reads, as a filter of Cloud Monitoring.

locals {
  in_conditions = flatten([
    for name, alert in local.alerts : [
      for position, condition in alert.conditions : concat(
        [{ key = "${name} ${position}", of = condition }],
        can(condition.of) ? [{ key = "${name} ${position} of", of = condition.of }] : [],
      )
    ]
  ])
  in_charts = [for chart in local.charts : { key = chart.title, of = chart }]

  subscription_ids = [for name in values(var.subscriptions) : "\"${basename(name)}\""] # Eventarc tells full names

  # What stands in a filter -> the deployment's name. Not a template of the whole file: Eventarc's names are known after
  # the apply, and which alerts there are must be known before.
  filled_in = {
    for selected in concat(local.in_conditions, local.in_charts) : selected.key => replace(replace(replace(replace(
      try(selected.of.filter, ""),
      "<dead_letters>", var.dead_letters_subscription),
      "<mlflow>", coalesce(var.mlflow_service, "none")),
      "<page>", coalesce(var.page_host, "none")),
    "<subscriptions>", join(",", local.subscription_ids))
  }

  selections = {
    for selected in concat(local.in_conditions, local.in_charts) : selected.key => join(" AND ", concat(
      [
        can(selected.of.counter)
        ? "metric.type=\"logging.googleapis.com/user/${google_logging_metric.counters[selected.of.counter].name}\""
        : "metric.type=\"${selected.of.metric}\"",
        "resource.type=\"${try(selected.of.resource, "cloud_run_revision")}\"",
      ],
      can(selected.of.filter) ? [local.filled_in[selected.key]] : [],
    ))
  }
}
