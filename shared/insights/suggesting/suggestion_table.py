"""What suggestions know: the runs of one fidelity group as points of a space, and the configs that can be used now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.analysis.figures import ColumnStatistics
from shared.documents import FeatureConfig, ModelConfig
from shared.hashing import H, digest
from shared.insights.charts.groups import Group
from shared.insights.grouping import content_digest
from shared.insights.lists.entries import Entry
from shared.insights.suggesting.evidence import good_count
from shared.insights.suggesting.proposals import Tried
from shared.insights.suggesting.suggestion_space import Point, Space, Value, distance, point_of, space_of, structure_of
from shared.problems import errors
from shared.validation import compatible

MOST_FEATURE_CONFIGS = 12  # of a space: those with the most runs


@dataclass(frozen=True)
class Known:
    """Configs that can be used now, by id, and what columns are known to hold, by dataset.

    `request`: what an experiment was asked with, as written; None when it is gone.
    """

    feature_configs: Mapping[str, FeatureConfig]
    model_configs: Mapping[str, ModelConfig]
    request: Callable[[str], Mapping[str, Any] | None]
    statistics: Mapping[str, Mapping[str, ColumnStatistics]] = field(default_factory=dict)

    def fits(self, features: FeatureConfig, model: ModelConfig) -> bool:
        """S4.15."""
        return not errors(compatible(features, model, self.statistics.get(features.dataset)))

    def is_base(self, entry: Entry) -> bool:
        """Whether a run can be varied: its request is there, and its configs are what they were."""
        same_model = self.model_digests.get(entry.model_config) == entry.digests.get("model_config", "")
        return same_model and self.has_its_features(entry) and self.request(entry.experiment) is not None

    def has_its_features(self, entry: Entry) -> bool:
        return self._feature_digests.get(entry.feature_config) == entry.digests.get("feature_config", "")

    @cached_property
    def model_digests(self) -> Mapping[str, str]:
        """Of the contents, by id."""
        return {each: content_digest(config) for each, config in self.model_configs.items()}

    @cached_property
    def _feature_digests(self) -> Mapping[str, str]:
        return {each: content_digest(config) for each, config in self.feature_configs.items()}


@dataclass(frozen=True)
class Live:
    """A run of the group that is under way."""

    feature_config: str
    model_config: str
    parameters: Mapping[str, Value]  # leaves (S7.12)


@dataclass(frozen=True)
class Quick:
    """Runs of the same protocol on a smaller sample that can be trusted (S7.16); `factor`: what the headline metric of
    the larger sample is on average, times that of the smaller."""

    group: Group
    factor: float


@dataclass(frozen=True)
class Table:
    """`bases`: runs that can be varied, best first; `entries`: those of `tried.finished`, oldest first."""

    group: Group
    known: Known
    live: Sequence[Live]
    bases: Sequence[Entry]
    space: Space
    entries: Sequence[Entry]
    tried: Tried

    @property
    def dataset(self) -> str:
        return self.known.feature_configs[self.bases[0].feature_config].dataset

    @property
    def seed(self) -> int:
        """The same as long as nothing is known beside it."""
        group = self.group
        runs = [entry.experiment for entry in group.finished]
        revision = digest([group.protocol, runs, [dict(each.parameters) for each in self.live], len(self.tried.quick)])
        return H(f"suggestions|{group.sample_percent}", revision) % 2**32

    def near(self, point: Point, count: int, among: Iterable[Entry] | None = None) -> list[Entry]:
        """The runs that differ least from a point."""
        names = None if among is None else {entry.experiment for entry in among}
        places = [place for place, entry in enumerate(self.entries) if names is None or entry.experiment in names]
        places.sort(key=lambda place: distance(self.tried.finished[place][0], point, self.space))
        return [self.entries[place] for place in places[:count]]

    def base_of(self, point: Point) -> Entry:
        """Of the good runs the nearest one, so that there is little to read; else the best."""
        good = self.bases[: good_count(len(self.bases))]
        return next(iter(self.near(point, 1, good)), self.bases[0])


def table_of(group: Group, known: Known, live: Sequence[Live], quick: Sequence[Quick] = ()) -> Table | None:
    """None when no run of the group can be varied. Models are of the best run's type, features of its dataset."""
    ranked = [group.finished[place] for place in group.order]
    bases = [entry for entry in ranked if known.is_base(entry)]
    if not bases:
        return None
    best = bases[0]
    alike = [entry for entry in group.finished if entry.model_type == best.model_type]
    structures = {structure for entry in alike if (structure := structure_of(entry.parameters)) is not None}
    space = space_of(best.model_type, _features(group, known, best), structures)
    placed = _placed(alike, known, space)
    tried = Tried(
        finished=[(point, group.sign * group.value(entry)) for entry, point in placed],
        running=_running(live, space),
        quick=[scored for each in quick for scored in _quick(each, best.model_type, known, space)],
    )
    same = [entry for entry in bases if entry.model_type == best.model_type]
    return Table(group, known, live, same, space, [entry for entry, _ in placed], tried)


def _placed(entries: Iterable[Entry], known: Known, space: Space) -> list[tuple[Entry, Point]]:
    """Runs that lie in the space, and whose features are still what they were."""
    unchanged = [entry for entry in entries if known.has_its_features(entry)]
    points = [(entry, point_of(entry.parameters, entry.feature_config, space)) for entry in unchanged]
    return [(entry, point) for entry, point in points if point is not None]


def _running(live: Iterable[Live], space: Space) -> list[Point]:
    points = [point_of(each.parameters, each.feature_config, space) for each in live]
    return [point for point in points if point is not None]


def _quick(quick: Quick, model_type: str, known: Known, space: Space) -> list[tuple[Point, float]]:
    group = quick.group
    alike = [entry for entry in group.finished if entry.model_type == model_type]
    return [(point, group.sign * quick.factor * group.value(entry)) for entry, point in _placed(alike, known, space)]


def _features(group: Group, known: Known, best: Entry) -> list[str]:
    """Feature configs of the dataset that the best run's model can use, by id; of many those with the most runs."""
    runs = [entry.feature_config for entry in group.finished]
    dataset = known.feature_configs[best.feature_config].dataset
    model = known.model_configs[best.model_config]
    configs = known.feature_configs.items()
    fitting = [each for each, config in configs if config.dataset == dataset and known.fits(config, model)]
    return sorted(sorted(fitting, key=lambda each: (-runs.count(each), each))[:MOST_FEATURE_CONFIGS])
