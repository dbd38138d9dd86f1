"""Files that no `export` wrote, sealed all the same: nothing of them is written, and each is told in a sentence."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from quicktest import backup
from quicktest.errors import QuicktestError

A = f"exp-{'0' * 25}a"


class Untouched:
    """A database that nobody may ask for anything."""

    root = "projects/p/databases/(default)/documents"


class Empty(Untouched):
    """A database that takes what it gets."""

    def __init__(self) -> None:
        self.commits: list[list[Any]] = []

    def any_of(self, collections: object) -> None:
        return None

    def update(self, raw: Any) -> str:
        return raw.path

    def transform(self, path: str, transforms: object) -> str:
        return path

    def commit(self, writes: list[Any]) -> None:
        self.commits.append(writes)


def sealed(path: Path, *documents: bytes, **changes: Any) -> Path:
    head = {"format": "quicktest-backup", "version": 1, "project": "p", "documents": len(documents), **changes}
    lines = [json.dumps(head).encode(), *documents]
    digest = hashlib.sha256(b"".join(line + b"\n" for line in documents)).digest()
    seal = hashlib.sha256(lines[0] + b"\n" + digest).hexdigest()
    lines.append(json.dumps({"documents": len(documents), "sha256": seal}).encode())
    path.write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    return path


def line(path: Any, fields: Any = None) -> bytes:
    return json.dumps({"path": path, "fields": {} if fields is None else fields}).encode()


def refusal(path: Path) -> str:
    with pytest.raises(QuicktestError) as refused:
        backup.restore(Untouched(), path, False, lambda count: None)  # type: ignore[arg-type]
    return str(refused.value)


PATHS = [
    "", "runs", "runs/", "/runs/a", "runs//a/b", "runs/..", "runs/a/../b", "runs/__id1__", "runs/a/details", 7, None,
    "runs/" + "x" * 1501, "runs/\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", PATHS, ids=range(len(PATHS)))
def test_a_path_that_no_document_can_have_is_refused(tmp_path: Path, name: Any) -> None:
    path = sealed(tmp_path / "b", line("datasets/shop"), line(name))
    assert refusal(path).startswith(f"{path}, line 3: this is no document")


@pytest.mark.parametrize("fields", [[], "x", 7, {"state": "running"}, {"state": None}, {"state": ["a"]}])
def test_fields_that_are_no_typed_values_are_refused(tmp_path: Path, fields: Any) -> None:
    assert "line 2: this is no document" in refusal(sealed(tmp_path / "b", line(f"runs/{A}", fields)))


def test_a_document_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """A merge would find neither of them written, for ever."""
    path = sealed(tmp_path / "b", line("datasets/shop"), line("datasets/shop"))
    assert "line 3: this is no document, or it is there twice" in refusal(path)


def test_a_document_as_deep_as_a_well_is_refused(tmp_path: Path) -> None:
    deep = b'{"path":"datasets/shop","fields":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001
    assert "line 2: this is no document" in refusal(sealed(tmp_path / "b", deep))


@pytest.mark.parametrize("project", [None, 7, ["p"]])
def test_a_backup_of_no_project_is_refused(tmp_path: Path, project: Any) -> None:
    assert "no backup of quicktest" in refusal(sealed(tmp_path / "b", project=project))


def test_a_line_without_an_end_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "LONGEST_LINE", 1000)
    assert "far more than a backup can hold" in refusal(sealed(tmp_path / "b", line("datasets/shop", {"x" * 2000: {}})))


def test_a_small_file_that_unpacks_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "SLACK_BYTES", 0)
    lines = [line(f"datasets/d{number}", {"text": {"stringValue": "a" * 100_000}}) for number in range(20)]
    assert "far more than a backup can hold" in refusal(sealed(tmp_path / "b", *lines))


def test_any_number_of_commands_that_do_not_count_is_written_in_parts(tmp_path: Path) -> None:
    """Those that count are one commit with their experiment; a commit takes 500 writes and no more."""
    names = [f"experiments/{A}", f"commands/{A}--cancel", *(f"commands/{A}--x{number}" for number in range(1_000))]
    database = Empty()
    done = backup.restore(database, sealed(tmp_path / "b", *map(line, names)), False, lambda count: None)  # type: ignore[arg-type]
    *commits, _generation = database.commits
    assert done.documents == len(names) == sum(map(len, commits))
    assert max(map(len, commits)) <= backup.COMMIT_WRITES
    assert any({names[0], names[1]} <= set(commit) for commit in commits)


def test_what_an_event_looks_for_is_written_before_it(tmp_path: Path) -> None:
    paths = ("comparisons/cmp-1", f"experiments/{A}", "datasets/shop", "reports/datasets__shop")
    database = Empty()
    backup.restore(database, sealed(tmp_path / "b.gz", *(line(path) for path in paths)), False, lambda count: None)  # type: ignore[arg-type]
    written = [path for commit in database.commits for path in commit]
    assert [path for path in written if path in paths] == list(reversed(paths))
