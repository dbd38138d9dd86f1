"""Documents as sections that people read: pure, from the documents and what was found out about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quicktest.views.run import estimate_words
from quicktest.words import STAGES, duration, metric_label, money
from shared.advice import learning_rate, stopping_metric, structures
from shared.analysis.sentences import filter_sentences
from shared.documents import (
    Bucketize,
    CategoryFeature,
    Dataset,
    Feature,
    FeatureConfig,
    HistoryFeature,
    ModelConfig,
    ModelEndpoint,
    NumberFeature,
    Target,
    TimeFeature,
)
from shared.features import TOWERS, Tower, bucket_count, crosses_of, dimensions, feature_name, features_of, tower_width
from shared.leaves import text
from shared.presets import preset_of
from shared.validation.model import not_applicable

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """Rows of cells; without `columns` they are label and text, or sentences."""

    title: str
    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()


# ------------------------------------------------------------------------------------------------ model endpoint


def endpoint_sections(endpoint: ModelEndpoint) -> list[Section]:
    """What its experiments may take (S10.18)."""
    cap, budget = endpoint.max_cost_usd, endpoint.monthly_budget_usd
    rows = [
        ("running at once", f"{endpoint.max_running}; others wait for their turn"),
        ("most for one experiment", "as each says" if cap is None else money(cap)),
        ("budget of a month", "none" if budget is None else money(budget)),
    ]
    return [Section("Limits", rows)]


# ------------------------------------------------------------------------------------------------------- dataset


def dataset_sections(dataset: Dataset, report: Fields) -> list[Section]:
    """`report`: of the dataset, or as much of one as is known."""
    found = [
        Section("Tables", [(table.alias or table.table.rsplit(".", 1)[-1], table.table) for table in dataset.tables]),
        Section("Joins", list(_joins(dataset))),
        Section("Filters", [(sentence,) for sentence in report.get("filters") or filter_sentences(dataset)]),
        Section("Columns", list(_columns(dataset, report)), COLUMNS),
        Section("Histories", [(h.name, f"the last {h.length} of {h.item}, {h.mode}") for h in dataset.history]),
        Section("Settings", list(_dataset_settings(dataset))),
    ]
    return _filled([*found, *report_sections(report)])


COLUMNS = ("column", "role", "label", "type", "nulls", "distinct", "same for each")


def _joins(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for join in dataset.joins:
        keys = " and ".join(f"{join.left}.{key.left} = {join.right}.{key.right}" for key in join.keys)
        yield join.right, f"{join.type} join on {keys}"


def _columns(dataset: Dataset, report: Fields) -> Iterator[tuple[str, ...]]:
    """Every column the dataset offers; without a report those it lists."""
    roles = {name: role for role, name in dataset.roles.model_dump().items() if name}
    statistics = {of["name"]: of for of in (report.get("statistics") or {}).get("columns", [])}
    settled = (report.get("dependence") or {}).get("columns", {})
    labels = {c.name or c.column: c.label for table in dataset.tables for c in table.columns or ()}
    for column in report.get("columns") or [{"name": name} for name in {**labels, **roles}]:
        name = column["name"]
        known = statistics.get(name) or {}
        kind = f"{'list of ' if column.get('mode') == 'REPEATED' else ''}{column.get('type', '')}"
        label = column.get("label") or labels.get(name) or ""
        nulls, distinct = _share(known.get("nulls"), known.get("count")), _count(known)
        yield name, roles.get(name, ""), label, kind, nulls, distinct, settled.get(name, "")


def _share(part: float | None, whole: float | None) -> str:
    return "" if part is None or not whole else f"{100 * part / whole:.1f}%"


def _count(statistics: Fields) -> str:
    distinct = statistics.get("distinct")
    return "" if distinct is None else f"{'about ' if statistics.get('approximate') else ''}{distinct:,}"


def _dataset_settings(dataset: Dataset) -> Iterator[tuple[str, str]]:
    yield "time zone", dataset.timezone
    yield (
        "candidates",
        "products of the train split"
        if dataset.catalogue == "train"
        else text(dataset.catalogue.model_dump(exclude_none=True)),
    )
    yield "most bytes a query", f"{dataset.max_bytes_billed / 2**30:,.3g} GiB"


def report_sections(report: Fields) -> list[Section]:
    """What the functions found out about the rows."""
    counts = report.get("counts") or {}
    return [
        Section("Rows", [(step["words"], f"{step['rows']:,}") for step in report.get("funnel") or []]),
        Section("Split by default", list(_split(report.get("split") or {}))),
        Section("Rows, customers and products", list(_counts(counts)), COUNTS),
        Section("Lists of the histories", list(_histories(report)), ("history", "", "train", "eval", "test")),
        Section("Quality", list(_quality(report.get("quality") or {}))),
        Section(
            "Issues", [(issue["code"], f"{issue['problem']} {issue['remedy']}") for issue in report.get("issues") or []]
        ),
    ]


COUNTS = ("", "train", "eval", "test", "catalogue")


def _histories(report: Fields) -> Iterator[tuple[str, ...]]:
    for history in report.get("histories") or []:
        shares = (f"{100 * history['empty_share'][split]:.0f}%" for split in COUNTS[1:4])
        lengths = (f"{history['mean_length'][split]:.1f}" for split in COUNTS[1:4])
        yield history["name"], "empty", *shares
        yield "", "mean length", *lengths


def _quality(quality: Fields) -> Iterator[tuple[str, str]]:
    if quality.get("score") is not None:
        yield "score", f"{quality['score']} of 100, {quality['grade']}"
        for part, value in quality["parts"].items():
            yield part, f"{value:.0f}"


# Labels in the order in which they are read: a stored map has none of its own.
SPLIT = {
    "kind": "kind", "train_start": "train begins", "val_start": "eval begins", "test_start": "test begins",
    "ref": "newest day", "window_ref": "window ends",
}  # fmt: skip
PARAMETERS = {
    name: name.replace("_", " ")
    for name in (
        "epochs", "batch_size", "learning_rate", "early_stopping", "sample_percent", "seed", "split_seed",
        "exclude_purchased",
    )
}  # fmt: skip
HARDWARE = {name: name for name in ("tier", "reason")}


def _lines(values: Fields, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Those with a label in their order, then the others by name; without what has no value."""
    for key in [*labels, *sorted(values.keys() - labels.keys())]:
        if values.get(key) not in (None, "", [], {}):
            yield labels.get(key, key.replace("_", " ")), text(values[key])


