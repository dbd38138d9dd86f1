"""The first line of a CSV file: its delimiter and its column names."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from quicktest.errors import QuicktestError

DELIMITERS = ",;\t|"
LARGEST_FIELD = 16 * 1024 * 1024  # bytes; one quoted value longer than this is an unclosed quote


@dataclass(frozen=True)
class Header:
    names: list[str]
    delimiter: str
    line: int  # 1 for the first; empty lines may stand above it


def open_text(path: Path, raw: BinaryIO, encoding: str) -> TextIO:
    """The decoded text of a CSV file; a byte order mark is dropped."""
    encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding
    return io.TextIOWrapper(open_bytes(path, raw), encoding=encoding, newline="")


def open_bytes(path: Path, raw: BinaryIO) -> BinaryIO:
    return gzip.GzipFile(fileobj=raw) if path.suffix.lower() == ".gz" else raw  # type: ignore[return-value]


def read_header(path: Path, encoding: str, delimiter: str | None) -> Header:
    """The first line that is not empty; raises QuicktestError when the names cannot name columns."""
    csv.field_size_limit(LARGEST_FIELD)
    with path.open("rb") as raw, open_text(path, raw, encoding) as text:
        try:
            line, first = _first_line(text)
        except UnicodeError as error:  # of which UnicodeDecodeError is a part: UTF-16 without its mark is another
            raise not_decodable(path, encoding) from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise QuicktestError(f"{path} is not a readable gzip file: {error}. Compress it again.") from error
        if not first.strip():
            raise QuicktestError(f"{path} is empty. A CSV file starts with a line of column names.")
        delimiter = delimiter or max(DELIMITERS, key=first.count)
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    _check_names(path, line, names)
    return Header(names, delimiter, line)


def _first_line(text: TextIO) -> tuple[int, str]:
    return next(((number, line) for number, line in enumerate(text, start=1) if line.strip()), (1, ""))


def _check_names(path: Path, line: int, names: Sequence[str]) -> None:
    empty = [str(place) for place, name in enumerate(names, start=1) if not name]
    if empty:
        raise QuicktestError(f"{path}, line {line}: column {', '.join(empty)} has no name. Give every column a name.")
    counts = Counter(name.casefold() for name in names)  # the warehouse does not tell upper from lower case
    twice = sorted({name for name in names if counts[name.casefold()] > 1})
    if twice:
        listed = ", ".join(f"`{name}`" for name in twice)
        raise QuicktestError(f"{path}, line {line}: more than one column is named {listed}. Rename all but one.")


def not_decodable(path: Path, encoding: str) -> QuicktestError:
    return QuicktestError(
        f"{path}, line {_bad_line(path, encoding)}: this is not {encoding} text. Save the file as UTF-8, or name its "
        "encoding, for example `--encoding cp1252`."
    )


def _bad_line(path: Path, encoding: str) -> int:
    """The first line that does not decode; text is decoded in blocks, so whoever reads text only knows roughly."""
    with path.open("rb") as raw:
        for number, line in enumerate(open_bytes(path, raw), start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return number
    return 1
