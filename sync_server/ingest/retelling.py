"""Facts that a lane's present device tells in place of one before it, whose journal was copied, damaged or lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
from sqlalchemy import and_, or_, select

from shared_models.domain.facts import BrokenChain, Fact, check_link
from shared_models.domain.retold import FactRetold
from shared_models.orm.server import device, fact, forked_fact
from shared_models.wire.facts import Payload, Undecodable
from shared_models.wire.messages import fact_message
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.chain import ForgedFact, check_signature
from sync_server.ingest.reading import read
from sync_server.store.statements import add_missing


@dataclass(frozen=True, slots=True)
class Unfolded:
    """What is to be booked, each under the fact that told it. ``retold``: by the number of that one, the fact that was
    told in another device's place; one whose signature doesn't hold counts as from the device that tells it. That its
    ids are known already is nothing to look at."""

    facts: list[tuple[Fact, Payload]]
    retold: dict[int, Fact]

    def origins(self) -> dict[int, UUID]:
        """In whose place each was told: the leases that it names were that device's."""
        return {number: inner.incarnation for number, inner in self.retold.items()}


def unfold(act: Act, facts: Sequence[tuple[Fact, Payload]], alerts: Alerts) -> Unfolded:
    """Put what was told again in the place of the facts that tell it.

    It is booked whoever signed it: the device that tells it could have told any sale as its own. One that can't be
    read, or whose signature doesn't hold, leads to an alert.
    """
    told = [one for _, one in facts if isinstance(one, FactRetold)]
    if not told:
        return Unfolded(list(facts), {})
    keys = _keys(act, {one.incarnation for one in told})
    unfolded: list[tuple[Fact, Payload]] = []
    retold: dict[int, Fact] = {}
    for outer, payload in facts:
        if not isinstance(payload, FactRetold):
            unfolded.append((outer, payload))
            continue
        inner = payload.fact
        genuine = _is_genuine(inner, keys.get(inner.incarnation))
        if not genuine:
            alerts.add("retold-unsigned", "A fact told again isn't signed by the till it is said to be from.", outer)
        _keep_evidence(act, inner)
        try:
            unfolded.append((replace(outer, hlc=inner.hlc), read(inner)))
        except Undecodable as error:
            alerts.add("quarantined", f"It was told again: {error}"[:1_000].replace("\0", " "), outer)
        else:
            retold[outer.number] = inner if genuine else replace(inner, incarnation=outer.incarnation)
    message = f"{len(told)} facts of this lane's journal before, which was copied, damaged or lost, were told again."
    alerts.add("retold", message, facts[-1][0])
    return Unfolded(unfolded, retold)


def has_successor(act: Act, incarnation: UUID) -> bool:
    """Whether its lane has a later device, which may have told this one's facts before they came from a copy."""
    later = device.alias()
    after = or_(
        later.c.enrolled_ms > device.c.enrolled_ms,
        and_(later.c.enrolled_ms == device.c.enrolled_ms, later.c.incarnation > device.c.incarnation),
    )
    of_lane = and_(later.c.store_id == device.c.store_id, later.c.lane == device.c.lane, after)
    chosen = select(later.c.incarnation).select_from(device.join(later, of_lane))
    return act.connection.scalar(chosen.where(device.c.incarnation == incarnation).limit(1)) is not None


def _keys(act: Act, incarnations: set[UUID]) -> dict[UUID, bytes]:
    found = select(device.c.incarnation, device.c.public_key).where(device.c.incarnation.in_(incarnations))
    return {row.incarnation: bytes(row.public_key) for row in act.connection.execute(found)}


def _is_genuine(inner: Fact, key: bytes | None) -> bool:
    if key is None:
        return False
    try:
        check_link(inner, inner.previous, inner.number)
        check_signature(key, inner)
    except (BrokenChain, ForgedFact):
        return False
    return True


def _keep_evidence(act: Act, inner: Fact) -> None:
    """Another fact than the one we hold under that number is what forked the journal."""
    held = act.connection.scalar(
        select(fact.c.hash).where(fact.c.incarnation == inner.incarnation, fact.c.number == inner.number)
    )
    if held is not None and bytes(held) != inner.hash:
        evidence = {
            "incarnation": inner.incarnation, "number": inner.number, "hash": inner.hash,
            "body": msgspec.msgpack.encode(fact_message(inner)), "received_ms": act.now_ms,
        }  # fmt: skip
        add_missing(act.connection, forked_fact, [evidence])
