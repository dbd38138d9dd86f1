"""Where tables lie: `<folder>/<dataset>/<table>.parquet`, with what a file name cannot hold written as `%xx`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

SUFFIX = ".parquet"
# DuckDB's name for the database that `dataset.table` means. It is written out, since a dataset may be named like a
# database that DuckDB knows (`temp`, `system`, the project); with a space it is no name of a project.
DATABASE = "local warehouse"


def table_path(folder: Path | str, dataset: str, table: str) -> Path:
    """The file of a table; it need not exist."""
    return Path(folder) / _file_name(dataset) / (_file_name(table) + SUFFIX)


def tables(folder: Path | str) -> Iterator[tuple[str, str, Path]]:
    """Every (dataset, table, file), ordered. Files that begin with a dot are being written and are no tables yet."""
    for path in sorted(Path(folder).glob(f"*/*{SUFFIX}")):
        if not path.name.startswith("."):
            yield unquote(path.parent.name), unquote(path.name[: -len(SUFFIX)]), path


def _file_name(name: str) -> str:
    quoted = name.replace("%", "%25").replace("/", "%2F").replace("\0", "%00")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted
