"""The server as a process of its own, on loopback."""

from __future__ import annotations

import asyncio
import http.client
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared_models.wire import messages as wire
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer
from sync_server.errors import AddressInUse, BadInput
from sync_server.main import create_app, open_home, serve
from tests.sync_server import acts
from tests.sync_server.conftest import store_doc
from tests.sync_server.till import Till, problem

WAIT_S = 60
PROGRAM = """
import sys
from pathlib import Path
from sync_server.main import serve
serve(Path(sys.argv[1]), port=0, ready_file=Path(sys.argv[2]))
"""


class Remote(Api):
    """The endpoints as a till reaches them: over HTTP."""

    def __init__(self, address: str) -> None:
        self._netloc = urlsplit(address).netloc

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self._netloc, timeout=WAIT_S)
        try:
            connection.request(method, path, body or None, dict(headers))
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()


def test_a_server_from_first_start_to_sigterm(tmp_path: Path) -> None:
    home, ready = tmp_path / "home", tmp_path / "ready"
    server = open_home(home)
    setup.create_store(server, store_doc("A"))
    code = setup.new_enrolment_code(server, "A", 1)
    server.engine.dispose()
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(home), str(ready)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            password_line, address_line = process.stdout.readline(), process.stdout.readline()
            assert "sign in as admin with the password" in password_line
            address = ready.read_text().strip()
            assert address in address_line
            talk(address, code)
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=WAIT_S)
    assert (process.returncode, rest, errors) == (0, "The server has stopped.\n", "")
    assert (home / "server.keys").stat().st_mode & 0o777 == 0o600


def talk(address: str, code: str) -> None:
    remote = Remote(address)
    till = Till.enrolled(remote, code)
    till.append(acts.sale(till, 1))
    assert till.pushed().acknowledged == 1
    assert till.pulled().acknowledged == 1
    health = remote.handle("GET", "/health", {}, b"")
    assert msgspec.json.decode(health.body)["status"] == "ok"
    assert b"tillpoint_facts_total 1.0" in remote.handle("GET", "/metrics", {}, b"").body
    assert problem(remote.handle("POST", "/v1/push", {}, b"<html>")).code == "bad-message"
    assert problem(remote.handle("POST", "/v1/enrol", {}, b"\0" * (wire.MAX_BODY_BYTES + 1))).code == "too-large"
    assert problem(remote.handle("POST", "/v1/other", {}, b"")).status == 404
    assert remote.handle("GET", "/head-office/", {}, b"").status == 303


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(AddressInUse, match="Choose another port"),
    ):
        serve(tmp_path / "home", port=taken.getsockname()[1], say=said.append)


def test_tls_needs_both_files(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="certificate and its key"):
        serve(tmp_path / "home", port=0, tls_cert=tmp_path / "cert.pem")
    assert not (tmp_path / "home").exists()


def test_tls_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    home, ready = tmp_path / "home", tmp_path / "ready"
    program = PROGRAM.replace("port=0,", "port=0, tls_cert=Path(sys.argv[3]), tls_key=Path(sys.argv[4]),")
    command = [sys.executable, "-W", "error", "-c", program, str(home), str(ready), str(certificate), str(key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            process.stdout.readline()
            address = urlsplit(ready.read_text().strip())
            assert (address.scheme, address.hostname) == ("https", "127.0.0.1")
            trust = ssl.create_default_context(cafile=certificate)
            connection = http.client.HTTPSConnection(address.netloc, context=trust, timeout=WAIT_S)
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=WAIT_S)
    assert (process.returncode, errors) == (0, "")


def self_signed(directory: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, as PEM files."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    paths = directory / "cert.pem", directory / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def test_an_error_of_ours_is_told_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same application uvicorn runs, called as uvicorn calls it."""

    def broken(*_: object) -> Answer:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Api, "handle", broken)
    server = open_home(tmp_path / "home")
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/push", "raw_path": b"/v1/push", "query_string": b"", "root_path": "", "headers": [],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        asyncio.run(create_app(server)(scope, receive, send))
    server.engine.dispose()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    found = problem(Answer(sent[0]["status"], headers, b"".join(part["body"] for part in sent[1:])))
    assert (found.code, found.status, found.detail) == ("internal", 500, "Try again later.")
