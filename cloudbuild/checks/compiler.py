"""The compiler compiles, wherever Cloud Build starts it, and not as root."""

import json
import os

from compiler_image.__main__ import parse_arguments
from compiler_image.compiling import compile_spec
from compiler_image.pipeline import Components

assert os.getuid() != 0, "the image runs as root"
arguments = parse_arguments(
    ["--compile-key", "0" * 16, "--trainer-image", "t", "--output", "gs://b/o", "--tier", "small",
     "--processing", "in_process"]
)  # fmt: skip
components = Components(arguments.tier, arguments.processing, arguments.reuse_cache)
spec = json.loads(compile_spec(arguments.compile_key, arguments.trainer_image, components))
assert len(spec["deploymentSpec"]["executors"]) == 5, "the pipeline lacks components"
