# Eventarc: events on documents and objects. How often an event is delivered again is in deliveries.tf.

resource "google_eventarc_trigger" "documents" {
  for_each = var.document_events

  project         = var.project_id
  location        = coalesce(var.document_location, var.region)
  name            = each.key
  labels          = var.labels
  service_account = var.events_identity

  # Both forms are understood. An event holds a document twice and may be 512 KB: protobuf is the smaller form.
  event_data_content_type = "application/protobuf"

  matching_criteria {
    attribute = "type"
    value     = each.value.type
  }
  matching_criteria {
    attribute = "database"
    value     = each.value.database
  }
  matching_criteria {
    attribute = "document"
    operator  = "match-path-pattern" # without it only a document that is called {id} would match
    value     = each.value.pattern
  }

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.this.name
      region  = var.region
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.events]
}

resource "google_eventarc_trigger" "objects" {
  for_each = var.object_events

  project         = var.project_id
  location        = each.value.location # not a choice: it must be the bucket's
  name            = each.key
  labels          = var.labels
  service_account = var.events_identity

  event_data_content_type = "application/json" # an object's event is small, and JSON can be read in a log

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.finalized"
  }
  matching_criteria {
    attribute = "bucket"
    value     = each.value.bucket
  }

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.this.name
      region  = var.region
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.events]
}
