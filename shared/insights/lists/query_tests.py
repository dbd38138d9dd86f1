"""One test of a query as a predicate over entries (see `query`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

from shared.insights.lists.entries import Entry
from shared.insights.lists.patterns import Pattern, PatternError
from shared.insights.lists.query_fields import Field
from shared.insights.lists.query_text import QueryError, Token, is_none

Predicate = Callable[[Entry, datetime], bool]


def word(text: str) -> Predicate:
    wanted = text.lower()
    digits = wanted.removeprefix("#")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None

    def test(entry: Entry, now: datetime) -> bool:
        if number is not None and entry.number == number:
            return True
        return any(wanted in each.lower() for each in (entry.name, entry.description, *entry.tags))

    return test


def comparison(field: Field, op: Token, value: Token) -> Predicate:
    if op.text == "!=":
        equal = comparison(field, Token("op", "=", op.position), value)
        return lambda entry, now: not equal(entry, now)
    if is_none(value):
        return _missing(field, op)
    make = {"text": _of_text, "flag": _of_flag, "date": _of_date, "parameter": _of_parameter}
    return make.get(field.kind, _of_number)(field, op, value)


def _missing(field: Field, op: Token) -> Predicate:
    if op.text != "=":
        raise QueryError(op.position, f"`{op.text}` does not compare with none.", "Use = none or != none.")

    def test(entry: Entry, now: datetime) -> bool:
        found = field.read(entry)
        return found is None or found == () or (isinstance(found, str) and found.lower() == "none")

    return test


def _of_text(field: Field, op: Token, value: Token) -> Predicate:
    if op.text == "~":
        pattern = _pattern(value)
        return lambda entry, now: any(pattern.search(text) for text in field.read(entry))  # type: ignore[attr-defined]
    if op.text != "=":
        raise QueryError(op.position, f"`{op.text}` compares numbers and dates, and this is a text.", "Use = or ~.")
    wanted = _plain(value.text)
    if field.choices and wanted not in field.choices:
        problem = f"`{value.text}` is none of its values."
        raise QueryError(value.position, problem, f"They are {', '.join(field.choices)}.")
    return lambda entry, now: any(_plain(text) == wanted for text in field.read(entry))  # type: ignore[attr-defined]


def _plain(text: str) -> str:
    return text.replace("->", "→").lower()


def _pattern(value: Token) -> Pattern:
    try:
        return Pattern(value.text)
    except PatternError as error:
        inside = error.position + 1 if value.kind == "quoted" else error.position
        remedy = "Patterns know . * + ? { } [ ] ( ) | ^ $ \\d \\w \\s."
        problem = str(error)
        raise QueryError(value.position + inside, f"{problem[:1].upper()}{problem[1:]}.", remedy) from error


def _of_flag(field: Field, op: Token, value: Token) -> Predicate:
    if op.text != "=":
        raise QueryError(op.position, f"`{op.text}` does not fit yes or no.", "Use = true or = false.")
    wanted = _flag(value.text)
    if wanted is None:
        raise QueryError(value.position, f"`{value.text}` is neither yes nor no.", "Write true or false.")
    return lambda entry, now: field.read(entry) is wanted


def _flag(text: str) -> bool | None:
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower())


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    "=": lambda left, right: left == right,
    ">=": lambda left, right: left >= right,
    ">": lambda left, right: left > right,
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def _of_number(field: Field, op: Token, value: Token) -> Predicate:
    if op.text == "~":
        raise QueryError(op.position, "`~` is for texts, and this is a number.", "Use < <= = != >= or >.")
    wanted = _duration(value.text) if field.kind == "duration" else _number(value.text.removeprefix("#"))
    if wanted is None:
        shape = "90, 90s, 10m, 2h or 1d" if field.kind == "duration" else "0.2 or 1e-3"
        raise QueryError(value.position, f"`{value.text}` is no number.", f"Write one like {shape}.")
    compare = _COMPARE[op.text]

    def test(entry: Entry, now: datetime) -> bool:
        found = field.read(entry)
        return found is not None and compare(found, wanted)  # type: ignore[arg-type]

    return test


def _number(text: str) -> float | None:
    found = float(text) if _NUMBER.fullmatch(text) else None
    return found if found is not None and math.isfinite(found) else None


def _duration(text: str) -> float | None:
    unit = _SECONDS.get(text[-1:].lower())
    number = _number(text[:-1] if unit else text)
    return None if number is None else number * (unit or 1)


def _of_parameter(field: Field, op: Token, value: Token) -> Predicate:
    """By what the run has: a number, a text, or yes and no."""
    if op.text == "~":
        pattern = _pattern(value)
        return lambda entry, now: isinstance(leaf := field.read(entry), str) and pattern.search(leaf)
    number, compare = _number(value.text), _COMPARE[op.text]
    if number is None and op.text != "=":
        raise QueryError(value.position, f"`{op.text}` needs a number, and `{value.text}` is none.", "Use = or ~.")
    flag, wanted = _flag(value.text), _plain(value.text)

    def test(entry: Entry, now: datetime) -> bool:
        leaf = field.read(entry)
        if isinstance(leaf, bool):
            return op.text == "=" and leaf is flag
        if isinstance(leaf, str):
            return op.text == "=" and _plain(leaf) == wanted
        return leaf is not None and number is not None and compare(leaf, number)  # type: ignore[arg-type]

    return test


# ---------------------------------------------------------------------------------------------------------- dates

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?)?)?", re.ASCII | re.IGNORECASE)
_AGO = re.compile(r"-(\d{1,5})([mhdw])", re.ASCII | re.IGNORECASE)
_Span = tuple[datetime, datetime]  # from, and until just before


def _of_date(field: Field, op: Token, value: Token) -> Predicate:
    span = _span(value)
    if op.text == "~":
        raise QueryError(op.position, "`~` is for texts, and this is a date.", "Use < <= = != >= or >.")
    if op.text == "=" and _AGO.fullmatch(value.text):
        raise QueryError(op.position, "No run ends at the very moment of so long ago.", "Use <, <=, >= or >.")
    inside: Mapping[str, Callable[[datetime, _Span], bool]] = {
        "<": lambda at, of: at < of[0],
        "<=": lambda at, of: at < of[1] or at == of[0],
        "=": lambda at, of: of[0] <= at < of[1],
        ">=": lambda at, of: at >= of[0],
        ">": lambda at, of: at >= of[1] and at != of[0],
    }
    compare = inside[op.text]

    def test(entry: Entry, now: datetime) -> bool:
        at = field.read(entry)
        return at is not None and compare(at, span(now))  # type: ignore[arg-type]

    return test


def _span(value: Token) -> Callable[[datetime], _Span]:
    text = value.text.lower()
    if text in ("today", "yesterday"):
        back = timedelta(days=text == "yesterday")
        return lambda now: _day_of(now.astimezone(timezone.utc) - back)
    if ago := _AGO.fullmatch(text):
        seconds = int(ago.group(1)) * _SECONDS[ago.group(2)]
        return lambda now: (now - timedelta(seconds=seconds), now - timedelta(seconds=seconds))
    span = _written_span(text)
    if span is None:
        raise QueryError(value.position, f"`{value.text}` is no date.", "Write one like 2026-11-01, today or -7d.")
    return lambda now: span


def _day_of(at: datetime) -> _Span:
    begin = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=1)


def _written_span(text: str) -> _Span | None:
    """A year, a month, a day, a minute or a second."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    numbers = [int(each) for each in found.groups() if each is not None]
    try:
        begin = datetime(*[*numbers, 1, 1][: max(3, len(numbers))], tzinfo=timezone.utc)  # type: ignore[misc]
        if len(numbers) == 1:
            return begin, begin.replace(year=begin.year + 1)
        if len(numbers) == 2:
            return begin, (begin + timedelta(days=31)).replace(day=1)
        lasts = {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}[len(numbers)]
        return begin, begin + lasts
    except (ValueError, OverflowError):
        return None
