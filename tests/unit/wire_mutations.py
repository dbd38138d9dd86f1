"""What may become of a request: seeded damage, strange parts, and messages about what is not there."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.fakes.world import EXPERIMENT
from tests.unit import wire_messages
from tests.unit.wire_messages import Message

MISSING = "exp-01jd4qz9999999999999999999"
RECORDED = [wire_messages.recorded(name) for name in wire_messages.names()]
ENTRY_POINTS = sorted({message.function for message in RECORDED})

Random = random.Random
Mutation = Callable[[Random, Message], Message]


def flipped(rng: Random, message: Message) -> Message:
    body = bytearray(message.body)
    for _ in range(rng.randint(1, 8) if body else 0):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    return replace(message, body=bytes(body))


def truncated(rng: Random, message: Message) -> Message:
    return replace(message, body=message.body[: rng.randrange(len(message.body) + 1)])


def spliced(rng: Random, message: Message) -> Message:
    """A piece of itself, of another message or of nothing, somewhere in it."""
    piece = rng.choice(
        [rng.choice(RECORDED).body, rng.randbytes(rng.randint(1, 40)), b"\xff\xfe", b"\x00", b"\xed\xa0\x80"]
    )
    at = rng.randrange(len(message.body) + 1)
    return replace(message, body=message.body[:at] + piece[rng.randrange(len(piece)) :] + message.body[at:])


def random_bytes(rng: Random, message: Message) -> Message:
    return replace(message, body=rng.randbytes(rng.choice([0, 1, 2, 7, 64, 1_000, 20_000])))


CONTENT_TYPES = (
    "application/json", "application/protobuf", "application/cloudevents+json", "application/cloudevents-batch+json",
    "text/plain", "application/json; charset=utf-16", "multipart/form-data; boundary=x", "", "☃",
    "application/x-www-form-urlencoded", "application/json; charset=no-such",
)  # fmt: skip


def retyped(rng: Random, message: Message) -> Message:
    return with_header(message, "content-type", rng.choice(CONTENT_TYPES))


def without_header(rng: Random, message: Message) -> Message:
    kept = list(message.headers)
    for _ in range(rng.randint(1, 3)):
        if kept:
            kept.pop(rng.randrange(len(kept)))
    return replace(message, headers=tuple(kept))


ODD_VALUES = (
    "", " ", ".", "..", "/", "//", "a/b/c", "experiments", "experiments/", "experiments//x", "experiments/..",
    "experiments/__x__", "documents/experiments/x/y", f"documents/experiments/{MISSING}", "x" * 5_000, "ÿ\x7f",
    "experiments/" + "é" * 1_400, f"commands/{MISSING}--cancel", "commands/--", "commands/--cancel", "datasets/x y",
    "datasets/" + "x" * 1_499, "experiments/%2e%2e", "1.1", "0.3", "-1", "{}", "null", "'; drop", "=?utf-8?q?x?=",
)  # fmt: skip


def odd_header(rng: Random, message: Message) -> Message:
    name = rng.choice([name for name, _ in message.headers] + ["ce-document", "ce-subject", "ce-id", "ce-specversion"])
    return with_header(message, name, rng.choice(ODD_VALUES))


def doubled_header(rng: Random, message: Message) -> Message:
    name, value = rng.choice(message.headers or (("ce-id", "1"),))
    return replace(message, headers=(*message.headers, (name, rng.choice([value, *ODD_VALUES]))))


def of_another(rng: Random, message: Message) -> Message:
    """Sent to the wrong function."""
    return replace(message, function=rng.choice(ENTRY_POINTS))


def about_nothing(rng: Random, message: Message) -> Message:
    """A sound message about an experiment that is not there."""
    return about(message, EXPERIMENT, MISSING)


def about(message: Message, old: str, new: str) -> Message:
    """The same about another document; ids have one length, so protobuf stays sound, too."""
    headers = tuple((name, value.replace(old, new)) for name, value in message.headers)
    return replace(message, headers=headers, body=_everywhere(message.body, old, new))


def _everywhere(body: bytes, old: str, new: str) -> bytes:
    changed = body.replace(old.encode(), new.encode())
    try:
        found = json.loads(changed)
        inside = base64.b64decode(found["message"]["data"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return changed
    found["message"]["data"] = base64.b64encode(inside.replace(old.encode(), new.encode())).decode()
    return json.dumps(found).encode()


def deep(rng: Random, message: Message) -> Message:
    """Nested about as deep as Python's parser follows, or far deeper."""
    depth = rng.choice([50, 900, 950, 980, 1_000, 5_000, 50_000])
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'{"message":', b"}"), (b'{"value":', b"}")])
    whole = opening * depth + b"1" + closing * rng.choice([depth, 0])
    wrapped = json.dumps({"message": {"data": base64.b64encode(whole).decode(), "messageId": "1"}, "subscription": "s"})
    extended = message.body.rstrip()[:-1] + b',"later":' + whole + b"}"
    return _as_json(replace(message, body=rng.choice([whole, wrapped.encode(), extended])))


