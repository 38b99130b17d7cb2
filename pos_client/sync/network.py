"""The network of a real machine: HTTP over urllib3, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
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
        try:
            answer = self._pool.request(
                "POST", self._url + path, body=body, headers=dict(headers), timeout=self._timeout, retries=False,
                redirect=False, preload_content=False, decode_content=False,
            )  # fmt: skip
            try:
                received = self._read(answer)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable from error
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, received)

    def close(self) -> None:
        self._pool.clear()

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        parts: list[bytes] = []
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
            parts.append(part)
        return b"".join(parts)
