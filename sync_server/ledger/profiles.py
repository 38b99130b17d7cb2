"""The people behind members, kept sealed apart from the members' figures."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from shared_models.domain.member import Profile
from shared_models.orm.server import member, member_profile
from shared_models.wire.facts import decode_profile, encode_profile
from sync_server.act import Act
from sync_server.ledger.documents import last4, phone_hash
from sync_server.server import Server
from sync_server.store.statements import put

NOBODY = Profile("", "")


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a phone; ``person`` is who they were joined into, or they themselves."""

    member_id: UUID
    number: str
    person: UUID


class Profiles:
    """The profiles one act brings or changes."""

    def __init__(self, act: Act, server: Server) -> None:
        self._act = act
        self._server = server
        self._new: dict[UUID, Profile] = {}
        self._new_phones: set[UUID] = set()

    def add(self, member_id: UUID, profile: Profile, *, is_new_phone: bool = True) -> None:
        """Have ``profile`` stored; with a new phone others who have it are looked for."""
        self._new[member_id] = profile
        if is_new_phone:
            self._new_phones.add(member_id)

    def current(self, member_id: UUID) -> Profile:
        """As it is after what this act did so far; empty if nothing is held of the person."""
        if member_id in self._new:
            return self._new[member_id]
        sealed = self._act.connection.scalar(
            select(member_profile.c.sealed).where(member_profile.c.member_id == member_id)
        )
        if sealed is None:
            return NOBODY
        return decode_profile(self._server.sealer.open(bytes(sealed), profile_place(member_id)))

    def write(self) -> dict[UUID, list[Owner]]:
        """Store them; return for those whose new phone other people have too who these are."""
        rows = {
            member_id: {
                "member_id": member_id,
                "phone_hash": phone_hash(profile.phone, self._server.identity.phone_key),
                "last4": last4(profile.phone),
                "sealed": self._server.sealer.seal(encode_profile(profile), profile_place(member_id)),
            }
            for member_id, profile in self._new.items()
        }
        put(self._act.connection, member_profile, list(rows.values()))
        hashes = {member_id: rows[member_id]["phone_hash"] for member_id in self._new_phones}
        owners = self._owners({each for each in hashes.values() if isinstance(each, bytes) and each})
        found = {}
        for member_id, phone in hashes.items():
            same = owners.get(phone, []) if isinstance(phone, bytes) else []
            me = next((each.person for each in same if each.member_id == member_id), member_id)
            found[member_id] = [each for each in same if each.member_id != member_id and each.person != me]
        return {member_id: others for member_id, others in found.items() if others}

    def _owners(self, hashes: set[bytes]) -> dict[bytes, list[Owner]]:
        """The members with these phones."""
        if not hashes:
            return {}
        found = self._act.connection.execute(
            select(
                member_profile.c.phone_hash, member_profile.c.member_id, member.c.number,
                func.coalesce(member.c.alias_of, member.c.id).label("person"),
            )
            .join(member, member.c.id == member_profile.c.member_id)
            .where(member_profile.c.phone_hash.in_(hashes))
            .order_by(member_profile.c.member_id)
        )  # fmt: skip
        owners: dict[bytes, list[Owner]] = {}
        for one in found:
            owners.setdefault(bytes(one.phone_hash), []).append(Owner(one.member_id, one.number, one.person))
        return owners


def profile_place(member_id: UUID) -> bytes:
    """Where in the database a sealed profile belongs."""
    return b"member_profile." + member_id.bytes
