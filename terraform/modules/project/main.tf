# What must be on before anything else can be made: the APIs, and the accounts by which Google's own services act here.

locals {
  services = toset([for name in var.services : "${name}.googleapis.com"])
}

resource "google_project_service" "services" {
  for_each = local.services

  project = var.project_id
  service = each.value

  # Others may use them in this project, and turning an API off deletes what it holds.
  disable_on_destroy = false
}

data "google_project" "this" {
  project_id = var.project_id
  depends_on = [google_project_service.services]
}
