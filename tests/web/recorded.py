"""Documents as a real stack wrote them (tests/web/fixtures/recorded.jsonl.gz): thirty experiments that ended, with
their configs, reports, index, read models and a comparison; of four of them all details and events.

Recorded anew from a backup (`quicktest export FILE`): `.venv/bin/python -m tests.web.recorded FILE 19 26 27 30`, with
the numbers of the experiments whose details are kept.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from quicktest.rest_documents import Raw, RestDocuments
from tests.web.emulators import PROJECT

FILE = Path(__file__).with_name("fixtures") / "recorded.jsonl.gz"
COMMIT_BYTES = 3 << 20  # under the 4 MiB that the emulator takes at once


def write_recorded() -> None:
    """Writes all of them into the emulator's database, which should be empty."""
    database = RestDocuments(PROJECT)
    size, writes = 0, []
    for document in _documents():
        line = len(json.dumps(document))
        if writes and size + line > COMMIT_BYTES:
            database.commit(writes)
            size, writes = 0, []
        writes.append(database.update(Raw(**document)))
        size += line
    database.commit(writes)


def experiment_of(number: int) -> str:
    """The id of a recorded experiment."""
    runs = {document["path"]: document["fields"] for document in _documents() if _is_run(document["path"])}
    return next(path.split("/")[1] for path, run in runs.items() if run["number"]["integerValue"] == str(number))


def comparison() -> str:
    """The id of the recorded comparison, of the experiments 19, 13 and 16."""
    paths = (document["path"] for document in _documents())
    return next(path.split("/")[1] for path in paths if path.startswith("comparisons/"))


@cache
def _documents() -> Sequence[dict[str, Any]]:
    with gzip.open(FILE, "rt") as lines:
        return [json.loads(line) for line in lines]


def _is_run(path: str) -> bool:
    return path.startswith("runs/") and path.count("/") == 1


def _kept(backup: Path, numbers: set[str]) -> Iterator[dict[str, Any]]:
    with gzip.open(backup, "rt") as lines:
        documents = [found for line in lines if "path" in (found := json.loads(line))]
    detailed = {
        document["path"]
        for document in documents
        if _is_run(document["path"]) and document["fields"]["number"]["integerValue"] in numbers
    }
    for document in documents:
        folder, path = document["path"].split("/")[0], document["path"]
        below_a_run = folder == "runs" and not _is_run(path)
        if below_a_run and "/".join(path.split("/")[:2]) not in detailed:
            continue
        yield {"path": path, "fields": document["fields"]}


if __name__ == "__main__":
    backup, *numbers = sys.argv[1:]
    lines = (json.dumps(each, separators=(",", ":"), ensure_ascii=False) for each in _kept(Path(backup), set(numbers)))
    FILE.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
