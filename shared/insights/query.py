"""What lists are searched with (domain S7.1): the same language in page, address, terminal and Python.

    query   = [ either ]
    either  = both { "OR" both }
    both    = not { [ "AND" ] not }                 side by side means both
    not     = "NOT" not | "(" either ")" | test | word
    test    = field op value | field "in" "(" value { "," value } ")"
    op      = "<" | "<=" | "=" | "!=" | ">=" | ">" | "~"
    field   = bare
    value   = bare | quoted
    word    = bare | quoted                         in number, name, description or tags
    bare    = one or more characters that are none of: space " ( ) , < > = ! ~
    quoted  = '"' { character | '\\"' | '\\\\' } '"'

AND, OR and NOT are written in capitals; quoted they are words like others, and so is "in". Capitals and small letters
are the same everywhere else (`str.lower`). Values by the kind of their field:

- text: the whole of it, `->` for `→`; of a config its id or its name; `~` is a pattern (`shared.insights.patterns`)
- number: `0.2`, `1e-3`; a duration also `90s`, `10m`, `2h`, `1d`, else seconds; `number` also `#62`
- date, in UTC: `2026`, `2026-11`, `2026-11-01`, `2026-11-01T12:30`, `today`, `yesterday`, and before now `-7d` (also m,
  h, w). A day is all of it: `> 2026-11-01` begins with the day after, `<= 2026-11-01` ends with it.
- yes or no: `true`, `false`, `yes`, `no`
- `none` (not quoted) is a value that is missing, or a parameter that is switched off

Nothing compares with what is missing: `lift > 0` finds no run without a lift. `!=` finds all that `=` does not.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from shared.insights.entries import Entry, EntryLift
from shared.insights.patterns import Pattern, PatternError
from shared.metrics import FAMILIES, HEADLINES, METRICS

LONGEST_QUERY = 2_000
DEEPEST = 50
MOST_VALUES = 200  # of one `in`
OPERATORS = ("<=", ">=", "!=", "<", ">", "=", "~")
KEYWORDS = ("AND", "OR", "NOT")
ENDED = ("completed", "failed", "cancelled")

Kind = Literal["text", "number", "duration", "date", "flag", "parameter"]
Test_ = Callable[[Entry, datetime], bool]


class QueryError(ValueError):
    """What is wrong, at which character (from 0), and what to do about it."""

    def __init__(self, position: int, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.position, self.problem, self.remedy = position, problem, remedy

    def pointed(self, query: str) -> str:
        """The query with a mark below the character, and the words."""
        line = "".join(" " if each.isspace() else each for each in query)
        begin = max(0, self.position - 60)
        return f"{line[begin : begin + 76]}\n{' ' * (self.position - begin)}^\n{self}"


# -------------------------------------------------------------------------------------------------------------- tree


@dataclass(frozen=True)
class Word:
    text: str


@dataclass(frozen=True)
class Test:
    """`op` is one of `OPERATORS`, or `in`; a value is None for `none`."""

    field: str
    op: str
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class All:
    """Two parts at least."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Any_:
    """Two parts at least."""

    parts: tuple[Node, ...]


Node = Word | Test | Not | All | Any_


class Query:
    """A parsed query: a predicate over entries, and its text again."""

    def __init__(self, node: Node | None, test: Test_) -> None:
        self.node, self._test = node, test

    def __call__(self, entry: Entry, now: datetime) -> bool:
        """Whether the query finds a run; `now` is what relative dates count back from."""
        return self._test(entry, now)

    def __str__(self) -> str:
        return _shown(self.node) if self.node is not None else ""


def parse(text: str) -> Query:
    """The query that a text is; an empty one finds everything. Raises QueryError and nothing else."""
    if len(text) > LONGEST_QUERY:
        raise QueryError(LONGEST_QUERY, f"A query has at most {LONGEST_QUERY:,} characters.", "Shorten it.")
    parser = _Parser(text)
    node, test = parser.whole()
    return Query(node, test)


