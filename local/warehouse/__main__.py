"""`python -m local.warehouse --port 8732 --folder .quicktest/warehouse --project demo-quicktest`"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from local.warehouse.server import create_app


def main() -> None:
    parser = argparse.ArgumentParser(description="BigQuery's REST API over a folder of Parquet files")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--location", default="europe-west4")
    arguments = parser.parse_args()
    app = create_app(arguments.folder, arguments.project, arguments.location)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
