"""`reports/{collection}__{id}`: what the product has to say about a configuration (domain S1.30-S1.36, S3.19, S4.16),
or about experiments beside each other (S7.7).

Here is what every report holds, and all of it for feature configs and model configs; `shared.dataset_reports` adds what
the warehouse knows. Reading and writing is `functions.config_reports`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

from shared.advice import regularisation, structures
from shared.analysis.figures import ColumnStatistics
from shared.codegen import render_transform
from shared.columns import OutputColumn
from shared.documents import (
    ID_PATTERN,
    LONGEST_DOCUMENT,
    SCHEMA_VERSION,
    ClientDocument,
    Dataset,
    FeatureConfig,
    ModelConfig,
)
from shared.features import TOWERS, dimensions, feature_digest, tower_width
from shared.hashing import digest
from shared.parameter_count import layer_count
from shared.presets import preset_of
from shared.problems import Problem, by_path, errors
from shared.validation.compatibility import uses_target
from shared.validation.model import not_applicable, validate_model

REPORTED = ("datasets", "feature_configs", "model_configs", "comparisons")  # in the order of what depends on what
DRAFTS = "drafts"  # their reports are made by functions.drafts: without a lease, and without versions
CONFIGS = frozenset(REPORTED) - {"comparisons"}  # their names are their own (S1.1)
RULES = 1  # raised whenever a report of the same documents would say something else, so that all are made again
MOST_PROBLEMS = 500  # of one report, which is a document of bounded size
WORDS_ONLY = frozenset({"name", "description", "notes"})  # S0.7: never in a digest


Statistics = Mapping[str, ColumnStatistics]  # by column


@dataclass(frozen=True)
class Content:
    """What a computation found out: fields of the report, its larger parts by name (None: there is none any more)."""

    problems: Sequence[Problem]
    fields: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        return not errors(self.problems)


def any_digest(value: Any) -> str:
    """A digest of whatever a client could store: what JSON lacks counts by its text, or by its kind alone."""
    return digest(json.dumps(value, sort_keys=True, default=_as_text))


def _as_text(value: Any) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else type(value).__name__


def content_digest(raw: Mapping[str, Any], document: ClientDocument | None) -> str:
    """What versions are counted by (S3.19): a feature config's is its `feature_digest`, so that a default counts as if
    it were written; names and descriptions never count."""
    if isinstance(document, FeatureConfig):
        return feature_digest(document)
    left_out = WORDS_ONLY | set(ClientDocument.model_fields)
    return any_digest({name: value for name, value in raw.items() if name not in left_out})


def dataset_of(raw: Mapping[str, Any]) -> str | None:
    """The dataset that a feature config names, if that can be the id of one."""
    dataset = raw.get("dataset")
    return dataset if isinstance(dataset, str) and re.fullmatch(ID_PATTERN, dataset) else None


def heading(collection: str, document_id: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What stands at the head of every report, whatever is wrong with the document."""
    name, saved_at = raw.get("name"), raw.get("updated_at")
    return {
        "schema_version": SCHEMA_VERSION,
        "collection": collection,
        "id": document_id,
        "name": name[:80] if isinstance(name, str) else "",
        "source_updated_at": saved_at if isinstance(saved_at, datetime) else None,
        **({"dataset": dataset_of(raw)} if collection == "feature_configs" else {}),
    }