def comparison_text(field: str, op: str, values: Sequence[str]) -> str:
    """One test as text, for options and filters that make queries."""
    return _shown(Test(field, op, tuple(values)))


def both(parts: Iterable[str]) -> str:
    """Texts of queries, all of which must find a run."""
    kept = [part for part in parts if part.strip()]
    return " ".join(f"({part})" for part in kept) if len(kept) > 1 else "".join(kept)


_BARE = re.compile(r'[^\s"(),<>=!~]+')
_NEVER_BARE = {*KEYWORDS, "in", "none"}


def _shown(node: Node, inside: bool = False) -> str:
    if isinstance(node, Word):
        return _quoted(node.text)
    if isinstance(node, Test):
        values = ["none" if value is None else _quoted(value) for value in node.values]
        return f"{node.field} in ({', '.join(values)})" if node.op == "in" else f"{node.field} {node.op} {values[0]}"
    if isinstance(node, Not):
        return f"NOT {_shown(node.part, inside=True)}"
    joined = (" OR " if isinstance(node, Any_) else " ").join(_shown(part, inside=True) for part in node.parts)
    return f"({joined})" if inside else joined


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text) and text.upper() not in KEYWORDS and text.lower() not in _NEVER_BARE:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# ------------------------------------------------------------------------------------------------------------ fields


@dataclass(frozen=True)
class Field:
    """`read` gives texts of which one must fit, a number, a time, or a truth; None and () for what is missing."""

    kind: Kind
    read: Callable[[Entry], object]
    choices: tuple[str, ...] = ()


def _texts(*read: Callable[[Entry], str | None]) -> Callable[[Entry], object]:
    return lambda entry: tuple(text for each in read if (text := each(entry)))


def _config(name: str) -> Field:
    return Field("text", _texts(lambda entry: getattr(entry, name), lambda entry: entry.names.get(name)))


def headline_lift(entry: Entry) -> EntryLift | None:
    """Of the metric that the run's type of model leads with."""
    families = FAMILIES.get(entry.model_type)  # type: ignore[call-overload]
    return entry.lifts.get(HEADLINES[families[0]]) if families else None


def _ended_at(entry: Entry) -> datetime | None:
    return entry.ended_at if entry.state in ENDED else None


def _started_at(entry: Entry) -> datetime:
    return entry.ended_at - timedelta(seconds=entry.duration_seconds)


def _metric(name: str) -> Field:
    return Field("number", lambda entry: entry.metrics[name].value if name in entry.metrics else None)


def _lift_value(entry: Entry) -> float | None:
    lift = headline_lift(entry)
    return lift.value if lift else None


