"""What to run next (domain S7.15)."""
