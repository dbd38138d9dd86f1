# What the agents need to do their work. Each has only its own service's role, which turning an API on gives in the
# console, but not surely here: builds, functions and triggers of a new project are refused where it is missing.

locals {
  agent_roles = {
    aiplatform     = "roles/aiplatform.serviceAgent"
    cloudbuild     = "roles/cloudbuild.serviceAgent"
    cloudfunctions = "roles/cloudfunctions.serviceAgent"
    cloudscheduler = "roles/cloudscheduler.serviceAgent" # signs the tokens of the sweep's calls
    dataflow       = "roles/dataflow.serviceAgent"
    eventarc       = "roles/eventarc.serviceAgent"
    pubsub         = "roles/pubsub.serviceAgent" # signs the tokens of pushes
    run            = "roles/run.serviceAgent"
    # Events of objects are published by Cloud Storage itself, on a topic that Eventarc makes and names.
    storage = "roles/pubsub.publisher"
  }
}

resource "google_project_iam_member" "agents" {
  #checkov:skip=CKV_GCP_49:Google's own agents with Google's own roles for them; no other role lets a service do its work
  for_each = local.agent_roles

  project = var.project_id
  role    = each.value
  member  = local.agents[each.key]

  depends_on = [google_project_service_identity.agents]
}
