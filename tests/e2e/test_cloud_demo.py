"""`quicktest cloud demo` with a one-machine stack in the project's place; only the load of rows is not BigQuery's."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from local.stack import Stack
from quicktest.cloud import demo
from quicktest.cloud.demo_comparison import compare, verdict
from quicktest.commands.cloud import tell_compared
from quicktest.importing.table import find_same, import_arrow


class Here:
    """The stack's warehouse takes no load jobs: its tables are files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, rows: pa.Table, dataset: str, table: str) -> bool:
        if find_same(rows, self._folder, dataset, table):
            return False
        import_arrow(rows, self._folder, dataset, table, replace=True)
        return True


def test_the_demo_gives_in_a_project_what_it_gives_here(
    stack: Stack, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "somebody-elses")  # what we are set to must reach neither process
    tables = Here(home / "warehouse")
    demo_rows = home / "warehouse/quicktest/demo_purchases.parquet"
    before = demo_rows.read_bytes()
    try:
        assert demo.load_rows(tables) is True
        assert demo.load_rows(tables) is False
        here = demo.on_this_machine()
        monkeypatch.setattr(demo, "folder", lambda: tmp_path)
        there = demo.in_project(stack.environment)
    finally:
        demo_rows.write_bytes(before)

    lines = compare(here, there)
    assert [line for line in lines if line.same is False] == []
    assert {"what was asked", "rows train", "fingerprint test", "stage Train", "cost"} <= {line.what for line in lines}
    assert here["run"]["experiment"] != there["run"]["experiment"]
    assert tell_compared(here, demo.read(tmp_path / "project.json"), "shop") == 0
    assert verdict(lines) in " ".join(capsys.readouterr().out.split())
    assert json.loads((home / "cloud-demo/local.json").read_text())["run"] == here["run"]
