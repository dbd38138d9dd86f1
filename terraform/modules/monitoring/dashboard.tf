locals {
  charts  = yamldecode(file("${path.module}/charts.yaml"))
  columns = 3 # of a grid that is 48 wide
  width   = 16
  height  = 12
}

resource "google_monitoring_dashboard" "quicktest" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "Quicktest"
    mosaicLayout = {
      columns = 48
      tiles = [
        for position, chart in local.charts : merge(
          # The API drops what is zero or empty, and a plan would want to add it for ever.
          position % local.columns == 0 ? {} : { xPos = position % local.columns * local.width },
          position < local.columns ? {} : { yPos = floor(position / local.columns) * local.height },
          {
            width  = local.width
            height = local.height
            widget = {
              title = chart.title
              xyChart = {
                dataSets = [{
                  plotType = can(chart.aligner) ? "LINE" : "STACKED_BAR"
                  timeSeriesQuery = merge(
                    can(chart.unit) ? { unitOverride = chart.unit } : {},
                    {
                      timeSeriesFilter = {
                        filter = local.selections[chart.title]
                        aggregation = merge(
                          can(chart.by) ? { groupByFields = chart.by } : {},
                          {
                            alignmentPeriod    = "300s"
                            perSeriesAligner   = try(chart.aligner, "ALIGN_DELTA")
                            crossSeriesReducer = try(chart.reducer, "REDUCE_SUM")
                          },
                        )
                      }
                    },
                  )
                }]
              }
            }
          },
        )
      ]
    }
  })
}
