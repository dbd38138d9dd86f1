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

# Both data sources are read once their own API is on. With depends_on, each API that an upgrade adds would make what
# they tell unknown again, and grants that name it would be replaced.
data "google_project" "this" {
  project_id = split("/", google_project_service.services["cloudresourcemanager.googleapis.com"].id)[0]
}
