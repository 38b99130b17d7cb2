"""Segments of members: set by head office, told to tills as one document each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec
from sqlalchemy import Connection, select

from shared_models.domain.administration import SegmentPublished
from shared_models.orm.server import feed, member
from shared_models.wire.state import SegmentDoc, segment_doc
from shared_models.wire.state import encode as encode_doc
from sync_server.act import FeedRow
from sync_server.errors import BadInput
from sync_server.ingest.server_device import ServerDevice
from sync_server.server import Server

KIND = "segment"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHUNK = 1_000
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Segment:
    code: str
    count: int


def set_segment(server: Server, code: str, numbers: Iterable[str]) -> int:
    """Have the members with these numbers, and no others, be the segment ``code``; how many they are.

    Raise ``BadInput`` for a code that isn't one, and for numbers that are nobody's.
    """
    if not _CODE.fullmatch(code):
        raise BadInput("A segment's code is up to 64 letters, digits, dots, hyphens and underscores.")
    wanted = list(dict.fromkeys(numbers))
    with server.acting() as act:
        doc = segment_doc(code, _ordinals(act.connection, wanted))
        body = encode_doc(doc)
        ServerDevice(server).record(act, SegmentPublished(code, doc.count, hashlib.sha256(body).digest()))
        act.publish(FeedRow(KIND, code, body))
    return doc.count


def remove_segment(server: Server, code: str) -> None:
    """Have nobody be in the segment any more. Raise ``BadInput`` if there is none of that code."""
    with server.acting() as act:
        if code not in {segment.code for segment in segments(act.connection)}:
            raise BadInput(f"There is no segment {code}.")
        ServerDevice(server).record(act, SegmentPublished(code, 0, hashlib.sha256(b"").digest()))
        act.publish(FeedRow(KIND, code, b"{}", deleted=True))


def segments(connection: Connection) -> list[Segment]:
    """All segments, by code."""
    found = select(feed.c.doc).where(feed.c.kind == KIND, feed.c.deleted.is_(False)).order_by(feed.c.key)
    docs = (msgspec.json.decode(bytes(doc), type=SegmentDoc) for doc in connection.scalars(found))
    return [Segment(doc.code, doc.count) for doc in docs]


def _ordinals(connection: Connection, numbers: Sequence[str]) -> set[int]:
    found: set[int] = set()
    unknown: list[str] = []
    left = iter(numbers)
    while chunk := list(islice(left, _CHUNK)):
        rows = connection.execute(select(member.c.number, member.c.ordinal).where(member.c.number.in_(chunk))).all()
        found |= {row.ordinal for row in rows}
        unknown += sorted(set(chunk) - {row.number for row in rows})
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise BadInput(f"No member has the number {', '.join(unknown[:_SHOWN])}{more}. Nothing was changed.")
    return found
