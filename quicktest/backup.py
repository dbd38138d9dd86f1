"""A backup: every document in one file of JSON lines, compressed; written and read with bounded memory.

    {"format": "quicktest-backup", "version": 1, "project": "…", "exported_at": "…", "documents": 2}
    {"path": "counters/default", "fields": {"next": {"integerValue": "13"}}}
    {"path": "experiments/exp-…", "fields": {…}}
    {"documents": 2, "sha256": "…"}

Values carry Firestore's types. The last line's digest is of all lines before it, so that a file that was cut off or
changed is told before anything of it is written. It is no signature: whoever can write a file can seal it, so a file is
read with bounds, and restored only from somebody who is trusted. Objects (models, examples, logs) are not in it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from google.api_core.exceptions import AlreadyExists, Conflict, FailedPrecondition

from quicktest.errors import QuicktestError
from quicktest.rest_documents import Raw, RestDocuments, Write, root_of
from shared.documents import REBUILD
from shared.runs import LIVE

FORMAT, VERSION = "quicktest-backup", 1
COMMIT_WRITES, COMMIT_BYTES = 400, 2 << 20  # under the 500 writes and 4 MiB that the emulator takes at once
LONGEST_LINE = 32 << 20  # a document takes 1 MiB, and as JSON up to twenty times as much (a list of true and false)
MOST_UNPACKED, SLACK_BYTES = 200, 64 << 20  # times the size of the file; documents of ours are packed to a tenth
KINDS = ("cancel", "delete")  # the commands there are, which come with their experiment
_SEGMENT = re.compile(r"(?!\.{1,2}\Z|__.*__\Z)[^/\ud800-\udfff]{1,1500}", re.DOTALL)  # what Firestore takes as an id
NOT_KEPT = frozenset({"journal_barriers"})  # of the local gateway
CONFIGS = frozenset({"model_endpoints", "datasets", "feature_configs", "model_configs"})
LATER = {**dict.fromkeys(CONFIGS, 1), "comparisons": 3}  # when they are written; experiments are 2
OF_AN_EXPERIMENT = frozenset({"experiments", "runs", "commands"})  # one commit: a handler sees all of them or none
OURS = (*sorted(OF_AN_EXPERIMENT | CONFIGS), "tombstones")
RISING = ("counters/", "ledgers/")  # of numbers given, and of money spent
GENERATION = "counters/reuse"  # deletions raise it: outputs from before one are not reused after it
_LIVE = frozenset(state.value for state in LIVE)

Report = Callable[[int], None]  # documents so far


@dataclass(frozen=True)
class Exported:
    documents: int
    experiments: int
    size_bytes: int


@dataclass(frozen=True)
class Restored:
    """`left_out`: documents that were not written because a merge found them, or their experiment, there already;
    `live`: experiments of the file that had not ended when it was written."""

    documents: int
    experiments: int
    left_out: int
    live: int


# ---------------------------------------------------------------------------------------------------------- export


def export(database: RestDocuments, project: str, path: Path, now: datetime, report: Report) -> Exported:
    """Write the file; it is there complete, or as it was before. `now` is UTC."""
    with _new_file(path) as file, tempfile.TemporaryFile(dir=path.parent) as body:
        lines, experiments = _Digest(), 0
        with gzip.GzipFile(fileobj=body, mode="wb", mtime=0) as packed:
            for raw in database.all():
                if raw.path.partition("/")[0] not in NOT_KEPT:
                    packed.write(lines.add(_line({"path": raw.path, "fields": raw.fields})))
                    experiments += raw.path.startswith("runs/") and raw.path.count("/") == 1
                    report(lines.count)
        head = {"format": FORMAT, "version": VERSION, "project": project, "exported_at": now.isoformat()}
        header = _line({**head, "documents": lines.count})
        _pack(file, header)
        body.seek(0)
        shutil.copyfileobj(body, file)  # a gzip file may consist of several
        _pack(file, _line({"documents": lines.count, "sha256": _seal(header, lines.digest())}))
        return Exported(lines.count, experiments, file.tell())


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place when it is complete."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class _Digest:
    """Of the lines of documents, in their order."""

    def __init__(self) -> None:
        self._hash, self.count = hashlib.sha256(), 0

    def add(self, line: bytes) -> bytes:
        self._hash.update(line)
        self.count += 1
        return line

    def digest(self) -> bytes:
        return self._hash.digest()


def _seal(header: bytes, documents: bytes) -> str:
    return hashlib.sha256(header + documents).hexdigest()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _pack(file: BinaryIO, line: bytes) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(line)


# --------------------------------------------------------------------------------------------------------- restore


def restore(database: RestDocuments, path: Path, merge: bool, report: Report) -> Restored:
    """Write the documents of a file into an empty database; with `merge` only what the database does not have.

    Nothing is written unless the whole file is sound. Raises QuicktestError for one that is not, and for a database
    that is not empty.
    """
    with tempfile.TemporaryDirectory() as folder, _Shelf(Path(folder) / "documents.db") as shelf:
        _read(path, database.root, shelf)
        if not merge and (found := database.any_of(OURS)) is not None:
            raise QuicktestError(
                f"The database is not empty: it has {found}. Restore into an empty one (`quicktest reset` empties that "
                "of this machine), or add what is missing with --merge."
            )
        known = _known_experiments(database) if merge else frozenset()
        written = 0
        for batch in shelf.batches(known):
            written += _write_new(database, batch) if merge else _write(database, batch)
            report(written)
        _ask_for_lists(database, shelf, merge)
        # Objects may have been deleted since the file was written: their outputs must not be reused.
        database.commit(
            [database.transform(GENERATION, [{"fieldPath": "generation", "increment": {"integerValue": "1"}}])]
        )
        return Restored(written, shelf.experiments, shelf.documents - written, shelf.live)


def _known_experiments(database: RestDocuments) -> frozenset[str]:
    """Also those that were deleted: a merge does not bring them back."""
    return frozenset(name for part in ("experiments", "runs", "tombstones") for name in database.ids(part))


def _ask_for_lists(database: RestDocuments, shelf: _Shelf, merge: bool) -> None:
    """A merge leaves the index as it is, which does not know what was added; and a file from before there was one
    brings none. Functions make them anew, with all that is drawn from them."""
    lacking = sorted(shelf.endpoints if merge else shelf.endpoints - shelf.indexed)
    if not lacking:
        return
    paths = {f"commands/{endpoint}--{REBUILD}": endpoint for endpoint in lacking}
    there = database.existing([*paths])
    wanted = [Raw(path, _rebuild_command(endpoint)) for path, endpoint in paths.items() if path not in there]
    if wanted:
        database.commit([database.update(raw) for raw in wanted])


def _rebuild_command(endpoint: str) -> dict[str, Any]:
    now = {"timestampValue": datetime.now(UTC).isoformat()}
    texts = {"model_endpoint": endpoint, "kind": REBUILD, "owner": "restore"}
    fields = {name: {"stringValue": text} for name, text in texts.items()}
    return {**fields, "schema_version": {"integerValue": "1"}, "created_at": now, "updated_at": now}


def _write(database: RestDocuments, batch: list[Raw]) -> int:
    database.commit([database.update(raw) for raw in batch])
    return len(batch)


def _write_new(database: RestDocuments, batch: list[Raw]) -> int:
    """What does not exist; running numbers and sums take the higher value, so that no number is given twice."""
    while True:
        there = database.existing([raw.path for raw in batch])
        missing = [database.update(raw, new=True) for raw in batch if raw.path not in there]
        raised = [_raised(database, raw) for raw in batch if raw.path in there and raw.path.startswith(RISING)]
        try:
            if missing or raised:
                database.commit([*missing, *raised])
        except (AlreadyExists, FailedPrecondition, Conflict):  # somebody wrote one meanwhile, or a repeated call did
            continue
        return len(missing) + len(raised)


def _raised(database: RestDocuments, raw: Raw) -> Write:
    numbers = {name: value for name, value in raw.fields.items() if value.keys() & {"integerValue", "doubleValue"}}
    return database.transform(raw.path, [{"fieldPath": name, "maximum": value} for name, value in numbers.items()])


def _read(path: Path, root: str, shelf: _Shelf) -> None:
    """Put every document on the shelf; raises QuicktestError unless the file is complete and unchanged."""
    try:
        with gzip.open(path, "rb") as file:
            _read_lines(path, root, _lines(path, file), shelf)
    except FileNotFoundError as error:
        raise QuicktestError(f"There is no file {path}. Check the path.") from error
    except EOFError as error:
        raise _cut_off(path) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise QuicktestError(f"{path} is no backup, or it is damaged. Use another copy.") from error
    except sqlite3.OperationalError as error:  # nothing else of ours fails there
        raise QuicktestError(f"There is no room to unpack {path} in {tempfile.gettempdir()}: {error}.") from error


def _lines(path: Path, file: gzip.GzipFile) -> Iterator[bytes]:
    """The lines of a file that unpacks to what a backup can be."""
    most = SLACK_BYTES + MOST_UNPACKED * path.stat().st_size
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE or file.tell() > most:
            raise QuicktestError(f"{path} unpacks to far more than a backup can hold. Use another copy.")
        yield line


def _read_lines(path: Path, root: str, lines: Iterator[bytes], shelf: _Shelf) -> None:
    header = next(lines, b"")
    head = _header(path, header)
    of_the_file, here = (f'"referenceValue":"{name}/'.encode() for name in (root_of(head["project"]), root))
    digest, last = _Digest(), next(lines, None)
    for following in lines:
        assert last is not None  # there is a line after it
        digest.add(last)
        number = digest.count + 1
        if not shelf.put(_document(path, number, last.replace(of_the_file, here))):  # quotes in texts are escaped
            raise _no_document(path, number)
        last = following
    footer = _json(last or b"")
    if footer is None or footer.keys() != {"documents", "sha256"}:
        raise _cut_off(path)
    sealed = footer["sha256"] == _seal(header, digest.digest())
    if not sealed or not digest.count == footer["documents"] == head["documents"]:
        raise QuicktestError(f"{path} was changed after it was written; nothing was restored. Use another copy.")


def _header(path: Path, line: bytes) -> dict[str, Any]:
    head = _json(line)
    if head is None or head.get("format") != FORMAT or not isinstance(head.get("project"), str):
        raise QuicktestError(f"{path} is no backup of quicktest. Name a file that `quicktest export` wrote.")
    if head.get("version") != VERSION:
        raise QuicktestError(
            f"{path} is a backup of version {head.get('version')}, and this quicktest reads version {VERSION}. "
            "Restore it with the quicktest that wrote it."
        )
    return head


def _document(path: Path, number: int, line: bytes) -> Raw:
    found = _json(line) or {}
    name, fields = found.get("path"), found.get("fields")
    if not isinstance(name, str) or not _is_path(name):
        raise _no_document(path, number)
    if not isinstance(fields, dict) or not all(isinstance(value, dict) for value in fields.values()):
        raise _no_document(path, number)
    return Raw(name, fields)


def _is_path(name: str) -> bool:
    """Collections and ids in turn, each as Firestore takes it."""
    segments = name.split("/")
    return len(segments) % 2 == 0 and all(map(_SEGMENT.fullmatch, segments))


def _no_document(path: Path, number: int) -> QuicktestError:
    return QuicktestError(
        f"{path}, line {number}: this is no document, or it is there twice. The file is damaged; use another copy."
    )


def _json(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _cut_off(path: Path) -> QuicktestError:
    return QuicktestError(f"{path} is cut off: its end is missing, and nothing was restored. Use another copy.")


class _Shelf:
    """The documents of a file on disk, in the order in which they are written."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE documents (step INTEGER, unit TEXT, path TEXT PRIMARY KEY, owner TEXT, fields TEXT)"
        )
        self._database.execute("BEGIN")
        self.documents = self.experiments = self.live = 0
        self.endpoints: set[str] = set()  # of ended runs
        self.indexed: set[str] = set()  # those that have an index

    def __enter__(self) -> _Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def put(self, raw: Raw) -> bool:
        """False: there is one of that path already."""
        step, unit, owner = _place(raw.path)
        row = (step, unit, raw.path, owner, json.dumps(raw.fields))
        if not self._database.execute("INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?, ?)", row).rowcount:
            return False
        self.documents += 1
        if raw.path.startswith("runs/") and unit != raw.path:
            self.experiments += 1
            state = raw.fields.get("state", {}).get("stringValue")
            self.live += state in _LIVE
            if state not in _LIVE and (endpoint := raw.fields.get("model_endpoint", {}).get("stringValue")):
                self.endpoints.add(endpoint)
        elif raw.path.startswith("indexes/"):
            self.indexed.add(raw.path.partition("/")[2].rpartition("__")[0])
        return True

    def batches(self, known: frozenset[str]) -> Iterator[list[Raw]]:
        """What fits one commit, without everything that belongs to the experiments `known`; units are never parted."""
        batch: list[Raw] = []
        size = 0
        for unit, unit_size in self._units(known):
            if batch and (len(batch) + len(unit) > COMMIT_WRITES or size + unit_size > COMMIT_BYTES):
                yield batch
                batch, size = [], 0
            batch, size = [*batch, *unit], size + unit_size
        if batch:
            yield batch

    def _units(self, known: frozenset[str]) -> Iterator[tuple[list[Raw], int]]:
        rows = self._database.execute("SELECT unit, path, owner, fields FROM documents ORDER BY step, unit, path")
        for _, members in groupby(rows, key=lambda row: row[0]):
            kept = [(path, fields) for _, path, owner, fields in members if owner not in known]
            if kept:
                yield [Raw(path, json.loads(fields)) for path, fields in kept], sum(len(fields) for _, fields in kept)


def _place(path: str) -> tuple[int, str, str | None]:
    """When a document is written, with which others in one commit, and the experiment that it belongs to.

    Details, reports and counters come first, then configs, then experiments, then comparisons of them: whatever an
    event calls finds what it needs.
    """
    collection, _, rest = path.partition("/")
    name = rest.partition("/")[0]
    owner, _, kind = name.rpartition("--") if collection == "commands" else (name, "", "")
    if collection not in OF_AN_EXPERIMENT:
        return LATER.get(collection, 0), path, None
    is_its_own = rest == name and (collection != "commands" or kind in KINDS)
    return (2, owner, owner) if is_its_own else (0, path, owner)
