"""BigQuery's REST API, as far as the unmodified google-cloud-bigquery client needs it for tables and queries."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.warehouse.catalogue import table_path, tables
from local.warehouse.failures import QueryFailed
from local.warehouse.jobs import Job, Jobs, bytes_read, check_bytes, execute

PAGE_ROWS = 20_000
PAGE_ITEMS = 50  # of datasets and of tables, as BigQuery gives them to who asks for no other number
_API = "/bigquery/v2/projects/{project}"


def create_app(folder: Path, project: str, location: str) -> Starlette:
    """The stand-in for `project`, whose tables lie under `folder`."""
    service = BigQuery(Path(folder), project, location)
    routes = [
        Route("/health", lambda request: JSONResponse({}), methods=["GET"]),
        Route(_API + "/datasets", service.list_datasets, methods=["GET"]),
        Route(_API + "/datasets/{dataset}/tables", service.list_tables, methods=["GET"]),
        Route(_API + "/datasets/{dataset}/tables/{table}", service.get_table, methods=["GET"]),
        Route(_API + "/jobs", service.insert_job, methods=["POST"]),
        Route(_API + "/jobs/{job}", service.get_job, methods=["GET"]),
        Route(_API + "/queries", service.query, methods=["POST"]),
        Route(_API + "/queries/{job}", service.get_query_results, methods=["GET"]),
    ]
    return Starlette(routes=routes, exception_handlers={QueryFailed: _error_response})


class BigQuery:
    """The endpoints; one instance per server."""

    def __init__(self, folder: Path, project: str, location: str) -> None:
        self._folder, self._project, self._location = folder, project, location
        self._jobs = Jobs()

    def get_table(self, request: Request) -> JSONResponse:
        names = request.path_params
        project, dataset, table = names["project"], names["dataset"], names["table"]
        path = table_path(self._folder, dataset, table)
        if project != self._project or not path.is_file():
            message = f"Not found: Table {project}:{dataset}.{table} was not found in location {self._location}"
            raise QueryFailed(404, "notFound", message)
        fields, _ = execute(
            self._folder, project, f"SELECT * FROM {_backticks(dataset)}.{_backticks(table)}", dry_run=True
        )
        _, rows = execute(self._folder, project, f"SELECT COUNT(*) FROM {_backticks(dataset)}.{_backticks(table)}")
        stat = path.stat()
        return JSONResponse(
            {
                "kind": "bigquery#table",
                "id": f"{project}:{dataset}.{table}",
                "tableReference": {"projectId": project, "datasetId": dataset, "tableId": table},
                "type": "TABLE",
                "location": self._location,
                "schema": {"fields": fields},
                "numRows": rows[0]["f"][0]["v"],
                "numBytes": str(stat.st_size),
                "lastModifiedTime": str(stat.st_mtime_ns // 1_000_000),
            }
        )

    def list_datasets(self, request: Request) -> JSONResponse:
        self._check_project(request.path_params["project"])
        names = sorted({dataset for dataset, _, _ in tables(self._folder)})
        datasets = [
            {
                "kind": "bigquery#dataset",
                "id": f"{self._project}:{name}",
                "datasetReference": {"projectId": self._project, "datasetId": name},
                "location": self._location,
            }
            for name in names
        ]
        return JSONResponse({"kind": "bigquery#datasetList", **_page(request, "datasets", datasets)})

    def list_tables(self, request: Request) -> JSONResponse:
        """As BigQuery lists them: without sizes, which `tables.get` tells."""
        project, dataset = request.path_params["project"], request.path_params["dataset"]
        self._check_project(project)
        names = [table for name, table, _ in tables(self._folder) if name == dataset]
        if not names:
            raise QueryFailed(404, "notFound", f"Not found: Dataset {project}:{dataset}")
        found = [
            {
                "kind": "bigquery#table",
                "id": f"{project}:{dataset}.{name}",
                "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
                "type": "TABLE",
            }
            for name in names
        ]
        return JSONResponse({"kind": "bigquery#tableList", "totalItems": len(found), **_page(request, "tables", found)})

    def _check_project(self, project: str) -> None:
        if project != self._project:
            raise QueryFailed(404, "notFound", f"Not found: Project {project}")

    async def insert_job(self, request: Request) -> JSONResponse:
        body = await request.json()
        return await run_in_threadpool(self._insert, body)

    def _insert(self, body: dict[str, Any]) -> JSONResponse:
        configuration = body["configuration"]
        if "query" not in configuration:
            raise QueryFailed(400, "invalid", "The local warehouse runs query jobs only.")
        job_id = body.get("jobReference", {}).get("jobId") or str(uuid.uuid4())
        job = self._run(job_id, configuration["query"], bool(configuration.get("dryRun")))
        return JSONResponse(self._job_resource(job))

    async def query(self, request: Request) -> JSONResponse:
        body = await request.json()
        job = await run_in_threadpool(self._run, str(uuid.uuid4()), body, bool(body.get("dryRun")))
        return JSONResponse(self._results(job, 0, int(body.get("maxResults", PAGE_ROWS))))

    def get_job(self, request: Request) -> JSONResponse:
        return JSONResponse(self._job_resource(self._jobs.get(request.path_params["job"])))

    def get_query_results(self, request: Request) -> JSONResponse:
        query = request.query_params
        start = int(query.get("pageToken") or query.get("startIndex", 0))
        job = self._jobs.get(request.path_params["job"])
        return JSONResponse(self._results(job, start, int(query.get("maxResults", PAGE_ROWS))))

    def _run(self, job_id: str, query: dict[str, Any], dry_run: bool) -> Job:
        """Run now and keep the outcome; a failed query is a job with an error, as in BigQuery."""
        started = _now_ms()
        try:
            if query.get("useLegacySql") or query.get("queryParameters"):
                raise QueryFailed(400, "invalidQuery", "The local warehouse has no legacy SQL and no query parameters.")
            processed = bytes_read(self._folder, query["query"])
            most = query.get("maximumBytesBilled")
            check_bytes(processed, None if dry_run or most is None else int(most))
            fields, rows = execute(self._folder, self._project, query["query"], dry_run=dry_run)
            job = Job(job_id, query["query"], started, _now_ms(), fields, rows, bytes_processed=sum(processed))
        except QueryFailed as error:
            if dry_run:
                raise
            job = Job(job_id, query["query"], started, _now_ms(), error=error)
        if not dry_run:
            self._jobs.add(job)
        return job

    def _reference(self, job: Job) -> dict[str, str]:
        return {"projectId": self._project, "jobId": job.id, "location": self._location}

    def _job_resource(self, job: Job) -> dict[str, Any]:
        status: dict[str, Any] = {"state": "DONE"}
        if job.error:
            status["errorResult"] = {"reason": job.error.reason, "message": str(job.error)}
            status["errors"] = [status["errorResult"]]
        times = {"creationTime": str(job.started_ms), "startTime": str(job.started_ms), "endTime": str(job.ended_ms)}
        query = {
            "statementType": "SELECT",
            "schema": {"fields": job.fields},
            "totalBytesProcessed": str(job.bytes_processed),
        }
        return {
            "kind": "bigquery#job",
            "id": f"{self._project}:{self._location}.{job.id}",
            "jobReference": self._reference(job),
            "configuration": {"jobType": "QUERY", "query": {"query": job.sql, "useLegacySql": False}},
            "status": status,
            "statistics": {**times, "totalBytesProcessed": str(job.bytes_processed), "query": query},
        }

    def _results(self, job: Job, start: int, limit: int) -> dict[str, Any]:
        if job.error:
            raise job.error
        end = start + min(limit, PAGE_ROWS)
        results = {
            "kind": "bigquery#queryResponse",
            "jobReference": self._reference(job),
            "jobComplete": True,
            "schema": {"fields": job.fields},
            "totalRows": str(len(job.rows)),
            "rows": job.rows[start:end],
            "totalBytesProcessed": str(job.bytes_processed),
            "cacheHit": False,
        }
        return results if end >= len(job.rows) else {**results, "pageToken": str(end)}


def _page(request: Request, name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """As many as are asked for, from where the page before ended."""
    query = request.query_params
    start = int(query.get("pageToken") or 0)
    end = start + min(int(query.get("maxResults", PAGE_ITEMS)), PAGE_ITEMS)
    found: dict[str, Any] = {name: items[start:end]} if items else {}  # an empty list is left out, as by BigQuery
    return found if end >= len(items) else {**found, "nextPageToken": str(end)}


def _error_response(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, QueryFailed)
    detail = {"message": str(error), "domain": "global", "reason": error.reason}
    body = {"error": {"code": error.status, "message": str(error), "errors": [detail]}}
    return JSONResponse(body, status_code=error.status)


def _backticks(identifier: str) -> str:
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
