"""The warm worker: a process that has imported TFX once and forks a child for each component or build step."""
