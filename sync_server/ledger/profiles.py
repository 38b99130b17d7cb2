"""The people behind members, kept sealed apart from the members' figures."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from shared_models.domain.member import Profile
from shared_models.orm.server import member, member_profile
from shared_models.wire.facts import encode_profile
from sync_server.act import Act
from sync_server.ledger.documents import last4, phone_hash
from sync_server.server import Server
from sync_server.store.statements import Row, put


class Profiles:
    """The profiles one act brings."""

    def __init__(self, act: Act, server: Server) -> None:
        self._act = act
        self._server = server
        self._rows: list[Row] = []

    def add(self, member_id: UUID, profile: Profile) -> None:
        sealed = self._server.sealer.seal(encode_profile(profile), profile_place(member_id))
        number = profile.phone
        self._rows.append(
            {
                "member_id": member_id,
                "phone_hash": phone_hash(number, self._server.identity.phone_key),
                "last4": last4(number),
                "sealed": sealed,
            }
        )

    def write(self) -> dict[UUID, list[str]]:
        """Store them; return for those whose phone others have too the numbers of these other members."""
        put(self._act.connection, member_profile, self._rows)
        hashes = {row["phone_hash"] for row in self._rows if row["phone_hash"]}
        if not hashes:
            return {}
        owners = self._owners(hashes)
        others = {
            row["member_id"]: [
                number for owner, number in owners.get(row["phone_hash"], []) if owner != row["member_id"]
            ]
            for row in self._rows
        }
        return {member_id: numbers for member_id, numbers in others.items() if numbers}

    def _owners(self, hashes: set[bytes]) -> dict[bytes, list[tuple[UUID, str]]]:
        """Id and number of the members with these phones."""
        found = self._act.connection.execute(
            select(member_profile.c.phone_hash, member_profile.c.member_id, member.c.number)
            .join(member, member.c.id == member_profile.c.member_id)
            .where(member_profile.c.phone_hash.in_(hashes))
            .order_by(member_profile.c.member_id)
        )
        owners: dict[bytes, list[tuple[UUID, str]]] = {}
        for one in found:
            owners.setdefault(bytes(one.phone_hash), []).append((one.member_id, one.number))
        return owners


def profile_place(member_id: UUID) -> bytes:
    """Where in the database a sealed profile belongs."""
    return b"member_profile." + member_id.bytes
