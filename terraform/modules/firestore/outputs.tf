output "database" {
  description = "Name of the database, (default)."
  value       = google_firestore_database.this.name
}

output "events_region" {
  description = "Where Eventarc delivers what happens in it: a multi-region's events come from one region."
  value       = lookup({ nam5 = "us-central1", eur3 = "europe-west4" }, google_firestore_database.this.location_id, google_firestore_database.this.location_id)
}
