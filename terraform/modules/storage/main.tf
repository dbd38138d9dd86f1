# Three buckets: what runs read and write, the archives that functions are made of, and what Dataflow needs meanwhile.

resource "google_storage_bucket" "data" {
  #checkov:skip=CKV_GCP_62:Writes are in the audit log of the project
  #checkov:skip=CKV_GCP_78:See versioning below
  project  = var.project_id
  name     = "${var.project_id}-quicktest"
  location = var.location

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # Off: each object is written once, under a name that holds its attempt or its content. Versions would only keep what
  # S5.14 and deletions want gone. The page reads documents, never objects: no CORS either.
  versioning {
    enabled = false
  }

  # Against mistakes: what was deleted can be had back for so long.
  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  dynamic "lifecycle_rule" {
    for_each = local.retention
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value.days
        matches_prefix = lifecycle_rule.value.prefixes
        matches_suffix = lifecycle_rule.value.suffixes
      }
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 2
    }
  }
}

resource "google_storage_bucket" "source" {
  #checkov:skip=CKV_GCP_62:Writes are in the audit log of the project
  project  = var.project_id
  name     = "${var.project_id}-quicktest-source"
  location = var.location

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  # On: a deployment deletes the archive of the one before, and what ran a year ago can still be looked at. Archives are
  # named by their content, so there is never a newer version to count: age decides.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 365
      with_state                 = "ARCHIVED"
    }
  }
}

# A bucket of its own for shards that Dataflow stages and throws away: events of the data bucket invoke a function.
resource "google_storage_bucket" "work" {
  #checkov:skip=CKV_GCP_62:Writes are in the audit log of the project
  #checkov:skip=CKV_GCP_78:Nothing in it is wanted after its job
  project  = var.project_id
  name     = "${var.project_id}-quicktest-work"
  location = var.location

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 7 # longer than any job, and what a killed one left behind
    }
  }
}
