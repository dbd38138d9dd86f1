"""`python -m local.storage --port 8731 --folder .quicktest/storage --gateway http://127.0.0.1:8702/events`"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import uvicorn

from local.storage.events import Announcer
from local.storage.objects import Objects
from local.storage.server import create_app
from local.storage.watch import Watcher


def main() -> None:
    parser = argparse.ArgumentParser(description="Cloud Storage's JSON API over plain folders")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--gateway", required=True, help="where events of finalised objects are posted")
    parser.add_argument("--bucket", action="append", default=[], help="a bucket that shall exist")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")

    objects = Objects(arguments.folder)
    for bucket in set(arguments.bucket) - set(objects.buckets()):
        objects.create_bucket(bucket)
    announcer = Announcer(arguments.gateway)
    watcher = Watcher(objects, announcer.announce)
    app = create_app(objects, announcer.announce)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning")
    watcher.close()
    announcer.close()


if __name__ == "__main__":
    main()
