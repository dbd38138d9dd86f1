terraform {
  required_version = "~> 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "= 8.7.0"
    }
  }

  # The state's place comes with `terraform init`: -backend-config=bucket=... -backend-config=prefix=quicktest/platform
  backend "gcs" {}
}

# Requests are counted and billed to this project, also those that a person's own login makes.
provider "google" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = { app = "quicktest" }
}
