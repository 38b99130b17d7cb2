"""Bodies of requests and answers, compressed or not, never larger than agreed."""

from __future__ import annotations

from collections.abc import Mapping

import zstandard

from shared_models.wire.messages import MAX_BODY_BYTES
from sync_server.api.problems import Refused

_MAX_WINDOW_BYTES = 8 * 1024 * 1024
_WORTH_COMPRESSING_BYTES = 512
_LEVEL = 3


def plain_body(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body as its sender meant it. However well it was compressed, no more than the agreed size is unpacked."""
    if len(body) > MAX_BODY_BYTES:
        raise Refused("too-large", f"A body has at most {MAX_BODY_BYTES} bytes.")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "zstd":
        raise Refused("bad-message", "Bodies are sent plain or with Content-Encoding: zstd.")
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).stream_reader(body)
        plain = reader.read(MAX_BODY_BYTES + 1)
    except zstandard.ZstdError as error:
        raise Refused("bad-message", "The body isn't zstd.") from error
    if len(plain) > MAX_BODY_BYTES:
        raise Refused("too-large", f"A body has at most {MAX_BODY_BYTES} bytes after decompression.")
    return plain


def packed_body(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of an answer, compressed if the request allows it and it pays."""
    offered = {one.partition(";")[0].strip().lower() for one in headers.get("accept-encoding", "").split(",")}
    if "zstd" not in offered or len(body) < _WORTH_COMPRESSING_BYTES:
        return {}, body
    return {"content-encoding": "zstd"}, zstandard.ZstdCompressor(level=_LEVEL).compress(body)