def wide(rng: Random, message: Message) -> Message:
    """A map as large as Firestore and Eventarc let through."""
    count = rng.choice([100, 1_000, 8_000])
    names = {f"f{number}": {"integerValue": str(number)} for number in range(count)}
    if rng.random() < 0.5 or not _is_protobuf(message):
        found = {"value": {"name": f"p/documents/experiments/{MISSING}", "fields": names}, **names}
        return _as_json(replace(message, body=json.dumps(found).encode()))
    entry = b"\x12\x0a\x0a\x02ab\x12\x04\x1a\x02xy"
    return replace(message, body=message.body + b"\x0a" + _varint(len(entry) * count) + entry * count)


def unknown_parts(rng: Random, message: Message) -> Message:
    """Fields and enum values of a later version, at the end of a protobuf body or within a JSON one."""
    if _is_protobuf(message):
        number, kind = rng.randint(1, 2**29 - 1), rng.choice([0, 1, 2, 5])
        value = {0: _varint(rng.getrandbits(63)), 1: rng.randbytes(8), 2: b"\x03abc", 5: rng.randbytes(4)}[kind]
        return replace(message, body=message.body + _varint(number << 3 | kind) + value)
    return reshaped(rng, message)


ODD_NODES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 2**80, "", "x", "\ud800", "\x00", [], {}, [[]], {"": {}}, [None] * 50, "e30=", "W10=",
    "bnVsbA==", "////", "not base64!", {"data": "e30="}, {"message": {"data": "e30="}}, {"labels": []}, MISSING,
    {"labels": {"pipeline_job_id": f"{MISSING}-a0"}}, {"labels": {"pipeline_job_id": ["x"]}}, f"{MISSING}-a1",
    "projects/p/databases/(default)/documents/experiments/\ud800", f"p/documents/experiments/{'x' * 2_000}",
    "experiments/\ud800", "experiments/" + "../" * 10, f"experiments/{MISSING}/a1/progress/x",
    ["quicktest", 7, None, {}],
)  # fmt: skip
ODD_NAMES = ("later", "", "message", "value", "tags", "name", "resource")


def reshaped(rng: Random, message: Message) -> Message:
    """One value somewhere in a JSON body (or in the data inside it) is of another kind, gone, or new."""
    try:
        found = json.loads(message.body)
    except (ValueError, RecursionError):
        return _as_json(replace(message, body=json.dumps(rng.choice(ODD_NODES)).encode()))
    message_part = found.get("message") if isinstance(found, dict) else None
    inside = message_part.get("data") if isinstance(message_part, dict) else None
    if isinstance(inside, str) and rng.random() < 0.5:
        try:
            data = json.dumps(_changed(rng, json.loads(base64.b64decode(inside)))).encode()
        except (ValueError, RecursionError):
            data = rng.randbytes(rng.randint(0, 50))
        found["message"]["data"] = base64.b64encode(data).decode()
        return replace(message, body=json.dumps(found).encode())
    return replace(message, body=json.dumps(_changed(rng, found)).encode())


