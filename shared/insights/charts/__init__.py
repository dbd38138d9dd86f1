"""Read models of the runs of one protocol, and of all runs of an endpoint (domain S7.9-S7.14, S7.16-S7.18)."""
