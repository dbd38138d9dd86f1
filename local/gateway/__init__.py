"""Stands in for Eventarc, Cloud Scheduler and the push subscriptions of Pub/Sub, and keeps Firestore's documents."""
