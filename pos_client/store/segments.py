"""The segments a member is in, as the replica knows them."""

from __future__ import annotations

import msgspec

from pos_client.store.database import Database
from shared_models.domain.segment import holds
from shared_models.wire.state import BadSegment, SegmentDoc, segment_bits

_SEGMENT = msgspec.json.Decoder(SegmentDoc)


class Segments:
    """On the cashier's connection. Bitmaps are kept unpacked until their rows change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[int, bytes]] = {}

    def of(self, ordinal: int) -> tuple[str, ...]:
        """The codes of the segments that the member with ``ordinal`` is in."""
        rows = self._database.all('SELECT "key", version FROM replica.document WHERE kind = \'segment\' ORDER BY "key"')
        return tuple(code for code, version in rows if holds(self._bits(code, version), ordinal))

    def _bits(self, code: str, version: int) -> bytes:
        kept = self._kept.get(code)
        if kept is None or kept[0] != version:
            self._kept[code] = kept = (version, self._read(code))
        return kept[1]

    def _read(self, code: str) -> bytes:
        """One that this version can't read holds nobody: better no offer than a wrong one."""
        row = self._database.one("SELECT doc FROM replica.document WHERE kind = 'segment' AND \"key\" = ?", (code,))
        try:
            return segment_bits(_SEGMENT.decode(row[0])) if row else b""
        except (BadSegment, msgspec.DecodeError):
            return b""
