"""Statistics, drift and schema as words and figures for people; the terminal and the page show the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Fields = Mapping[str, Any]

TIMES = frozenset({"TIMESTAMP", "DATETIME", "DATE"})  # examples hold their seconds since 1970 (S1.12)
NUMBERS = {  # what a feature of numbers shows, in order
    "min": "least", "median": "median", "max": "most", "mean": "mean", "std": "standard deviation",
}  # fmt: skip
QUANTILES = (0.05, 0.25, 0.75, 0.95)
LENGTHS = {"min": "shortest list", "mean": "mean length", "max": "longest list"}
LEVELS = {"strong": "strong", "noticeable": "noticeable"}  # the others are no words
NOTHING = "–"


def times_of(found: Fields) -> frozenset[str]:
    """The features that are moments, by the types of their source columns."""
    schema = found["schema"]
    return frozenset(row["name"] for row in schema if ((row.get("source") or {}).get("type")) in TIMES)


def figure(value: float | None, is_time: bool = False) -> str:
    """`1,234`, `0.1235`, `2026-01-31 12:00`."""
    if value is None:
        return NOTHING
    if is_time and abs(value) < 2e11:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M}" if value > -6e10 else NOTHING
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if 100 <= abs(value) < 1e9 else f"{value:.4g}"


def percent(share: float | None) -> str:
    """`12%`, `0.3%`, `0%`; what is there is never `0%`."""
    if share is None:
        return NOTHING
    hundredths = 100 * share
    if 0 < hundredths < 0.1:
        return "<0.1%"
    return f"{hundredths:.1f}%" if 0 < hundredths < 9.95 else f"{hundredths:.0f}%"


def summary(figures: Fields, is_time: bool) -> str:
    """A feature in a split in a few words: `33.48 (2.41 to 3,382.68)`, `146 different`."""
    if numbers := figures.get("numbers"):
        least, middle, most = (figure(numbers[name], is_time) for name in ("min", "median", "max"))
        if is_time:
            return f"{least[:10]} to {most[:10]}"
        return middle if least == most else f"{middle} ({least} to {most})"
    if texts := figures.get("texts"):
        return f"{texts['unique']:,} different"
    return NOTHING


def rows_of_figures(feature: Fields, is_time: bool) -> Iterator[tuple[str, list[str]]]:
    """Heading and one cell for each split; rows that no split has are left out."""
    splits = list(feature["splits"].values())
    yield "missing", [percent(figures["missing"]) for figures in splits]
    yield "examples with it", [figure(figures["present"]) for figures in splits]
    if feature["list"]:
        yield "values", [figure(figures["values"]) for figures in splits]
        for key, heading in LENGTHS.items():
            yield heading, [figure((figures.get("length") or {}).get(key)) for figures in splits]
    if any(figures.get("numbers") for figures in splits):
        known = [figures.get("numbers") or {} for figures in splits]
        yield "zeros", [percent(numbers.get("zeros")) for numbers in known]
        for key, heading in NUMBERS.items():
            yield heading, [figure(numbers.get(key), is_time and key != "std") for numbers in known]
        for share in QUANTILES:
            cells = [quantile(numbers.get("quantiles"), share) for numbers in known]
            if any(cell is not None for cell in cells):
                yield f"{100 * share:.0f}% are at most", [figure(cell, is_time) for cell in cells]
        if any(numbers.get("nan") for numbers in known):
            yield "not a number", [figure(numbers.get("nan")) for numbers in known]
    if any(figures.get("texts") for figures in splits):
        words = [figures.get("texts") or {} for figures in splits]
        yield "different values", [figure(texts.get("unique")) for texts in words]
        yield "mean characters", [figure(texts.get("average_length")) for texts in words]


def quantile(bins: Fields | None, share: float) -> float | None:
    """The value that a share of all values does not exceed; None unless a bin of equal counts ends there."""
    highs = (bins or {}).get("highs") or []
    place = share * len(highs)
    return highs[round(place) - 1] if highs and place >= 1 and abs(place - round(place)) < 1e-9 else None


def drift_cell(row: Fields | None) -> str:
    """`0.34 strong`, `missing`, `0.01`."""
    if row is None:
        return NOTHING
    if row["flag"]:
        return row["flag"]
    if row["js"] is None:
        return NOTHING
    level = LEVELS.get(row["level"])
    return f"{row['js']:.2f} {level}" if level else f"{row['js']:.2f}"


def drift_sentence(row: Fields) -> str:
    """What is worth saying about a row: `eval: divergence 0.34, strong; two such samples differ by 0.02 anyway`."""
    because = "; splitting by time makes it so" if row["by_split"] else ""
    if row["flag"]:
        return f"{row['feature']} {row['said']}{because}"
    level = LEVELS.get(row["level"], "none")
    told = f"{row['feature']}, train to {row['split']}: divergence {row['js']:.2f} ({level})"
    told += f", largest difference of a share {percent(row['l_infinity'])}"
    if row["by_split"]:
        return told + because
    if row["by_chance"] >= 0.01:
        told += f"; chance alone gives about {row['by_chance']:.2f} with so few rows"
    return told


def alarm(row: Fields | None) -> str:
    """`strong`, `noticeable` or nothing: what is to be marked. What the way of splitting makes is no alarm."""
    return row["level"] if row and row["level"] in LEVELS and not row["by_split"] else ""


def is_told(row: Fields) -> bool:
    """Flagged, or noticeable."""
    return bool(row["flag"]) or row["level"] in LEVELS


def schema_sentences(row: Fields) -> Iterator[tuple[str, str]]:
    """What the schema says of a feature, heading and words."""
    yield "type", row["type"]
    yield "required", "in every row" if row["required"] else _presence(row)
    if row["shape"] is not None:
        yield "shape", f"[{', '.join(map(str, row['shape']))}]"
    if row["valency"] is not None:
        yield "values in a row", _range(row["valency"])
    if (domain := row["domain"]) is not None:
        yield "domain", _domain(domain)
    if source := row.get("source"):
        place = ".".join(part for part in (source["table"], source["column"]) if part)
        if place:
            yield "from", f"{place} ({source['type']})" if source["type"] else place
        yield "expression", source["expression"]
    for output in row.get("outputs") or []:
        yield "used as", f"{output['output']} ({output['tower']} tower, {output['feature']}, width {output['width']})"


def _presence(row: Fields) -> str:
    return f"no; in at least {percent(row['min_fraction'])} of rows" if row["min_fraction"] else "no"


def _range(bounds: Fields) -> str:
    least, most = bounds["min"], bounds["max"]
    if least == most and least is not None:
        return str(least)
    return f"{NOTHING if least is None else least} to {'any number' if most is None else most}"


def _domain(domain: Fields) -> str:
    if domain["values"] is not None:
        more = domain["count"] - len(domain["values"])
        return ", ".join(domain["values"]) + (f" and {more:,} more" if more else "")
    if domain["min"] is None and domain["max"] is None:
        return "texts that are whole numbers" if domain["digits"] else "any number"
    return f"{figure(domain['min'])} to {figure(domain['max'])}"
