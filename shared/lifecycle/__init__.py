"""The life of a run: states, edges and `decide` (design section 5).

`decide` is pure and level-triggered: it looks at what is, not at what happened, so that a lost, doubled or late event
changes when a run moves and never where it goes. It returns the next run and the intents that the caller, once it has
stored that run, must act on. An intent is stored with the state that wants it and is leased to whoever stored it; when
that handler dies, the next look after `until` asks again. Every effect is named by experiment and attempt, so that
asking twice does it once.
"""

from shared.lifecycle.deciding import decide
from shared.lifecycle.decision import Decision, ForbiddenEdge, ask, release
from shared.lifecycle.faults import decide_fault
from shared.lifecycle.table import DEADLINES, EDGES, LEASES, LOGS_AGAIN, SETTLE, UNSEEN_FOR

__all__ = [
    "DEADLINES",
    "EDGES",
    "LEASES",
    "LOGS_AGAIN",
    "SETTLE",
    "UNSEEN_FOR",
    "Decision",
    "ForbiddenEdge",
    "ask",
    "decide",
    "decide_fault",
    "release",
]
