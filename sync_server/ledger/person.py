"""What edits of a member are merged by, as the database holds it: the fields' clocks and the consents."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.domain.profile_edit import Clocks, Consent, Consents, Stamp
from shared_models.wire.state import ConsentDoc


class _Stamp(Struct, frozen=True, array_like=True):
    hlc: int
    incarnation: UUID
    number: int


class _Consent(Struct, frozen=True, array_like=True):
    asked: bool = False
    seen: int = 0
    withdrawn: int = 0


_CLOCKS = msgspec.json.Decoder(dict[str, _Stamp])
_CONSENTS = msgspec.json.Decoder(dict[str, _Consent])


def read_clocks(plain: bytes | None) -> dict[str, Stamp]:
    found = _CLOCKS.decode(plain) if plain else {}
    return {field: Stamp(each.hlc, each.incarnation, each.number) for field, each in found.items()}


def write_clocks(clocks: Clocks) -> bytes | None:
    plain = {field: _Stamp(each.hlc, each.incarnation, each.number) for field, each in clocks.items()}
    return msgspec.json.encode(plain) if plain else None


def read_consents(plain: bytes | None) -> dict[str, Consent]:
    found = _CONSENTS.decode(plain) if plain else {}
    return {name: Consent(each.asked, each.seen, each.withdrawn) for name, each in found.items()}


def write_consents(consents: Consents) -> bytes | None:
    plain = {name: _Consent(each.asked, each.seen, each.withdrawn) for name, each in consents.items()}
    return msgspec.json.encode(plain) if plain else None


def consent_docs(consents: Consents) -> list[ConsentDoc]:
    return [ConsentDoc(name, each.given, each.withdrawn) for name, each in sorted(consents.items())]


def newest_clock(clocks: Clocks, consents: Consents) -> int:
    """Of all edits that a row holds: whoever has seen it, edits later."""
    return max([0, *(each.hlc for each in clocks.values()), *(each.withdrawn for each in consents.values())])
