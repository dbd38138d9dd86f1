# Service agents come into being when a service is first used, which is too late for a grant to them: here they are made.

locals {
  # Their domains. What is told of a made agent is not always the one that does the work: for Cloud Build it is the
  # account that builds ran as before 2024, which new projects do not have.
  domains = {
    aiplatform     = "gcp-sa-aiplatform"
    cloudbuild     = "gcp-sa-cloudbuild"
    cloudfunctions = "gcf-admin-robot"
    cloudscheduler = "gcp-sa-cloudscheduler"
    dataflow       = "dataflow-service-producer-prod"
    eventarc       = "gcp-sa-eventarc"
    pubsub         = "gcp-sa-pubsub"
    run            = "serverless-robot-prod"
  }
  agents = merge(
    {
      for service, domain in local.domains :
      service => "serviceAccount:service-${data.google_project.this.number}@${domain}.iam.gserviceaccount.com"
    },
    { storage = data.google_storage_project_service_account.agent.member },
  )
}

resource "google_project_service_identity" "agents" {
  for_each = local.domains
  provider = google-beta

  project = var.project_id
  service = google_project_service.services["${each.key}.googleapis.com"].service
}

# Cloud Storage's is made by asking for it.
data "google_storage_project_service_account" "agent" {
  project = local.asked["storage"]
}
