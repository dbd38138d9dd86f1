"""The statistics report as one page of HTML: no network, no script, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from quicktest.statistics_words import (
    alarm,
    drift_cell,
    drift_sentence,
    figure,
    is_told,
    percent,
    rows_of_figures,
    schema_sentences,
    summary,
    times_of,
)
from quicktest.views.statistics import CHECKED

Fields = Mapping[str, Any]
Box = tuple[float, float, float]  # left, right, count

WIDTH, HEIGHT = 220, 64  # of a histogram, in the units of its picture
NARROWEST = 1 / 60  # of a bar, as a share of the width


def statistics_page(found: Fields, now: datetime) -> str:
    """`found`: as quicktest.statistics gives it; `now` is printed on the page."""
    times = times_of(found)
    schema = {row["name"]: list(schema_sentences(row)) for row in found["schema"]}
    return _template().render(
        found=found,
        written=f"{now:%Y-%m-%d %H:%M} UTC",
        splits=[split["name"] for split in found["splits"]],
        drift={(row["feature"], row["split"]): row for row in found["drift"]},
        told=[(alarm(row), drift_sentence(row)) for row in found["drift"] if is_told(row)],
        features=[_feature(number, row, times, schema) for number, row in enumerate(found["features"])],
        checked=CHECKED,
    )


@cache
def _template() -> Template:
    """What a template prints is escaped; `|safe` is in none."""
    environment = Environment(
        loader=PackageLoader("quicktest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(alarm=alarm, drift_cell=drift_cell, percent=percent)
    return environment.get_template("statistics.html.jinja")


def _feature(number: int, row: Fields, times: frozenset[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    is_time, splits = row["name"] in times, row["splits"]
    return {
        "anchor": f"feature-{number}",
        "name": row["name"],
        "type": ("list of " if row["list"] else "") + row["type"],
        "missing": [percent(figures["missing"]) for figures in splits.values()],
        "summaries": [summary(figures, is_time) for figures in splits.values()],
        "rows": list(rows_of_figures(row, is_time)),
        "pictures": {kind: _pictures(row, kind, is_time) for kind in ("histogram", "quantiles")},
        "tops": _tops(splits),
        "schema": schema.get(row["name"], []),
    }


# ------------------------------------------------------------------------------------------------------- pictures


def _pictures(row: Fields, kind: str, is_time: bool) -> list[dict[str, Any]]:
    """A histogram for each split, on one common axis; none when no split has one."""
    known = {name: (figures.get("numbers") or {}).get(kind) for name, figures in row["splits"].items()}
    ends = [end for bins in known.values() if bins for end in (*bins["lows"], *bins["highs"]) if end is not None]
    if not ends:
        return []
    axis = (min(ends), max(ends))
    return [
        {"split": name, "bars": _bars(bins, axis), "from": figure(axis[0], is_time), "to": figure(axis[1], is_time)}
        for name, bins in known.items()
        if bins
    ]


def _bars(bins: Fields, axis: tuple[float, float]) -> list[dict[str, str]]:
    """Boxes whose area is the count: of quantiles, the wide ones are low. A value of its own is a narrow box."""
    boxes = [
        (min(left, 1 - NARROWEST), max(right - left, NARROWEST), count)
        for left, right, count in _merged(_scaled(bins, axis))
    ]
    tallest = max((count / share for _, share, count in boxes), default=0.0)
    return [
        {
            "x": f"{left * WIDTH:.1f}",
            "y": f"{HEIGHT * (1 - count / share / tallest):.1f}",
            "width": f"{max(1.0, min(share, 1 - left) * WIDTH - 0.5):.1f}",
            "height": f"{HEIGHT * count / share / tallest:.1f}",
        }
        for left, share, count in boxes
    ]


def _scaled(bins: Fields, axis: tuple[float, float]) -> Iterator[Box]:
    """Bins that have ends and values, from 0 to 1."""
    width = axis[1] - axis[0]
    for low, high, count in zip(bins["lows"], bins["highs"], bins["counts"], strict=True):
        if low is not None and high is not None and count and count > 0:
            yield ((low - axis[0]) / width, (high - axis[0]) / width, count) if width > 0 else (0.0, 1.0, count)


def _merged(boxes: Iterable[Box]) -> list[Box]:
    """Neighbours that are too narrow to be told apart are one."""
    merged: list[Box] = []
    for left, right, count in boxes:
        if merged and right - merged[-1][0] < 2 * NARROWEST:
            merged[-1] = (merged[-1][0], right, merged[-1][2] + count)
        else:
            merged.append((left, right, count))
    return merged


def _tops(splits: Fields) -> list[dict[str, Any]]:
    """The most frequent texts of each split, with the width of a bar in percent of the longest."""
    found = []
    for name, figures in splits.items():
        top: Sequence[Fields] = (figures.get("texts") or {}).get("top", [])
        most = max((each["share"] or 0.0 for each in top), default=0.0) or 1.0
        rows = [
            {"value": each["value"], "share": percent(each["share"]), "bar": f"{100 * (each['share'] or 0) / most:.1f}"}
            for each in top
        ]
        found.append({"split": name, "rows": rows})
    return found if any(each["rows"] for each in found) else []
