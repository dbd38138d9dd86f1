"""Builds the TFX pipeline of a quick test and compiles it to a pipeline spec that serves many experiments."""
