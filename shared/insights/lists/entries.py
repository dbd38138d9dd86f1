"""What an index keeps of an ended run, about 2 KB of JSON: all that lists, charts and suggestions read (domain S7.1).

`indexes/{endpoint}__{block}` holds the entries of `BLOCK` numbers, each as a text under the experiment's id, so that
10,000 experiments cost 40 reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import datetime, timezone
from sys import intern
from typing import Any

BLOCK = 250  # numbers a document
LONGEST_ENTRY = 3_800  # bytes: a block of them ends below 1 MiB

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric on the headline population, with its 95% interval where there is one and it is kept (`entry_of`)."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class EntryLift:
    """Against the best baseline of the metric; above 0 the model is better (S6.17)."""

    baseline: str
    value: float
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class Entry:
    """One ended run. `repeat` is equal for runs that differ in seeds only; `protocols`: key by family of metrics.

    `parameters` are the leaves of S7.12 (`shared.insights.grouping`). `metrics`, `lifts` and `baselines` are empty
    unless the run completed; `baselines` hold the headline metric of each family: {baseline: {metric: figure}}.
    """

    experiment: str
    number: int
    model_endpoint: str
    name: str
    state: str
    model_type: str
    owner: str
    created_at: datetime
    ended_at: datetime
    duration_seconds: float
    description: str = ""  # its beginning, for searching
    tags: tuple[str, ...] = ()
    starred: bool = False
    parent: str | None = None
    origin: str | None = None
    dataset: str = ""
    feature_config: str = ""
    model_config: str = ""
    names: Mapping[str, str] = field(default_factory=dict)  # of the three configs
    digests: Mapping[str, str] = field(default_factory=dict)  # of their contents
    repeat: str = ""
    split: str = ""
    sample_percent: int = 100
    seed: int = 0
    tier: str = ""
    protocols: Mapping[str, str] = field(default_factory=dict)
    protocol_name: str = ""  # "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products" (S2.16)
    complexity: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None  # code
    error_title: str | None = None
    cost_usd: float | None = None
    parameter_count: int | None = None
    customers: int | None = None  # of the train split, as the next two
    products: int | None = None
    rows: int | None = None
    epochs_run: int | None = None
    best_epoch: int | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    metrics: Mapping[str, Figure] = field(default_factory=dict)
    lifts: Mapping[str, EntryLift] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)

    @property
    def completed(self) -> bool:
        return self.state == "completed"


def block_of(endpoint: str, number: int) -> str:
    """The index document that holds a run's entry."""
    return f"{endpoint}__{number // BLOCK}"


# ------------------------------------------------------------------------------------------------- as it is stored

DIGITS = 6  # significant, of measured figures
LONGEST_DESCRIPTION = 300  # characters
_OF_TOWERS = ("query.", "candidate.")
_KEPT_LEAVES = (".layers", ".width")


def to_json(entry: Entry) -> str:
    """Compact and always the same for the same entry, at most `LONGEST_ENTRY` bytes. What is as by default is left out.

    A figure is its value, or `[value, low, high]` with an interval; a lift `[baseline, value, low, high, verdict]`.
    An entry that is too long loses its description, then parameters (features first, from the end of the alphabet),
    then names and tags, and at last what nobody could write that honestly.
    """
    text = _text(entry)
    for shorter in _shorter(entry):
        if _size(text) <= LONGEST_ENTRY:
            break
        text = _text(shorter)
    return text


def from_json(text: str) -> Entry:
    """The entry of a stored text; fields of later versions are ignored. Raises ValueError for a damaged one.

    Names and words are those of all other entries too, and held once: a process holds 10,000 entries.
    """
    try:
        stored = json.loads(text, parse_constant=_no_number)
        read = {name: read(stored[name]) for name, read in _READERS.items() if name in stored}
        return Entry(**read)
    except (TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"a damaged entry of an index: {error}") from error


def rounded(value: float | None) -> float | None:
    """To `DIGITS` significant digits; None for what is no number."""
    return float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None


def _text(entry: Entry) -> str:
    stored = {
        name: write(value)
        for name, default, write in _WRITERS
        if (value := getattr(entry, name)) != default or default is MISSING
    }
    return json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _shorter(entry: Entry) -> Iterator[Entry]:
    """The entry, shorter and shorter."""
    for length in (200, 100, 0):
        entry = replace(entry, description=entry.description[:length])
        yield entry
    for name in sorted(entry.parameters, key=lambda name: (_is_feature(name), name), reverse=True):
        kept = {other: value for other, value in entry.parameters.items() if other != name}
        yield (entry := replace(entry, parameters=kept))
    yield (entry := replace(entry, names={}))
    yield (entry := replace(entry, tags=()))
    yield (entry := replace(entry, error_title=None))
    yield (entry := replace(entry, owner=entry.owner[:40], name=entry.name[:40]))
    yield replace(
        entry, baselines={}, metrics={name: entry.metrics[name] for name in entry.lifts if name in entry.metrics}
    )


