# What the agents need for events to arrive. Each has only its own service's role.

locals {
  agent_roles = {
    aiplatform = "roles/aiplatform.serviceAgent"
    dataflow   = "roles/dataflow.serviceAgent"
    # It reads which function a trigger belongs to; without it the first trigger of a new project is refused.
    eventarc = "roles/eventarc.serviceAgent"
    # These two sign the tokens that calls of the sweep and pushes carry.
    cloudscheduler = "roles/cloudscheduler.serviceAgent"
    pubsub         = "roles/pubsub.serviceAgent"
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
}
