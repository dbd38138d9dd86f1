# The database's password exists while it is written, in Secret Manager and in the database, and never in plan or state.

ephemeral "random_password" "this" {
  length  = 32
  special = false
}

resource "google_secret_manager_secret" "password" {
  project   = var.project_id
  secret_id = "mlflow-database-password"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_version" "password" {
  secret                 = google_secret_manager_secret.password.id
  secret_data_wo         = ephemeral.random_password.this.result
  secret_data_wo_version = var.password_version

  # Each apply thinks of another password. The database takes minutes to be made, or not to be: nothing is kept before.
  depends_on = [google_sql_user.server]
}