def _split(split: Fields) -> Iterator[tuple[str, str]]:
    return _lines(split, SPLIT)


# ------------------------------------------------------------------------------------------------ feature config


def feature_sections(config: FeatureConfig) -> list[Section]:
    """For each tower its features, what they become and how wide that is (S3.14)."""
    towers = [
        Section(f"{tower.capitalize()} tower, {tower_width(config, tower)} wide", list(_tower(config, tower)), WIDTHS)
        for tower in TOWERS
    ]
    target = [] if config.target is None else [(target_words(config.target),)]
    return _filled([*towers, Section("Target", target)])


WIDTHS = ("feature", "becomes", "outputs", "width", "share")


def _tower(config: FeatureConfig, tower: Tower) -> Iterator[tuple[str, ...]]:
    words = {feature_name(feature): feature_words(feature) for feature in features_of(config, tower)}
    for cross in crosses_of(config, tower):
        words[" × ".join(sorted(cross.features))] = f"crossed, {cross.hash_buckets:,} hash buckets"
    by_feature: dict[str, list[Any]] = {}
    for dimension in dimensions(config, tower):
        by_feature.setdefault(dimension.feature, []).append(dimension)
    for feature, found in by_feature.items():
        names = ", ".join(dimension.output for dimension in found)
        width, share = sum(d.width for d in found), sum(d.share for d in found)
        yield feature, words[feature], names, str(width), f"{100 * share:.0f}%"


def feature_words(feature: Feature) -> str:
    """What a feature does with its column."""
    column = "" if feature.name in (None, feature.column) else f"{feature.column}: "
    return column + ", ".join(_feature_parts(feature))


def _feature_parts(feature: Feature) -> Iterator[str]:
    if isinstance(feature, CategoryFeature):
        yield from _category_parts(feature)
        return
    if isinstance(feature, HistoryFeature):
        yield f"the last {feature.max_length}, averaged, embeddings of {feature.shared_with}"
        return
    if isinstance(feature, NumberFeature) and feature.scale:
        scale = feature.scale
        clip = f"clipped to percentiles {text(scale.clip_percentiles)}" if scale.clip_percentiles else ""
        bounds = f" to {text(scale.range)}" if scale.range else ""
        yield from filter(None, (clip, "log" if scale.log else "", f"{scale.method}{bounds}"))
    if isinstance(feature, TimeFeature):
        if feature.cycles:
            yield f"cycles {' '.join(feature.cycles)}"
        if feature.recency:
            yield "recency"
    if feature.bucketize:
        yield bucket_words(feature.bucketize)
    if feature.missing_indicator:
        yield "whether it is missing"


