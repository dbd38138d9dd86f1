"""A seeded simulator of the whole back end: one process, one thread, one clock that only the scheduler moves.

Real: `functions.main`'s work (`look_after`, `sweep`), `observe`, `decide`, `act`, `prepare` with its I/O, the table of
the lifecycle, quota, retries, deletion, orphans, the classification of errors, what is validated of epochs and results.

Replaced:
- the adapters, by stores in memory (`adapters`) that keep runs as frozen objects instead of documents; test_adapters
  holds the store to `tests.fakes.store`;
- the pure and slow part of preparing (SQL, rendering, validation), by prebuilt content (`replaced.settled`); what it
  reads of the store and asks the warehouse is still read and asked;
- the outside: builds, jobs and their failures, users, the delivery of events (`outside`, `scheduler`);
- reports on configurations, which no experiment depends on, and logging.

A handler is ordinary synchronous code in a greenlet of its own. Each call of an adapter has a boundary before and after
its effect; at each the scheduler may let another handler go on, move the clock, kill the handler for good, fail the
call, or lose its answer.

`python -m tests.simulation --seed 7` replays one schedule with its trace, `python -m tests.simulation -n 20000` runs
many and prints what happened in them.
"""