STATES = ("requested", "preparing", "compiling", "submitting", "running", "collecting", "cancelling", *ENDED)
FIELDS: Mapping[str, Field] = {
    "number": Field("number", lambda entry: entry.number),
    "id": Field("text", _texts(lambda entry: entry.experiment)),
    "name": Field("text", _texts(lambda entry: entry.name)),
    "description": Field("text", _texts(lambda entry: entry.description)),
    "state": Field("text", _texts(lambda entry: entry.state), STATES),
    "model_type": Field("text", _texts(lambda entry: entry.model_type), ("retrieval", "ranking", "multitask")),
    "dataset": _config("dataset"),
    "feature_config": _config("feature_config"),
    "model_config": _config("model_config"),
    "protocol": Field("text", lambda entry: (*entry.protocols.values(), *filter(None, [entry.protocol_name]))),
    "tag": Field("text", lambda entry: entry.tags),
    "owner": Field("text", _texts(lambda entry: entry.owner)),
    "starred": Field("flag", lambda entry: entry.starred),
    "split": Field("text", _texts(lambda entry: entry.split), ("random", "time_holdout", "strict_time")),
    "sample": Field("number", lambda entry: entry.sample_percent),
    "seed": Field("number", lambda entry: entry.seed),
    "tier": Field("text", _texts(lambda entry: entry.tier)),
    "parent": Field("text", _texts(lambda entry: entry.parent)),
    "created": Field("date", lambda entry: entry.created_at),
    "started": Field("date", _started_at),
    "ended": Field("date", _ended_at),
    "duration": Field("duration", lambda entry: entry.duration_seconds),
    "cost": Field("number", lambda entry: entry.cost_usd),
    "customers": Field("number", lambda entry: entry.customers),
    "products": Field("number", lambda entry: entry.products),
    "rows": Field("number", lambda entry: entry.rows),
    "epochs_run": Field("number", lambda entry: entry.epochs_run),
    "best_epoch": Field("number", lambda entry: entry.best_epoch),
    "lift": Field("number", _lift_value),
    "verdict": Field(
        "text",
        _texts(lambda entry: lift.verdict if (lift := headline_lift(entry)) else None),
        ("better", "worse", "cannot_tell"),
    ),
    "error": Field("text", _texts(lambda entry: entry.error, lambda entry: entry.error_title)),
    **{name: _metric(name) for name in METRICS},
}
# Parameters that every run may have (`shared.insights.grouping`); those of features begin with their tower.
PARAMETERS = (
    "epochs", "batch_size", "learning_rate", "optimizer", "output_embedding_dim", "normalise_embeddings",
    "share_tower_weights", "lr_schedule", "early_stopping", "clipnorm", "temperature", "logq_correction",
    "remove_accidental_hits", "hard_negatives", "label_smoothing", "ranking_loss", "l2", "dropout", "activation",
    "parameters", "filters", "query.layers", "candidate.layers", "query.width", "candidate.width",
)  # fmt: skip
_PREFIXES = ("query.", "candidate.")
_LEAF = re.compile(r"(query|candidate|rating|ranking)\.[a-z_][a-z0-9_×\[\]]*")


def field_of(name: str) -> Field | None:
    """A field by its name, however it is written; None when there is none."""
    lowered = name.lower()
    if lowered in FIELDS:
        return FIELDS[lowered]
    if lowered in PARAMETERS or _LEAF.fullmatch(lowered):
        return Field("parameter", lambda entry: _leaf(entry, lowered))
    return None


def _leaf(entry: Entry, lowered: str) -> object:
    if lowered in entry.parameters:
        return entry.parameters[lowered]
    return next((value for name, value in entry.parameters.items() if name.lower() == lowered), None)


def _near(name: str) -> str:
    known = (*FIELDS, *PARAMETERS)
    near = difflib.get_close_matches(name.lower(), known, 3, 0.6)
    near = near or [each for each in known if name.lower() in each][:3]
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return "Fields are number, name, state, model_type, dataset, tag, ended, cost, lift, every metric and parameter."


# ------------------------------------------------------------------------------------------------------------ parsing


@dataclass(frozen=True)
class _Token:
    kind: Literal["bare", "quoted", "op", "sign", "end"]
    text: str
    position: int


