"""What the Hosting emulator serves: the built page, its configuration, and the headers of firebase.json."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.tools import ROOT

_POLICY = "Content-Security-Policy"


def assemble(folder: Path, page: Path, ports: Mapping[str, int], configuration: Mapping[str, Any]) -> None:
    """Fill `folder` for the emulators; what an earlier stack left there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    origins = [f"http://{address}" for address in configuration["emulators"].values()]
    stage(folder, page, configuration, {"hosting": hosting_config(origins), "emulators": _emulators(ports)})


def stage(folder: Path, page: Path, configuration: Mapping[str, Any], project: Mapping[str, Any]) -> None:
    """Put firebase.json and the public files into `folder`, as firebase-tools wants them: one project folder."""
    shutil.copytree(page, folder / "public")
    (folder / "public/config.json").write_text(json.dumps(configuration))
    (folder / "firebase.json").write_text(json.dumps(project, indent=2))


def hosting_config(emulator_origins: Sequence[str] = ()) -> dict[str, Any]:
    """The `hosting` of firebase.json for a staged folder; on one machine the page may talk to the emulators as well."""
    hosting = json.loads((ROOT / "firebase.json").read_text())["hosting"]
    hosting["public"] = "public"
    for rule in hosting["headers"]:
        for header in rule["headers"]:
            if header["key"] == _POLICY:
                header["value"] = _with_sources(header["value"], emulator_origins)
    return hosting


def _with_sources(policy: str, sources: Sequence[str]) -> str:
    return policy.replace("connect-src 'self'", " ".join(("connect-src 'self'", *sources)))


def _emulators(ports: Mapping[str, int]) -> dict[str, Any]:
    names = {"auth": "auth", "hosting": "page", "hub": "hub", "logging": "logging"}
    emulators: dict[str, Any] = {
        emulator: {"host": "127.0.0.1", "port": ports[name]} for emulator, name in names.items()
    }
    return {**emulators, "ui": {"enabled": False}, "singleProjectMode": True}
