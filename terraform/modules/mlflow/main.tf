# MLflow's server: a projection of completed runs. It may be away, or switched off, at any time; nothing waits for it.

resource "google_service_account" "server" {
  project      = var.project_id
  account_id   = "mlflow"
  display_name = "MLflow's server"
}

resource "google_cloud_run_v2_service" "server" {
  project             = var.project_id
  name                = "mlflow"
  location            = var.region
  deletion_protection = var.deletion_protection

  # Functions come from outside of any network; IAM lets in who is named, and nobody else.
  ingress = "INGRESS_TRAFFIC_ALL"

  template {
    service_account = google_service_account.server.email
    timeout         = "300s"

    scaling {
      min_instance_count = 0
      max_instance_count = 2
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }
      resources {
        limits = { cpu = "1", memory = var.memory }
        # Starting takes Python long; nothing is done between requests.
        startup_cpu_boost = true
        cpu_idle          = true
      }

      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }
      env {
        name = "PGPASSWORD"
        value_source {
          secret_key_ref {
            secret = google_secret_manager_secret.password.secret_id
            # Not "latest": a rotated password makes a new revision, which starts with it.
            version = google_secret_manager_secret_version.password.version
          }
        }
      }

      startup_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 5
        failure_threshold = 24
      }
      volume_mounts {
        name       = "cloudsql"
        mount_path = "/cloudsql"
      }
    }

    volumes {
      name = "cloudsql"
      cloud_sql_instance {
        instances = [google_sql_database_instance.this.connection_name]
      }
    }
  }

  depends_on = [google_project_iam_member.server, google_secret_manager_secret_iam_member.server, google_storage_bucket_iam_member.server]
}

locals {
  # It answers under no other names, against pages that send a browser here under one of their own.
  hosts = concat(["*.run.app"], var.address == null ? [] : [split("/", trimprefix(var.address, "https://"))[0]])

  environment = {
    MLFLOW_SERVER_ALLOWED_HOSTS = join(",", local.hosts)
    # Its own page asks with POST, which browsers send with an origin.
    MLFLOW_SERVER_CORS_ALLOWED_ORIGINS = join(",", [for host in local.hosts : "https://${host}"])
    MLFLOW_ARTIFACTS_DESTINATION       = "gs://${google_storage_bucket.artifacts.name}"
    PGDATABASE                         = google_sql_database.this.name
    PGHOST                             = "/cloudsql/${google_sql_database_instance.this.connection_name}"
    PGUSER                             = google_sql_user.server.name
  }
}

resource "google_storage_bucket" "artifacts" {
  #checkov:skip=CKV_GCP_62:Writes are in the audit log of the project
  #checkov:skip=CKV_GCP_78:A copy of what the runs hold, written once
  project  = var.project_id
  name     = "${var.project_id}-quicktest-mlflow"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  # All of it can be written anew from the runs.
  force_destroy = true
}
