"""The programs that the stack runs but does not contain. Each missing one is one sentence that says how to get it.

`python -m local.tools` looks for those that set-up does not install, before it downloads anything; it needs nothing but
Python itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local.errors import StackError

ROOT = Path(__file__).resolve().parents[1]
JAVA_VERSION = 11  # the least that the emulators of the Cloud SDK run on
NODE_VERSION = (20, 19)  # the least that Vite and firebase-tools run on
_FIRESTORE_JAR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
_PUBSUB_JARS = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar"


def java() -> str:
    """The Java that runs the emulators."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        raise StackError(
            f"Java is missing, which the Firestore and Pub/Sub emulators run on: install a JRE {JAVA_VERSION} or newer "
            "(Debian: apt-get install default-jre-headless)."
        )
    version = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    match = re.search(r'version "(?:1\.)?(\d+)', version)
    if match is None or int(match.group(1)) < JAVA_VERSION:
        seen = version.splitlines()[0] if version else "no version"
        raise StackError(f"{found} is too old ({seen}): install a JRE {JAVA_VERSION} or newer.")
    return found


def firestore_emulator() -> Path:
    return _emulator("Firestore", _FIRESTORE_JAR, "cloud-firestore-emulator", "google-cloud-cli-firestore-emulator")


def pubsub_emulator() -> Path:
    return _emulator("Pub/Sub", _PUBSUB_JARS, "pubsub-emulator", "google-cloud-cli-pubsub-emulator")


def node() -> str:
    """The Node.js that runs the Auth and Hosting emulators and builds the page."""
    wanted = ".".join(map(str, NODE_VERSION))
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        raise StackError(
            "Node.js with npm is missing, which the page and the Auth and Hosting emulators need: install Node.js "
            f"{wanted} or newer."
        )
    version = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", version)
    if match is None or (int(match.group(1)), int(match.group(2))) < NODE_VERSION:
        raise StackError(f"{found} is too old ({version.strip()}): install Node.js {wanted} or newer.")
    return found


def firebase() -> Path:
    """The command line of firebase-tools, which runs the Auth and Hosting emulators."""
    node()
    script = ROOT / "local/firebase/node_modules/firebase-tools/lib/bin/firebase.js"
    if not script.is_file():
        raise StackError("The Auth and Hosting emulators are not installed: run `make up`, which installs them.")
    return script


def page() -> Path:
    """The folder of the built page."""
    folder = ROOT / "web/dist"
    if not (folder / "index.html").is_file():
        raise StackError("The page is not built: run `make up`, which builds it, or `npm ci && npm run build` in web/.")
    return folder


def tfx_python() -> Path:
    """The interpreter of the TFX environment."""
    python = ROOT / ".venv-tfx/bin/python"
    if not python.is_file():
        raise StackError("The TFX environment is not installed: run `make up`, which installs it into .venv-tfx.")
    return python


def _emulator(name: str, pattern: str, component: str, package: str) -> Path:
    for sdk in _cloud_sdks():
        jars = sorted(sdk.glob(pattern))
        if jars:
            return jars[-1]
    raise StackError(
        f"The {name} emulator is missing: install the Google Cloud SDK and then its emulator with "
        f"`gcloud components install {component}` (Debian: apt-get install {package}); an SDK in an unusual place is "
        "found through CLOUDSDK_ROOT_DIR."
    )


def _cloud_sdks() -> Iterator[Path]:
    if root := os.environ.get("CLOUDSDK_ROOT_DIR"):
        yield Path(root)
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parents[1]
    yield from (Path("/usr/lib/google-cloud-sdk"), Path.home() / "google-cloud-sdk", Path("/opt/google-cloud-sdk"))
    yield Path("/snap/google-cloud-sdk/current")


def main() -> int:
    """Say what is missing, and 1; or nothing, and 0."""
    for look in (node, java, firestore_emulator, pubsub_emulator):
        try:
            look()
        except StackError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
