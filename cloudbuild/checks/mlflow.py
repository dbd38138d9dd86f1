"""The server starts as the image starts it (with a database of its own here), and not as root."""

import os
import subprocess
import time
import urllib.request

import google.cloud.storage
import psycopg2

assert os.getuid() != 0, "the image runs as root"
assert google.cloud.storage.Client and psycopg2.connect
environment = os.environ | {
    "MLFLOW_ARTIFACTS_DESTINATION": "/tmp/artifacts",
    "MLFLOW_BACKEND_STORE_URI": "sqlite:////tmp/mlflow.db",
}
server = subprocess.Popen(["sh", "-c", 'exec mlflow server --port "$PORT"'], env=environment)
for _ in range(120):
    time.sleep(1)
    assert server.poll() is None, f"the server ended with code {server.returncode}"
    try:
        health = urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/health", timeout=5).status
        break
    except OSError:
        continue
else:
    raise AssertionError("the server did not answer within two minutes")
assert health == 200
server.terminate()
server.wait(30)
