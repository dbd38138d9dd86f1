# The one identity that all events and messages are delivered as. Which functions it may call, each of them says.

resource "google_service_account" "this" {
  project      = var.project_id
  account_id   = "events"
  display_name = "Quicktest: delivers events to functions"
}

resource "google_project_iam_member" "receives_events" {
  project = var.project_id
  role    = "roles/eventarc.eventReceiver" # has no smaller home than a project
  member  = google_service_account.this.member
}

# Eventarc refuses the first triggers of a new project until the rights of its agent are known everywhere. Google says
# that takes minutes; this waits once, when the identity or an agent is new.
resource "terraform_data" "rights_are_known" {
  triggers_replace = { identity = google_service_account.this.unique_id, agents = var.agents }

  provisioner "local-exec" {
    command = "sleep ${var.wait_s}"
  }

  depends_on = [google_project_iam_member.receives_events]
}
