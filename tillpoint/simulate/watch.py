"""Watches the tills while they work: what one shows of a member at any moment is made of each fact exactly once.

The accountant sees only the end, when a figure that was wrong for an hour is right again. The watch knows which facts
of which device each version of a row was made of, and sums them up by itself; of a receipt, which returns. It also sees
how much was overspent at any moment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Connection, func, select

from pos_client.store.journal import SELECT_FACTS, fact_of_row
from shared_models.domain.facts import Fact
from shared_models.domain.member_links import MemberRewarded, MembersParted
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.sale import SaleConfirmed, TenderKind
from shared_models.domain.spending_rules import Resource
from shared_models.domain.stored_value_facts import StoredValueCorrected, StoredValueLoaded, account_id
from shared_models.orm.server import counted, device, fact, feed, lease, sale_return
from shared_models.wire.facts import Payload, decode
from shared_models.wire.state import StoredValueDoc
from sync_server.ingest.locks import SERVER
from sync_server.ledger.receipts import WAITING
from sync_server.server import Server
from tillpoint.simulate.account_of_returns import RETURNS
from tillpoint.simulate.account_of_value import spent_minor
from tillpoint.simulate.books import Pool
from tillpoint.simulate.server import fact_of
from tillpoint.simulate.till import SimTill

Parts = dict[UUID, int]
"""Device → up to which of its facts."""

Place = tuple[UUID, int]
"""A fact: its device and number."""

Once = tuple[str, str]
"""By a sale's receipt code something that it did, which comes back once however often it is told: what it earned or
spent, or one of its payments."""

MEMBER, VALUE, RECEIPT = "member", "stored_value", "receipt"
RECEIPTS_WATCHED = 4
_STORED_VALUE = msgspec.json.Decoder(StoredValueDoc)
EARNED, SPENT = "earned", "spent"


@dataclass(frozen=True, slots=True)
class Row:
    """What the server made a row of: all facts of ``parts``, as they were in that ``era``, but the returns that wait
    for their sale."""

    parts: Parts
    era: int = 0
    waiting: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class _Back:
    """What a return, as told, adds to an account."""

    of: Once
    amount: int


class Watch:
    """Each member has two accounts: that of points has the member's id, that of stored value its own.

    ``machines``: how many may be apart from each other. ``floor_points``: what each of them lets go of a member's
    points by itself, 0 where they are lent; ``floor_minor`` the same of stored value.
    """

    def __init__(self, machines: int, floor_points: int, floor_minor: int) -> None:
        self._machines = machines
        self._floor_points = floor_points
        self._floor_minor = floor_minor
        self.violations: list[str] = []
        self.looks = 0
        self._made_of: defaultdict[tuple[UUID, int], list[Row]] = defaultdict(list)
        self._era = 0
        """How often the server was restored. From then on a number of a journal may stand for something else: the
        server uses its own again, and it may hear the copy of a till where it had heard the till itself."""
        self._moved: defaultdict[tuple[UUID, int, UUID], dict[int, int]] = defaultdict(dict)
        self._backs: defaultdict[tuple[UUID, int], dict[Place, list[_Back]]] = defaultdict(dict)
        self._most: dict[Once, int] = {}
        self._units: dict[Place, list[tuple[Pool, int]]] = {}
        self._waiting: frozenset[Place] = frozenset()
        self._came_back: defaultdict[tuple[UUID, int], list[frozenset[UUID]]] = defaultdict(list)
        self._own_returns: defaultdict[tuple[UUID, str], set[UUID]] = defaultdict(set)
        self._codes: list[str] = []
        self._told_at: dict[UUID, Place] = {}
        self._version = 0
        self._read_up_to: dict[UUID, int] = {}
        self._value_of: dict[UUID, UUID] = {}
        self._people: dict[UUID, frozenset[UUID]] = {}
        self._parted: set[UUID] = set()
        self._beyond: defaultdict[UUID, int] = defaultdict(int)
        self._servers: set[UUID] = set()
        self._forgotten: dict[UUID, tuple[SimTill, Resource]] = {}
        self._lent: set[UUID] = set()
        self._restored_epoch = 0
        self._honest: Callable[[], Iterable[SimTill]] = tuple

    @property
    def members(self) -> list[UUID]:
        """All that the server knows by now."""
        return sorted(self._value_of.values())

    @property
    def receipts(self) -> list[str]:
        """The codes of the newest."""
        return self._codes[-3 * RECEIPTS_WATCHED :]

    def note(self, server: Server) -> None:
        """The server committed something: remember what the new rows are made of."""
        with server.reading() as connection:
            if self._forgotten:
                self._check_lending(connection)
            changed = connection.execute(
                select(feed.c.kind, feed.c.key, feed.c.version).where(
                    feed.c.kind.in_((MEMBER, VALUE, RECEIPT)), feed.c.version > self._version
                )
            ).all()
            if not changed:
                return
            self._version = max(version for _, _, version in changed)
            self._servers |= set(connection.scalars(select(device.c.incarnation).where(device.c.state == SERVER)))
            back = sale_return.c
            waits = select(back.incarnation, back.number).where(back.state == WAITING)
            self._waiting = frozenset((row.incarnation, row.number) for row in connection.execute(waits))
            for kind, key, version in changed:
                if kind == RECEIPT:
                    booked = select(back.return_id).where(back.sale_id == UUID(key), back.state != WAITING)
                    self._came_back[UUID(key), version].append(frozenset(connection.scalars(booked)))
                    continue
                parts = connection.execute(
                    select(counted.c.incarnation, counted.c.number).where(counted.c.member_id == UUID(key))
                )
                made_of = Row({row.incarnation: row.number for row in parts}, self._era, self._waiting)
                if made_of not in self._made_of[UUID(key), version]:
                    self._made_of[UUID(key), version].append(made_of)
            members = {UUID(key) for kind, key, _ in changed if kind == MEMBER}
            self._value_of |= {account_id(each): each for each in members - set(self._value_of.values())}
            for incarnation, last in connection.execute(
                select(fact.c.incarnation, func.max(fact.c.number)).group_by(fact.c.incarnation)
            ).all():
                known = self._read_up_to.get(incarnation, 0)
                for row in connection.execute(
                    select(fact).where(fact.c.incarnation == incarnation, fact.c.number > known)
                ):
                    self._take(fact_of(row))
                self._read_up_to[incarnation] = max(last, known)
        for member_id in {each for one in self._parted for each in self._person(one)}:
            for subject in (member_id, account_id(member_id)):
                self._beyond[subject] += max(0, -self._sum_of_all(subject))
        self._parted.clear()
        for kind, key, _ in (each for each in changed if each.kind != RECEIPT):
            self._check_bound(kind, UUID(key))

    def joined(self, first: UUID, second: UUID) -> None:
        """Two members have one balance, or had."""
        people = self._person(first) | self._person(second)
        self._people |= dict.fromkeys(people, people)

    def exposed(self, subject: UUID, amount: int) -> None:
        """So much may be spent twice: a disk was copied, or what a till was lent was written off."""
        self._beyond[subject] += amount

    def restored(self, server: Server) -> Counter[Pool]:
        """The server forgot some of its past, and draws versions of it again: a row may be that of either. What it
        forgot can be spent again until it is told, and goods of which it forgot that they came back can come back
        again: how much of which."""
        self._version = 0
        with server.reading() as connection:
            heads = {row.incarnation: row.head_number for row in connection.execute(select(device))}
        before, self._era = self._era, self._era + 1
        for (teller, era, subject), moves in list(self._moved.items()):
            if era == before:
                head = heads.get(teller, 0)
                self._moved[teller, self._era, subject] = {at: move for at, move in moves.items() if at <= head}
                if teller not in self._servers:
                    self._beyond[subject] += sum(-move for at, move in moves.items() if at > head and move < 0)
        for (subject, era), backs in list(self._backs.items()):
            if era == before:
                self._backs[subject, self._era] = {
                    place: back for place, back in backs.items() if place[1] <= heads.get(place[0], 0)
                }
        self._read_up_to = {each: min(upto, heads.get(each, 0)) for each, upto in self._read_up_to.items()}
        again: Counter[Pool] = Counter()
        for (teller, number), units in self._units.items():
            if number > heads.get(teller, 0):
                again.update(dict(units))
        return again

    def forgot_lending(self, server: Server, tills: Callable[[], Iterable[SimTill]]) -> None:
        """After a restore: remember which leases those ``tills`` hold, to which nothing happened, that the server knows
        nothing of."""
        self._honest = tills
        with server.reading() as connection:
            self._restored_epoch = server.epoch(connection)
            self._lent = set(connection.scalars(select(lease.c.id)))
        self._forgotten = {
            held.id: (till, held.resource)
            for till in tills()
            for held in till.journal.leases.held()
            if held.id not in self._lent and held.held.left
        }

    def _check_lending(self, connection: Connection) -> None:
        """Once the server knows that it was restored, it lends nothing of what a till holds that it forgot."""
        rows = connection.execute(select(lease.c.id, lease.c.kind, lease.c.key, lease.c.epoch)).all()
        for row in rows:
            self._forgotten.pop(row.id, None)
        honest = {till.name for till in self._honest()}
        for row in (each for each in rows if each.id not in self._lent):
            self._lent.add(row.id)
            self.violations += [
                f"{row.kind} {row.key} was lent, of which the server forgot that {till.name} holds {held.held.left}"
                for lease_id, (till, resource) in self._forgotten.items()
                if row.epoch > self._restored_epoch and till.name in honest
                if (resource.kind, resource.key) == (row.kind, row.key)
                for held in till.journal.leases.held(resource)
                if held.id == lease_id and held.held.left
            ]

    def look(self, till: SimTill, members: list[UUID], receipts: list[str]) -> None:
        """Compare what ``till`` shows of ``members`` right now with what it ought to, and which returns it knows of
        ``receipts``."""
        own = till.journal.identity.incarnation
        rows = till.journal.database.all(SELECT_FACTS + " WHERE number > ?", (self._read_up_to.get(own, 0),))
        for row in rows:
            self._take(fact_of_row(row, own))
        for code in receipts:
            self._look_at_receipt(till, code)
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

    def _look_at_receipt(self, till: SimTill, code: str) -> None:
        known = till.parts.counter.books.receipts.by_code(code)
        if known is None:
            return
        self.looks += 1
        row = till.journal.database.one("SELECT sale_id, version FROM replica.receipt WHERE code = ?", (code,))
        came = [frozenset[UUID]()] if row is None else self._came_back[UUID(bytes=row[0]), row[1]]
        own = self._own_returns[till.journal.identity.incarnation, code]
        shows = {each.return_id for each in known.returns}
        if shows not in [each | own for each in came]:
            self.violations.append(
                f"{till.name} knows {len(shows)} returns of {code}, not {[len(each | own) for each in came]}"
            )

    def _compare(
        self, till: SimTill, what: str, shows: int, subjects: tuple[UUID, ...], of_row: tuple[UUID, int | None]
    ) -> None:
        own = till.journal.identity.incarnation
        mine = sum(self._sum(own, self._era, each, till.journal.head.number) for each in subjects)
        key, version = of_row
        made_of = [Row({})] if version is None else self._made_of.get((key, version), [Row({})])
        ought = [mine + self._of_others(own, subjects, row) + self._given_back(subjects, row, own) for row in made_of]
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
            floor = self._floor_minor
        total = sum(map(self._sum_of_all, people))
        most = self._machines * floor * len(people) + sum(self._beyond[each] for each in people)
        if total < -most:
            self.violations.append(f"{kind} {subject} owes {-total}, more than {most}")

    def _sum_of_all(self, subject: UUID) -> int:
        row = Row(self._read_up_to, self._era, self._waiting)
        moved = sum(self._sum(teller, row.era, subject, upto) for teller, upto in row.parts.items())
        return moved + self._given_back((subject,), row)

    def _of_others(self, own: UUID, subjects: tuple[UUID, ...], row: Row) -> int:
        others = [(teller, upto) for teller, upto in row.parts.items() if teller != own]
        return sum(self._sum(teller, row.era, each, upto) for teller, upto in others for each in subjects)

    def _given_back(self, subjects: tuple[UUID, ...], row: Row, own: UUID | None = None) -> int:
        """What returns did to these accounts: of those that the row is made of all together not more than their sales
        did, of the till's ``own`` others what they tell."""
        counted: Counter[Once] = Counter()
        told = 0
        for subject in subjects:
            for (teller, number), backs in self._backs[subject, self._era].items():
                if teller == own and number > row.parts.get(own, 0):
                    told += sum(each.amount for each in backs)
            for place, backs in self._backs[subject, row.era].items():
                if place[1] <= row.parts.get(place[0], 0) and place not in row.waiting:
                    for each in backs:
                        counted[each.of] += each.amount
        return told + sum(
            max(-most, min(most, amount)) for of, amount in counted.items() if (most := self._most.get(of, 0))
        )

    def _person(self, member_id: UUID) -> frozenset[UUID]:
        return self._people.get(member_id, frozenset({member_id}))

    def _sum(self, teller: UUID, era: int, subject: UUID, upto: int) -> int:
        return sum(amount for number, amount in self._moved[teller, era, subject].items() if number <= upto)

    def _take(self, one: Fact) -> None:
        """What happened counts where it was told first; of what is told again only the number is counted."""
        payload = decode(one)
        if isinstance(payload, FactRetold):
            payload = decode(payload.fact)
        place = (one.incarnation, one.number)
        if isinstance(payload, SaleConfirmed):
            self._sold(payload)
        if isinstance(payload, SaleReturned):
            self._own_returns[place[0], payload.sale_code].add(payload.return_id)
            if self._told_at.setdefault(payload.return_id, place) == place:
                self._returned(place, payload)
        for id_, subject, amount in _moves(payload, one.id):
            if self._told_at.setdefault(id_, place) == place:
                self._moved[one.incarnation, self._era, subject][one.number] = amount
        if isinstance(payload, MembersParted):
            self._parted |= {payload.first, payload.second}
        if isinstance(payload, MemberRewarded):
            self._beyond[payload.member_id] += payload.taken_back

    def _sold(self, sale: SaleConfirmed) -> None:
        code = sale.receipt_code
        if (code, EARNED) in self._most:
            return
        self._codes.append(code)
        member = sale.member
        self._most[code, EARNED] = member.earned.points if member and member.earned else 0
        self._most[code, SPENT] = member.redeemed_points if member else 0
        for payment in sale.payments:
            self._most[code, f"{payment.id}/bonus"] = payment.bonus_minor
            self._most[code, f"{payment.id}/principal"] = payment.amount_minor - payment.bonus_minor

    def _returned(self, place: Place, one: SaleReturned) -> None:
        """What is taken back leaves a debt, which isn't overspent. What is given back to stored value can be spent at
        once where a floor bounds that, also what another till has given back already."""
        self._units[place] = [((RETURNS, f"{one.sale_id}/{line.number}"), line.quantity_milli) for line in one.lines]
        if one.member is None:
            return
        code, member_id = one.sale_code, one.member.id
        if place not in self._backs[member_id, self._era]:
            self._beyond[member_id] += one.member.taken_back
        self._backs[member_id, self._era][place] = [
            _Back((code, EARNED), -one.member.taken_back),
            _Back((code, SPENT), sum(each.points for each in one.refunds)),
        ]
        if self._floor_minor and place not in self._backs[account_id(member_id), self._era]:
            self._beyond[account_id(member_id)] += _stored_minor(one)
        self._backs[account_id(member_id), self._era][place] = [
            _Back((code, f"{each.payment_id}/{part}"), minor)
            for each in one.refunds
            if each.kind is TenderKind.STORED_VALUE
            for part, minor in (("bonus", each.bonus_minor), ("principal", each.amount_minor - each.bonus_minor))
        ]


def _stored_minor(one: SaleReturned) -> int:
    return sum(each.amount_minor for each in one.refunds if each.kind is TenderKind.STORED_VALUE)


def _moves(payload: Payload, fact_id: UUID) -> Iterator[tuple[UUID, UUID, int]]:
    """The act's id, the account and what is added to it."""
    match payload:
        case SaleConfirmed(member=member) if member is not None:
            earned = member.earned.points if member.earned else 0
            yield payload.sale_id, member.id, earned - member.redeemed_points
            yield payload.sale_id, account_id(member.id), -spent_minor(payload)
        case RewardRedeemed():
            yield payload.redemption_id, payload.member_id, -payload.points
        case MemberRewarded():
            yield fact_id, payload.member_id, (payload.lot.points if payload.lot else 0) - payload.taken_back
        case StoredValueLoaded():
            added = payload.amount_minor + sum(lot.minor for lot in payload.bonus)
            yield payload.load_id, account_id(payload.member_id), added
        case StoredValueCorrected():
            added = payload.principal_minor + sum(lot.minor for lot in payload.lots)
            yield fact_id, account_id(payload.member_id), added
