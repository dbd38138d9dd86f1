"""What the handlers really ask of the cloud, counted: the code of `functions/` over the fakes of `tests/`, every call
of a port counted as the real adapter would be billed for it.

Writes are the documents that a call changed. Reads are documents as Firestore bills them; what each call of the store
reads is in `READS`, taken from `functions/adapters/`, and a call that is not there is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from functions.adapters import indexing
from shared.insights.lists.entries import block_of
from tests.fakes.crashing import PORTS
from tests.fakes.store import FakeStore
from tests.fakes.world import World

ENDPOINT = "wholesale"


@dataclass
class Counted:
    """Of some work: documents by collection, calls by `port.method`, and how often the worst document was written."""

    reads: Counter[str] = field(default_factory=Counter)  # by method of the store
    writes: Counter[str] = field(default_factory=Counter)  # by collection
    deletes: Counter[str] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)  # writes by document
    commits: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    def of(self, *names: str) -> int:
        """Calls of a port, or of one of its methods."""
        return sum(n for call, n in self.calls.items() if call in names or call.partition(".")[0] in names)


class CountedPort:
    """Passes calls on and counts them."""

    def __init__(self, port: Any, name: str, counted: Counted) -> None:
        self._port, self._name, self._counted = port, name, counted

    def at(self, region: str) -> CountedPort:
        return CountedPort(self._port.at(region), self._name, self._counted)

    def __getattr__(self, method: str) -> Any:
        value = getattr(self._port, method)
        return self._wrapped(method, value) if callable(value) else value

    def _wrapped(self, method: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            self._counted.calls[f"{self._name}.{method}"] += 1
            return call(*arguments, **options)

        return counted


class CountedStore(CountedPort):
    """The store; it also knows what the index's reader keeps in memory."""

    _port: FakeStore

    def __init__(self, port: FakeStore, counted: Counted) -> None:
        super().__init__(port, "store", counted)
        self._known_blocks: dict[str, str] = {}

    def _wrapped(self, method: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            seen = self._counted
            seen.calls[f"store.{method}"] += 1
            if method in READS_ONLY:
                result = call(*arguments, **options)
                seen.reads[method] += READS[method](self, arguments, result)
                return result
            seen.reads[method] += READS[method](self, arguments, None)
            before = _states(self._port)
            result = call(*arguments, **options)
            self._take(before, _states(self._port))
            return result

        return counted

    def _take(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        changed = [path for path, text in after.items() if before.get(path) != text]
        gone = before.keys() - after.keys()
        self._counted.commits += bool(changed or gone)
        self._counted.writes.update(map(collection_of, changed))
        self._counted.paths.update(changed)
        self._counted.deletes.update(map(collection_of, gone))

    # ------------------------------------------------------------------------------- what only the stored tells

    def of(self, collection: str, wanted: Callable[[str, Mapping[str, Any]], bool]) -> int:
        found = self._port._collection(collection)  # the fake's own way of listing
        return sum(wanted(name, document) for name, document in found)

    def index_reads(self, endpoint: str) -> int:
        """Heads of all blocks, and those that have changed since this process read them (FirestoreIndex._refreshed)."""
        own = endpoint + "__"
        blocks = {name: _text(block) for name, block in self._port._collection("indexes") if name.startswith(own)}
        changed = sum(self._known_blocks.get(name) != text for name, text in blocks.items())
        heads = len(blocks) if self._known_blocks else 0
        self._known_blocks |= blocks
        return max(1, heads + changed)


def collection_of(path: str) -> str:
    """`runs/details` of `runs/exp-1/details/code`."""
    return "/".join(path.split("/")[::2])


def _states(store: FakeStore) -> dict[str, str]:
    return {path: _text(document) for path, document in store.documents.items()}


def _text(document: Mapping[str, Any]) -> str:
    return repr(document)


def _query(_store: CountedStore, _arguments: Any, result: Any) -> int:
    """One read for each document found; a query that finds none is billed as one."""
    return max(1, len(result))


def _exactly(reads: int) -> Callable[..., int]:
    return lambda *_: reads


def _save(_store: CountedStore, arguments: Any, _result: Any) -> int:
    """What `_save_guarded` and `_draw_number` read."""
    loaded, before, decision, _ = arguments
    creates = loaded.run is None and loaded.request is not None
    shows = not decision.forgets and indexing.shows_anew(before, decision.run, loaded.request)
    pays = decision.pays and loaded.cancel_requested_at is None
    return (creates or shows) + (decision.pays and (creates or shows or pays)) + (decision.run.number is None)


def _queue(store: CountedStore, _arguments: Any, _result: Any) -> int:
    return max(1, store.of("runs", lambda _, run: run["state"] == "requested")) + 1


def _edited(store: CountedStore, arguments: Any, _result: Any) -> int:
    """The query finds every request of the time; only here it is told which were edited."""
    return max(1, store.of("experiments", lambda _, request: request["updated_at"] >= arguments[0]))


def _to_delete(store: CountedStore, _arguments: Any, _result: Any) -> int:
    commands = store.of("commands", lambda _, command: command["kind"] == "delete")
    return max(1, commands) + max(1, store.of("runs", lambda _, run: bool(run["deletion"])))


def _without_run(store: CountedStore, arguments: Any, _result: Any) -> int:
    """Every request from the first id on, one more than are looked at, and the run of each."""
    first_id, most = arguments
    found = store.of("experiments", lambda name, _: name >= first_id)
    return max(1, min(found, most + 1)) + min(found, most)


QUERIES = (
    *("seated_runs", "live_runs", "pending_mirrors", "pending_logs", "commands_of", "stale_insights", "rebuilds"),
    *("undrained", "report_heads", "names", "feature_configs_of", "past_runs", "configs", "latest", "seated_in"),
)
GETS = ("config", "detail", "report", "report_part", "insight", "insight_part", "spent_usd", "reuse_generation")
READS_ONLY: dict[str, Callable[[CountedStore, Any, Any], int]] = {
    **dict.fromkeys(QUERIES, _query),
    **dict.fromkeys(GETS, _exactly(1)),
    "load": _exactly(4),
    **dict.fromkeys(("heads", "some_of"), lambda _, arguments, __: len(arguments[-1])),
    "queue": _queue,
    "edited_since": _edited,
    "to_delete": _to_delete,
    "requests_without_run": _without_run,
    "index": lambda store, arguments, _: store.index_reads(arguments[0]),
}
WRITES_ONLY = ("save_insight", "repair_places", "save_report")
READS = {**READS_ONLY, "save": _save, **dict.fromkeys(WRITES_ONLY, _exactly(0))}


class CountedWorld(World):
    """The world of fakes whose services count. `counted` begins anew with `begin`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.counted = Counted()
        ports = {name: CountedPort(getattr(self.services, name), name, self.counted) for name in PORTS}
        ports["store"] = CountedStore(self.store, self.counted)
        self._ports = ports
        self.services = replace(self.services, **ports)

    def begin(self) -> Counted:
        self.counted = Counted()
        for port in self._ports.values():
            port._counted = self.counted
        return self.counted

    def with_places(self, places: int) -> None:
        self.services = replace(self.services, config=replace(self.services.config, max_running=places))
        self.store.put(f"model_endpoints/{ENDPOINT}", {"max_running": places})

    def fill_index(self, blocks: int) -> None:
        """As if so many documents of ended runs were there; what is in them does not change what is read."""
        for block in range(blocks):
            self.store.documents[f"indexes/{block_of(ENDPOINT, (block + 1_000) * 250)}"] = {"entries": {}}
