"""Watches the tills while they work: what one shows of a member at any moment is made of each fact exactly once.

The accountant sees only the end, when a figure that was wrong for an hour is right again. The watch knows which facts
of which device each version of a row was made of, and sums them up by itself. It also sees how much was overspent at
any moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import func, select

from pos_client.store.journal import SELECT_FACTS, fact_of_row
from shared_models.domain.facts import Fact
from shared_models.domain.leases import LeaseGranted
from shared_models.domain.member_links import MemberRewarded, MembersParted
from shared_models.domain.retold import FactRetold
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import ResourceKind
from shared_models.domain.stored_value_facts import StoredValueCorrected, StoredValueLoaded, account_id
from shared_models.orm.server import counted, device, fact, feed
from shared_models.wire.facts import Payload, decode
from shared_models.wire.state import StoredValueDoc
from sync_server.ingest.locks import SERVER
from sync_server.server import Server
from tillpoint.simulate.account_of_value import spent_minor
from tillpoint.simulate.server import fact_of
from tillpoint.simulate.till import SimTill

Parts = dict[UUID, int]
"""Device → up to which of its facts."""

MEMBER, VALUE = "member", "stored_value"
_STORED_VALUE = msgspec.json.Decoder(StoredValueDoc)
VALUE_FLOOR_MINOR = 20_000
"""What a till lets go of a member's stored value by itself, where none is lent."""


