terraform {
  required_version = "~> 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "= 8.7.0"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "= 8.7.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "= 3.7.2"
    }
  }

  # The state's place comes with `terraform init`: -backend-config=bucket=... -backend-config=prefix=quicktest/prod
  backend "gcs" {}
}

# Requests are counted and billed to the customer's project, also those that a person's own login makes.
provider "google" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = { app = "quicktest" }
}

provider "google-beta" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = { app = "quicktest" }
}