def _is_feature(leaf: str) -> bool:
    return leaf.startswith(_OF_TOWERS) and not leaf.endswith(_KEPT_LEAVES)


def _time(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat()


def _figure(figure: Figure) -> float | list[float | None] | None:
    numbers = _without_end([rounded(figure.value), rounded(figure.low), rounded(figure.high)])
    return numbers if len(numbers) > 1 else numbers[0] if numbers else None


def _figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: _figure(figure) for name, figure in figures.items()}


def _lifts(lifts: Mapping[str, EntryLift]) -> dict[str, list[Any]]:
    return {
        metric: [lift.baseline, rounded(lift.value), rounded(lift.low), rounded(lift.high), lift.verdict]
        for metric, lift in lifts.items()
    }


def _without_end(numbers: list[float | None]) -> list[float | None]:
    while numbers and numbers[-1] is None:
        numbers.pop()
    return numbers


_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "created_at": _time,
    "ended_at": _time,
    "duration_seconds": lambda seconds: round(seconds, 3),
    "cost_usd": lambda usd: round(usd, 6),
    "tags": list,
    "metrics": _figures,
    "lifts": _lifts,
    "baselines": lambda baselines: {name: _figures(figures) for name, figures in baselines.items()},
}


def _same(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


_WRITERS = tuple(
    (
        each.name,
        each.default_factory() if each.default_factory is not MISSING else each.default,
        _WRITE.get(each.name, _same),
    )
    for each in fields(Entry)
)


# ------------------------------------------------------------------------------------------------------- as it is read


def _no_number(name: str) -> float:
    raise ValueError(f"a damaged entry of an index: {name}")


def _read_text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r} is no text")
    return value


def _read_number(value: Any) -> Any:
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"{value!r} is no number")
    return value


def _read_whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _read_flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError(f"{value!r} is no truth value")
    return value


def _read_time(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"a damaged entry of an index: {value!r} has no time zone")
    return at


def _read_tags(value: Any) -> tuple[str, ...]:
    if type(value) is not list:
        raise TypeError(f"{value!r} is no list")
    return tuple(map(_read_text, value))


def _read_texts(value: Any) -> dict[str, str]:
    return {intern(name): intern(_read_text(text)) for name, text in value.items()}


def _read_leaves(value: Any) -> dict[str, Value]:
    wrong = [leaf for leaf in value.values() if type(leaf) not in (str, int, float, bool)]
    if wrong:
        raise TypeError(f"{wrong[0]!r} is no value of a parameter")
    return {intern(name): intern(leaf) if type(leaf) is str else leaf for name, leaf in value.items()}


def _read_figures(value: Any) -> dict[str, Figure]:
    found = {
        intern(name): Figure(*each or [None]) if type(each) is list else Figure(each) for name, each in value.items()
    }
    for figure in found.values():
        for number in (figure.value, figure.low, figure.high):
            if number is not None:
                _read_number(number)
    return found


def _read_lifts(value: Any) -> dict[str, EntryLift]:
    return {intern(metric): _read_lift(*parts) for metric, parts in value.items()}


def _read_lift(baseline: Any, value: Any, low: Any, high: Any, verdict: Any) -> EntryLift:
    bounds = (None if bound is None else _read_number(bound) for bound in (low, high))
    return EntryLift(_read_text(baseline), _read_number(value), *bounds, _read_text(verdict))


def _read_baselines(value: Any) -> dict[str, dict[str, Figure]]:
    return {intern(name): _read_figures(figures) for name, figures in value.items()}


_BY_TYPE: Mapping[str, Callable[[Any], Any]] = {
    "str": _read_text,
    "int": _read_whole,
    "float": _read_number,
    "bool": _read_flag,
    "datetime": _read_time,
    "tuple[str, ...]": _read_tags,
    "Mapping[str, str]": _read_texts,
    "Mapping[str, Value]": _read_leaves,
    "Mapping[str, Figure]": _read_figures,
    "Mapping[str, EntryLift]": _read_lifts,
    "Mapping[str, Mapping[str, Figure]]": _read_baselines,
}
_READERS = {each.name: _BY_TYPE[str(each.type).removesuffix(" | None")] for each in fields(Entry)}
