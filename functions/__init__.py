"""Cloud Functions: thin shells around `reconcile` (design section 5)."""
