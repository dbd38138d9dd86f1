"""What a compiled pipeline depends on, and what it is given at run time.

A spec is stored under the digest of what it depends on (design section 5, the compile cache): the pipeline's shape, the
splits, the images, the machines, and whether outputs may be reused. The query, the modules and the hyper-parameters
are runtime parameters, so one spec serves many experiments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from shared import paths
from shared.columns import Catalogue
from shared.hardware import TIERS, Processing
from shared.hashing import canonical_json, digest
from shared.snapshot import Snapshot
from shared.splits import SPLITS
from shared.stages import KINDS

# Examples are deleted seven days after they were written (S5.14): what is reused stays four more, longer than a run.
REUSED = timedelta(days=3)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

PIPELINE_SHAPE = 2  # raised whenever compiler_image/ would compile another spec from the same arguments

# Named in full: Beam's default runner would first try to download another one.
IN_PROCESS_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


@dataclass(frozen=True)
class SpecOptions:
    """What of an experiment its compiled spec depends on (S5.1). `max_workers` and `region` are Dataflow's."""

    tier: str
    processing: Processing
    reuse_cache: bool
    max_workers: int = 0
    region: str = ""

    @classmethod
    def of(cls, tier: str, processing: Processing, max_workers: int, reuse_cache: bool, region: str) -> SpecOptions:
        """Without what does nothing, so that it makes no other spec."""
        if processing == "in_process":
            return cls(tier, processing, reuse_cache)
        return cls(tier, processing, reuse_cache, max_workers, region)

    def beam_arguments(self) -> list[str]:
        """Who runs Beam, and on what."""
        if self.processing == "in_process":
            return [f"--runner={IN_PROCESS_RUNNER}"]
        return [
            "--runner=DataflowRunner",
            f"--region={self.region}",
            f"--max_num_workers={self.max_workers}",
            "--autoscaling_algorithm=THROUGHPUT_BASED",
            f"--worker_machine_type={TIERS[self.tier].workers.name}",
        ]


def compile_key(images: Mapping[str, str], beam_arguments: Sequence[str], options: SpecOptions) -> str:
    """The name of the compiled spec. `images`: as the snapshot has them; `beam_arguments`: the deployment's, before
    those of the options."""
    return digest(
        {
            "shape": PIPELINE_SHAPE,
            "components": [kind.task for kind in KINDS if kind.task],
            "splits": list(SPLITS),
            **_named(images),
            "beam_arguments": [*beam_arguments, *options.beam_arguments()],
            "options": asdict(options),
        }
    )


def compiler_arguments(
    key: str, images: Mapping[str, str], bucket: str, beam_arguments: Sequence[str], options: SpecOptions
) -> list[str]:
    """The command line of the compiler image."""
    output = f"gs://{bucket}/{paths.compiled_spec(key)}"
    beam = [f"--beam-argument={argument}" for argument in (*beam_arguments, *options.beam_arguments())]
    gpu = ["--trainer-gpu-image", images["trainer_gpu"]] if "trainer_gpu" in images else []
    reuse = ["--reuse-cache"] if options.reuse_cache else []
    return [
        "--compile-key", key, "--trainer-image", images["trainer"], *gpu, "--output", output,
        "--tier", options.tier, "--processing", options.processing, *reuse, *beam,
    ]  # fmt: skip


def pipeline_parameters(experiment_id: str, attempt: int, bucket: str, snapshot: Snapshot) -> dict[str, str]:
    """The four runtime parameters of the spec; all are strings."""
    root = f"gs://{bucket}"
    return {
        "input_config": canonical_json({"splits": [_input_split(snapshot, split) for split in SPLITS]}),
        "transform_module": f"{root}/{paths.transform_module(snapshot.code['transform'])}",
        "trainer_module": f"{root}/{paths.trainer_module(experiment_id, attempt)}",
        "training": canonical_json(training(experiment_id, attempt, bucket, snapshot)),
    }


