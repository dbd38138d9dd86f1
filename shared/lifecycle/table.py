"""The lifecycle as data: edges, deadlines, leases and pauses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from shared.runs import Effect, State

# To `requested` leads a failure that may pass, and always as the next attempt (S8.3).
EDGES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.REQUESTED: frozenset({State.PREPARING, State.CANCELLED, State.FAILED}),
        State.PREPARING: frozenset({State.COMPILING, State.REQUESTED, State.CANCELLING, State.FAILED}),
        State.COMPILING: frozenset({State.SUBMITTING, State.REQUESTED, State.CANCELLING, State.FAILED}),
        State.SUBMITTING: frozenset({State.RUNNING, State.REQUESTED, State.CANCELLING, State.FAILED}),
        State.RUNNING: frozenset({State.COLLECTING, State.REQUESTED, State.CANCELLING, State.FAILED}),
        State.COLLECTING: frozenset({State.COMPLETED, State.FAILED}),
        # A job may finish before the cancel; and `cancelled` cannot be promised of what may not be looked at.
        State.CANCELLING: frozenset({State.COLLECTING, State.CANCELLED, State.FAILED}),
        State.COMPLETED: frozenset(),
        State.CANCELLED: frozenset(),
        State.FAILED: frozenset(),
    }
)

# How long a state may last. Past it, what is still live is stopped, and a state with nothing live fails (E_STUCK).
# `collecting` decides at its first look and has none. `requested` waits for its turn, which others decide.
# `cancelling` goes on until nothing is live, however long that takes.
DEADLINES: Mapping[State, timedelta] = MappingProxyType(
    {
        State.PREPARING: timedelta(minutes=15),
        State.COMPILING: timedelta(minutes=60),
        State.SUBMITTING: timedelta(minutes=15),
        State.RUNNING: timedelta(hours=24),
    }
)

# How long a provider may refuse to be looked at (a right that was taken away, and is given back).
UNSEEN_FOR = timedelta(minutes=15)

# How long an intent belongs to the handler that stored it. A build has no name of ours, so its lease is longer than a
# function may live (300 s). So is that of preparing, whose queries may take 240 s each: an orderly failure gives it
# back at once (`release`), and only one killed in the middle makes the next wait. That of a submission covers two
# reads and the call (`effects.LONGEST_CALL`), because a cancel relies on it. Nobody may still be writing a mirror or
# a log that a deletion has removed, so their leases outlive their handlers, too. The others may be repeated without
# harm.
LEASES: Mapping[Effect, timedelta] = MappingProxyType(
    {
        Effect.PREPARE: timedelta(seconds=330),
        Effect.START_BUILD: timedelta(seconds=330),
        Effect.SUBMIT_PIPELINE: timedelta(seconds=150),
        Effect.CANCEL_BUILD: timedelta(seconds=15),
        Effect.CANCEL_PIPELINE: timedelta(seconds=15),
        Effect.MIRROR: timedelta(seconds=330),
        Effect.UNMIRROR: timedelta(seconds=60),
        Effect.DELETE_OBJECTS: timedelta(seconds=330),
        Effect.DELETE_DETAILS: timedelta(seconds=330),
        Effect.KEEP_LOGS: timedelta(seconds=330),
    }
)

LOGS_AGAIN = timedelta(seconds=60)  # after a try that found a log out of reach
MIRROR_AGAIN = timedelta(seconds=60)  # after a try that found MLflow out of reach
PAID = frozenset({Effect.START_BUILD, Effect.SUBMIT_PIPELINE})
SETTLE = timedelta(seconds=30)  # until what a failed call may have created is visible
FIGURES_EVERY = timedelta(seconds=30)  # cost and time left change all the time: not every look is worth a save

# S8.3: how long the next attempt waits, by the kind of the failure, after the first and after every later one.
PAUSES: Mapping[str, tuple[timedelta, timedelta]] = MappingProxyType(
    {
        "same": (timedelta(seconds=30), timedelta(seconds=120)),
        "wait": (timedelta(minutes=5), timedelta(minutes=15)),
    }
)
MOST_ATTEMPTS = 3  # of a run that does not say
RETRIED_ONCE = frozenset({"E_UNAUTHENTICATED", "E_DATAFLOW"})
