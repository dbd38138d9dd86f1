"""What a compiled pipeline depends on, and what it is given at run time.

A spec is stored under the digest of what it depends on (design section 5, the compile cache): the pipeline's shape, the
splits, the images and the Beam arguments. The query, the modules and the hyper-parameters are runtime parameters, so
one spec serves many experiments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared import paths
from shared.hashing import canonical_json, digest
from shared.snapshot import Snapshot
from shared.splits import SPLITS
from shared.stages import KINDS

PIPELINE_SHAPE = 1  # raised whenever compiler_image/ would compile another spec from the same arguments


def compile_key(compiler_image: str, trainer_image: str, beam_arguments: Sequence[str]) -> str:
    """The name of the compiled spec."""
    return digest(
        {
            "shape": PIPELINE_SHAPE,
            "components": [kind.task for kind in KINDS if kind.task],
            "splits": list(SPLITS),
            "compiler_image": compiler_image,
            "trainer_image": trainer_image,
            "beam_arguments": list(beam_arguments),
        }
    )


def compiler_arguments(key: str, trainer_image: str, bucket: str, beam_arguments: Sequence[str]) -> list[str]:
    """The command line of the compiler image."""
    output = f"gs://{bucket}/{paths.compiled_spec(key)}"
    beam = [f"--beam-argument={argument}" for argument in beam_arguments]
    return ["--compile-key", key, "--trainer-image", trainer_image, "--output", output, *beam]


def pipeline_parameters(experiment_id: str, attempt: int, bucket: str, snapshot: Snapshot) -> dict[str, str]:
    """The four runtime parameters of the spec; all are strings."""
    root = f"gs://{bucket}"
    return {
        "input_config": canonical_json({"splits": [_input_split(snapshot.sql, split) for split in SPLITS]}),
        "transform_module": f"{root}/{paths.transform_module(experiment_id, attempt)}",
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
        "protocol": {"split": kind, "bounds": split, "sample_percent": resolved["sample_percent"]},
        "versions": {f"{name}_image": image for name, image in snapshot.images.items()},
    }


def labels(experiment_id: str, attempt: int, endpoint: str) -> dict[str, str]:
    """What every cloud object of a run carries (S5.5)."""
    return {"app": "quicktest", "experiment": experiment_id, "attempt": str(attempt), "endpoint": endpoint}


def _input_split(sql: Mapping[str, str], split: str) -> dict[str, str]:
    return {"name": split, "pattern": sql[split]}
