"""Messages changed in their structure and then in their bytes, for both sides of the wire."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec
import zstandard

Plain = Any
Path = tuple[Any, ...]

HOSTILE: tuple[Plain, ...] = (
    None, True, False, 0, 1, -1, 2, 2**15, 2**31, 2**53 + 1, 10**15, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 0.5,
    math.nan, math.inf, -math.inf, 1e308, "", " ", "\0", "a\nb", "x" * 600, "9" * 5_000, "-1", "1e999", "NaN", "\u202e",
    "\ud7ff\U0010ffff", "../../etc/passwd", "' OR 1=1 --", "{0}{1!r}", "%s%n", "<script>", "9999-12-31", "0001-01-01",
    "2026-02-30", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "captured", "points",
    b"", b"\0", b"\xff" * 31, b"\xff" * 32, b"\xff" * 33, b"\xff" * 64, b"{}", b"null", b"[" * 3_000, [], {}, [[]],
    [None] * 50, {"": ""}, {"a": {"a": {"a": []}}}, [[[[[]]]]], msgspec.msgpack.Ext(5, b"x"),
)  # fmt: skip

TEXT_OF_JSON = tuple(value for value in HOSTILE if not isinstance(value, bytes | msgspec.msgpack.Ext))


def places(value: Plain, at: Path = ()) -> list[Path]:
    """Where anything is in ``value``, itself included."""
    found = [at]
    if isinstance(value, dict):
        for key, part in value.items():
            found += places(part, (*at, key))
    elif isinstance(value, list):
        for index, part in enumerate(value[:20]):
            found += places(part, (*at, index))
    return found


def changed(value: Plain, at: Path, change: Callable[[Plain], Plain]) -> Plain:
    """A copy of ``value`` with what is at ``at`` changed."""
    if not at:
        return change(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = changed(copy[at[0]], at[1:], change)
    return copy


def mutated(chance: Random, value: Plain, hostile: Sequence[Plain] = HOSTILE) -> Plain:
    """``value`` with one to three of its parts replaced, nudged, grown, dropped or copied over each other."""
    for _ in range(chance.randint(1, 3)):
        at = chance.choice(places(value))
        change = chance.choice((_nudged, _grown, _dropped, None, None))
        if change is None:
            new = chance.choice(hostile) if chance.randint(0, 4) else _part(value, chance.choice(places(value)))
            value = changed(value, at, _always(new))
        else:
            value = changed(value, at, change)
    return value


def _always(new: Plain) -> Callable[[Plain], Plain]:
    return lambda _old: new


def _part(value: Plain, at: Path) -> Plain:
    for step in at:
        value = value[step]
    return value


def _nudged(value: Plain) -> Plain:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value - 1 if value else 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\1"
    if isinstance(value, str):
        return value[:-1]
    return value


def _grown(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {**value, "of_tomorrow": [value]}
    if isinstance(value, str | bytes | list):
        return value * 2
    return [value]


def _dropped(value: Plain) -> Plain:
    if isinstance(value, dict):
        return dict(list(value.items())[1:])
    if isinstance(value, str | bytes | list):
        return value[1:]
    return None


def garbled(chance: Random, body: bytes) -> tuple[dict[str, str], bytes]:
    """Headers of the encoding, and ``body``, mostly whole, else damaged, packed, or packed and damaged."""
    if chance.randint(0, 2):
        return {}, body
    return chance.choice(_DAMAGES)(body, chance.getrandbits(32))


def _cut(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    return {}, body[: at % (len(body) + 1)]


def _followed(body: bytes, _at: int) -> tuple[dict[str, str], bytes]:
    return {}, body + body


def _flipped(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    place = at % (len(body) or 1)
    return {}, body[:place] + bytes([(body[place] if body else 0) ^ (1 + at % 255)]) + body[place + 1 :]


def _doubled_keys(body: bytes, _at: int) -> tuple[dict[str, str], bytes]:
    """A small map that says everything twice."""
    if not body or body[0] & 0xF0 != 0x80 or body[0] & 0x0F > 7:
        return {}, body
    return {}, bytes([0x80 | 2 * (body[0] & 0x0F)]) + body[1:] * 2


def _deep(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    return {}, (b"\x91", b"\x81\xa1v", b"\xdd\0\0\0\1")[at % 3] * (1 + at % 20_000) + body


def _promising(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    """Lengths that nothing follows."""
    return {}, (b"\xdf\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\x7f\xff\xff\xff")[
        at % 4
    ] + body


def _not_text(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    return _flipped(body.replace(b"-", b"\xff", 1), at)


def _packed(body: bytes, _at: int) -> tuple[dict[str, str], bytes]:
    return {"content-encoding": "zstd"}, zstandard.compress(body)


def _half_packed(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    packed = zstandard.compress(body)
    return {"content-encoding": "zstd"}, packed[: at % len(packed)]


def _packed_and_flipped(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    return {"content-encoding": "zstd"}, _flipped(zstandard.compress(body), at)[1]


def _packed_twice(body: bytes, _at: int) -> tuple[dict[str, str], bytes]:
    return {"content-encoding": "zstd"}, zstandard.compress(zstandard.compress(body))


def _said_to_be_packed(body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    return {"content-encoding": ("zstd", "gzip", "br", "zstd, zstd", "\u00e9", "")[at % 6]}, body


def _bomb(_body: bytes, at: int) -> tuple[dict[str, str], bytes]:
    return {"content-encoding": "zstd"}, zstandard.compress(bytes([at % 256]) * (17 * 1024 * 1024))


_DAMAGES = (
    _cut, _followed, _flipped, _doubled_keys, _deep, _promising, _not_text, _packed, _half_packed, _packed_and_flipped,
    _packed_twice, _said_to_be_packed, _bomb,
)  # fmt: skip
