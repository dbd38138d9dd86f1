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
        for position, chart in local.charts : {
          xPos   = position % local.columns * local.width
          yPos   = floor(position / local.columns) * local.height
          width  = local.width
          height = local.height
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = try(chart.aligner, null) == null ? "STACKED_BAR" : "LINE"
                timeSeriesQuery = {
                  unitOverride = try(chart.unit, "")
                  timeSeriesFilter = {
                    filter = local.selections[chart.title]
                    aggregation = {
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = try(chart.aligner, "ALIGN_DELTA")
                      crossSeriesReducer = try(chart.reducer, "REDUCE_SUM")
                      groupByFields      = try(chart.by, [])
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })
}
