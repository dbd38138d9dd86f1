# Where releases are kept: images in Artifact Registry, archives of functions and records of builds in a bucket.

resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  location      = var.region
  repository_id = "quicktest"
  format        = "DOCKER"
  description   = "Images of Quicktest. Deployments name them by digest."

  # A tag names one build for good: 1.4.0 today is 1.4.0 in a year.
  docker_config {
    immutable_tags = true
  }

  # Reruns of old experiments name the images that they were made with, so releases stay for as long as these may come.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = var.kept_versions
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "${var.kept_days * 86400}s"
    }
  }
}

resource "google_storage_bucket" "releases" {
  #checkov:skip=CKV_GCP_62:One account writes here, and its builds are logged
  project  = var.project_id
  name     = "${var.project_id}-quicktest-releases"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # A release that was written twice by mistake can be had back.
  versioning {
    enabled = true
  }

  # Sources of builds, which Cloud Build is given through this bucket.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 7
      with_state     = "ANY"
      matches_prefix = ["source/"]
    }
  }
}