class _Parser:
    """Recursive descent; each rule gives its part of the tree and the test it stands for."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = self._depth = 0

    def whole(self) -> tuple[Node | None, Test_]:
        if self._peek().kind == "end":
            return None, lambda entry, now: True
        found = self._either()
        if (token := self._peek()).kind != "end":
            raise QueryError(token.position, f"`{token.text}` is not expected here.", _unexpected(token))
        return found

    def _peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _take(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _is_keyword(self, *names: str) -> bool:
        token = self._peek()
        return token.kind == "bare" and token.text in names

    def _either(self) -> tuple[Node, Test_]:
        parts = [self._both()]
        while self._is_keyword("OR"):
            self._take()
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        tests = [test for _, test in parts]
        return Any_(_flat(Any_, parts)), lambda entry, now: any(test(entry, now) for test in tests)

    def _both(self) -> tuple[Node, Test_]:
        parts = [self._not()]
        while self._is_keyword("AND") or self._begins():
            if self._is_keyword("AND"):
                self._take()
            parts.append(self._not())
        if len(parts) == 1:
            return parts[0]
        tests = [test for _, test in parts]
        return All(_flat(All, parts)), lambda entry, now: all(test(entry, now) for test in tests)

    def _begins(self) -> bool:
        token = self._peek()
        return token.kind == "quoted" or token.text == "(" or (token.kind == "bare" and token.text not in ("AND", "OR"))

    def _not(self) -> tuple[Node, Test_]:
        token = self._peek()
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(token.position, f"Parts are at most {DEEPEST} deep.", "Write it flatter.")
        found = self._negated() if self._is_keyword("NOT") else self._part()
        self._depth -= 1
        return found

    def _negated(self) -> tuple[Node, Test_]:
        self._take()
        node, test = self._not()
        return Not(node), lambda entry, now: not test(entry, now)

    def _part(self) -> tuple[Node, Test_]:
        token = self._take()
        if token.text == "(" and token.kind == "sign":
            return self._grouped(token)
        if token.kind == "quoted" and self._peek().kind == "op":
            raise QueryError(token.position, "A field is written without quotes.", f"Write {token.text} alone.")
        if token.kind == "bare" and token.text not in KEYWORDS:
            following = self._peek()
            if following.kind == "op":
                return self._compared(token)
            if following.kind == "bare" and following.text.lower() == "in" and self._peek(1).text == "(":
                return self._listed(token)
        if token.kind == "quoted" or (token.kind == "bare" and token.text not in KEYWORDS):
            return Word(token.text), _word(token.text)
        if token.kind == "end":
            raise QueryError(token.position, "The query ends too early.", "Write a word or a test such as cost < 1.")
        raise QueryError(token.position, f"`{token.text}` is not expected here.", _unexpected(token))

    def _grouped(self, opened: _Token) -> tuple[Node, Test_]:
        found = self._either()
        if self._take().text != ")":
            raise QueryError(opened.position, "This parenthesis is never closed.", "Add `)`.")
        return found

    def _compared(self, name: _Token) -> tuple[Node, Test_]:
        field, op = _known(name), self._take()
        value = self._value(f"after `{op.text}`")
        test = _comparison(field, op, value)
        return Test(name.text.lower(), op.text, (_value_of(value),)), test

    def _listed(self, name: _Token) -> tuple[Node, Test_]:
        field, _ = _known(name), self._take()
        opened = self._take()
        equal = _Token("op", "=", opened.position)
        values = [self._value("in the list")]
        while self._peek().text == "," and self._peek().kind == "sign":
            self._take()
            values.append(self._value("in the list"))
        if len(values) > MOST_VALUES:
            raise QueryError(opened.position, f"A list has at most {MOST_VALUES} values.", "Use a pattern (~) instead.")
        closed = self._take()
        if closed.text != ")" or closed.kind != "sign":
            raise QueryError(closed.position, "The list is not closed here.", "Write a comma or `)`.")
        tests = [_comparison(field, equal, value) for value in values]
        node = Test(name.text.lower(), "in", tuple(map(_value_of, values)))
        return node, lambda entry, now: any(test(entry, now) for test in tests)

    def _value(self, where: str) -> _Token:
        token = self._take()
        if token.kind not in ("bare", "quoted"):
            raise QueryError(token.position, f"A value is missing {where}.", 'Write one; with spaces in quotes: "a b".')
        return token


def _flat(kind: type, parts: Sequence[tuple[Node, Test_]]) -> tuple[Node, ...]:
    """(a b) c is a b c."""
    return tuple(each for node, _ in parts for each in (node.parts if isinstance(node, kind) else (node,)))


def _known(name: _Token) -> Field:
    if (field := field_of(name.text)) is None:
        raise QueryError(name.position, f"There is no field `{name.text}`.", _near(name.text))
    return field


def _value_of(token: _Token) -> str | None:
    return None if _is_none(token) else token.text


def _is_none(token: _Token) -> bool:
    return token.kind == "bare" and token.text.lower() == "none"


def _unexpected(token: _Token) -> str:
    if token.kind == "op":
        return (
            f"A test is a field, `{token.text}` and a value, as in cost < 1; put the sign in quotes to search for it."
        )
    if token.text in KEYWORDS:
        return f'{token.text} stands between two parts; write "{token.text}" to search for the word.'
    return "Take it away, or put it in quotes."


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = _token(text, at)
        found.append(token)
    return [*found, _Token("end", "", len(text))]


def _token(text: str, at: int) -> tuple[_Token, int]:
    if text[at] == '"':
        return _quoted_token(text, at)
    if text[at] in "(),":
        return _Token("sign", text[at], at), at + 1
    for op in OPERATORS:
        if text.startswith(op, at):
            return _Token("op", op, at), at + len(op)
    bare = _BARE.match(text, at)
    if bare is None:  # only `!` is left
        raise QueryError(at, "`!` alone is no sign.", "Write != for `is not`, or NOT before a part.")
    return _Token("bare", bare.group(), at), bare.end()


def _quoted_token(text: str, at: int) -> tuple[_Token, int]:
    content, end = "", at + 1
    while end < len(text) and text[end] != '"':
        if text[end] == "\\" and text[end + 1 : end + 2] in ("\\", '"'):
            end += 1
        content += text[end]
        end += 1
    if end >= len(text):
        raise QueryError(at, "This quote is never closed.", 'Add `"` at its end.')
    return _Token("quoted", content, at), end + 1


# -------------------------------------------------------------------------------------------------------------- tests


def _word(text: str) -> Test_:
    wanted = text.lower()
    digits = wanted.removeprefix("#")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None

    def test(entry: Entry, now: datetime) -> bool:
        if number is not None and entry.number == number:
            return True
        return any(wanted in each.lower() for each in (entry.name, entry.description, *entry.tags))

    return test


def _comparison(field: Field, op: _Token, value: _Token) -> Test_:
    if op.text == "!=":
        equal = _comparison(field, _Token("op", "=", op.position), value)
        return lambda entry, now: not equal(entry, now)
    if _is_none(value):
        return _missing(field, op)
    make = {"text": _of_text, "flag": _of_flag, "date": _of_date, "parameter": _of_parameter}
    return make.get(field.kind, _of_number)(field, op, value)


def _missing(field: Field, op: _Token) -> Test_:
    if op.text != "=":
        raise QueryError(op.position, f"`{op.text}` does not compare with none.", "Use = none or != none.")

    def test(entry: Entry, now: datetime) -> bool:
        found = field.read(entry)
        return found is None or found == () or (isinstance(found, str) and found.lower() == "none")

    return test


def _of_text(field: Field, op: _Token, value: _Token) -> Test_:
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


def _pattern(value: _Token) -> Pattern:
    try:
        return Pattern(value.text)
    except PatternError as error:
        inside = error.position + 1 if value.kind == "quoted" else error.position
        remedy = "Patterns know . * + ? { } [ ] ( ) | ^ $ \\d \\w \\s."
        problem = str(error)
        raise QueryError(value.position + inside, f"{problem[:1].upper()}{problem[1:]}.", remedy) from error


def _of_flag(field: Field, op: _Token, value: _Token) -> Test_:
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


def _of_number(field: Field, op: _Token, value: _Token) -> Test_:
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


def _of_parameter(field: Field, op: _Token, value: _Token) -> Test_:
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


# -------------------------------------------------------------------------------------------------------------- dates

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?)?)?", re.ASCII | re.IGNORECASE)
_AGO = re.compile(r"-(\d{1,5})([mhdw])", re.ASCII | re.IGNORECASE)
_Span = tuple[datetime, datetime]  # from, and until just before


def _of_date(field: Field, op: _Token, value: _Token) -> Test_:
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


def _span(value: _Token) -> Callable[[datetime], _Span]:
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
