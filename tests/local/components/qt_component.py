"""A component for tests of the stand-ins: does what the runtime parameter `act` says."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    given = json.loads(sys.argv[1])
    act = json.loads(given["inputs"]["parameterValues"]["act"])
    trace = Path(act["trace"]) / given["inputs"]["parameterValues"]["name"]
    with trace.open("a") as file:
        file.write(f"{os.getpid()}\n")
    print("W1121 09:56:20.041963 1 component.py:1] about to act", flush=True)
    do = act.get(trace.name, "succeed")
    if do == "fail":
        raise ValueError("Loss is nan at step 3")
    if do == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if do == "hang":
        hang(trace)
    if do == "hang once" and len(trace.read_text().splitlines()) == 1:
        hang(trace)
    report(given)


def hang(trace: Path) -> None:
    """Deaf to SIGTERM, with a child in a session of its own that is as well."""
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child.stdout.readline()
    trace.with_suffix(".child").write_text(str(child.pid))
    time.sleep(600)


def report(given: dict) -> None:
    """Write each output, and say so as a TFX executor does."""
    reported = {}
    for key, body in given["outputs"]["artifacts"].items():
        folder = Path(body["artifacts"][0]["uri"])
        (folder / "data.txt").write_text(json.dumps(given["inputs"]))
        reported[key] = {"artifacts": [{"uri": str(folder), "metadata": {"written": "yes"}}]}
    Path(given["outputs"]["outputFile"]).write_text(json.dumps({"artifacts": reported}))


if __name__ == "__main__":
    main()
