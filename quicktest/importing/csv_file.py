"""A CSV file into a Parquet file of texts, batch by batch; what cannot be read is told with its line."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from quicktest.errors import QuicktestError
from quicktest.importing.header import Header, not_decodable, open_bytes, open_text, read_header

NULL_TEXTS = ["", "NULL", "null", "\\N", "NaN", "nan"]
BLOCK_BYTES = 4 * 1024 * 1024
BLOCK_ROWS = 131_072

Progress = Callable[[float], None]  # called with the share that is done, 0 to 1


def stage_csv(source: Path, staged: Path, encoding: str, delimiter: str | None, progress: Progress) -> str:
    """Write all values of `source` to `staged` as texts; return the delimiter."""
    header = read_header(source, encoding, delimiter)
    last: str | None = None
    with source.open("rb") as raw:
        counted = _Counted(raw, source.stat().st_size, progress)
        try:
            reader = _reader(open_bytes(source, counted), header, encoding)
            with pq.ParquetWriter(staged, reader.schema, compression="zstd", compression_level=1) as writer:
                for batch in reader:
                    writer.write_batch(batch)
                    last = batch.column(batch.num_columns - 1)[-1].as_py() if batch.num_rows else last
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise QuicktestError(f"{source} is not a readable gzip file: {error}. Compress it again.") from error
        except (pa.ArrowException, UnicodeError) as error:
            raise _diagnosis(source, encoding, header, str(error)) from error
    if last and ("\n" in last or "\r" in last) and (problem := _open_quote(source, encoding, header)):
        raise problem
    progress(1.0)
    return header.delimiter


def _reader(stream: Any, header: Header, encoding: str) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        stream,
        read_options=arrow_csv.ReadOptions(
            column_names=header.names,
            skip_rows=header.line - 1,  # empty lines, which the next option would not count
            skip_rows_after_names=1,
            encoding=encoding,
            block_size=BLOCK_BYTES,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header.names, pa.string()),
            null_values=NULL_TEXTS,
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _diagnosis(source: Path, encoding: str, header: Header, message: str) -> QuicktestError:
    """Read the file again, slowly, to find the line; the fast reader counts rows, and a quoted value may span lines."""
    width = len(header.names)
    try:
        for line, record in _records(source, encoding, header, strict=False):
            if record and len(record) != width:
                return QuicktestError(
                    f"{source}, line {line}: {_values(len(record))}, but the header names {width} columns. "
                    "Check the quotes and delimiters of this line."
                )
    except UnicodeError:
        return not_decodable(source, encoding)
    except _Malformed as error:
        return QuicktestError(f"{source}, line {error.line}: {error}. Check the quotes of this line.")
    return _open_quote(source, encoding, header) or QuicktestError(f"{source} cannot be read as CSV: {message}")


def _open_quote(source: Path, encoding: str, header: Header) -> QuicktestError | None:
    """Whether a quote is never closed: the fast reader takes the rest of the file for its value and says nothing."""
    try:
        for _ in _records(source, encoding, header, strict=True):
            pass
    except _Malformed as error:
        return QuicktestError(
            f"{source}, line {error.line}: a quote opens here and is not closed as it should be, so the lines after it "
            "would be lost. Close it, or write it twice where it is part of the text."
        )
    return None


class _Malformed(Exception):
    def __init__(self, line: int, error: csv.Error) -> None:
        super().__init__(str(error))
        self.line = line  # where the record begins


def _records(source: Path, encoding: str, header: Header, *, strict: bool) -> Iterator[tuple[int, list[str]]]:
    """First line and values of each record, from the header on; raises _Malformed."""
    with source.open("rb") as raw, open_text(source, raw, encoding) as text:
        above = header.line - 1
        reader = csv.reader(islice(text, above, None), delimiter=header.delimiter, strict=strict)
        line = above + 1
        try:
            for record in reader:
                yield line, record
                line = above + reader.line_num + 1
        except csv.Error as error:
            raise _Malformed(line, error) from error


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
