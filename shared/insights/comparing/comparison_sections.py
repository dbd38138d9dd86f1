"""What runs were made with and of, leaf by leaf (domain S7.7): training, split, dataset, features, model, cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from shared.documents import ClientDocument, FeatureConfig, ModelConfig
from shared.features import TOWERS, dimensions
from shared.insights.comparing.compared import Compared
from shared.leaves import Leaf, flat, leaves
from shared.parsing import parse
from shared.problems import InvalidDocument
from shared.side_by_side import Row, side_by_side
from shared.validation.model import not_applicable

SECTIONS = ("training", "split", "dataset", "features", "model", "cost")
_COLLECTIONS = {"dataset": "datasets", "feature_config": "feature_configs", "model_config": "model_configs"}
_TRAINING = ("epochs", "batch_size", "learning_rate", "early_stopping", "seed")
_SPLIT = ("split", "sample_percent", "split_seed", "exclude_purchased")
_FROM_ZERO = ("best_epoch", "evaluated_epoch")  # as they are stored; people count epochs from 1
_ANY_TIME = datetime(2000, 1, 1, tzinfo=timezone.utc)  # a frozen copy holds its times as text, and nobody asks for them


def sections(runs: Sequence[Compared]) -> dict[str, list[Row]]:
    """A row for each leaf of any run, defaults included; a run whose snapshot is gone has none."""
    of_section = {
        "training": _training,
        "split": _split,
        "dataset": _dataset,
        "features": _features,
        "model": _model,
        "cost": _cost,
    }
    return {name: side_by_side([list(of_section[name](run)) for run in runs]) for name in SECTIONS}


def config(run: Compared, kind: str) -> ClientDocument | None:
    """As it was frozen; None when it is gone, or written by a version that this one does not understand."""
    raw = (run.snapshot or {}).get("configs", {}).get(kind)
    if raw is None:
        return None
    try:
        return parse(_COLLECTIONS[kind], "frozen", {**raw, "created_at": _ANY_TIME, "updated_at": _ANY_TIME})
    except InvalidDocument:
        return None


def _training(run: Compared) -> Iterator[Leaf]:
    yield from flat({name: run.parameters[name] for name in _TRAINING if name in run.parameters})
    trained = (run.evaluation or {}).get("training", {})
    told = {name: value for name, value in trained.items() if name not in ("parameters", "seconds")}
    yield from flat({name: value + 1 if name in _FROM_ZERO else value for name, value in told.items()})


def _split(run: Compared) -> Iterator[Leaf]:
    """What was asked for, and what it came to."""
    yield from flat({name: run.parameters[name] for name in _SPLIT if name in run.parameters})
    counts = _counts(run)
    yield from flat({name: counts[name] for name in ("rows", "customers", "products", "misses") if name in counts})


def _counts(run: Compared) -> Mapping[str, Any]:
    return (run.evaluation or {}).get("counts") or (run.snapshot or {}).get("counts") or {}


def _dataset(run: Compared) -> Iterator[Leaf]:
    yield from _named(run, "dataset")
    if (dataset := config(run, "dataset")) is not None:
        yield from leaves(dataset)
    version = run.parameters.get("data_version")
    if version:
        yield Leaf("data_version", str(version).partition("-g")[0])


def _features(run: Compared) -> Iterator[Leaf]:
    yield from _named(run, "feature_config")
    if (features := config(run, "feature_config")) is not None:
        yield from leaves(features)


def _model(run: Compared) -> Iterator[Leaf]:
    yield from _named(run, "model_config")
    if (model := config(run, "model_config")) is not None:
        yield from leaves(model)
    counted = (run.evaluation or {}).get("training", {}).get("parameters", {})
    yield from flat({f"parameters.{part}": count for part, count in counted.items()})


def _named(run: Compared, kind: str) -> Iterator[Leaf]:
    name = (run.run.names if run.run else {}).get(kind)
    if name:
        yield Leaf("name", name)


def _cost(run: Compared) -> Iterator[Leaf]:
    if run.run is None:
        return
    if run.run.duration_seconds is not None:
        yield Leaf("duration", f"{run.run.duration_seconds:,.0f} s")
    for stage in run.run.stages:
        if stage.started_at and stage.ended_at:
            yield Leaf(f"stages.{stage.name}", f"{(stage.ended_at - stage.started_at).total_seconds():,.0f} s")
    for name in ("estimated", "computed"):
        if (usd := (run.run.cost or {}).get(name)) is not None:
            yield Leaf(f"cost.{name}", f"{usd:.3g} USD")
    yield Leaf("attempts", str(run.run.attempt))
    yield from flat({"hardware": dict(run.run.hardware or {})})
    yield from flat({"images": dict((run.snapshot or {}).get("images", {}))})


# -------------------------------------------------------------------------------------------- features and their widths


def feature_changes(runs: Sequence[Compared]) -> list[dict[str, Any]]:
    """Features and crosses that not all runs have in one width: `change` is from the first run that is known."""
    found = []
    for tower in TOWERS:
        widths = [_widths(config(run, "feature_config"), tower) for run in runs]
        known = [each for each in widths if each is not None]
        for name in dict.fromkeys(name for each in known for name in each):
            of_runs = [None if each is None else each.get(name) for each in widths]
            first = known[0].get(name)
            if any(each.get(name) != first for each in known):
                change = (
                    "added" if first is None else "removed" if any(name not in each for each in known) else "changed"
                )
                found.append({"tower": tower, "feature": name, "change": change, "widths": of_runs})
    return found


def _widths(features: ClientDocument | None, tower: Any) -> dict[str, int] | None:
    if not isinstance(features, FeatureConfig):
        return None
    widths: dict[str, int] = {}
    for row in dimensions(features, tower):
        widths[row.feature] = widths.get(row.feature, 0) + row.width
    return widths


# ------------------------------------------------------------------------------------------------------------- losses


def losses(runs: Sequence[Compared]) -> dict[str, Any]:
    """Whether the runs' losses may be drawn on one axis (S6.2), and why not."""
    known = [run for run in runs if run.run is not None]
    models = [config(run, "model_config") for run in known]
    if len(known) < 2 or not all(isinstance(model, ModelConfig) for model in models):
        unknown = " and ".join(run.label for run in runs if config(run, "model_config") is None)
        return {"comparable": False, "reason": f"Losses cannot be compared: {unknown} has no configuration here."}
    given = [_loss_settings(run, model) for run, model in zip(known, models, strict=True)]  # type: ignore[arg-type]
    different = [
        f"{words} ({' and '.join(dict.fromkeys(values))})"
        for words in dict.fromkeys(words for each in given for words in each)
        if len(set(values := [each.get(words, "none") for each in given])) > 1
    ]
    if not different:
        return {"comparable": True, "reason": None}
    reason = f"Losses cannot be compared, because they measure different things: {', '.join(different)}."
    return {"comparable": False, "reason": reason}


def _loss_settings(run: Compared, model: ModelConfig) -> dict[str, str]:
    """A softmax over the columns of a batch depends on their number; an error depends on the scale of its target."""
    fields = {
        "logQ correction": "logq_correction",
        "temperature": "temperature",
        "normalised embeddings": "normalise_embeddings",
        "hard negatives": "hard_negatives",
        "removal of accidental hits": "remove_accidental_hits",
        "label smoothing": "label_smoothing",
        "ranking loss": "ranking_loss",
        "huber delta": "huber_delta",
        "class weight": "positive_class_weight",
        "retrieval weight": "retrieval_weight",
        "ranking weight": "ranking_weight",
    }
    told = {words: str(getattr(model, name)) for words, name in fields.items() if not not_applicable(model, name)}
    features = config(run, "feature_config")
    target = features.target if isinstance(features, FeatureConfig) and model.model_type != "retrieval" else None
    return {
        "type of model": model.model_type,
        "batch size": str(run.parameters.get("batch_size")),
        **told,
        "target": ", ".join(leaf.text for leaf in flat(target.model_dump(mode="json"))) if target else "none",
    }
