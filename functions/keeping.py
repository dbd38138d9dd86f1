"""What a star keeps (S5.14): rules of the bucket delete what has a name and an age, but nothing that is held.

The sweep holds, and lets go, once an hour after an edit for a day: a run's last objects may be written long after its
star. Whoever has no star any more is asked about, too, and its old objects go with the rules' next round.
"""

from __future__ import annotations

from functions.services import Services
from shared import paths


def keep(experiment_id: str, services: Services) -> None:
    """Hold all that an experiment has stored, or let it go, as its star says; doing it again changes nothing."""
    loaded = services.store.load(experiment_id)
    request, run = loaded.request, loaded.run
    if request is None or loaded.delete is not None or (run is not None and run.deletion is not None):
        return  # what is being deleted is not to be held
    services.blobs.hold(paths.experiment_folder(experiment_id), request.get("starred") is True)
