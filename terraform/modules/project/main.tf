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

# The project's id, known once the data sources' own APIs are on. They read it from here: named in them, or in depends_on,
# any change of `services` would make what they tell unknown again, and each grant that names an agent be replaced.
locals {
  asked = {
    for service in ["cloudresourcemanager", "storage"] :
    service => split("/", google_project_service.services["${service}.googleapis.com"].id)[0]
  }
}

data "google_project" "this" {
  project_id = local.asked["cloudresourcemanager"]
}