def problems_of(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """As a report stores them, errors before warnings when they are too many."""
    shown = list(problems)
    if len(problems) > MOST_PROBLEMS:
        shown = sorted(problems, key=lambda problem: problem.severity != "error")[:MOST_PROBLEMS]
        left = f"{len(problems) - MOST_PROBLEMS:,} more were found."
        shown.append(Problem("W_MORE", "", left, "Mend the others first.", "warning"))
    return [asdict(problem) for problem in by_path(shown)]


# ------------------------------------------------------------------------------------------------------ model config


def model_content(model: ModelConfig) -> Content:
    """A model config by itself: layers, presets, advice; its parameters without embeddings need a feature config's
    widths, so they are those of inputs 64 wide (as in the table of S4.5)."""
    problems = validate_model(model)
    fields: dict[str, Any] = {
        "model_type": model.model_type,
        "uses_target": uses_target(model),
        "structure": structures(model),
        "preset": preset_of(model),
        "regularisation": regularisation(model),
        "not_applicable": {name: why for name in ModelConfig.model_fields if (why := not_applicable(model, name))},
        "text": model_text(model),
    }
    if not errors(problems):
        fields["parameters"] = {"input_width": 64, **layer_count(model, 64, 64).to_dict()}
    return Content(problems, fields)


def model_text(model: ModelConfig) -> str:
    """`query 128→64→32, candidate 64→32` (S4.16)."""
    return ", ".join(f"{part} {layers}" for part, layers in structures(model).items())


# ---------------------------------------------------------------------------------------------------- feature config


def feature_content(
    features: FeatureConfig,
    problems: Sequence[Problem],
    dataset: Dataset | None,
    outputs: Sequence[OutputColumn],
    twins: Iterable[str] = (),
) -> Content:
    """Dimensions and code of a feature config; without a usable dataset its widths alone.

    `twins`: names of other configs of the dataset with the same digest (S3.19).
    """
    found = [*problems, *_twin_warnings(twins)]
    fields = {
        "config_type": "ranking" if features.target else "retrieval",
        "feature_digest": feature_digest(features),
        "widths": {tower: tower_width(features, tower) for tower in TOWERS},
        "dimensions": {tower: [asdict(row) for row in dimensions(features, tower)] for tower in TOWERS},
    }
    if errors(found) or dataset is None:
        return Content(found, fields, {"code": None})
    source = render_transform(features, outputs, dataset.roles, features.target is not None)
    return Content(found, fields, {"code": {"transform": source, "digest": digest(source)}})


def _twin_warnings(twins: Iterable[str]) -> list[Problem]:
    names = sorted(twins)
    if not names:
        return []
    same = ", ".join(f"`{name}`" for name in names[:3])
    remedy = "Use that one, or change what it is to be compared by."
    return [Problem("W_SAME_FEATURES", "id", f"it holds the same as {same}.", remedy, "warning")]


# ----------------------------------------------------------------------------------------------------------- dataset


def shown_columns(outputs: Iterable[OutputColumn]) -> list[dict[str, Any]]:
    """What a dataset offers, by name."""
    return [
        {
            "name": output.name,
            "table": output.table,
            "source": output.source,
            "type": output.warehouse_type,
            "mode": "REPEATED" if output.repeated else "NULLABLE",
            "becomes": output.example_type,
            "label": output.label,
        }
        for output in outputs
    ]


def stored_statistics(part: Mapping[str, Any] | None) -> dict[str, ColumnStatistics]:
    """The part `statistics` of a dataset's report, read back; of another version of these rules it is not read."""
    if part is None or part.get("rules") != RULES:
        return {}
    return {column["name"]: ColumnStatistics.from_dict(column) for column in part["columns"]}


def bounded(part: Mapping[str, Any], longest: int = LONGEST_DOCUMENT) -> dict[str, Any]:
    """The part, without the ends of its longest lists if it would not fit; `left_out` counts what is not there."""
    kept, left_out = dict(part), dict[str, int]()
    while len(json.dumps(kept, default=_as_text).encode()) > longest:
        lists = {name: json.dumps(value, default=_as_text) for name, value in kept.items() if isinstance(value, list)}
        if not any(kept[name] for name in lists):
            raise ValueError(f"a part of {len(json.dumps(kept, default=_as_text))} bytes has no list to shorten")
        name = max(lists, key=lambda each: len(lists[each]))
        half = len(kept[name]) // 2
        left_out[name] = left_out.get(name, 0) + len(kept[name]) - half
        kept |= {name: kept[name][:half], "left_out": left_out}
    return kept
