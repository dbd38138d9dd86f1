"""Whether the demo gave on Google Cloud what it gives on one machine. Pure.

The rows, what was asked of them and how they were split must be equal to the last one. The figures need not: other
processors and other builds of TensorFlow round and order sums differently, training amplifies that, and so each figure
has to lie within the interval that the local run gives for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quicktest.words import metric_label

Result = Mapping[str, Any]  # run, snapshot, evaluation
# What says where a run took place, or was guessed before it: parameters of the towers (`shape`) and with them price and
# machine are estimated from approximate counts of distinct values, which no two engines make alike.
PLACE = ("images", "compile_key", "estimate", "hardware", "shape")
# Where and when a table was read: a region, and how the warehouse tells that a table has changed.
READING = ("data_version", "region")
_MOMENT = re.compile(r"FOR SYSTEM_TIME AS OF CAST\('[^']*' AS TIMESTAMP\)")
ENVELOPE = ("owner", "created_at", "updated_at", "schema_version", "id")
MOST_NAMED = 5


@dataclass(frozen=True)
class Line:
    """One thing compared: `same` None where nothing has to be equal."""

    what: str
    here: str
    there: str
    same: bool | None


def compare(here: Result, there: Result) -> list[Line]:
    """One machine's result and the project's, side by side; both are completed."""
    return [
        *_rows(here, there),
        *_snapshots(here, there),
        *_metrics(here, there),
        *_stages(here, there),
        *_ends(here, there),
    ]


def verdict(lines: list[Line]) -> str:
    wrong = [line.what for line in lines if line.same is False]
    if not wrong:
        return (
            "The project gives what this machine gives: the same rows, split and asked alike, and every figure within "
            "the interval of the local run."
        )
    named = ", ".join(wrong)
    return f"The project does not give what this machine gives: {named}. docs/google-cloud.md says where to look."


def _rows(here: Result, there: Result) -> Iterator[Line]:
    counted = [(_counts(each), each["evaluation"].get("fingerprints") or {}) for each in (here, there)]
    (own_counts, own_prints), (its_counts, its_prints) = counted
    for split in sorted({*own_counts, *its_counts}):
        pair = own_counts.get(split), its_counts.get(split)
        yield Line(f"rows {split}", *map(_count, pair), pair[0] == pair[1])
    for split in sorted({*own_prints, *its_prints}):
        pair = own_prints.get(split), its_prints.get(split)
        yield Line(f"fingerprint {split}", *map(_fingerprint, pair), pair[0] == pair[1])
    if not own_prints:
        yield Line("fingerprints", "none", "none" if not its_prints else "some", False)


def _counts(result: Result) -> Mapping[str, int]:
    return (result["run"].get("counts") or {}).get("rows") or {}


def _count(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def _fingerprint(value: Any) -> str:
    return "none" if value is None else ", ".join(f"{name} {part}" for name, part in sorted(value.items()))


def _snapshots(here: Result, there: Result) -> Iterator[Line]:
    """What was asked, without where and when."""
    different = sorted(_differing(_asked(here), _asked(there)))
    more = f" and {len(different) - MOST_NAMED} more" if len(different) > MOST_NAMED else ""
    what = ", ".join(different[:MOST_NAMED]) + more
    yield Line("what was asked", "", what or "equal", not different)


def _asked(result: Result) -> Any:
    snapshot = {name: value for name, value in result["snapshot"].items() if name not in PLACE}
    configs = {
        kind: {name: value for name, value in config.items() if name not in ENVELOPE}
        for kind, config in snapshot.get("configs", {}).items()
    }
    parameters = {name: value for name, value in snapshot.get("parameters", {}).items() if name not in READING}
    sql = {split: _MOMENT.sub("", text) for split, text in snapshot.get("sql", {}).items()}
    return {**snapshot, "configs": configs, "parameters": parameters, "sql": sql}


def _differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in {*one, *other}:
            yield from _differing(one.get(name), other.get(name), f"{path}.{name}" if path else name)
    elif one != other:
        yield path


def _metrics(here: Result, there: Result) -> Iterator[Line]:
    own, its = here["run"].get("metrics") or {}, there["run"].get("metrics") or {}
    for name in sorted({*own, *its}):
        before, now = own.get(name) or {}, its.get(name) or {}
        yield Line(metric_label(name), _interval(before), _figure(now.get("value")), _within(now.get("value"), before))
    if not own:
        yield Line("figures", "none", "none" if not its else "some", False)


def _within(value: float | None, interval: Mapping[str, Any]) -> bool | None:
    """A figure without an interval has nothing to lie in, but must be there where the local one is."""
    low, high, own = interval.get("low"), interval.get("high"), interval.get("value")
    if own is None or value is None:
        return own is None and value is None
    return None if low is None or high is None else low <= value <= high


def _interval(metric: Mapping[str, Any]) -> str:
    value, low, high = (metric.get(name) for name in ("value", "low", "high"))
    return _figure(value) if low is None or high is None else f"{_figure(value)} ({_figure(low)}-{_figure(high)})"


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def _stages(here: Result, there: Result) -> Iterator[Line]:
    own, its = ({stage["name"]: stage for stage in each["run"].get("stages") or []} for each in (here, there))
    for name in own:
        yield Line(f"stage {name}", _stage(own.get(name)), _stage(its.get(name)), None if name in its else False)


def _stage(stage: Mapping[str, Any] | None) -> str:
    if stage is None:
        return "none"
    if not stage.get("started_at") or not stage.get("ended_at"):
        return stage["state"]
    start, end = (datetime.fromisoformat(stage[name]) for name in ("started_at", "ended_at"))
    return f"{stage['state']} in {(end - start).total_seconds():.0f} s"


def _ends(here: Result, there: Result) -> Iterator[Line]:
    runs = here["run"], there["run"]
    yield Line("whole", *(f"{run.get('duration_seconds') or 0:.0f} s" for run in runs), None)
    costs = [(run.get("cost") or {}).get("computed") for run in runs]
    yield Line("cost", *("not known" if cost is None else f"${cost:.2f}" for cost in costs), None)
