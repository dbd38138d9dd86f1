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

from local.warehouse.catalogue import table_path
from local.warehouse.failures import QueryFailed
from local.warehouse.jobs import Job, Jobs, bytes_read, check_bytes, execute

PAGE_ROWS = 20_000
_API = "/bigquery/v2/projects/{project}"


def create_app(folder: Path, project: str, location: str) -> Starlette:
    """The stand-in for `project`, whose tables lie under `folder`."""
    service = BigQuery(Path(folder), project, location)
    routes = [
        Route("/health", lambda request: JSONResponse({}), methods=["GET"]),
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
            job = Job(job_id, query["query"], started, _now_ms(), fields, rows, bytes_processed=processed)
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


def _error_response(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, QueryFailed)
    detail = {"message": str(error), "domain": "global", "reason": error.reason}
    body = {"error": {"code": error.status, "message": str(error), "errors": [detail]}}
    return JSONResponse(body, status_code=error.status)


def _backticks(identifier: str) -> str:
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
