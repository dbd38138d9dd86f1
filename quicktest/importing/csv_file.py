"""A CSV file into a Parquet file of texts, batch by batch; what cannot be read is told with its line."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from quicktest.errors import QuicktestError
from quicktest.importing.header import not_decodable, open_bytes, open_text, read_header

NULL_TEXTS = ["", "NULL", "null", "\\N", "NaN", "nan"]
BLOCK_BYTES = 4 * 1024 * 1024
BLOCK_ROWS = 131_072

Progress = Callable[[float], None]  # called with the share that is done, 0 to 1


def stage_csv(source: Path, staged: Path, encoding: str, delimiter: str | None, progress: Progress) -> str:
    """Write all values of `source` to `staged` as texts; return the delimiter."""
    names, delimiter = read_header(source, encoding, delimiter)
    with source.open("rb") as raw:
        counted = _Counted(raw, source.stat().st_size, progress)
        try:
            reader = _reader(open_bytes(source, counted), names, encoding, delimiter)
            with pq.ParquetWriter(staged, reader.schema, compression="zstd", compression_level=1) as writer:
                for batch in reader:
                    writer.write_batch(batch)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise QuicktestError(f"{source} is not a readable gzip file: {error}. Compress it again.") from error
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise _diagnosis(source, encoding, delimiter, len(names), str(error)) from error
    progress(1.0)
    return delimiter


def _reader(stream: Any, names: Sequence[str], encoding: str, delimiter: str) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        stream,
        read_options=arrow_csv.ReadOptions(
            column_names=list(names), skip_rows_after_names=1, encoding=encoding, block_size=BLOCK_BYTES
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=NULL_TEXTS,
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _diagnosis(source: Path, encoding: str, delimiter: str, width: int, message: str) -> QuicktestError:
    """Read the file again, slowly, to find the line; the fast reader counts rows, and a quoted value may span lines."""
    line = 0
    with source.open("rb") as raw, open_text(source, raw, encoding) as text:
        reader = csv.reader(text, delimiter=delimiter)
        try:
            for record in reader:
                first, line = line + 1, reader.line_num
                if record and len(record) != width:
                    return QuicktestError(
                        f"{source}, line {first}: {_values(len(record))}, but the header names {width} columns. "
                        "Check the quotes and delimiters of this line."
                    )
        except UnicodeDecodeError:
            return not_decodable(source, encoding)
        except csv.Error as error:
            return QuicktestError(f"{source}, line {line + 1}: {error}. Check the quotes of this line.")
    return QuicktestError(f"{source} cannot be read as CSV: {message}")


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


class _Counted:
    """A binary file that tells how much of it has been read."""

    def __init__(self, raw: Any, size: int, progress: Progress) -> None:
        self._raw, self._size, self._progress = raw, max(size, 1), progress

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self._progress(min(self._raw.tell() / self._size, 1.0))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
