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
              (a word that is bare is no `name:text`, as tests are written elsewhere)
    quoted  = '"' { character | '\\"' | '\\\\' } '"'

AND, OR and NOT are written in capitals; quoted they are words like others, and so is "in". Capitals and small letters
are the same everywhere else (`str.lower`). Values by the kind of their field:

- text: the whole of it, `->` for `→`; of a config its id or its name; `~` is a pattern (see `patterns`)
- number: `0.2`, `1e-3`; a duration also `90s`, `10m`, `2h`, `1d`, else seconds; `number` also `#62`
- date, in UTC: `2026`, `2026-11`, `2026-11-01`, `2026-11-01T12:30`, `today`, `yesterday`, and before now `-7d` (also m,
  h, w). A day is all of it: `> 2026-11-01` begins with the day after, `<= 2026-11-01` ends with it.
- yes or no: `true`, `false`, `yes`, `no`
- `none` (not quoted) is a value that is missing, or a parameter that is switched off

Nothing compares with what is missing: `lift > 0` finds no run without a lift. `!=` finds all that `=` does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.insights.lists.entries import Entry
from shared.insights.lists.query_fields import Field, field_of, near
from shared.insights.lists.query_tests import Predicate, comparison, word
from shared.insights.lists.query_text import COLON, KEYWORDS, QueryError, Token, quoted, tokens, value_of

LONGEST_QUERY = 2_000
DEEPEST = 50
MOST_VALUES = 200  # of one `in`
_AS_TEXT = "Text with a colon is searched for in quotes."


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

    def __init__(self, node: Node | None, test: Predicate) -> None:
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


def _shown(node: Node, inside: bool = False) -> str:
    if isinstance(node, Word):
        return quoted(node.text)
    if isinstance(node, Test):
        values = ["none" if value is None else quoted(value) for value in node.values]
        return f"{node.field} in ({', '.join(values)})" if node.op == "in" else f"{node.field} {node.op} {values[0]}"
    if isinstance(node, Not):
        return f"NOT {_shown(node.part, inside=True)}"
    joined = (" OR " if isinstance(node, Any_) else " ").join(_shown(part, inside=True) for part in node.parts)
    return f"({joined})" if inside else joined


# -------------------------------------------------------------------------------------------------------- parsing


class _Parser:
    """Recursive descent; each rule gives its part of the tree and the test it stands for."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = self._depth = 0

    def whole(self) -> tuple[Node | None, Predicate]:
        if self._peek().kind == "end":
            return None, lambda entry, now: True
        found = self._either()
        if (token := self._peek()).kind != "end":
            raise QueryError(token.position, f"`{token.text}` is not expected here.", _unexpected(token))
        return found

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _is_keyword(self, *names: str) -> bool:
        token = self._peek()
        return token.kind == "bare" and token.text in names

    def _either(self) -> tuple[Node, Predicate]:
        parts = [self._both()]
        while self._is_keyword("OR"):
            self._take()
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        tests = [test for _, test in parts]
        return Any_(_flat(Any_, parts)), lambda entry, now: any(test(entry, now) for test in tests)

    def _both(self) -> tuple[Node, Predicate]:
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

    def _not(self) -> tuple[Node, Predicate]:
        token = self._peek()
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(token.position, f"Parts are at most {DEEPEST} deep.", "Write it flatter.")
        found = self._negated() if self._is_keyword("NOT") else self._part()
        self._depth -= 1
        return found

    def _negated(self) -> tuple[Node, Predicate]:
        self._take()
        node, test = self._not()
        return Not(node), lambda entry, now: not test(entry, now)

    def _part(self) -> tuple[Node, Predicate]:
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
            if colon := COLON.fullmatch(token.text):
                self._refuse_colon(token, *colon.groups())
        if token.kind == "quoted" or (token.kind == "bare" and token.text not in KEYWORDS):
            return Word(token.text), word(token.text)
        if token.kind == "end":
            raise QueryError(token.position, "The query ends too early.", "Write a word or a test such as cost < 1.")
        raise QueryError(token.position, f"`{token.text}` is not expected here.", _unexpected(token))

    def _grouped(self, opened: Token) -> tuple[Node, Predicate]:
        found = self._either()
        if self._take().text != ")":
            raise QueryError(opened.position, "This parenthesis is never closed.", "Add `)`.")
        return found

    def _compared(self, name: Token) -> tuple[Node, Predicate]:
        field, op = _known(name), self._take()
        value = self._value(f"after `{op.text}`")
        test = comparison(field, op, value)
        return Test(name.text.lower(), op.text, (value_of(value),)), test

    def _listed(self, name: Token) -> tuple[Node, Predicate]:
        field, _ = _known(name), self._take()
        opened = self._take()
        equal = Token("op", "=", opened.position)
        values = [self._value("in the list")]
        while self._peek().text == "," and self._peek().kind == "sign":
            self._take()
            values.append(self._value("in the list"))
        if len(values) > MOST_VALUES:
            raise QueryError(opened.position, f"A list has at most {MOST_VALUES} values.", "Use a pattern (~) instead.")
        closed = self._take()
        if closed.text != ")" or closed.kind != "sign":
            raise QueryError(closed.position, "The list is not closed here.", "Write a comma or `)`.")
        tests = [comparison(field, equal, value) for value in values]
        node = Test(name.text.lower(), "in", tuple(map(value_of, values)))
        return node, lambda entry, now: any(test(entry, now) for test in tests)

    def _refuse_colon(self, token: Token, name: str, value: str) -> None:
        """`tag:first` and `tag: first`: as words they would find nothing, and nobody would know why."""
        field, following = field_of(name), self._peek()
        if field is None and not value:
            return  # "second try: wider"
        if field is None:
            raise QueryError(token.position, f"There is no field `{name}`.", f"{near(name)} {_AS_TEXT}")
        if not value and following.kind in ("bare", "quoted"):
            value = following.text
        tests = ("=", "~") if field.kind == "text" and not field.choices else ("=",)
        written = " or ".join(f"{name.lower()} {op} {quoted(value) if value else '…'}" for op in tests)
        raise QueryError(token.position + len(name), "`:` compares nothing.", f"Write {written}. {_AS_TEXT}")

    def _value(self, where: str) -> Token:
        token = self._take()
        if token.kind not in ("bare", "quoted"):
            raise QueryError(token.position, f"A value is missing {where}.", 'Write one; with spaces in quotes: "a b".')
        return token


def _flat(kind: type, parts: Sequence[tuple[Node, Predicate]]) -> tuple[Node, ...]:
    """(a b) c is a b c."""
    return tuple(each for node, _ in parts for each in (node.parts if isinstance(node, kind) else (node,)))


def _known(name: Token) -> Field:
    if (field := field_of(name.text)) is None:
        raise QueryError(name.position, f"There is no field `{name.text}`.", near(name.text))
    return field


def _unexpected(token: Token) -> str:
    if token.kind == "op":
        return (
            f"A test is a field, `{token.text}` and a value, as in cost < 1; put the sign in quotes to search for it."
        )
    if token.text in KEYWORDS:
        return f'{token.text} stands between two parts; write "{token.text}" to search for the word.'
    return "Take it away, or put it in quotes."
