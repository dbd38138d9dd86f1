"""Demo data as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from quicktest.errors import QuicktestError


def write(make: Callable[[], pa.Table], path: Path, replace: bool) -> None:
    """Write a table to a .csv or .parquet file; nothing is made when it cannot be written."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise QuicktestError(f"{path} must end in .csv or .parquet.")
    if path.is_dir():
        raise QuicktestError(f"{path} is a folder. Name a file in it.")
    if path.exists() and not replace:
        raise QuicktestError(f"{path} exists already. Add --replace to replace it.")
    if not path.parent.is_dir():
        raise QuicktestError(f"There is no folder {path.parent}. Make it first.")
    if path.suffix.lower() == ".csv":
        arrow_csv.write_csv(make(), path)
    else:
        pq.write_table(make(), path, compression="zstd")
