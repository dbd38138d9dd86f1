# Its database. It has a public address but no network that may use it: connections come through Cloud SQL's own
# connector, which asks IAM and encrypts, so no private network has to be kept for one small server.

resource "google_sql_database_instance" "this" {
  #checkov:skip=CKV_GCP_60:The public address has no authorised network; only the connector, with IAM and certificates, comes in
  #checkov:skip=CKV_GCP_108:Clients come through the connector, so there is no host of theirs to log
  #checkov:skip=CKV_GCP_109:PostgreSQL's own level, warning, tells what goes wrong; error would hide it
  #checkov:skip=CKV_GCP_110:What is in it is a copy of what Firestore holds, whose writes are audited
  #checkov:skip=CKV_GCP_111:As above; statements would fill logs with metrics
  #checkov:skip=CKV2_GCP_13:As above
  project             = var.project_id
  name                = "mlflow"
  region              = var.region
  database_version    = "POSTGRES_18"
  deletion_protection = var.deletion_protection

  settings {
    edition                     = "ENTERPRISE"
    tier                        = var.tier
    availability_type           = "ZONAL"
    disk_size                   = 10
    disk_autoresize             = true
    deletion_protection_enabled = var.deletion_protection

    ip_configuration {
      ipv4_enabled = true
      ssl_mode     = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" # the connector has one
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "03:00"
      point_in_time_recovery_enabled = var.deletion_protection
      backup_retention_settings {
        retained_backups = 14
      }
    }

    database_flags {
      name  = "log_connections"
      value = "on"
    }
    database_flags {
      name  = "log_disconnections"
      value = "on"
    }
    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }
    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    maintenance_window {
      day          = 7
      hour         = 4
      update_track = "stable"
    }
  }
}

resource "google_sql_database" "this" {
  project  = var.project_id
  instance = google_sql_database_instance.this.name
  name     = "mlflow"
}

resource "google_sql_user" "server" {
  project             = var.project_id
  instance            = google_sql_database_instance.this.name
  name                = "mlflow"
  password_wo         = ephemeral.random_password.this.result
  password_wo_version = var.password_version

  # It owns tables, so it cannot be dropped; it goes with its instance.
  deletion_policy = "ABANDON"
}
