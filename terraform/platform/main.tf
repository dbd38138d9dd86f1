# Images and releases for several customers. Each customer's project pulls from here, so one build serves all, and what
# one runs is byte for byte what another does.

locals {
  services = ["artifactregistry", "cloudbuild", "cloudresourcemanager", "iam", "logging", "serviceusage", "storage"]
}

resource "google_project_service" "services" {
  for_each = toset([for name in local.services : "${name}.googleapis.com"])

  project            = var.project_id
  service            = each.value
  disable_on_destroy = false
}

module "registry" {
  source = "../modules/registry"

  project_id = var.project_id
  region     = var.region
  readers    = local.readers

  depends_on = [google_project_service.services]
}
