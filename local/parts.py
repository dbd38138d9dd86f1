"""What the stack consists of: each part's command, ports, health and place in the order of starting."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from local import accounts, health, tools
from local.errors import StackError
from local.supervisor import Part
from local.tools import ROOT

log = logging.getLogger(__name__)

PROJECT = "demo-quicktest"  # the emulators keep a project whose name begins with demo- away from Google
REGION = "europe-west4"
BUCKET = f"{PROJECT}-data"
LONGEST_SOCKET = 107  # bytes (unix(7): sun_path holds 108 with its end)
_IMAGE_SOURCES = (
    "compiler_image",
    "trainer_image",
    "shared",
    "local/worker",
    "local/warehouse",
    "requirements/tfx.lock",
)
# The emulators start and end often, and never serve much: compile little, collect simply.
JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


@dataclass(frozen=True)
class Layout:
    """Where a stack keeps its data and where it listens."""

    home: Path
    ports: Mapping[str, int]

    @property
    def worker_socket(self) -> Path:
        """Raises StackError where the system could not open it."""
        socket = self.home / "run/worker.sock"
        if len(os.fsencode(socket)) > LONGEST_SOCKET:
            raise StackError(
                f"The data folder {self.home} has too long a path for a socket in it: choose a shorter one with "
                "QUICKTEST_HOME, e.g. QUICKTEST_HOME=/var/tmp/quicktest."
            )
        return socket

    @property
    def firebase_folder(self) -> Path:
        return self.home / "run/firebase"

    def address(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name]}"

    def url(self, name: str) -> str:
        return f"http://{self.address(name)}"


def environment(layout: Layout) -> dict[str, str]:
    """What functions, command line and tests need to talk to this stack instead of Google."""
    digest = sources_digest()
    return {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "QUICKTEST_REGION": REGION,
        "QUICKTEST_BUCKET": BUCKET,
        "QUICKTEST_COMPILER_IMAGE": f"quicktest/compiler@sha256:{digest}",
        "QUICKTEST_TRAINER_IMAGE": f"quicktest/trainer@sha256:{digest}",
        "MLFLOW_TRACKING_URI": layout.url("mlflow"),
        "FIRESTORE_EMULATOR_HOST": layout.address("firestore"),
        "FIREBASE_AUTH_EMULATOR_HOST": layout.address("auth"),
        "PUBSUB_EMULATOR_HOST": layout.address("pubsub"),
        "STORAGE_EMULATOR_HOST": layout.url("storage"),
        "BIGQUERY_EMULATOR_HOST": layout.url("bigquery"),
        "CLOUD_BUILD_EMULATOR_HOST": layout.address("cloud"),
        "PIPELINES_EMULATOR_HOST": layout.address("cloud"),
        "LOGGING_EMULATOR_HOST": layout.address("cloud"),
    }


def page_configuration(layout: Layout) -> dict[str, object]:
    """The `/config.json` that the page reads."""
    emulators = {name: layout.address(name) for name in ("firestore", "auth")}
    page = {"projectId": PROJECT, "apiKey": "local", "mlflow": layout.url("mlflow")}
    return {**page, "emulators": emulators, "accounts": accounts.for_page()}


def sources_digest() -> str:
    """Stands for an image's digest: it changes when anything that the images are built from changes."""
    digest = hashlib.sha256()
    for path in _source_files():
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source_files() -> Iterable[Path]:
    for source in (ROOT / name for name in _IMAGE_SOURCES):
        files = source.rglob("*") if source.is_dir() else [source]
        yield from sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)


def parts(layout: Layout) -> list[Part]:
    """All parts; raises StackError when a program they need is missing."""
    return [
        firestore(layout),
        pubsub(layout),
        gateway(layout),
        _storage(layout),
        _bigquery(layout),
        _functions(layout),
        _cloud(layout),
        _mlflow(layout),
        _page(layout),
        _worker(layout),
    ]


def firestore(layout: Layout) -> Part:
    command = [
        tools.java(),
        *JAVA_OPTIONS,
        *("-cp", tools.firestore_emulator(), "com.google.cloud.datastore.emulator.firestore.CloudFirestore"),
        *("--host=127.0.0.1", f"--port={layout.ports['firestore']}", f"--rules={ROOT / 'firestore.rules'}"),
        *(f"--functions_emulator={layout.address('gateway')}", f"--project_id={PROJECT}", "--single_project_mode=true"),
    ]
    check = health.http(layout.url("firestore"))
    # Both emulators forget everything, which the gateway brings back when it starts.
    return Part("firestore", command, check, _ports(layout, "firestore"), takes_along=("gateway",))


def pubsub(layout: Layout) -> Part:
    jar = tools.pubsub_emulator()
    command = [tools.java(), *JAVA_OPTIONS, "-jar", jar, "--host=127.0.0.1", f"--port={layout.ports['pubsub']}"]
    check = health.http(layout.url("pubsub"))
    return Part("pubsub", command, check, _ports(layout, "pubsub"), takes_along=("gateway",))


