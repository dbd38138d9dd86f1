"""Stand-ins for Cloud Build, Vertex AI Pipelines and Cloud Logging that the unmodified Google clients talk to."""
