"""Regular expressions in linear time: what people type must not keep a page, or a terminal, busy for minutes.

Python's and the browser's own engines try alternatives one after the other, which takes exponential time for
`(a+)+b`. Here all are followed at once (K. Thompson, "Regular expression search algorithm", 1968), and what a set of
places leads to is remembered. The price is a smaller language, the same in every language that it is written in:

    pattern = branch { "|" branch }
    branch  = { piece }
    piece   = atom [ "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" ]      n, m <= 50
    atom    = character | "." | "^" | "$" | "(" pattern ")" | "(?:" pattern ")" | class | escape
    class   = "[" [ "^" ] { character [ "-" character ] | escape } "]"
    escape  = "\\" ( d | D | w | W | s | S | any character that is neither letter nor digit )

`.` is any character but a newline, `\\w` is ASCII, and capitals and small letters are the same (`str.lower`). A match
may be anywhere in the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LONGEST_PATTERN = 200
LONGEST_TEXT = 2_000  # what lies behind is not looked at
MOST_REPEATS = 50
MOST_PLACES = 2_000
MOST_REMEMBERED = 5_000  # steps between sets of places

Matches = Callable[[str], bool]
_DIGITS, _SPACES = ((48, 57),), ((9, 13), (32, 32))
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_ESCAPES = {"d": _DIGITS, "w": _WORD, "s": _SPACES}


class PatternError(ValueError):
    """`position` is that of the character in the pattern."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.position = position


@dataclass(frozen=True)
class _Step:
    """One place: `kind` says what is needed to leave it. `split` and `jump` need nothing, `start` and `end` an end of
    the text, `match` ends."""

    kind: str
    matches: Matches | None = None
    first: int = -1
    second: int = -1


class Pattern:
    """A compiled pattern; raises PatternError for one that is not of this language."""

    def __init__(self, pattern: str) -> None:
        self._steps = _Compiler(pattern).compile()
        self._known: dict[tuple[frozenset[int], str], tuple[frozenset[int], bool]] = {}
        self._begin = self._closure([0], at_start=True)
        self._again = self._closure([0], at_start=False)

    def search(self, text: str) -> bool:
        """Whether it matches anywhere in the first `LONGEST_TEXT` characters."""
        text = text[:LONGEST_TEXT].lower()
        places = self._begin
        if self._is_match(places):
            return True
        for character in text:
            places, is_match = self._after(places, character)
            if is_match:
                return True
        return self._is_match(self._closure(places, at_start=not text, at_end=True))

    def _after(self, places: frozenset[int], character: str) -> tuple[frozenset[int], bool]:
        key = (places, character)
        if (known := self._known.get(key)) is not None:
            return known
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        passed = [self._steps[place].first for place in places if self._passes(place, character)]
        reached = self._closure(passed, at_start=False) | self._again
        self._known[key] = known = (reached, self._is_match(reached))
        return known

    def _passes(self, place: int, character: str) -> bool:
        matches = self._steps[place].matches
        return matches is not None and matches(character)

    def _is_match(self, places: frozenset[int]) -> bool:
        return any(self._steps[place].kind == "match" for place in places)

    def _closure(self, places: list[int] | frozenset[int], at_start: bool, at_end: bool = False) -> frozenset[int]:
        """All places that are reached without a character."""
        open_, seen = list(places), set(places)
        while open_:
            step = self._steps[open_.pop()]
            passable = step.kind in ("split", "jump") or (step.kind == "start" and at_start) or (
                step.kind == "end" and at_end
            )  # fmt: skip
            for place in (step.first, step.second) if passable else ():
                if place >= 0 and place not in seen:
                    seen.add(place)
                    open_.append(place)
        return frozenset(seen)


