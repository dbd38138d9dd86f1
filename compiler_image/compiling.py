"""Compiling: from the arguments of a build to the bytes of a pipeline spec."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from tfx import v1 as tfx

from compiler_image.pipeline import Components, build_pipeline

_COMPILE_KEY = re.compile(r"^[0-9a-f]{16}$")  # digest of domain S0.7
NEVER_REUSED = frozenset({"Trainer"})


def compile_spec(
    compile_key: str,
    trainer_image: str,
    components: Components,
    beam_arguments: Sequence[str] = (),
    trainer_gpu_image: str | None = None,
) -> bytes:
    """The pipeline spec (schema 2.1.0) as JSON; equal arguments give equal bytes. `trainer_image` is that of every
    component, but for the Trainer where `trainer_gpu_image` is given.

    The spec alone is kept: display name, labels and runtime configuration belong to the job that uses it.
    """
    if not _COMPILE_KEY.match(compile_key):
        raise ValueError(f"The compile key must be 16 hexadecimal digits, not {compile_key!r}.")
    config = tfx.orchestration.experimental.KubeflowV2DagRunnerConfig(
        default_image=trainer_image, use_pipeline_spec_2_1=True
    )
    runner = tfx.orchestration.experimental.KubeflowV2DagRunner(config)
    pipeline = build_pipeline(f"quicktest-{compile_key}", components, beam_arguments)
    spec = runner.run(pipeline, write_out=False)["pipelineSpec"]
    for name, task in spec["root"]["dag"]["tasks"].items():
        # TFX has one switch for the whole pipeline, and a model must never be another experiment's.
        if components.reuse_cache and name not in NEVER_REUSED:
            task["cachingOptions"] = {"enableCache": True}
    if trainer_gpu_image is not None:  # TFX has one image for the whole pipeline
        trainer = spec["components"]["Trainer"]["executorLabel"]
        spec["deploymentSpec"]["executors"][trainer]["container"]["image"] = trainer_gpu_image
    return json.dumps(spec, sort_keys=True, indent=1).encode()
