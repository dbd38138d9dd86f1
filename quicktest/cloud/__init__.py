"""A Google project from nothing to a working installation: what `quicktest cloud` does.

Every step looks before it acts, so that a second run changes only what differs and goes on where the first one stopped.
gcloud, terraform, firebase and npm are called as programs: whoever would rather do it by hand copies the lines shown.
"""
