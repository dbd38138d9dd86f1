"""What of a split contradicts the schema of train, in words (domain S7.6).

The pipeline has no ExampleValidator: this is our own check of statistics against schema, and says so. It knows the
anomalies that TensorFlow Data Validation finds in schemas which SchemaGen infers, under TFDV's names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from shared.insights.data.schema import Domain, Expected
from shared.insights.data.statistics import Document, Feature, Split, finite, short

NAMED = 5  # unexpected values that are named
MOST, LONGEST_WORDS = 100, 400  # anomalies of a run, and characters of one
KINDS: Mapping[str, frozenset[str]] = {  # what statistics may call a type of the schema
    "BYTES": frozenset({"text"}),
    "INT": frozenset({"integer"}),
    "FLOAT": frozenset({"float"}),
    "STRUCT": frozenset({"struct"}),
}
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}\Z", re.ASCII)

Found = tuple[str, str]  # TFDV's name of the kind, and words


def anomalies_of(splits: Sequence[Split], schema: Sequence[Expected]) -> list[Document]:
    """Of every split but train: [{feature, split, kind, words}]; nothing is said of a split without examples."""
    found = [
        {"feature": short(name), "split": split.name, "kind": kind, "words": words[:LONGEST_WORDS]}
        for split in splits
        if split.name != "train" and split.rows > 0
        for name, (kind, words) in _of_split(split, schema)
    ]
    left = len(found) - MOST
    if left <= 0:
        return found
    more = {"feature": "", "split": "", "kind": "MORE", "words": f"{left} more were found."}
    return [*found[:MOST], more]


def _of_split(split: Split, schema: Sequence[Expected]) -> Iterator[tuple[str, Found]]:
    known = {expected.name for expected in schema}
    for expected in schema:
        for found in _of_feature(expected, split.features.get(expected.name), split):
            yield expected.name, found
    for name, feature in split.features.items():
        if name not in known and feature.present:
            yield name, ("SCHEMA_NEW_COLUMN", f"`{short(name)}` has values, and train had none.")


def _of_feature(expected: Expected, feature: Feature | None, split: Split) -> Iterator[Found]:
    name = f"`{short(expected.name)}`"
    if feature is None or feature.present == 0:
        if expected.min_count > 0 or expected.min_fraction > 0:
            yield "FEATURE_TYPE_NOT_PRESENT", f"{name} is missing from every row, and train had it."
        return
    yield from _presence(name, expected, feature, split)
    if feature.values and feature.type not in KINDS.get(expected.type, {feature.type}):
        yield "UNEXPECTED_DATA_TYPE", f"{name} holds {feature.type} values instead of {expected.type}."
        return
    yield from _lengths(name, expected, feature)
    if expected.domain is not None and feature.values:
        yield from _texts(name, expected.domain, feature)
        yield from _numbers(name, expected.domain, feature)


def _presence(name: str, expected: Expected, feature: Feature, split: Split) -> Iterator[Found]:
    share = feature.present / split.rows
    if share < min(1.0, expected.min_fraction):
        wanted = "in every row" if expected.required else f"in at least {_percent(expected.min_fraction)} of rows"
        gone = split.rows - feature.present
        words = f"{name} is missing in {gone:,} of {split.rows:,} rows ({_percent(1 - share)}); train had it {wanted}."
        yield "FEATURE_TYPE_LOW_FRACTION_PRESENT", words
    elif feature.present < expected.min_count:
        words = f"{name} is in {feature.present:,} rows, and {expected.min_count:,} are the least."
        yield "FEATURE_TYPE_LOW_NUMBER_PRESENT", words


def _lengths(name: str, expected: Expected, feature: Feature) -> Iterator[Found]:
    if expected.shape is not None:
        size = 1
        for dimension in expected.shape:
            size *= dimension
        least, most = size, size
    elif expected.valency is not None:
        least, most = expected.valency
    else:
        return
    if least is not None and feature.shortest < least:
        words = f"{name} has {_values(feature.shortest)} in some row; train had at least {least}."
        yield "FEATURE_TYPE_LOW_NUMBER_VALUES", words
    if most is not None and feature.longest > most:
        words = f"{name} has {_values(feature.longest)} in some row; train had at most {most}."
        yield "FEATURE_TYPE_HIGH_NUMBER_VALUES", words


def _texts(name: str, domain: Domain, feature: Feature) -> Iterator[Found]:
    if feature.texts is None:
        return
    ranks = feature.texts.ranks
    if domain.values is not None:
        allowed = set(domain.values)
        strange = [(value, count) for value, count in ranks if value not in allowed]
        kind, what = "ENUM_TYPE_UNEXPECTED_STRING_VALUES", "that train does not have"
    elif domain.digits:
        strange = [(value, count) for value, count in ranks if not _WHOLE.match(value)]
        kind, what = "INT_TYPE_NOT_INT_STRING", "that are no whole numbers, as all of train's are"
    else:
        return
    share = sum(count for _, count in strange) / feature.values
    if not strange or share <= 1 - domain.mass:
        return
    named = ", ".join(f"`{short(value)}`" for value, _ in strange[:NAMED])
    rest = f" and {len(strange) - NAMED:,} more" if len(strange) > NAMED else ""
    least = "at least " if feature.texts.unique > len(ranks) else ""
    yield kind, f"{name} has values {what}: {named}{rest}, {least}{_percent(min(1.0, share))} of its values."


def _numbers(name: str, domain: Domain, feature: Feature) -> Iterator[Found]:
    numbers = feature.numbers
    if numbers is None:
        return
    if domain.min is not None and numbers.min is not None and numbers.min < domain.min:
        yield "OUT_OF_RANGE_LOW", f"{name} goes down to {finite(numbers.min):,}; {finite(domain.min):,} is the least."
    if domain.max is not None and numbers.max is not None and numbers.max > domain.max:
        yield "OUT_OF_RANGE_HIGH", f"{name} goes up to {finite(numbers.max):,}; {finite(domain.max):,} is the most."


def _values(count: int) -> str:
    return "no value" if count == 0 else "1 value" if count == 1 else f"{count:,} values"


def _percent(share: float) -> str:
    """`12%`, `0.3%`; what is there is never `0%`."""
    percent = 100 * share
    return "less than 0.1%" if 0 < percent < 0.1 else f"{percent:.1f}%" if percent < 9.95 else f"{percent:.0f}%"
