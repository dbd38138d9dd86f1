terraform {
  required_version = "~> 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 8.7, < 9"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 8.7, < 9"
    }
  }
}
