"""What the data stages of a pipeline job left behind: statistics and schema, read as the protocol buffers that they are
(domain S7.3-S7.6). Nothing in here can fail a run: what cannot be read is told as such."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from functions.adapters.ports import Refused, Transient
from functions.services import Services
from shared.facts import Insight, Job, Task
from shared.insights.data.anomalies import anomalies_of
from shared.insights.data.schema import Domain, Expected, schema_documents
from shared.insights.data.sources import sources_of
from shared.insights.data.statistics import (
    SPLITS,
    Bins,
    Feature,
    Numbers,
    Split,
    Texts,
    in_parts,
    statistics_documents,
)
from shared.runs import Run, State
from shared.stages import FINISHED, STATE_OF_TASK

log = logging.getLogger(__name__)

LONGEST = 20_000_000  # bytes of all files of one look: 300 wide columns are 15 MB, and take 2 s
LONGEST_SCHEMA = 2_000_000  # it is text, of which 1 MB takes 1.3 s
LONGEST_REASON = 300
PATIENCE = timedelta(minutes=10)  # of a run whose results are collected
STATISTICS, SCHEMA = "statistics", "schema"
TASKS = {STATISTICS: "StatisticsGen", SCHEMA: "SchemaGen"}
TYPES = {0: "integer", 1: "float", 2: "text", 3: "text", 4: "struct"}  # FeatureNameStatistics.Type; 3 is BYTES


class Unreadable(Exception):
    """What an artifact should hold and does not; one sentence."""


def new_insights(run: Run, job: Job | None, services: Services) -> tuple[Insight, ...]:
    """What the stages that have ended tell and the run does not have yet. Raises Transient only, and that while results
    are collected, for some minutes: until then another look comes, and a file that cannot be had is no reason to hold a
    run up.

    A missing right says nothing about an artifact, and may be given back while the run goes on; once it is being
    collected, nobody looks again.
    """
    last_look = run.state is State.COLLECTING
    wanted = [kind for kind in TASKS if kind not in run.insights]
    ended = _ended(job)
    reader = _Reader(run, ended, services)
    found: list[Insight] = []
    for kind in wanted:
        if TASKS[kind] not in ended and not last_look:
            continue
        try:
            found.append(Insight(kind, "done", reader.read(kind)))
        except Transient as error:
            if last_look and services.now() - run.state_entered_at < PATIENCE:
                raise
            if last_look:
                found.append(_failed(kind, error))
            else:
                log.warning("%s: the %s is for another look: %s", run.experiment, kind, error)
        except Refused as error:
            if last_look or str(error).startswith("OUT_OF_RANGE"):
                found.append(_failed(kind, error))
        except Unreadable as error:
            found.append(_failed(kind, error))
        except Exception as error:  # a fault of ours, about whatever a file of somebody else's program holds
            log.exception("%s: the %s cannot be read", run.experiment, kind)
            found.append(_failed(kind, error))
    return tuple(found)


def _ended(job: Job | None) -> dict[str, Task]:
    tasks: Iterable[Task] = job.tasks if job is not None else ()
    return {task.name: task for task in tasks if STATE_OF_TASK.get(task.state) in FINISHED}


def _failed(kind: str, error: Exception) -> Insight:
    words = str(error) if isinstance(error, (Unreadable, Refused, Transient)) else f"{type(error).__name__}: {error}"
    return Insight(kind, f"failed: {words}"[:LONGEST_REASON])


class _Reader:
    """The files of one look, each read once."""

    def __init__(self, run: Run, ended: Mapping[str, Task], services: Services) -> None:
        self._run, self._ended, self._services = run, ended, services
        self._left = LONGEST
        self._splits: list[Split] | None = None

    def read(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        return self._statistics() if kind == STATISTICS else self._schema()

    def _statistics(self) -> Mapping[str, Mapping[str, Any]]:
        from shared.insights.data.drift import (  # numpy comes with it: 0.1 s of each cold start
            drift_rows,
            drifts_by_split,
        )

        splits = self._all_splits()
        rows = drift_rows(splits, drifts_by_split(self._snapshot()))
        drift = in_parts("drift", {"against": "train"}, "features", rows)
        return {**statistics_documents(splits), **drift}

    def _schema(self) -> Mapping[str, Mapping[str, Any]]:
        schema = schema_from(self._content(SCHEMA, "schema.pbtxt", LONGEST_SCHEMA))
        return schema_documents(schema, anomalies_of(self._all_splits(), schema), sources_of(self._snapshot()))

    def _snapshot(self) -> Mapping[str, Any]:
        return self._services.store.detail(self._run.experiment, "snapshot") or {}

    def _all_splits(self) -> list[Split]:
        if self._splits is None:
            self._splits = [
                split_from(name, self._content(STATISTICS, f"Split-{name}/FeatureStats.pb")) for name in SPLITS
            ]
        return self._splits

    def _content(self, kind: str, file: str, longest: int = LONGEST) -> bytes:
        """An object of the artifact; it may lie in the folder of an equal run, whose outputs this one took over."""
        task = self._ended.get(TASKS[kind])
        if task is None or kind not in task.outputs:
            raise Unreadable(f"the job does not tell where {TASKS[kind]} left its {kind}")
        bucket = f"gs://{self._services.config.bucket}/"
        uri = task.outputs[kind].rstrip("/")
        if not uri.startswith(bucket):
            raise Unreadable(f"{uri} does not lie in this deployment's bucket")
        content = self._services.blobs.read(f"{uri.removeprefix(bucket)}/{file}", min(longest, self._left))
        if content is None:
            raise Unreadable(f"{uri}/{file} is missing")
        self._left -= len(content)
        return content


# ------------------------------------------------------------------------------------------------------ statistics


def split_from(name: str, content: bytes) -> Split:
    """A FeatureStats.pb; raises Unreadable. Importing the messages takes 50 ms, so it is done when needed."""
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2

    try:
        found = statistics_pb2.DatasetFeatureStatisticsList.FromString(content)
    except DecodeError as error:
        raise Unreadable(f"the statistics of {name} are damaged") from error
    if not found.datasets:
        raise Unreadable(f"the statistics of {name} are empty")
    dataset = found.datasets[0]  # without slices there is one
    features = (_feature(feature) for feature in dataset.features)
    return Split(name, _whole(dataset.num_examples), {feature.name: feature for feature in features})


def _feature(proto: Any) -> Feature:
    kind = proto.WhichOneof("stats")
    stats = getattr(proto, kind) if kind else None
    common = stats.common_stats if stats is not None else None
    return Feature(
        name=proto.name or ".".join(proto.path.step),
        type=TYPES.get(proto.type, "unknown"),
        present=_whole(common.num_non_missing) if common else 0,
        values=_values(common) if common else 0,
        shortest=_whole(common.min_num_values) if common else 0,
        longest=_whole(common.max_num_values) if common else 0,
        average=common.avg_num_values if common else 0.0,
        numbers=_numbers(stats) if kind == "num_stats" else None,
        texts=_texts(stats) if kind == "string_stats" else None,
    )


def _values(common: Any) -> int:
    """`tot_num_values` came later than the average."""
    return _whole(common.tot_num_values or round(_count(common.avg_num_values) * common.num_non_missing))


def _numbers(stats: Any) -> Numbers:
    by_type = {histogram.type: _bins(histogram) for histogram in stats.histograms if not histogram.name}
    return Numbers(
        min=stats.min,
        median=stats.median,
        max=stats.max,
        mean=stats.mean,
        std=stats.std_dev,
        zeros=stats.num_zeros,
        histogram=by_type.get(0, Bins()),  # STANDARD
        quantiles=by_type.get(1, Bins()),
    )


def _bins(histogram: Any) -> Bins:
    buckets = histogram.buckets
    return Bins(
        lows=tuple(bucket.low_value for bucket in buckets),
        highs=tuple(bucket.high_value for bucket in buckets),
        counts=tuple(_count(bucket.sample_count) for bucket in buckets),
        nan=float(histogram.num_nan),
    )


def _texts(stats: Any) -> Texts:
    ranks = [(bucket.label, _count(bucket.sample_count)) for bucket in stats.rank_histogram.buckets]
    ranks = ranks or [(top.value, _count(top.frequency)) for top in stats.top_values]
    ranks.sort(key=lambda rank: (-rank[1], rank[0]))
    return Texts(_whole(stats.unique), stats.avg_length, tuple(ranks))


def _whole(value: int) -> int:
    """As large as the database's integers; the messages have larger ones."""
    return min(value, 2**63 - 1)


