# The database (default), which is where the page, the functions and the emulators of the tests look.

locals {
  database = google_firestore_database.this.name
}

resource "google_firestore_database" "this" {
  project     = var.project_id
  name        = "(default)"
  location_id = var.location
  type        = "FIRESTORE_NATIVE"

  # What was overwritten can be read for seven days; a restore to any minute of them is a new database.
  point_in_time_recovery_enablement = var.point_in_time_recovery ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"

  delete_protection_state = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  # Prevented, not abandoned: a `terraform destroy` that only forgets the database would look like a success.
  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.backups.daily_days > 0 ? 1 : 0

  project   = var.project_id
  database  = local.database
  retention = "${var.backups.daily_days * 86400}s"

  daily_recurrence {}
}

resource "google_firestore_backup_schedule" "weekly" {
  count = var.backups.weekly_weeks > 0 ? 1 : 0

  project   = var.project_id
  database  = local.database
  retention = "${var.backups.weekly_weeks * 7 * 86400}s"

  weekly_recurrence {
    day = "SUNDAY"
  }
}
