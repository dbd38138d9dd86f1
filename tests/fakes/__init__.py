"""In-memory stand-ins for the ports of `functions.adapters.ports`, held to them by tests/contract."""
