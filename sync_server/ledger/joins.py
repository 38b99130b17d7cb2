"""Two members made one, and apart again: what becomes of their points, and of what their rows count.

Who joins and parts holds the locks of all the members concerned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, func, literal, or_, select

from shared_models.domain import profile_edit
from shared_models.domain.joining import joined
from shared_models.domain.member import Account
from shared_models.domain.profile_edit import Consent
from shared_models.domain.programme import Programme
from shared_models.orm.server import counted, member, points_lot
from sync_server.ledger.member_rows import Member
from sync_server.store.statements import put


def group_of(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """``ids`` and all that are joined with any of them."""
    wanted = set(ids)
    kept = connection.scalars(select(member.c.alias_of).where(member.c.id.in_(wanted), member.c.alias_of.is_not(None)))
    wanted |= set(kept)
    return wanted | set(connection.scalars(select(member.c.id).where(member.c.alias_of.in_(wanted))))


def groups_of(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of those of ``ids`` who are joined with others, and of these: whom each was joined into. Who has aliases is there
    under their own id."""
    wanted, alias_of = set(ids), member.c.alias_of
    named = or_(and_(member.c.id.in_(wanted), alias_of.is_not(None)), alias_of.in_(wanted))
    kept = set(connection.scalars(select(alias_of).where(named)))
    if not kept:
        return {}
    gone = connection.execute(select(member.c.id, alias_of).where(alias_of.in_(kept)))
    return {each: each for each in kept} | {row.id: row.alias_of for row in gone}


def join(connection: Connection, kept: Member, group: Sequence[Member], programme: Programme, on: date) -> None:
    """Make ``group``, the member who goes first and then their aliases, aliases of ``kept``. ``on`` is the day whose
    points can pay debts."""
    gone = group[0]
    both = joined(kept.view, gone.view, programme, on)
    kept.apart, gone.view, gone.apart, kept.view = kept.alone, gone.alone, None, both
    kept.read = Account((*kept.read.lots, *gone.read.lots))
    kept.aliases = tuple(sorted((*kept.aliases, *(each.id for each in group))))
    out = {name: Consent(withdrawn=each.withdrawn) for name, each in gone.consents.items() if each.withdrawn}
    kept.consents = profile_edit.both(kept.consents, out)
    gone.aliases, gone.read = (), Account()
    for each in group:
        each.alias_of = kept.id
    lot = points_lot.c
    connection.execute(
        points_lot.update()
        .where(lot.member_id == gone.id)
        .values(earned_by=func.coalesce(lot.earned_by, literal(gone.id, lot.earned_by.type)), member_id=kept.id)
    )
    count_as_one(connection, kept.id, [each.id for each in group])


def part(
    connection: Connection, kept: Member, leaves: Member, known: Mapping[UUID, Member], programme: Programme, on: date
) -> None:
    """``leaves`` is no alias of ``kept`` any more; each has what is theirs alone, ``kept`` with the aliases that stay,
    who are in ``known``."""
    kept.aliases = tuple(each for each in kept.aliases if each != leaves.id)
    leaves.alias_of = None
    kept.view, others = kept.alone, [known[each].view for each in kept.aliases]
    kept.apart = kept.view if others else None
    for view in others:
        kept.view = joined(kept.view, view, programme, on)
    share_lots(connection, kept, leaves)


def share_lots(connection: Connection, kept: Member, leaves: Member) -> None:
    """Every lot that was ever of both goes to who earned it, with what each one's own account has left of it."""
    left = {lot.id: lot for one in (kept, leaves) for lot in one.view.account.lots}
    rows = []
    for row in connection.execute(select(points_lot).where(points_lot.c.member_id == kept.id)):
        is_leaving = row.earned_by == leaves.id
        now = left.get(row.id)
        rows.append(
            {
                "lot": row.id, "owner": leaves.id if is_leaving else kept.id,
                "earner": None if is_leaving else row.earned_by, "left": now.points if now else 0,
                "until": now.expires_on.isoformat() if now else row.expires_on,
            }
        )  # fmt: skip
    if rows:
        connection.execute(
            points_lot.update()
            .where(points_lot.c.id == bindparam("lot"))
            .values(
                member_id=bindparam("owner"), earned_by=bindparam("earner"), remaining=bindparam("left"),
                expires_on=bindparam("until"),
            ),
            rows,
        )  # fmt: skip
    kept.read, leaves.read = kept.view.account, leaves.view.account


def count_as_one(connection: Connection, kept_id: UUID, ids: Sequence[UUID]) -> None:
    """The row of whom others were joined into counts, of every device, what any of theirs counted: a device's facts are
    taken in order, so none of a lower number is still to come for any of them. Of members, or of their accounts."""
    most = (
        select(counted.c.incarnation, func.max(counted.c.number).label("number"))
        .where(counted.c.member_id.in_([kept_id, *ids]))
        .group_by(counted.c.incarnation)
    )
    rows = connection.execute(most).all()
    put(
        connection,
        counted,
        [{"member_id": kept_id, "incarnation": row.incarnation, "number": row.number} for row in rows],
    )
