"""I/O: what the functions need of the world (`ports`), and how they get it from Google Cloud and MLflow."""
