"""MLflow behind Cloud Run's IAM: every request of the mirror carries an ID token, renewed before it expires."""

from __future__ import annotations

import json
import ssl
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import google.auth._helpers
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, TransportError
from mlflow.tracking.request_auth import registry

import functions.adapters.mlflow_mirror as mlflow_mirror
from functions.adapters.identity import IdentityToken
from functions.adapters.mlflow_mirror import MlflowMirror
from functions.adapters.ports import MirrorRecord

NOW = datetime(2026, 11, 22, 12, 0)
RECORD = MirrorRecord(
    "exp-1", "shop/sales", "Exp #1", NOW.replace(tzinfo=timezone.utc), NOW.replace(tzinfo=timezone.utc),
    {"batch_size": "512"}, {}, [("recall", 0.2, 0, NOW.replace(tzinfo=timezone.utc))], {"results.json": "{}"},
)  # fmt: skip


class Tokens:
    """Stands for google-auth's way to credentials: token-1, token-2 …, each valid for an hour."""

    def __init__(self) -> None:
        self.audiences: list[str] = []
        self.fetched = 0
        self.error: Exception | None = None

    def __call__(self, audience: str, request: object) -> Credentials:
        if self.error is not None:
            raise self.error
        self.audiences.append(audience)
        return Token(self)


class Token(Credentials):
    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    def refresh(self, request: object) -> None:
        if self._tokens.error is not None:
            raise self._tokens.error
        self._tokens.fetched += 1
        self.token = f"token-{self._tokens.fetched}"
        self.expiry = google.auth._helpers.utcnow() + timedelta(hours=1)


class Service:
    """An MLflow that says yes to everything, or answers `status`; `seen` holds who asked for what."""

    def __init__(self, url: str) -> None:
        self.url = url
        run_id = uuid.uuid4().hex  # MLflow keeps in memory where the files of a run go
        info = {"run_id": run_id, "experiment_id": "1", "artifact_uri": f"mlflow-artifacts:/1/{run_id}/artifacts"}
        self.run = {"info": {**info, "status": "RUNNING", "start_time": 1, "lifecycle_stage": "active"}, "data": {}}
        self.seen: list[tuple[str, str, str | None]] = []
        self.status = 200

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("content-length", 0)))
        path = handler.path.partition("?")[0].rpartition("mlflow")[2]
        self.seen.append((handler.command, path, handler.headers.get("authorization")))
        experiment = {"experiment": {"experiment_id": "1", "name": "x"}, "experiment_id": "1"}
        told = json.dumps({**experiment, "run": self.run, "runs": [self.run]})
        body = (told if self.status == 200 else "<html>no</html>").encode()
        handler.send_response(self.status)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mlflow")])
    begin = datetime.now(timezone.utc) - timedelta(days=1)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = built.add_extension(addresses, critical=False).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    kind, form, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(kind, form, plain) + signed.public_bytes(kind))
    return path


def serve(scheme: str, certificate: Path) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.answer(self)

        do_POST = do_PUT = do_PATCH = do_GET

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    service = Service(f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def cloud_run(certificate: Path) -> Iterator[Service]:
    yield from serve("https", certificate)


@pytest.fixture
def one_machine(certificate: Path) -> Iterator[Service]:
    yield from serve("http", certificate)


@pytest.fixture
def tokens(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Tokens:
    found = Tokens()
    monkeypatch.setattr(mlflow_mirror, "IdentityToken", partial(IdentityToken, fetch=found))
    monkeypatch.setattr(registry, "_request_auth_provider_registry", registry.RequestAuthProviderRegistry())
    monkeypatch.setattr(google.auth._helpers, "utcnow", lambda: NOW)
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    return found


def test_every_request_to_cloud_run_carries_a_token_for_the_service(cloud_run: Service, tokens: Tokens):
    assert MlflowMirror(f"{cloud_run.url}/").write(RECORD).state == "done"
    assert {"GET", "POST", "PUT"} == {method for method, _, _ in cloud_run.seen}, "files as well"
    assert {authorization for _, _, authorization in cloud_run.seen} == {"Bearer token-1"}
    assert tokens.audiences == [cloud_run.url]


def test_a_token_is_renewed_before_it_expires(cloud_run: Service, tokens: Tokens, monkeypatch: pytest.MonkeyPatch):
    mirror = MlflowMirror(cloud_run.url)
    used: list[str | None] = []
    for minutes in (0, 50, 58, 100, 117):
        monkeypatch.setattr(google.auth._helpers, "utcnow", lambda at=NOW + timedelta(minutes=minutes): at)
        assert mirror.remove("shop/sales", "exp-1").state == "done"
        used.append(cloud_run.seen[-1][2])
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3"]
    assert tokens.audiences == [cloud_run.url], "the credentials are looked for once"


def test_threads_share_one_token(cloud_run: Service, tokens: Tokens):
    mirror = MlflowMirror(cloud_run.url)
    threads = [threading.Thread(target=mirror.remove, args=("shop/sales", "exp-1")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {authorization for _, _, authorization in cloud_run.seen} == {"Bearer token-1"}


@pytest.mark.parametrize("error", [DefaultCredentialsError("no credentials found"), TransportError("metadata is away")])
def test_without_credentials_the_mirror_is_pending_and_says_why(cloud_run: Service, tokens: Tokens, error: Exception):
    tokens.error = error
    mirror = MlflowMirror(cloud_run.url)
    for told in (mirror.write(RECORD), mirror.remove("shop/sales", "exp-1")):
        assert told.state == "pending"
        assert told.reason == (
            f"No ID token for {cloud_run.url} could be had ({error}): the function must run as a service account of "
            "Google Cloud."
        )
    assert cloud_run.seen == [], "nothing was asked without a token"
    tokens.error = None
    assert mirror.write(RECORD).state == "done", "later there are some"


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_waits_for_the_right_and_says_which(cloud_run: Service, tokens: Tokens, status: int):
    cloud_run.status = status
    told = MlflowMirror(cloud_run.url).write(RECORD)
    assert told.state == "pending"
    assert "roles/run.invoker" in str(told.reason)
    cloud_run.status = 200
    assert MlflowMirror(cloud_run.url).write(RECORD).state == "done"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_service_that_is_starting_or_full_is_an_outage(cloud_run: Service, tokens: Tokens, status: int):
    cloud_run.status = status
    assert MlflowMirror(cloud_run.url).write(RECORD).state == "pending"


def test_on_one_machine_nobody_is_asked_for_a_token(one_machine: Service, tokens: Tokens):
    tokens.error = DefaultCredentialsError("nobody")
    told = MlflowMirror(one_machine.url).write(RECORD)
    assert (told.state, told.reason) == ("done", None)
    assert {authorization for _, _, authorization in one_machine.seen} == {None}
    assert tokens.audiences == []