def _count(value: float) -> float:
    """Of a damaged file, nothing."""
    return value if math.isfinite(value) and value > 0 else 0.0


# ---------------------------------------------------------------------------------------------------------- schema


def schema_from(content: bytes) -> list[Expected]:
    """A schema.pbtxt; raises Unreadable."""
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    try:
        schema = text_format.Parse(content, schema_pb2.Schema(), allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise Unreadable("the schema is damaged") from error
    shared = {domain.name: tuple(domain.value) for domain in schema.string_domain}
    named = partial(_expected, type_name=schema_pb2.FeatureType.Name, shared=shared)
    return [named(feature) for feature in schema.feature]


def _expected(proto: Any, type_name: Callable[[int], str], shared: Mapping[str, tuple[str, ...]]) -> Expected:
    shape = tuple(dimension.size for dimension in proto.shape.dim) if proto.HasField("shape") else None
    return Expected(
        name=proto.name,
        type=type_name(proto.type),
        min_fraction=proto.presence.min_fraction,
        min_count=proto.presence.min_count,
        shape=shape,
        valency=_valency(proto) if shape is None else None,
        domain=_domain(proto, shared),
    )


def _valency(proto: Any) -> tuple[int | None, int | None] | None:
    if not proto.HasField("value_count"):
        return None
    count = proto.value_count
    return (count.min if count.HasField("min") else None, count.max if count.HasField("max") else None)


def _domain(proto: Any, shared: Mapping[str, tuple[str, ...]]) -> Domain | None:
    """None for a domain of a kind that SchemaGen does not infer."""
    constraints = proto.distribution_constraints
    mass = constraints.min_domain_mass if proto.HasField("distribution_constraints") else 1.0
    kind = proto.WhichOneof("domain_info")
    if kind == "domain":
        return Domain(shared.get(proto.domain, ()), mass=mass)
    if kind == "string_domain":
        return Domain(tuple(proto.string_domain.value), mass=mass)
    if kind in ("int_domain", "float_domain"):
        bounds = getattr(proto, kind)
        least, most = (getattr(bounds, end) if bounds.HasField(end) else None for end in ("min", "max"))
        is_text = proto.type == 1  # BYTES: texts that read as numbers
        return Domain(min=least, max=most, digits=is_text and kind == "int_domain", mass=mass)
    return None
