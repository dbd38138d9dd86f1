"""`python -m compiler_image`: what the one step of a build runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compiler_image", description="Compile the quick-test pipeline to a spec.")
    parser.add_argument("--compile-key", required=True, help="hash of everything the spec depends on")
    parser.add_argument("--trainer-image", required=True, help="image of the components, by digest")
    parser.add_argument("--trainer-gpu-image", help="image of the Trainer, when it runs on a GPU, by digest")
    parser.add_argument("--output", required=True, help="gs://bucket/object of the spec; an existing one is kept")
    parser.add_argument("--tier", required=True, help="machines of the components, a name of shared.hardware.TIERS")
    parser.add_argument("--processing", required=True, choices=["in_process", "dataflow"], help="who runs Beam")
    parser.add_argument("--reuse-cache", action="store_true", help="take Examples to Transform from an equal run")
    parser.add_argument("--beam-argument", action="append", default=[], help="argument for Beam, may be repeated")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Compile, then write: two steps with the bytes of the spec between them."""
    arguments = parse_arguments(argv)
    # Imported late: wrong arguments are told at once, not after ten seconds of loading TFX.
    from compiler_image.compiling import compile_spec
    from compiler_image.pipeline import Components
    from compiler_image.writing import write_spec

    components = Components(arguments.tier, arguments.processing, arguments.reuse_cache)
    spec = compile_spec(
        arguments.compile_key,
        arguments.trainer_image,
        components,
        arguments.beam_argument,
        arguments.trainer_gpu_image,
    )
    created = write_spec(spec, arguments.output)
    print(f"{arguments.output}: {'written' if created else 'exists already, kept'} ({len(spec)} bytes)", flush=True)


if __name__ == "__main__":
    main()
