"""The network of a real machine: HTTP over urllib3, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import urllib3

from pos_client.app.ports import Response
from pos_client.sync.client import NotOurServer, Unreachable
from shared_models.wire.messages import MAX_BODY_BYTES

_CHUNK_BYTES: Final = 64 * 1024
_PATIENCE_S: Final = 60
_SLOWEST_BYTES_PER_S: Final = 2_048


class HttpNetwork:
    """``ports.Network`` over one kept-alive connection. ``ca_file``: the shop's own certificate authority.

    ``read_ms`` bounds the wait for the next bytes; a body that trickles in slower than an old modem's is given up.
    """

    def __init__(self, server_url: str, connect_ms: int, read_ms: int, ca_file: Path | None = None) -> None:
        self._url = server_url.rstrip("/")
        self._timeout = urllib3.Timeout(connect=connect_ms / 1000, read=read_ms / 1000)
        self._pool = urllib3.PoolManager(
            num_pools=1, maxsize=1, retries=False, ca_certs=str(ca_file) if ca_file else None
        )

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        answer = self._ask("POST", path, headers, body)
        parts: list[bytes] = []
        with self._whole(answer):
            parts.extend(self._parts(answer))
        return _response(answer, parts)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        answer = self._ask("GET", path, headers, None)
        parts: list[bytes] = []
        with suppress(Unreachable), self._whole(answer):
            parts.extend(self._parts(answer))
        return _response(answer, parts)

    def close(self) -> None:
        self._pool.clear()

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(
                method, self._url + path, body=body, headers=dict(headers), timeout=self._timeout, retries=False,
                redirect=False, preload_content=False, decode_content=False,
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable from error

    @contextmanager
    def _whole(self, answer: urllib3.BaseHTTPResponse) -> Iterator[None]:
        """Read the answer in here; raise ``Unreachable`` if its end doesn't come."""
        try:
            yield
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable from error
        finally:
            answer.release_conn()

    def _parts(self, answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        size = 0
        start = time.monotonic()
        while part := answer.read1(_CHUNK_BYTES):
            size += len(part)
            if time.monotonic() - start > _PATIENCE_S + size / _SLOWEST_BYTES_PER_S:
                answer.close()
                raise Unreachable
            if size > MAX_BODY_BYTES:
                answer.close()
                raise NotOurServer
            yield part


def _response(answer: urllib3.BaseHTTPResponse, parts: list[bytes]) -> Response:
    return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, b"".join(parts))
