"""How a schedule is: drawn from its seed, so that some are full of one kind of fault and free of another (swarm
testing: a fault that is always on hides what only its absence shows)."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Plan:
    """Probabilities are per boundary (`pause` … `conflict`; `late`: per creation), per event (`lose`, `double`), per
    build or job (`fail` … `odd_results`), per request (`invalid`), or weights among the rare steps of a schedule
    (`cancel` … `edit`)."""

    experiments: int = 1
    steps: int = 50
    places: int = 2
    endpoint_places: tuple[int, int] = (2, 1)
    mirror: bool = True
    pause: float = 0.0
    kill: float = 0.0
    transient: float = 0.0
    ambiguous: float = 0.0
    late: float = 0.0
    conflict: float = 0.0
    twice: float = 0.0
    lose: float = 0.0
    double: float = 0.0
    fail: float = 0.0
    hang: float = 0.0
    cancelled_outside: float = 0.0
    stubborn: float = 0.0
    odd_results: float = 0.0
    invalid: float = 0.0
    lag_s: float = 0.0  # until a build is listed
    late_s: float = 8.0  # until an effect whose call failed takes place
    cancel: float = 0.0
    delete: float = 0.0
    rerun: float = 0.0
    hard_delete: float = 0.0
    drift: float = 0.0
    refuse: float = 0.0
    sleep: float = 0.0
    edit: float = 0.0

    @property
    def twins(self) -> bool:
        """Whether two builds of one attempt are legal: what was created is listed later than we wait for it."""
        return self.lag_s + self.late_s > 30


def draw(random: Random) -> Plan:
    """Each kind of fault is off in about half of the schedules."""

    def some(most: float, chance: float = 0.5) -> float:
        return random.random() * most if random.random() < chance else 0.0

    experiments = random.choice((1, 1, 1, 2, 2, 3))
    return Plan(
        experiments=experiments,
        steps=26 + 12 * experiments,
        places=random.choice((1, 1, 2)),
        endpoint_places=random.choice(((1, 1), (1, 2), (2, 1))),
        mirror=random.random() < 0.6,
        pause=some(0.25, 0.8),
        kill=some(0.06),
        transient=some(0.06),
        ambiguous=some(0.12),
        late=some(0.3, 0.3),
        conflict=some(0.1, 0.3),
        twice=some(0.5, 0.2),
        lose=some(0.6),
        double=some(1.0),
        fail=some(0.7),
        hang=some(0.5, 0.2),
        cancelled_outside=some(0.3, 0.2),
        stubborn=some(1.0, 0.3),
        odd_results=some(0.4, 0.2),
        invalid=some(0.3, 0.2),
        lag_s=random.choice((0.0, 0.0, 12.0, 20.0, 240.0)),
        cancel=some(1.0, 0.4),
        delete=some(1.5, 0.4),
        rerun=some(1.5, 0.4),
        hard_delete=some(1.0, 0.15),
        drift=some(0.5, 0.1),
        refuse=some(1.5, 0.2),
        sleep=some(1.0, 0.4),
        edit=some(2.0, 0.3),
    )
