"""What a star keeps (S5.14): rules of the bucket delete what has a name and an age, but nothing that is held.

The sweep holds, and lets go, once an hour for a day after an edit, and once a day for a week, as a run may end long
after its star. Whoever has no star any more is asked about, too, and its old objects go with the rules' next round.
"""

from __future__ import annotations

from functions.services import Services
from shared import paths
from shared.runs import LIVE


def keep(experiment_id: str, services: Services) -> None:
    """Hold all that an experiment has stored, or let it go, as its star says; doing it again changes nothing. Of a run
    that goes on nothing is held: a held object cannot be replaced either, as Trainers replace their checkpoints."""
    loaded = services.store.load(experiment_id)
    request, run = loaded.request, loaded.run
    if request is None or loaded.delete is not None or (run is not None and run.deletion is not None):
        return  # what is being deleted is not to be held
    is_starred = request.get("starred") is True
    if is_starred and (run is None or run.state in LIVE):
        return
    services.blobs.hold(paths.experiment_folder(experiment_id), is_starred)
