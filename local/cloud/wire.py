"""gRPC plumbing. Google publishes no server classes for these services, so the method tables (path, request type,
response type) are read off the transports of the published clients; a service is an object with one method per RPC."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent import futures
from typing import Any

import grpc

MAX_WORKERS = 16
MAX_MESSAGE_BYTES = 64 * 1024 * 1024


class _Recorder(grpc.Channel):
    """A channel that only notes which methods a transport makes of it."""

    def __init__(self) -> None:
        self.methods: dict[str, tuple[Any, Any]] = {}

    def unary_unary(self, method, request_serializer=None, response_deserializer=None, *_args, **_options):
        self.methods[method] = (request_serializer, response_deserializer)
        return lambda *_a, **_k: None

    unary_stream = stream_unary = stream_stream = lambda self, *_args, **_options: lambda *_a, **_k: None

    def subscribe(self, callback, try_to_connect=False):
        """Nothing ever changes."""

    def unsubscribe(self, callback):
        """Nothing was subscribed."""

    def close(self):
        """Nothing is open."""


def serve(
    port: int, services: Iterable[tuple[type, object]], extra: Iterable[grpc.GenericRpcHandler] = ()
) -> grpc.Server:
    """Start a plain-text server; raises RuntimeError when the port is taken.

    so_reuseport is off: with gRPC's default a second server would start on the same port and share its calls.
    """
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(MAX_WORKERS), options=options)
    for transport, service in services:
        server.add_generic_rpc_handlers(handlers(transport, service))
    server.add_generic_rpc_handlers(tuple(extra))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server


def handlers(transport: type, service: object) -> tuple[grpc.GenericRpcHandler, ...]:
    """Handlers for every RPC of the transport's service that `service` has a method for; the rest is UNIMPLEMENTED."""
    by_service: dict[str, dict[str, grpc.RpcMethodHandler]] = {}
    for path, (serializer, _) in _methods(transport).items():
        service_name, method = path[1:].split("/")
        implementation = getattr(service, method, None)
        if implementation is not None:
            by_service.setdefault(service_name, {})[method] = unary(implementation, _parser(serializer))
    return tuple(grpc.method_handlers_generic_handler(name, methods) for name, methods in by_service.items())


def unary(implementation: Callable[[Any, grpc.ServicerContext], Any], parse: Callable[[bytes], Any]):
    return grpc.unary_unary_rpc_method_handler(implementation, parse, _serialize)


def _methods(transport: type) -> dict[str, tuple[Any, Any]]:
    recorder = _Recorder()
    client = transport(channel=recorder)
    client._logged_channel = recorder  # private: the transport's interceptor wraps the channel lazily, pass it by
    client._stubs.clear()
    for name in dir(transport):
        if isinstance(getattr(transport, name), property) and name not in ("kind", "host", "operations_client"):
            getattr(client, name)  # making the stub tells the recorder
    return recorder.methods


def _parser(serializer: Any) -> Callable[[bytes], Any]:
    """The request class of a method, found through the function that serializes it: proto-plus or plain protobuf."""
    owner = getattr(serializer, "__self__", None)
    return owner.deserialize if owner is not None else serializer.__objclass__.FromString


def _serialize(message: Any) -> bytes:
    plus = type(message)
    return plus.serialize(message) if hasattr(plus, "serialize") else message.SerializeToString()
