"""Write `schemas/`: of each Google provider what the HCL under terraform/ uses.

    pip download --no-deps cdktn-provider-google==21.1.0 cdktn-provider-google-beta==21.1.0
    python -m tests.terraform.provider.extracting FOLDER_OF_THE_WHEELS

Run it when a resource of a new type is used, or a provider's version is raised. `schemas/random.jsonl` is written by
hand, for no assembly tells ephemeral resources.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.terraform.provider.assembly import Assembly

TERRAFORM = Path(__file__).parents[3] / "terraform"
SCHEMAS = Path(__file__).parent / "schemas"
WHEELS = {"google": "cdktn_provider_google-*.whl", "google-beta": "cdktn_provider_google_beta-*.whl"}
_USED = re.compile(r'^\s*(resource|data)\s+"google_([a-z0-9_]+)"', re.MULTILINE)
_PAGES = {"resource": "resources", "data": "data-sources"}


def used() -> set[tuple[str, str]]:
    """(page, name) of every resource and data source in the HCL, of whichever of the two providers."""
    texts = (path.read_text() for path in TERRAFORM.rglob("*.tf"))
    return {(_PAGES[kind], name) for text in texts for kind, name in _USED.findall(text)}


def assembly(wheel: Path) -> Assembly:
    """What is inside `_jsii/*.tgz` of a wheel."""
    with zipfile.ZipFile(wheel) as files:
        inner = next(name for name in files.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(files.read(inner))) as packed:
            member = packed.extractfile("package/.jsii")
            assert member is not None, f"{wheel}: {inner} holds no package/.jsii"
            return Assembly(json.load(member))


def schemas(source: Assembly, wanted: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """`{kind, name, block}` of the provider's own block and of what is wanted and there."""
    settings = source.provider()["attributes"].items()
    own = {name: attribute for name, attribute in settings if not name.endswith("_endpoint")}  # hundreds, unused
    yield {"kind": "provider", "name": "", "block": {"attributes": own, "blocks": {}}}
    for page, name in sorted(wanted):
        if block := source.block((page, name)):
            yield {"kind": page, "name": f"google_{name}", "block": block}


def lines(told: Iterable[dict[str, Any]]) -> str:
    """One for each, so that a change of one resource is a change of one line."""
    return "".join(json.dumps(each, sort_keys=True) + "\n" for each in told)


def main() -> None:
    parser = argparse.ArgumentParser(description="Schemas of the Google providers, for the tests")
    parser.add_argument("wheels", type=Path, help="the folder that the wheels lie in")
    folder = parser.parse_args().wheels
    for name, pattern in WHEELS.items():
        told = schemas(assembly(next(folder.glob(pattern))), used())
        (SCHEMAS / f"{name}.jsonl").write_text(lines(told))


if __name__ == "__main__":
    main()
