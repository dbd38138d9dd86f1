# Service agents come into being when a service is first used, which is too late for a grant to them: here they are made.

locals {
  agents = {
    aiplatform     = google_project_service_identity.agents["aiplatform"].member
    cloudbuild     = google_project_service_identity.agents["cloudbuild"].member
    cloudscheduler = google_project_service_identity.agents["cloudscheduler"].member
    dataflow       = google_project_service_identity.agents["dataflow"].member
    eventarc       = google_project_service_identity.agents["eventarc"].member
    pubsub         = google_project_service_identity.agents["pubsub"].member
    run            = google_project_service_identity.agents["run"].member
    storage        = data.google_storage_project_service_account.agent.member
  }
}

resource "google_project_service_identity" "agents" {
  for_each = toset(["aiplatform", "cloudbuild", "cloudscheduler", "dataflow", "eventarc", "pubsub", "run"])
  provider = google-beta

  project = var.project_id
  service = google_project_service.services["${each.value}.googleapis.com"].service
}

# Cloud Storage's is made by asking for it.
data "google_storage_project_service_account" "agent" {
  project = split("/", google_project_service.services["storage.googleapis.com"].id)[0]
}