def _changed(rng: Random, node: Any) -> Any:
    if not isinstance(node, dict) or not node or rng.random() < 0.15:
        return rng.choice(ODD_NODES)
    name = rng.choice(sorted(node))
    how = rng.random()
    if how < 0.1:
        return {other: value for other, value in node.items() if other != name}
    if how < 0.2:
        return {
            **node,
            rng.choice(["later", "", "message", "value", "tags", "name", "resource"]): rng.choice(ODD_NODES),
        }
    return {**node, name: _changed(rng, node[name])}


def trash_in_base64(rng: Random, message: Message) -> Message:
    letters = string.ascii_letters + string.digits + "+/=-_ \n%"
    data = "".join(rng.choices(letters, k=rng.randint(0, 200)))
    attributes = rng.choice([{}, None, [], {"ce-document": rng.choice(ODD_VALUES)}, {"ce-subject": 7}])
    found = {"message": {"data": data, "attributes": attributes, "messageId": "1"}, "subscription": "projects/p/s"}
    return _as_json(replace(message, body=json.dumps(found).encode()))


def structured(rng: Random, message: Message) -> Message:
    """The other content mode of CloudEvents, more or less right."""
    event = {"specversion": "1.0", "id": "1", "type": "t", "source": "s", "subject": rng.choice(ODD_VALUES)}
    event |= rng.choice([{"data": rng.choice(ODD_NODES)}, {"data_base64": "e30="}, {"data_base64": "!"}, {}])
    event[rng.choice([*sorted(event), "document"])] = rng.choice(ODD_NODES)
    body = rng.choice([json.dumps(event).encode(), json.dumps([event]).encode(), message.body])
    return with_header(replace(message, body=body), "content-type", "application/cloudevents+json")


def elsewhere(rng: Random, message: Message) -> Message:
    targets = ("/x", "/?a=%FF", "/?__GCP_CloudEventsMode=x", "/projects/p/topics/t", "/%00", "/" + "x/" * 100)
    return replace(message, target=rng.choice(targets))


MUTATIONS: tuple[Mutation, ...] = (
    flipped, truncated, spliced, random_bytes, retyped, without_header, odd_header, doubled_header, of_another,
    about_nothing, unknown_parts, reshaped, reshaped, trash_in_base64, structured, elsewhere,
)  # fmt: skip
LARGE: tuple[Mutation, ...] = (deep, wide)  # now and then: each takes milliseconds


def with_header(message: Message, name: str, value: str) -> Message:
    rest = tuple(header for header in message.headers if header[0] != name)
    return replace(message, headers=(*rest, (name, value.encode().decode("latin-1"))))


def _as_json(message: Message) -> Message:
    return with_header(message, "content-type", "application/json")


def _is_protobuf(message: Message) -> bool:
    return ("content-type", "application/protobuf") in message.headers


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def inputs(seed: int, count: int) -> Iterator[tuple[str, Message]]:
    """The fuzzed requests, each with the names of what was done to it."""
    rng = Random(seed)
    for number in range(count):
        message, done = rng.choice(RECORDED), []
        if rng.random() < 0.9:  # reports of what exists are the dearest of all
            message = about(message, "datasets/sales", "datasets/never")
        if rng.random() < 0.4:
            message = about_nothing(rng, message)
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            mutation = rng.choice(LARGE if number % 60 == 0 else MUTATIONS)
            message = mutation(rng, message)
            done.append(mutation.__name__)
        if number % 200 == 0:
            message = replace(message, function="sweep")
        yield f"seed {seed}, number {number}: {message.function}, {' + '.join(done)}", message
