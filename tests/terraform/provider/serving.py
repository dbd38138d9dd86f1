"""Providers with Google's schemas and no cloud behind them, for a real Terraform to validate and plan with.

Terraform attaches to running providers that TF_REATTACH_PROVIDERS names, which is how providers are debugged
(https://developer.hashicorp.com/terraform/plugin/debugging); it then neither downloads nor starts them. What is checked
is what Terraform checks with a schema: names, types, required attributes and blocks, references between resources.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import grpc
import msgpack

FOLDER = Path(__file__).parent
ADDRESS = "hashicorp/{}"
UNKNOWN = msgpack.ExtType(0, b"\x00")  # "known after apply" (docs/plugin-protocol/object-wire-format.md)
PLACEHOLDERS = {"string": "told", "number": 0, "bool": False}
PROJECT_NUMBER = "123456789012"
_STORAGE = f"service-{PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
TOLD = {
    "google_project": {"number": PROJECT_NUMBER},
    "google_storage_project_service_account": {"email_address": _STORAGE, "member": f"serviceAccount:{_STORAGE}"},
}


Names = Mapping[str, Mapping[str, str]]  # type -> path of an attribute -> "projects/{project}/topics/{name}"


@contextmanager
def serving(folder: Path, names: Names = MappingProxyType({})) -> Iterator[dict[str, str]]:
    """The environment in which Terraform finds the providers, which end with the block; `folder`: for their sockets.

    `names`: what of a resource is known in a plan although Google fills it in, made of its other attributes; a plan in
    which one follows such names. Without them a plan proves that nothing must be known too early.
    """
    servers, reattach = [], {}
    for schema in sorted((FOLDER / "schemas").glob("*.jsonl")):
        server = grpc.server(ThreadPoolExecutor(4))
        server.add_generic_rpc_handlers((_Provider(schema.read_text().splitlines(), names).handlers(),))
        socket = folder / f"{schema.stem}.sock"
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        servers.append(server)
        reattach[ADDRESS.format(schema.stem)] = {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,  # Terraform must not end it
            "Addr": {"Network": "unix", "String": str(socket)},
        }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps(reattach)}
    finally:
        for server in servers:
            server.stop(grace=None)


def _stubs() -> tuple[ModuleType, Any]:
    """The messages, and the service as plugin.proto describes it."""
    sys.path.insert(0, str(FOLDER))  # protoc looks for files there
    try:
        messages = grpc.protos("plugin.proto")
    finally:
        sys.path.remove(str(FOLDER))
    return messages, messages.DESCRIPTOR.services_by_name["Provider"]


class _Provider:
    """One provider: it knows its schemas and answers every plan with "as wished"."""

    def __init__(self, schemas: Iterable[str], names: Names) -> None:
        """`schemas`: as tests.terraform.provider.extracting writes them."""
        self._names = names
        self._schemas: dict[str, dict[str, Any]] = defaultdict(dict)
        for each in map(json.loads, schemas):
            self._schemas[each["kind"]][each["name"]] = each["block"]
        self._pb, self._service = _stubs()

    def handlers(self) -> grpc.GenericRpcHandler:
        methods = {}
        for method in self._service.methods:
            request, response = (_message(self._pb, each) for each in (method.input_type, method.output_type))
            answer = getattr(self, method.name, None) or _nothing_wrong(response)
            methods[method.name] = grpc.unary_unary_rpc_method_handler(
                answer, request_deserializer=request.FromString, response_serializer=response.SerializeToString
            )
        return grpc.method_handlers_generic_handler(self._service.full_name, methods)

    def GetProviderSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        response = self._pb.GetProviderSchema.Response()
        self._describe(response.provider.block, self._schemas["provider"][""])
        for kind, told in (("resources", response.resource_schemas), ("data-sources", response.data_source_schemas),
                           ("ephemeral-resources", response.ephemeral_resource_schemas)):  # fmt: skip
            for name, block in self._schemas[kind].items():
                self._describe(told[name].block, block)
        return response

    def PlanResourceChange(self, request: Any, context: grpc.ServicerContext) -> Any:
        wished = _read(request.proposed_new_state)
        schema = self._schemas["resources"][request.type_name]
        planned = None if wished is None else _planned(schema, wished)
        for path, template in self._names.get(request.type_name, {}).items() if planned else ():
            with suppress(KeyError):  # one that has no name yet has no id either
                _name(schema, planned, path.split("."), template.format_map(_Known(planned)))
        # The real providers are of the legacy type system too: blocks of theirs may be unknown.
        return self._pb.Plan.Response(planned_state=self._written(planned), legacy_type_system=True)

    def ReadDataSource(self, request: Any, context: grpc.ServicerContext) -> Any:
        schema = self._schemas["data-sources"][request.type_name]
        told = _told(schema, _read(request.config)) | TOLD.get(request.type_name, {})
        return self._pb.ReadData.Response(state=self._written(told))

    def OpenEphemeralResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        schema = self._schemas["ephemeral-resources"][request.type_name]
        return self._pb.OpenEphemeral.Response(result=self._written(_told(schema, _read(request.config))))

    def _describe(self, told: Any, block: Mapping[str, Any]) -> None:
        told.SetInParent()  # else an empty block is none at all
        for name, attribute in sorted(block["attributes"].items()):
            told.attributes.add(
                name=name,
                type=json.dumps(attribute["type"]).encode(),
                required=attribute.get("required", False),
                optional=attribute.get("optional", False),
                computed=attribute.get("computed", False),
                write_only=_write_only(name),
            )
        for name, nested in sorted(block["blocks"].items()):
            nesting = self._pb.Schema.NestedBlock.LIST
            if name == "timeouts":
                nesting = self._pb.Schema.NestedBlock.SINGLE
            bounds = {} if name == "timeouts" else {"min_items": nested["min"], "max_items": nested["max"]}
            self._describe(told.block_types.add(type_name=name, nesting=nesting, **bounds).block, nested["block"])

    def _written(self, value: Any) -> Any:
        return self._pb.DynamicValue(msgpack=msgpack.packb(value))


def _message(pb: ModuleType, descriptor: Any) -> Any:
    """The class of a message, which may be nested in another."""
    found: Any = pb
    for name in descriptor.full_name.removeprefix("tfplugin6.").split("."):
        found = getattr(found, name)
    return found


def _nothing_wrong(response: Any) -> Callable[[Any, grpc.ServicerContext], Any]:
    return lambda request, context: response()


def _read(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, ext_hook=lambda code, data: UNKNOWN, strict_map_key=False)


def _write_only(name: str) -> bool:
    return name.endswith("_wo")


def _planned(block: Mapping[str, Any], wished: Mapping[str, Any]) -> dict[str, Any]:
    """As wished; what the provider fills in is unknown."""
    planned = dict(wished)
    for name, attribute in block["attributes"].items():
        if _write_only(name):
            planned[name] = None
        elif attribute.get("computed") and planned.get(name) is None:
            planned[name] = UNKNOWN
    for name, nested in block["blocks"].items():
        there = planned.get(name)
        if isinstance(there, list) and there:
            planned[name] = [_planned(nested["block"], each) for each in there]
        elif isinstance(there, list) and _fills_in(nested["block"]):
            planned[name] = UNKNOWN
    return planned


class _Known(dict[str, Any]):
    """Attributes whose values are known; the others are missing."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value is None or value == UNKNOWN:
            raise KeyError(name)
        return value


def _name(block: Mapping[str, Any], planned: dict[str, Any], path: list[str], value: str) -> None:
    """Fill in one attribute, and the blocks on its way where Google makes these."""
    first, *rest = path
    if not rest:
        planned[first] = value if planned[first] == UNKNOWN else planned[first]
        return
    nested = block["blocks"][first]["block"]
    if planned[first] == UNKNOWN:
        empty = dict.fromkeys(nested["attributes"]) | {block: [] for block in nested["blocks"]}
        planned[first] = [_planned(nested, empty)]
    _name(nested, planned[first][0], rest, value)


def _fills_in(block: Mapping[str, Any]) -> bool:
    return any(each.get("computed") for each in block["attributes"].values()) or any(
        _fills_in(nested["block"]) for nested in block["blocks"].values()
    )


def _told(block: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked, with a placeholder for each figure or name that Google would tell."""
    told = dict(asked)
    for name, attribute in block["attributes"].items():
        if attribute.get("computed") and told.get(name) is None:
            told[name] = PLACEHOLDERS.get(attribute["type"]) if isinstance(attribute["type"], str) else None
    return told