class Watch:
    """Each member has two accounts: that of points has the member's id, that of stored value its own.

    ``machines``: how many may be apart from each other. ``floor_points``: what each of them lets go of a member's
    points by itself, 0 where they are lent.
    """

    def __init__(self, machines: int, floor_points: int) -> None:
        self._machines = machines
        self._floor_points = floor_points
        self.violations: list[str] = []
        self.looks = 0
        self._made_of: defaultdict[tuple[UUID, int], list[Parts]] = defaultdict(list)
        self._moved: defaultdict[tuple[UUID, UUID], dict[int, int]] = defaultdict(dict)
        self._told_at: dict[UUID, tuple[UUID, int]] = {}
        self._version = 0
        self._read_up_to: dict[UUID, int] = {}
        self._value_of: dict[UUID, UUID] = {}
        self._people: dict[UUID, frozenset[UUID]] = {}
        self._parted: set[UUID] = set()
        self._beyond: defaultdict[UUID, int] = defaultdict(int)
        self._lends_value = False
        self._own: dict[UUID, UUID] = {}
        """The server's own journals, each by the name of what it is since the last restore: it may have begun to use
        numbers again that stand for something else by then."""
        self._restores = 0

    @property
    def members(self) -> list[UUID]:
        """All that the server knows by now."""
        return sorted(self._value_of.values())

    def note(self, server: Server) -> None:
        """The server committed something: remember what the new rows are made of."""
        with server.reading() as connection:
            changed = connection.execute(
                select(feed.c.kind, feed.c.key, feed.c.version).where(
                    feed.c.kind.in_((MEMBER, VALUE)), feed.c.version > self._version
                )
            ).all()
            if not changed:
                return
            self._version = max(version for _, _, version in changed)
            for incarnation in connection.scalars(select(device.c.incarnation).where(device.c.state == SERVER)):
                self._own.setdefault(incarnation, incarnation)
            for _, key, version in changed:
                parts = connection.execute(
                    select(counted.c.incarnation, counted.c.number).where(counted.c.member_id == UUID(key))
                )
                made_of = {self._name(row.incarnation): row.number for row in parts}
                if made_of not in self._made_of[UUID(key), version]:
                    self._made_of[UUID(key), version].append(made_of)
            members = {UUID(key) for kind, key, _ in changed if kind == MEMBER}
            self._value_of |= {account_id(each): each for each in members - set(self._value_of.values())}
            for incarnation, last in connection.execute(
                select(fact.c.incarnation, func.max(fact.c.number)).group_by(fact.c.incarnation)
            ).all():
                name = self._name(incarnation)
                known = self._read_up_to.get(name, 0)
                for row in connection.execute(
                    select(fact).where(fact.c.incarnation == incarnation, fact.c.number > known)
                ):
                    self._take(fact_of(row))
                self._read_up_to[name] = max(last, known)
        for member_id in {each for one in self._parted for each in self._person(one)}:
            for subject in (member_id, account_id(member_id)):
                self._beyond[subject] += max(0, -self._sum_of_all(subject))
        self._parted.clear()
        for kind, key, _ in changed:
            self._check_bound(kind, UUID(key))

    def joined(self, first: UUID, second: UUID) -> None:
        """Two members have one balance, or had."""
        people = self._person(first) | self._person(second)
        self._people |= dict.fromkeys(people, people)

    def exposed(self, subject: UUID, amount: int) -> None:
        """So much may be spent twice: a disk was copied, or what a till was lent was written off."""
        self._beyond[subject] += amount

    def restored(self, server: Server) -> None:
        """The server forgot some of its past, and draws versions of it again: a row may be that of either. What it
        forgot can be spent again until it is told."""
        self._version = 0
        self._restores += 1
        with server.reading() as connection:
            heads = {row.incarnation: row.head_number for row in connection.execute(select(device))}
        for (incarnation, subject), moves in list(self._moved.items()):
            if incarnation not in self._own.values():
                head = heads.get(incarnation, 0)
                self._beyond[subject] += sum(-move for number, move in moves.items() if number > head and move < 0)
        for incarnation, name in list(self._own.items()):
            self._begin_anew(incarnation, name, heads.get(incarnation, 0))

    def _begin_anew(self, incarnation: UUID, before: UUID, head: int) -> None:
        """The server's own journal as it is from the backup on."""
        name = self._own[incarnation] = uuid5(incarnation, str(self._restores))
        for (name_before, subject), moves in list(self._moved.items()):
            if name_before == before:
                self._moved[name, subject] = {number: move for number, move in moves.items() if number <= head}
        self._read_up_to.pop(before, None)
        self._read_up_to[name] = head

    def _name(self, incarnation: UUID) -> UUID:
        return self._own.get(incarnation, incarnation)

    def look(self, till: SimTill, members: list[UUID]) -> None:
        """Compare what ``till`` shows of ``members`` right now with what it ought to."""
        own = till.journal.identity.incarnation
        rows = till.journal.database.all(SELECT_FACTS + " WHERE number > ?", (self._read_up_to.get(own, 0),))
        for row in rows:
            self._take(fact_of_row(row, own))
        for member_id in members:
            known = till.shop.member(member_id)
            if known is None:
                continue
            self.looks += 1
            account, together = known.view.account, (known.doc.id, *known.doc.aliases)
            shows = sum(lot.points for lot in account.lots) - account.debt
            self._compare(till, "points", shows, together, (known.doc.id, known.version))
            of_value = till.journal.database.one(
                "SELECT version, doc FROM replica.value_row WHERE kind = 'stored_value' AND \"key\" = ?",
                (str(account_id(member_id)),),
            )
            held, subject = till.parts.counter.books.valuables.stored_value(member_id).held, account_id(member_id)
            version, aliases = (of_value[0], _STORED_VALUE.decode(of_value[1]).aliases) if of_value else (None, [])
            minor = held.principal_minor + sum(lot.minor for lot in held.lots)
            subjects = (subject, *map(account_id, aliases))
            self._compare(till, "stored value", minor, subjects, (subject, version))

    def _compare(
        self, till: SimTill, what: str, shows: int, subjects: tuple[UUID, ...], of_row: tuple[UUID, int | None]
    ) -> None:
        own = till.journal.identity.incarnation
        mine = sum(self._sum(own, each, till.journal.head.number) for each in subjects)
        key, version = of_row
        made_of: list[Parts] = [{}] if version is None else self._made_of.get((key, version), [{}])
        ought = [mine + self._of_others(own, subjects, parts) for parts in made_of]
        if shows not in ought:
            self.violations.append(f"{till.name} showed {shows} {what} of {key} instead of {ought}")

    def _check_bound(self, kind: str, subject: UUID) -> None:
        """Each machine may let go its floor against a balance that others have spent meanwhile, and no more; of what is
        lent nothing is overspent, but for what was copied or written off, and what one who was parted from another had
        spent of theirs."""
        if kind == MEMBER:
            people, floor = self._person(subject), self._floor_points
        else:
            people = frozenset(map(account_id, self._person(self._value_of[subject])))
            floor = 0 if self._lends_value else VALUE_FLOOR_MINOR
        total = sum(map(self._sum_of_all, people))
        most = self._machines * floor * len(people) + sum(self._beyond[each] for each in people)
        if total < -most:
            self.violations.append(f"{kind} {subject} owes {-total}, more than {most}")

    def _sum_of_all(self, subject: UUID) -> int:
        return sum(self._sum(device, subject, upto) for device, upto in self._read_up_to.items())

    def _of_others(self, own: UUID, subjects: tuple[UUID, ...], parts: Parts) -> int:
        others = [(device, upto) for device, upto in parts.items() if device != own]
        return sum(self._sum(device, each, upto) for device, upto in others for each in subjects)

    def _person(self, member_id: UUID) -> frozenset[UUID]:
        return self._people.get(member_id, frozenset({member_id}))

    def _sum(self, device: UUID, subject: UUID, upto: int) -> int:
        return sum(amount for number, amount in self._moved[device, subject].items() if number <= upto)

    def _take(self, one: Fact) -> None:
        """What happened counts where it was told first; of what is told again only the number is counted."""
        payload = decode(one)
        if isinstance(payload, FactRetold):
            payload = decode(payload.fact)
        if isinstance(payload, LeaseGranted):
            self._lends_value |= payload.kind is ResourceKind.STORED_VALUE
        place = (self._name(one.incarnation), one.number)
        for id_, subject, amount in _moves(payload, one.id):
            if self._told_at.setdefault(id_, place) == place:
                self._moved[place[0], subject][one.number] = amount
        if isinstance(payload, MembersParted):
            self._parted |= {payload.first, payload.second}
        if isinstance(payload, MemberRewarded):
            self._beyond[payload.member_id] += payload.taken_back


def _moves(payload: Payload, fact_id: UUID) -> Iterator[tuple[UUID, UUID, int]]:
    """The act's id, the account and what is added to it."""
    match payload:
        case SaleConfirmed(member=member) if member is not None:
            earned = member.earned.points if member.earned else 0
            yield payload.sale_id, member.id, earned - member.redeemed_points
            yield payload.sale_id, account_id(member.id), -spent_minor(payload)
        case MemberRewarded():
            yield fact_id, payload.member_id, (payload.lot.points if payload.lot else 0) - payload.taken_back
        case StoredValueLoaded():
            added = payload.amount_minor + sum(lot.minor for lot in payload.bonus)
            yield payload.load_id, account_id(payload.member_id), added
        case StoredValueCorrected():
            added = payload.principal_minor + sum(lot.minor for lot in payload.lots)
            yield fact_id, account_id(payload.member_id), added
