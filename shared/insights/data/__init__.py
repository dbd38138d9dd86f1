"""What the examples of a run are like: statistics, schema, drift, anomalies (domain S7.3-S7.6)."""