class _Compiler:
    """Recursive descent; each part is compiled to steps whose end is the next number."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > LONGEST_PATTERN:
            raise PatternError(f"a pattern has at most {LONGEST_PATTERN} characters", LONGEST_PATTERN)
        self._pattern, self._at = pattern, 0
        self._steps: list[_Step] = []
        self._depth = 0

    def compile(self) -> list[_Step]:
        self._alternatives()
        if self._at < len(self._pattern):
            raise PatternError("this parenthesis was never opened", self._at)
        self._add(_Step("match"))
        return self._steps

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _add(self, step: _Step) -> int:
        if len(self._steps) >= MOST_PLACES:
            raise PatternError("the pattern repeats too much", self._at)
        self._steps.append(step)
        return len(self._steps) - 1

    def _alternatives(self) -> None:
        begin = len(self._steps)
        self._branch()
        ends: list[int] = []
        while self._next() == "|":
            self._at += 1
            self._insert(begin, _Step("split", first=begin + 1, second=len(self._steps) + 2))
            ends.append(self._add(_Step("jump")))
            begin = len(self._steps)
            self._branch()
        for end in ends:
            self._steps[end] = _Step("jump", first=len(self._steps))

    def _branch(self) -> None:
        while self._next() not in ("", "|", ")"):
            self._piece()

    def _piece(self) -> None:
        begin, where = len(self._steps), self._at
        self._atom()
        low, high = self._repeats()
        if (low, high) == (1, 1):
            return
        if self._next() in ("*", "+", "?", "{"):
            raise PatternError(f"`{self._next()}` repeats what is repeated already", self._at)
        body = self._steps[begin:]
        if not body or body[0].kind in ("start", "end"):
            raise PatternError("there is nothing here to repeat", where)
        del self._steps[begin:]
        for _ in range(low):
            self._copy(body, begin)
        if high is None:
            self._loop(body, begin)
        else:
            self._perhaps(body, begin, high - low)

    def _loop(self, body: list[_Step], origin: int) -> None:
        split = self._add(_Step("split"))
        self._copy(body, origin)
        end = self._add(_Step("jump", first=split))
        self._steps[split] = _Step("split", first=split + 1, second=end + 1)

    def _perhaps(self, body: list[_Step], origin: int, times: int) -> None:
        splits = []
        for _ in range(times):
            splits.append(self._add(_Step("split")))
            self._copy(body, origin)
        for split in splits:
            self._steps[split] = _Step("split", first=split + 1, second=len(self._steps))

    def _copy(self, body: list[_Step], origin: int) -> None:
        """The steps of a part once more, at the end."""
        moved = len(self._steps) - origin
        for step in body:
            self._add(_moved(step, moved))

    def _insert(self, at: int, step: _Step) -> None:
        """Put a step before a part; what the part says of its own places moves by one."""
        part = [_moved(each, 1) for each in self._steps[at:]]
        del self._steps[at:]
        self._add(step)
        for each in part:
            self._add(each)

    def _repeats(self) -> tuple[int, int | None]:
        sign = self._next()
        if sign in ("*", "+", "?"):
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        return self._counted() if sign == "{" else (1, 1)

    def _counted(self) -> tuple[int, int | None]:
        where = self._at
        self._at += 1
        low, high = self._number(), -1
        if self._next() == ",":
            self._at += 1
            high = self._number()
            most = None if high < 0 else high
        else:
            most = low
        if low < 0 or self._next() != "}":
            raise PatternError("a count is written {2}, {2,} or {2,5}", where)
        self._at += 1
        if max(low, most or 0) > MOST_REPEATS or (most is not None and most < low):
            raise PatternError(f"a count is from low to high, and at most {MOST_REPEATS}", where)
        return low, most

    def _number(self) -> int:
        digits = ""
        while self._next() and self._next() in "0123456789" and len(digits) < 4:
            digits += self._take()
        return int(digits) if digits else -1

    def _atom(self) -> None:
        where, character = self._at, self._take()
        if character == "(":
            self._group(where)
        elif character == "[":
            self._put(self._class(where))
        elif character == ".":
            self._put(lambda each: each != "\n")
        elif character == "^":
            self._add(_Step("start", first=len(self._steps) + 1))
        elif character == "$":
            self._add(_Step("end", first=len(self._steps) + 1))
        elif character == "\\":
            self._put(_in_ranges(*self._escape(where)))
        elif character in "*+?{":
            raise PatternError(f"`{character}` has nothing before it to repeat; write `\\{character}`", where)
        else:
            lowered = character.lower()
            self._put(lambda each: each == lowered)

    def _group(self, where: int) -> None:
        if self._pattern.startswith("?", self._at):
            if not self._pattern.startswith("?:", self._at):
                raise PatternError("of groups only ( ) and (?: ) are known here", self._at)
            self._at += 2
        self._depth += 1
        if self._depth > 20:
            raise PatternError("groups are at most 20 deep", where)
        self._alternatives()
        self._depth -= 1
        if self._next() != ")":
            raise PatternError("this parenthesis is never closed", where)
        self._at += 1

    def _put(self, matches: Matches) -> None:
        self._add(_Step("one", matches, first=len(self._steps) + 1))

    def _class(self, where: int) -> Matches:
        negated = self._next() == "^"
        self._at += negated
        ranges: list[tuple[int, int]] = []
        excluded: list[tuple[tuple[int, int], ...]] = []
        first = True
        while (character := self._next()) != "]" or first:
            if not character:
                raise PatternError("this bracket is never closed", where)
            first = False
            self._member(ranges, excluded)
        self._at += 1
        if not ranges and not excluded:
            raise PatternError("this bracket holds nothing", where)
        found = tuple(ranges)

        def matches(each: str) -> bool:
            inside = _is_in(each, found) or any(not _is_in(each, of) for of in excluded)
            return inside != negated

        return matches

    def _member(self, ranges: list[tuple[int, int]], excluded: list[tuple[tuple[int, int], ...]]) -> None:
        where, character = self._at, self._take()
        if character == "\\":
            of, is_negated = self._escape(where)
            if is_negated:
                excluded.append(of)
                return
            if len(of) > 1 or of[0][0] != of[0][1]:
                ranges.extend(of)
                return
            character = chr(of[0][0])
        last = character
        if self._next() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("", "]"):
            self._at += 1
            last = self._take()
            if last == "\\":
                of, is_negated = self._escape(self._at - 1)
                if is_negated or len(of) > 1 or of[0][0] != of[0][1]:
                    raise PatternError("a range ends with a character", where)
                last = chr(of[0][0])
            if ord(last) < ord(character):
                raise PatternError(f"the range {character}-{last} is empty", where)
        ranges.append((ord(character), ord(last)))

    def _escape(self, where: int) -> tuple[tuple[tuple[int, int], ...], bool]:
        """The ranges of what stands after a backslash, and whether it is all but them."""
        character = self._next()
        if not character:
            raise PatternError("a backslash needs a character after it", where)
        self._at += 1
        if character.lower() in _ESCAPES and character.isascii():
            return _ESCAPES[character.lower()], character.isupper()
        if character.isalnum():
            raise PatternError(f"`\\{character}` is not known here; \\d \\w \\s are", where)
        return ((ord(character), ord(character)),), False


def _moved(step: _Step, by: int) -> _Step:
    first, second = (place + by if place >= 0 else place for place in (step.first, step.second))
    return _Step(step.kind, step.matches, first, second)


def _in_ranges(ranges: tuple[tuple[int, int], ...], is_negated: bool) -> Matches:
    return lambda each: _is_in(each, ranges) != is_negated


def _is_in(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    """A small letter is in a range of capitals, too."""
    return any(low <= ord(each) <= high for each in {character, character.upper()} if len(each) == 1
               for low, high in ranges)  # fmt: skip
