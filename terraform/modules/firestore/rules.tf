# A ruleset never changes: new rules are a new one. The release is pointed at it before the old one goes, in place, as
# a release that were replaced would leave a moment without rules.

resource "google_firebaserules_ruleset" "this" {
  project = var.project_id

  source {
    files {
      name    = "firestore.rules"
      content = file(var.rules_file)
    }
  }

  lifecycle {
    create_before_destroy = true
  }

  # Rules of a service that is not there are refused.
  depends_on = [google_firestore_database.this]
}

resource "google_firebaserules_release" "this" {
  project      = var.project_id
  name         = "cloud.firestore"
  ruleset_name = google_firebaserules_ruleset.this.name
}
