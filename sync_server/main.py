"""The server as a process: FastAPI and uvicorn around the endpoints and head office."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shared_models.wire import messages
from sync_server import head_office, receipt_page, setup
from sync_server.api.endpoints import Api
from sync_server.api.problems import Answer, Refused, answer_to
from sync_server.enrolment import new_code
from sync_server.errors import AddressInUse, BadInput
from sync_server.ingest.quarantine import read_again
from sync_server.ingest.waiting import book_waiting
from sync_server.jobs import watch
from sync_server.jobs.background import Background
from sync_server.ports import Ports, system_ports
from sync_server.server import Server, open_server
from sync_server.snapshots import Shelf
from sync_server.snapshots.builder import Builder, in_background
from sync_server.store import credentials, key_file, open_engine, upgrade

WATCH_S = 30
"""How often facts that came in are looked at for what is suspicious."""

ADMINISTRATOR = "admin"
SNAPSHOTS = "snapshots"
"""The folder of ready-made replicas in the server's home."""

_STOPPING_S = 10


def open_home(home: Path, url: str | None = None, ports: Ports | None = None) -> Server:
    """The server whose files are in ``home``, made and brought to this version's schema if need be.

    ``url`` names another database than ``home/server.db``. Keys come from systemd's credentials or, for trials,
    from the file ``home/server.keys``. Raise ``ServerError``.
    """
    ports = ports or system_ports()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = credentials() or key_file(home / "server.keys", ports.randomness)
    engine = open_engine(url or f"sqlcipher:///{home.absolute() / 'server.db'}", keys.database)
    try:
        upgrade(engine)
        return open_server(engine, keys.data, ports)
    except BaseException:
        engine.dispose()
        raise


def create_app(server: Server, shelf: Shelf | None = None) -> FastAPI:
    """The web application: the protocol under ``/v1``, ``/health``, ``/metrics``, head office, receipts (``/r``)."""
    api = Api(server, shelf)
    app = FastAPI(title="Tillpoint", docs_url=None, redoc_url=None, openapi_url=None)

    async def protocol(request: Request) -> Response:
        body = await _bounded_body(request)
        if body is None:
            return _response(answer_to(Refused("too-large", f"A body has at most {messages.MAX_BODY_BYTES} bytes.")))
        headers = dict(request.headers)
        return _response(await run_in_threadpool(api.handle, request.method, request.url.path, headers, body))

    async def failed(_request: Request, _error: Exception) -> Response:
        """Ours: uvicorn logs it in full, the till learns only that it should try again."""
        return _response(answer_to(Refused("internal", "Try again later.")))

    for path in ("/v1/{rest:path}", "/health", "/metrics"):
        app.router.routes.append(Route(path, _EveryMethod(protocol)))
    app.add_exception_handler(Exception, failed)
    head_office.install(app, server)
    receipt_page.install(app, server)
    return app


def serve(
    home: Path,
    host: str = "127.0.0.1",
    port: int = 8443,
    url: str | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    ready_file: Path | None = None,
    say: Callable[[str], object] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; raise ``ServerError`` if it can't start.

    ``port`` 0 takes a free one. Once requests are answered, the address is said and written to ``ready_file``. The
    first start makes keys, database and, unless set-up gave one, an administrator, whose password is said once.
    """
    say = say or _to_stdout
    if (tls_cert is None) != (tls_key is None):
        raise BadInput("TLS needs both a certificate and its key.")
    server = open_home(home, url)
    shelf = Shelf(server, home / SNAPSHOTS)
    watching = Background("watch", lambda: watch.run(server), WATCH_S, "looking for what is suspicious failed")
    beside = (in_background(Builder(server, shelf), shelf), watching)
    for each in beside:
        each.start()
    try:
        read_again(server)
        book_waiting(server)
        password = first_administrator(server)
        if password is not None:
            say(f"Head office: sign in as {ADMINISTRATOR} with the password {password} (shown only now).")
        with _listening(host, port) as listener:
            address = _address(listener, secure=tls_cert is not None)
            config = uvicorn.Config(
                create_app(server, shelf), log_level="warning", access_log=False, lifespan="off", server_header=False,
                timeout_graceful_shutdown=_STOPPING_S, ssl_certfile=tls_cert, ssl_keyfile=tls_key,
            )  # fmt: skip
            _Process(config, lambda: _announce(address, ready_file, say)).run_until_stopped(listener)
    finally:
        for each in beside:
            each.stop(_STOPPING_S)
        server.engine.dispose()
    say("The server has stopped.")


def first_administrator(server: Server) -> str | None:
    """Make an administrator if nobody can sign in yet, and return the password made for them."""
    if setup.has_users(server):
        return None
    password = new_code(server.ports.randomness)
    setup.save_user(server, ADMINISTRATOR, password, "administrator")
    return password


class _Process(uvicorn.Server):
    """uvicorn, which says when it is ready and treats being told to stop as a good end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()

    def run_until_stopped(self, listener: socket.socket) -> None:
        """uvicorn raises the signal that stopped it once more when it is done: to be ignored here."""
        before = {number: signal.signal(number, _stopped) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.run(sockets=[listener])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """Nothing is left to do."""


class _EveryMethod:
    """An endpoint that is asked whatever the method is: the protocol has its own word for a wrong one."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)


async def _bounded_body(request: Request) -> bytes | None:
    """The body, or ``None`` as soon as it is larger than agreed."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > messages.MAX_BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise AddressInUse(f"Can't listen on {host} port {port}: {error.strerror}. Choose another port.") from error
        yield listener


def _address(listener: socket.socket, *, secure: bool) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{shown}:{port}"


def _announce(address: str, ready_file: Path | None, say: Callable[[str], object]) -> None:
    if ready_file is not None:
        written = ready_file.with_suffix(".new")
        written.write_text(address + "\n", encoding="ascii")
        written.replace(ready_file)
    say(f"Tillpoint server: {address}  Head office: {address}/head-office")


def _to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
