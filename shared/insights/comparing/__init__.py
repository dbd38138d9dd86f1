"""Runs beside each other, and whether the data can tell them apart (domain S7.7, S7.8)."""
