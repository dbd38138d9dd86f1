"""`python -m local.gateway --port 8702 --project demo-quicktest --firestore 127.0.0.1:8701 …`"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from functools import partial
from pathlib import Path

import httpx
import uvicorn

from local.gateway.delivery import Delivery
from local.gateway.server import Gateway, Settings
from local.gateway.subscriptions import publish_dead_letter

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(description="Events, schedule and durability of the one-machine stack")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--firestore", required=True, help="host:port of the emulator")
    parser.add_argument("--pubsub", required=True, help="host:port of the emulator")
    parser.add_argument("--functions", required=True, help="http://host:port of the functions")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--sweep-interval", type=float, default=60.0, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings(
        arguments.project,
        arguments.firestore,
        arguments.pubsub,
        arguments.functions,
        arguments.journal,
        arguments.sweep_interval,
    )
    sys.exit(asyncio.run(run(settings, arguments.port)))


async def run(settings: Settings, port: int) -> int:
    """Serve until told to stop; returns the exit code. Events are accepted before they are asked for."""
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=None)) as client:
        give_up = partial(publish_dead_letter, client, settings.pubsub, settings.project)
        gateway = Gateway(settings, client, Delivery(settings.functions_url, client, give_up))
        server = uvicorn.Server(uvicorn.Config(gateway.app(), host="127.0.0.1", port=port, log_level="warning"))
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        try:
            await gateway.prepare()
        except Exception:
            log.exception("The gateway cannot take up its work.")
            server.should_exit = True
            await serving
            return 1
        schedule = asyncio.create_task(gateway.schedule())
        await serving
        schedule.cancel()
        return 0


if __name__ == "__main__":
    main()
