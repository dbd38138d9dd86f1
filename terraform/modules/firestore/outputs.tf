output "location" {
  description = "Where it is, as Eventarc knows it, too: its triggers on documents are there, nam5 and eur3 included."
  value       = google_firestore_database.this.location_id
}
