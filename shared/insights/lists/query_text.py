"""The words of a query, and what is said where it is wrong (see `query`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

OPERATORS = ("<=", ">=", "!=", "<", ">", "=", "~")
KEYWORDS = ("AND", "OR", "NOT")
BARE = re.compile(r'[^\s"(),<>=!~]+')
COLON = re.compile(r"([a-z_][a-z0-9_.]*):(.*)", re.IGNORECASE | re.ASCII | re.DOTALL)  # what others write for a test
_NEVER_BARE = {*KEYWORDS, "in", "none"}


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


@dataclass(frozen=True)
class Token:
    kind: Literal["bare", "quoted", "op", "sign", "end"]
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = _token(text, at)
        found.append(token)
    return [*found, Token("end", "", len(text))]


def _token(text: str, at: int) -> tuple[Token, int]:
    if text[at] == '"':
        return _quoted_token(text, at)
    if text[at] in "(),":
        return Token("sign", text[at], at), at + 1
    for op in OPERATORS:
        if text.startswith(op, at):
            return Token("op", op, at), at + len(op)
    bare = BARE.match(text, at)
    if bare is None:  # only `!` is left
        raise QueryError(at, "`!` alone is no sign.", "Write != for `is not`, or NOT before a part.")
    return Token("bare", bare.group(), at), bare.end()


def _quoted_token(text: str, at: int) -> tuple[Token, int]:
    content, end = "", at + 1
    while end < len(text) and text[end] != '"':
        if text[end] == "\\" and text[end + 1 : end + 2] in ("\\", '"'):
            end += 1
        content += text[end]
        end += 1
    if end >= len(text):
        raise QueryError(at, "This quote is never closed.", 'Add `"` at its end.')
    return Token("quoted", content, at), end + 1


def value_of(token: Token) -> str | None:
    return None if is_none(token) else token.text


def is_none(token: Token) -> bool:
    return token.kind == "bare" and token.text.lower() == "none"


def quoted(text: str) -> str:
    is_bare = BARE.fullmatch(text) and not COLON.fullmatch(text)
    if is_bare and text.upper() not in KEYWORDS and text.lower() not in _NEVER_BARE:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
