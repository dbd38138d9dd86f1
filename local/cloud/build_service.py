"""google.devtools.cloudbuild.v1.CloudBuild, and the operations that creating a build returns."""

from __future__ import annotations

import json
from typing import Any

import grpc
from google.cloud.devtools.cloudbuild_v1.types import (
    Build,
    BuildOperationMetadata,
    CancelBuildRequest,
    CreateBuildRequest,
    GetBuildRequest,
    ListBuildsRequest,
    ListBuildsResponse,
)
from google.longrunning import operations_pb2
from google.rpc import code_pb2

from local.cloud import wire
from local.cloud.builds import LIVE, BuildNotFound, Builds, InvalidBuild
from local.cloud.filters import InvalidFilter
from local.cloud.paging import page

GLOBAL = "global"


class CloudBuildService:
    """One method per RPC; builds are addressed by regional name or by project and id."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    def CreateBuild(self, request: CreateBuildRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        try:
            return _operation(self._builds.create(_location(request.parent), request.build))
        except InvalidBuild as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    def GetBuild(self, request: GetBuildRequest, context: grpc.ServicerContext) -> Build:
        return _build(self._find(request, context))

    def ListBuilds(self, request: ListBuildsRequest, context: grpc.ServicerContext) -> ListBuildsResponse:
        try:
            records = self._builds.list(_location(request.parent), request.filter)
        except InvalidFilter as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        shown, token = page(records, request.page_size, request.page_token)
        return ListBuildsResponse(builds=[_build(record) for record in shown], next_page_token=token)

    def CancelBuild(self, request: CancelBuildRequest, context: grpc.ServicerContext) -> Build:
        return _build(self._builds.cancel(self._find(request, context)["id"]))

    def _find(self, request: GetBuildRequest | CancelBuildRequest, context: grpc.ServicerContext) -> dict[str, Any]:
        build_id = request.id or request.name.rpartition("/")[2]
        try:
            return self._builds.get(build_id, _location(request.name))
        except BuildNotFound:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Build {build_id} was not found.")


class Operations:
    """google.longrunning.Operations/GetOperation for builds."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    def handler(self) -> grpc.GenericRpcHandler:
        method = wire.unary(self.GetOperation, operations_pb2.GetOperationRequest.FromString)
        return grpc.method_handlers_generic_handler("google.longrunning.Operations", {"GetOperation": method})

    def GetOperation(
        self, request: operations_pb2.GetOperationRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        try:
            return _operation(self._builds.get(request.name.rpartition("/")[2]))
        except BuildNotFound:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Operation {request.name} was not found.")


def _operation(record: dict[str, Any]) -> operations_pb2.Operation:
    build = _build(record)
    operation = operations_pb2.Operation(
        name=record["name"].replace("/builds/", "/operations/"), done=record["status"] not in LIVE
    )
    operation.metadata.Pack(BuildOperationMetadata.pb(BuildOperationMetadata(build=build)))
    if record["status"] == "SUCCESS":
        operation.response.Pack(Build.pb(build))
    elif operation.done:
        code = code_pb2.CANCELLED if record["status"] == "CANCELLED" else code_pb2.FAILED_PRECONDITION
        operation.error.code, operation.error.message = code, record.get("statusDetail", record["status"])
    return operation


def _build(record: dict[str, Any]) -> Build:
    return Build.from_json(json.dumps(record))


def _location(name: str) -> str:
    """Of a parent or a regional name; calls by project and id are global."""
    parts = name.split("/")
    return parts[parts.index("locations") + 1] if "locations" in parts else GLOBAL