def _category_parts(feature: CategoryFeature) -> Iterator[str]:
    if feature.is_primary_id:
        yield "primary id"
    if vocabulary := feature.vocabulary:
        often = f" seen {vocabulary.min_frequency} times" if vocabulary.min_frequency > 1 else ""
        yield f"vocabulary of at most {vocabulary.max_size:,}{often}, {vocabulary.oov_buckets} for unknown"
    if feature.hashing:
        yield f"{feature.hashing.buckets:,} hash buckets"


def bucket_words(bucketize: Bucketize) -> str:
    edges = f" at {text(bucketize.boundaries)}" if bucketize.boundaries else " by quantiles"
    return f"{bucket_count(bucketize)} buckets{edges}"


def target_words(target: Target) -> str:
    """`quantity, clipped to percentiles 0, 99, log, minmax`."""
    clip = f"clipped to percentiles {text(target.clip_percentiles)}" if target.clip_percentiles else ""
    scaled = "" if target.normalise == "none" else target.normalise
    return ", ".join(part for part in (target.column, clip, "log" if target.log else "", scaled) if part)


# -------------------------------------------------------------------------------------------------- model config


def model_sections(model: ModelConfig, report: Fields) -> list[Section]:
    parts = [(part, layers) for part, layers in structures(model).items()]
    parts += [("output", f"{model.output_embedding_dim} wide")]
    if preset := preset_of(model):
        parts.append(("preset", preset))
    return _filled(
        [
            Section(f"Towers of a {model.model_type} model", parts),
            Section("Parameters of layers", list(_parameters(report.get("parameters") or {}))),
            Section("Settings", list(_model_settings(model))),
        ]
    )


def _parameters(parameters: Fields) -> Iterator[tuple[str, str]]:
    if parameters:
        width = f", with inputs {parameters['input_width']} wide" if parameters.get("input_width") else ""
        yield "total", f"{parameters['total']:,}{width}"
        for part, of in (parameters.get("parts") or {}).items():
            yield part, f"{of['total']:,}"


def _model_settings(model: ModelConfig) -> Iterator[tuple[str, str]]:
    """What trains the towers; what the model's type or choices lack is left out."""
    apart = {"name", "description", "model_type", "query_layers", "candidate_layers", "rating_head_layers"}
    values = model.model_dump(exclude={*apart, "schema_version", "owner", "created_at", "updated_at"})
    values["learning_rate"] = learning_rate(model)
    stops = {**values["early_stopping"], "metric": metric_label(stopping_metric(model))}
    values["early_stopping"] = stops if stops.pop("enabled") else None
    for field, value in values.items():
        if field != "output_embedding_dim" and not not_applicable(model, field):
            yield field.replace("_", " "), text(value)


# ---------------------------------------------------------------------------------------------------- experiment


def experiment_sections(run: Fields) -> list[Section]:
    """`run`: resolved parameters, counts, hardware and estimate, of a snapshot or a run."""
    parameters, counts = run.get("parameters") or {}, run.get("counts") or {}
    split = parameters.get("split") or {}
    resolved = {key: value for key, value in parameters.items() if key != "split"}
    return _filled(
        [
            Section("Split", list(_split(split))),
            Section("Rows, customers and products", list(_counts(counts)), COUNTS),
            Section("Parameters", list(_lines(resolved, PARAMETERS))),
            Section("Hardware", list(_lines(run.get("hardware") or {}, HARDWARE))),
            Section("Estimate", list(estimate_rows(run.get("estimate") or {}))),
        ]
    )


def _counts(counts: Fields) -> Iterator[tuple[str, ...]]:
    for what in ("rows", "customers", "products"):
        found = counts.get(what)
        if isinstance(found, Mapping):
            cells = (found.get(split) for split in COUNTS[1:])
            yield what, *("" if cell is None else f"{cell:,}" for cell in cells)


def estimate_rows(estimate: Fields) -> Iterator[tuple[str, str]]:
    """Time and cost with their parts (S5.8, S5.9)."""
    if not estimate:
        return
    yield "expected", estimate_words(estimate)
    yield "most likely", f"{duration(estimate['total_seconds'])}, {money(estimate['total_usd'])}"
    seconds = estimate["seconds"]
    yield "time", ", ".join(f"{stage} {duration(seconds[stage])}" for stage in STAGES if seconds.get(stage))
    by_cost = sorted(estimate["usd"].items(), key=lambda part: -part[1])
    yield "cost", ", ".join(f"{what} {money(usd)}" for what, usd in by_cost if usd)
    if prices := estimate.get("prices"):
        yield "prices", f"as of {prices.get('as_of')} in {prices.get('region')}"


def _filled(sections: Iterable[Section]) -> list[Section]:
    return [section for section in sections if section.rows]
