"""The functions as Google Cloud runs them: built from the archive alone, each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.parts import PROJECT
from local.tools import ROOT
from quicktest.packaging import write_archive

START_S = 60
UV = ROOT / ".tools/uv/bin/uv"
ACCOUNT = f"{{}}@{PROJECT}.iam.gserviceaccount.com"

# What Terraform sets of functions/config.py; MLflow is switched off by the empty word.
SETTINGS = {
    "GOOGLE_CLOUD_PROJECT": PROJECT,
    "QUICKTEST_REGION": "europe-west4",
    "QUICKTEST_REGIONS": "europe-west4,europe-west1",
    "QUICKTEST_BUCKET": f"{PROJECT}-quicktest",
    "QUICKTEST_COMPILER_IMAGE": "europe-west4-docker.pkg.dev/p/quicktest/compiler@sha256:1",
    "QUICKTEST_TRAINER_IMAGE": "europe-west4-docker.pkg.dev/p/quicktest/trainer@sha256:2",
    "QUICKTEST_TRAINER_GPU_IMAGE": "europe-west4-docker.pkg.dev/p/quicktest/trainer-gpu@sha256:3",
    "QUICKTEST_DATAFLOW_REGION": "europe-west1",
    "QUICKTEST_BEAM_ARGUMENTS": f"--project={PROJECT} --temp_location=gs://{PROJECT}-quicktest-work/temp",
    "QUICKTEST_PIPELINE_SERVICE_ACCOUNT": ACCOUNT.format("pipelines"),
    "QUICKTEST_BUILD_SERVICE_ACCOUNT": ACCOUNT.format("builds"),
    "QUICKTEST_MAX_RUNNING": "20",
    "MLFLOW_TRACKING_URI": "",
    "OPENBLAS_NUM_THREADS": "1",
    "THREADS": "8",  # requests at once: functions-framework reads it
}


@dataclass(frozen=True)
class Deployment:
    """The unpacked archive, and the environment that its requirements.txt makes."""

    folder: Path
    venv: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of this process but where programs and the home folder are."""
        return {"PATH": f"{self.venv / 'bin'}:{os.defpath}", "HOME": str(self.folder.parent), **SETTINGS, **more}

    def python(self, code: str, **more: str) -> str:
        """What a piece of Python prints there."""
        done = subprocess.run(
            [self.venv / "bin/python", "-c", code], cwd=self.folder, env=self.environment(**more), timeout=START_S,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def deploy(home: Path) -> Deployment:
    """Build the archive, unpack it where nothing else is, and install what it asks for, and nothing else."""
    write_archive(ROOT, home / "functions.zip")
    deployment = Deployment(home / "workspace", home / "venv")
    with zipfile.ZipFile(home / "functions.zip") as archive:
        archive.extractall(deployment.folder)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = {**clean, "VIRTUAL_ENV": str(deployment.venv)}
    requirements = str(deployment.folder / "requirements.txt")
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(deployment.venv)],
        ["pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "-r", requirements],
        ["pip", "check", "--quiet"],
    ):
        subprocess.run([UV, *command], cwd=home, env=environment, check=True, timeout=600)
    return deployment


@dataclass
class Function:
    """One function's process; its records are the lines of `log`."""

    name: str
    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def post(self, content: bytes = b"", headers: Mapping[str, str] | None = None, path: str = "/") -> httpx.Response:
        return httpx.post(f"{self.url}{path}", content=content, headers=dict(headers or {}), timeout=60)


@contextlib.contextmanager
def serving(deployment: Deployment, home: Path, *names: str, **more: str) -> Iterator[dict[str, Function]]:
    """Start functions beside each other, as the platform does: each with its name as the target, called by HTTP (the
    decorators of the entry points say what they take), with an id for each execution in its log."""
    started: dict[str, Function] = {}
    try:
        for name in names:
            started[name] = _start(deployment, home, name, more)
        deadline = time.monotonic() + START_S
        for function in started.values():
            _wait(function, deadline)
        yield started
    finally:
        for function in started.values():
            function.process.terminate()
        for function in started.values():
            function.process.wait(30)


def _start(deployment: Deployment, home: Path, name: str, more: Mapping[str, str]) -> Function:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    platform = {"PORT": str(port), "K_SERVICE": name.replace("_", "-"), "FUNCTION_SIGNATURE_TYPE": "http"}
    environment = deployment.environment(**platform, LOG_EXECUTION_ID="true", **more)
    command = [str(deployment.venv / "bin/functions-framework"), f"--target={name}", "--host=127.0.0.1"]
    home.mkdir(parents=True, exist_ok=True)
    log = home / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=deployment.folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    return Function(name, f"http://127.0.0.1:{port}", log, process)


def _wait(function: Function, deadline: float) -> None:
    """It listens once the archive is imported."""
    port = int(function.url.rpartition(":")[2])
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if function.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{function.name} does not start:\n{function.log.read_text()[-3000:]}")
        time.sleep(0.05)
