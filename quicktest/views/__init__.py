"""What the terminal shows: pure functions from stored documents to rich renderables or lines of text."""