def training(experiment_id: str, attempt: int, bucket: str, snapshot: Snapshot) -> dict[str, object]:
    """The trainer's custom_config."""
    resolved = snapshot.parameters
    split = dict(resolved["split"])
    kind = split.pop("kind")
    return {
        "experiment": experiment_id,
        "attempt": attempt,
        **{name: resolved[name] for name in ("epochs", "batch_size", "learning_rate", "seed", "split_seed")},
        "progress_uri": f"gs://{bucket}/{paths.progress_folder(experiment_id, attempt)}",
        "results_uri": f"gs://{bucket}/{paths.results(experiment_id, attempt)}",
        "customers_uri": f"gs://{bucket}/{paths.customers(experiment_id, attempt)}",
        "baselines_uri": f"gs://{bucket}/{paths.BASELINES}",
        "accelerator": TIERS[resolved["tier"]].has_gpu,
        "protocol": {
            "split": kind,
            "bounds": split,
            "sample_percent": resolved["sample_percent"],
            "exclude_purchased": resolved["exclude_purchased"],
            **snapshot.protocol,
        },
        "versions": _named(snapshot.images),
    }


def _named(images: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}_image": image for name, image in images.items()}


def labels(experiment_id: str, attempt: int, endpoint: str) -> dict[str, str]:
    """What every cloud object of a run carries (S5.5)."""
    return {"app": "quicktest", "experiment": experiment_id, "attempt": str(attempt), "endpoint": endpoint}


def data_version(catalogue: Catalogue, generation: int, at: datetime) -> str:
    """Of the tables that a run reads: it changes when one of them may hold other rows (S1.29 sees other keys only), and
    with what ends reuse."""
    tables = {
        alias: [table.modified_at and table.modified_at.isoformat(), table.rows, table.bytes]
        for alias, table in catalogue.items()
    }
    return f"{digest(tables)}{_reuse(generation, at)}"


def _reuse(generation: int, at: datetime) -> str:
    """Runs reuse outputs of those that have the same: it changes with every deletion (`generation`) and every three
    days, because outputs from before may be gone. Vertex AI's cache never looks."""
    return f"-g{generation}-{(at - _EPOCH) // REUSED}"


def reading_time(catalogue: Catalogue, now: datetime) -> datetime:
    """The moment that a run reads its tables at (S1.28), equal for runs of one day between which no table changed: the
    time stands in the queries, and equal queries are run once (S5.1).

    A second after the last change, which the warehouse tells in milliseconds and commits a little later.
    """
    changes = [table.modified_at for table in catalogue.values()]
    if None in changes:
        return now
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(now, max(midnight, *(change + timedelta(seconds=1) for change in changes if change is not None)))


def _input_split(snapshot: Snapshot, split: str) -> dict[str, str]:
    """The query, with the version of its data in a comment: outputs are reused by their parameters (S5.1), and an equal
    query over other rows must not be equal."""
    return {"name": split, "pattern": f"{snapshot.sql[split]}\n-- data {snapshot.parameters['data_version']}"}


# -------------------------------------------------------------------------------- snapshots made of earlier ones

# What of an experiment's document makes it this one; all else of a rerun is its parent's (S5.12).
IDENTITY = frozenset(
    {"schema_version", "owner", "created_at", "updated_at", "name", "description", "notes", "tags", "starred", "parent",
     "origin"}
)  # fmt: skip


def repeated(parent: Snapshot, experiment: Mapping[str, Any]) -> Snapshot:
    """The parent's snapshot under another experiment's identity; `experiment` as its document is written."""
    own = {name: value for name, value in experiment.items() if name in IDENTITY}
    return replace(
        parent,
        names={**parent.names, "experiment": experiment["name"]},
        configs={**parent.configs, "experiment": {**parent.configs["experiment"], **own}},
    )


def moved(snapshot: Snapshot, region: str, dataflow_region: str | None) -> Snapshot:
    """The same in another region: only a pipeline with Dataflow is compiled for one. Dataflow goes along, unless the
    deployment has a region for it."""
    if region == snapshot.parameters["region"]:
        return snapshot
    options = SpecOptions(**snapshot.spec_options)
    options = replace(options, region=dataflow_region or region) if options.region else options
    return replace(
        snapshot,
        parameters={**snapshot.parameters, "region": region},
        spec_options=asdict(options),
        compile_key=compile_key(snapshot.images, snapshot.beam_arguments, options),
    )


def of_generation(snapshot: Snapshot, generation: int, at: datetime) -> Snapshot:
    """The same, reusing nothing from before the latest deletion, nor what may expire while it runs."""
    version = str(snapshot.parameters["data_version"]).partition("-g")[0] + _reuse(generation, at)
    return replace(snapshot, parameters={**snapshot.parameters, "data_version": version})
