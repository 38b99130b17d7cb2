"""Ready-made replicas over the protocol: what a till is offered, and the file in ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import msgspec

from shared_models.wire.messages import SnapshotAnswer, snapshot_message
from sync_server.api.authentication import Device
from sync_server.api.problems import Answer, Refused
from sync_server.feed import Reader, own_rows
from sync_server.server import Server
from sync_server.snapshots import Building, Pages, Ready, Shelf, SnapshotUnknown
from sync_server.snapshots.shelf import PART_BYTES

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})")
_GONE = "Ask for a snapshot again."


class Snapshots:
    """Without a ``shelf`` there are none."""

    def __init__(self, server: Server, shelf: Shelf | None) -> None:
        self._server = server
        self._shelf = shelf

    def answer(self, asking: Device, wanted: UUID | None) -> SnapshotAnswer:
        offer = self._shelf.offer(asking.store_id, wanted) if self._shelf else Pages()
        match offer:
            case Ready():
                return self._signed(asking, offer)
            case Building(retry_s):
                return SnapshotAnswer(state="building", retry_s=retry_s)
            case Pages():
                return SnapshotAnswer(state="pages")

    def part(self, asking: Device, name: str, headers: Mapping[str, str]) -> Answer:
        """The bytes that ``Range: bytes=a-b`` asks for, at most ``PART_BYTES`` of them."""
        found = _RANGE.fullmatch(headers.get("range", "").strip())
        start, last = (int(found[1]), int(found[2])) if found else (0, -1)
        if last < start:
            raise Refused("range-invalid", "Send Range: bytes=first-last.")
        try:
            if self._shelf is None:
                raise SnapshotUnknown
            body, size = self._shelf.part(asking.store_id, UUID(name), start, last + 1)
        except (SnapshotUnknown, ValueError) as error:
            raise Refused("snapshot-unknown", _GONE) from error
        if not body:
            raise Refused("range-invalid", f"The file has {size} bytes.")
        headers = {
            "content-type": "application/octet-stream",
            "content-range": f"bytes {start}-{start + len(body) - 1}/{size}",
        }
        return Answer(206, headers, body)

    def _signed(self, asking: Device, ready: Ready) -> SnapshotAnswer:
        reader = Reader(asking.incarnation, asking.store_id, asking.pepper(self._server))
        with self._server.reading() as connection:
            rows = own_rows(connection, self._server.sealer, reader)
        answer = SnapshotAnswer(
            state="ready", id=ready.id, size=ready.size, sha256=ready.sha256, key=ready.key, cursor=ready.cursor,
            part_bytes=PART_BYTES, rows=rows,
        )  # fmt: skip
        signature = self._server.identity.signing_key.sign(snapshot_message(asking.incarnation, answer))
        return msgspec.structs.replace(answer, signature=signature)