def gateway(layout: Layout) -> Part:
    command = [
        *_module("local.gateway", layout, "gateway"),
        *("--project", PROJECT),
        *("--firestore", layout.address("firestore")),
        *("--pubsub", layout.address("pubsub")),
        *("--functions", layout.url("functions")),
        *("--journal", layout.home / "services/firestore.db"),
    ]
    check = health.http(layout.url("gateway") + "/health")
    ports = _ports(layout, "gateway")
    return Part("gateway", command, check, ports, folder=ROOT, before_stop=lambda: _flush(layout.url("gateway")))


def _flush(gateway: str) -> None:
    """Let the journal catch up with Firestore. Nobody writes any more: the gateway is stopped after all that do."""
    try:
        httpx.post(f"{gateway}/flush", timeout=30).raise_for_status()
    except httpx.HTTPError as error:  # the gateway itself may be what died
        log.warning("The latest documents may be lost, for the gateway did not keep them: %s", error)


def _storage(layout: Layout) -> Part:
    command = [
        *_module("local.storage", layout, "storage"),
        *("--folder", layout.home / "storage"),
        *("--gateway", layout.url("gateway") + "/events"),
        *("--bucket", BUCKET),
    ]
    return Part(
        "storage", command, health.http(layout.url("storage") + "/health"), _ports(layout, "storage"), folder=ROOT
    )


def _bigquery(layout: Layout) -> Part:
    command = [
        *_module("local.warehouse", layout, "bigquery"),
        *("--folder", layout.home / "warehouse"),
        *("--project", PROJECT),
        *("--location", REGION),
    ]
    return Part(
        "bigquery", command, health.http(layout.url("bigquery") + "/health"), _ports(layout, "bigquery"), folder=ROOT
    )


def _functions(layout: Layout) -> Part:
    command = _module("local.functions_host", layout, "functions")
    check = health.http(layout.url("functions") + "/health")
    # The small matrices of read models take twice the processor time when threads share them (benchmarks/insights.py).
    single = {"OPENBLAS_NUM_THREADS": "1"}
    return Part("functions", command, check, _ports(layout, "functions"), environment=single, folder=ROOT)


def _cloud(layout: Layout) -> Part:
    """Cloud Build, Vertex AI Pipelines and Cloud Logging. It goes on with what a stop interrupted, so it begins when
    the documents are back and its messages have somewhere to go."""
    command = [
        *(sys.executable, "-m", "local.late", "--until", layout.url("gateway") + "/health", "local.cloud"),
        *("--port", str(layout.ports["cloud"])),
        *("--home", layout.home),
        *("--project", PROJECT),
        *("--region", REGION),
        *("--worker-socket", layout.worker_socket),
    ]
    return Part("cloud", command, health.port(layout.ports["cloud"]), _ports(layout, "cloud"), folder=ROOT)


def _mlflow(layout: Layout) -> Part:
    """It mirrors results and nothing waits for it, so neither does the start."""
    folder = layout.home / "mlflow"
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(layout.ports["mlflow"])),
        *("--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--artifacts-destination", folder / "artifacts"),
    ]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    check = health.http(layout.url("mlflow") + "/health")
    ports = _ports(layout, "mlflow")
    return Part("mlflow", command, check, ports, environment=quiet, folder=folder, background=True)


def _page(layout: Layout) -> Part:
    """The Hosting and the Auth emulator, which firebase-tools runs in one process."""
    command = [
        *(tools.node(), "--require", ROOT / "local/firebase/fast-start.cjs", tools.firebase()),
        *("emulators:start", "--only=auth,hosting", f"--project={PROJECT}"),
        "--non-interactive",
    ]
    own = str(layout.firebase_folder)  # it leaves traces in TMPDIR by which emulators of one project find each other
    quiet = {"NO_UPDATE_NOTIFIER": "1", "CI": "1", "XDG_CONFIG_HOME": own, "TMPDIR": own}
    check = health.http(layout.url("page"), layout.url("auth"))  # ports that listen may be firebase-tools' own probes
    ports = _ports(layout, "page", "auth", "hub", "logging")
    seed = partial(accounts.seed, layout.address("auth"), PROJECT)  # the emulator keeps accounts in memory
    return Part("page", command, check, ports, environment=quiet, folder=layout.firebase_folder, when_healthy=seed)


def _worker(layout: Layout) -> Part:
    """Imports TFX, which takes longer than all else together; requests wait in its socket meanwhile."""
    command = [tools.tfx_python(), "-m", "local.worker", "--socket", layout.worker_socket]
    check = health.log_line(layout.home / "logs/worker.log", "ready")
    return Part("worker", command, check, folder=ROOT, background=True)


def _module(module: str, layout: Layout, port: str) -> list[str | Path]:
    return [sys.executable, "-m", module, "--port", str(layout.ports[port])]


def _ports(layout: Layout, *names: str) -> dict[str, int]:
    return {name: layout.ports[name] for name in names}
