"""Our own code, broken on purpose in one place each. The simulator has to notice every one, or it watches nothing.

python -m tests.tillpoint.simulate.mutations            all of them
python -m tests.tillpoint.simulate.mutations fsync      those whose name contains this
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from sqlalchemy import Connection

from pos_client.app import spending as till_spending
from pos_client.app.counter import Counter
from pos_client.app.paying import Paying
from pos_client.app.returning import Returning
from pos_client.app.sale_in_hand import SaleInHand, to_doc
from pos_client.app.views import Confirmed
from pos_client.store import database
from pos_client.store.database import Durability
from pos_client.store.effects import Effects
from pos_client.store.journal import Journal
from pos_client.store.leases import Leases
from pos_client.store.open_sales import StoredSale
from pos_client.store.outbox import Outbox
from pos_client.store.part_file import PartFile
from pos_client.store.receipts import KnownReceipt, Receipts
from pos_client.store.replica import Replica
from pos_client.store.shifts import Shifts
from pos_client.store.shop import KnownMember
from pos_client.store.value_effects import ValueEffects
from pos_client.sync.client import Client
from pos_client.sync.cycle import Cycle
from shared_models.domain import clock, coupon_life, joining, leases, return_booking, spending
from shared_models.domain.coupon import Coupon, CouponState
from shared_models.domain.coupon_life import Told
from shared_models.domain.facts import Fact, Side
from shared_models.domain.leases import LeaseUse, Loan, LoanState
from shared_models.domain.member import Effect
from shared_models.domain.profile_edit import Clocks, ProfileChange, Stamp
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.rewards import Reward, RewardKind
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending import Seen, Spendable, Why
from shared_models.domain.spending_rules import Policy, Resource, ResourceKind
from shared_models.domain.stored_value_ledger import Entry, EntryKind
from shared_models.domain.stored_value_summary import added
from shared_models.domain.tender import Cash
from shared_models.wire.facts import Payload, Undecodable
from shared_models.wire.messages import Cursor, PullAnswer, RowMessage
from sync_server import feed, lending
from sync_server.ingest import booking, intake, reading, welcome
from sync_server.ingest.returns import Returned
from sync_server.ledger import funds
from sync_server.ledger import stored_value as ledger
from sync_server.ledger.gifts import HANDED_OVER, Gifts
from sync_server.ledger.leases import Borrowed
from sync_server.ledger.leases import loans_of as loans_of_all
from sync_server.ledger.leases import open_of as open_of_all
from sync_server.ledger.members import Members
from sync_server.store import statements
from tillpoint.simulate.faults import Fault
from tillpoint.simulate.fleet import Plan, simulate

STORMY = Plan(seed=7, tills=3, days=2, operations=20)
APART = replace(STORMY, days=1, operations=40, faults=frozenset({Fault.NETWORK, Fault.PARTITION}))
"""Tills that sell much and hear little of each other, and nothing worse."""
OUTAGES = replace(APART, faults=frozenset({Fault.NETWORK, Fault.POWER}))
"""Tills whose power goes while they have just heard of what they did."""
FETCHING = replace(STORMY, operations=10, faults=frozenset({Fault.NETWORK, Fault.POWER, Fault.SNAPSHOT}))
"""Tills that sell little and fetch ready-made replicas."""
RESTORED = replace(STORMY, tills=5, operations=25, faults=frozenset({Fault.NETWORK, Fault.BACKUP}))
"""Many tills that hold something of a few members when the server is restored."""
SEEDS = 10
"""How many storms a mutation may hide from: whether one hits it is a matter of luck."""

HALF_AN_HOUR_MS = 30 * 60_000

Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Mutation:
    """``what`` is the mistake in one sentence, ``plan`` the first storm that it is tried in."""

    name: str
    what: str
    make: Callable[[Patch], None]
    plan: Plan


ALL: list[Mutation] = []


def mutation(what: str, plan: Plan = STORMY) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def declare(make: Callable[[Patch], None]) -> Callable[[Patch], None]:
        ALL.append(Mutation(make.__name__, what, make, plan))
        return make

    return declare


def caught(mutated: Mutation) -> str:
    """The first thing that a simulation with ``mutated`` complains of, empty if nothing does.

    A crash is a complaint too.
    """
    with pytest.MonkeyPatch.context() as patch:
        mutated.make(patch)
        for seed in range(mutated.plan.seed, mutated.plan.seed + SEEDS):
            try:
                found = simulate(replace(mutated.plan, seed=seed)).account.violations
            except Exception as error:
                if f"{mutated.name}.<locals>" in str(error):
                    raise  # the mutation no longer fits what it mutates
                return f"seed {seed}: {type(error).__name__}: {error}"
            if found:
                return f"seed {seed}: {found[0]}"
    return ""


# a till and its disk


@mutation("A sale is confirmed before it is on the disk.")
def journal_without_fsync(patch: Patch) -> None:
    real = database.connect

    def connect(path: Path, key: bytes, _durability: Durability) -> Any:
        return real(path, key, Durability.NORMAL)

    patch.setattr("tillpoint.simulate.till.connect", connect)


@mutation("Effects are pruned before the row that counts them is on the disk.", OUTAGES)
def replica_not_settled(patch: Patch) -> None:
    def unsynced(self: Replica) -> None:
        with self._database.transaction():
            self._meta.put("settled", self._meta.text("cursor"))

    patch.setattr(Replica, "settle", unsynced)


@mutation("The fact is committed first and its effects afterwards.")
def effects_in_a_second_transaction(patch: Patch) -> None:
    real = Journal._book

    def late(self: Journal, number: int, payload: Payload) -> None:
        self.database.commit()
        self.database.run("BEGIN IMMEDIATE")
        real(self, number, payload)

    patch.setattr(Journal, "_book", late)


@mutation("The receipt's number is remembered in memory only.")
def receipt_number_not_stored(patch: Patch) -> None:
    def forgetful(self: Journal, number: int, payload: Payload) -> None:
        real(self, number, payload)
        if isinstance(payload, SaleConfirmed):
            self.meta.put("receipt_number", payload.receipt_number - 1)

    real = Journal._book
    patch.setattr(Journal, "_book", forgetful)


@mutation("A sale stays open after it was confirmed.")
def sale_stays_open(patch: Patch) -> None:
    real = Paying._confirm

    def careless(self: Paying, sale: SaleInHand, cash: Cash | None) -> Confirmed:
        done = real(self, sale, cash)
        counter = self._counter
        counter.books.open_sales.save(StoredSale(sale.id, sale.state, to_doc(sale)), counter.books.journal.next_hlc())
        return done

    patch.setattr(Paying, "_confirm", careless)


@mutation("The Z report isn't counted on when a shift closes.")
def z_number_not_stored(patch: Patch) -> None:
    real = Shifts.close

    def close(self: Shifts, number: int, payload: Any) -> None:
        real(self, number, payload)
        self._database.run("UPDATE meta SET value = ? WHERE key = 'z_number'", (b"0",))

    patch.setattr(Shifts, "close", close)


@mutation("The logical clock follows the wall clock backwards.")
def clock_goes_backwards(patch: Patch) -> None:
    patch.setattr(clock, "tick", lambda _last, now_ms: now_ms << 16)


# a till and what it shows


@mutation("Own effects are added although the row counts them.")
def effects_added_twice(patch: Patch) -> None:
    real = Effects.of

    def forgetful(self: Effects, member_id: UUID, _counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
        return real(self, member_id, 0, aliases)

    patch.setattr(Effects, "of", forgetful)


@mutation("One counted number for the whole page instead of one for each row.")
def counted_for_the_page(patch: Patch) -> None:
    heads: dict[Path, int] = {}
    real_pull, real_apply, real_of = Client.pull, Replica.apply, Effects.of

    def pull(self: Client, cursor: Cursor | None, limit: int) -> PullAnswer:
        page = real_pull(self, cursor, limit)
        return structs.replace(page, rows=[structs.replace(row, counted=page.acknowledged) for row in page.rows])

    def apply(self: Replica, rows: Sequence[RowMessage], cursor: Cursor) -> None:
        till = self._database.path.parent
        heads[till] = max([heads.get(till, 0), *(row.counted for row in rows)])
        real_apply(self, rows, cursor)

    def of(self: Effects, member_id: UUID, _counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
        return real_of(self, member_id, heads.get(self._database.path.parent, 0), aliases)

    patch.setattr(Client, "pull", pull)
    patch.setattr(Replica, "apply", apply)
    patch.setattr(Effects, "of", of)


@mutation("Effects are forgotten once they are sent, though the till's row doesn't count them yet.")
def effects_forgotten_when_sent(patch: Patch) -> None:
    real = Outbox.acknowledge

    def hasty(self: Outbox, number: int, *rest: Any, **more: Any) -> None:
        real(self, number, *rest, **more)
        self._journal.database.run("DELETE FROM effect WHERE number <= ?", (number,))

    patch.setattr(Outbox, "acknowledge", hasty)


@mutation("The cursor is kept before the rows of its page.")
def cursor_before_rows(patch: Patch) -> None:
    real = Replica.apply

    def apply(self: Replica, rows: Sequence[RowMessage], cursor: Cursor) -> None:
        if not rows:
            real(self, rows, cursor)
            return
        real(self, [], cursor)
        self.settle()
        real(self, rows, structs.replace(cursor, version=cursor.version))

    patch.setattr(Replica, "apply", apply)


@mutation("The allowance for redeeming offline starts anew with the day, not with a sync.", replace(APART, days=2))
def floor_reset_by_the_clock(patch: Patch) -> None:
    real = spending.spendable

    def spendable(policy: Policy, seen: Seen) -> Spendable:
        return real(policy, replace(seen, own_uncounted=0))

    patch.setattr("pos_client.app.spending.spendable", spendable)


# the way between


@mutation("What was sent counts as sent, whether an answer came or not.")
def sent_without_an_answer(patch: Patch) -> None:
    real = Client.push

    def push(self: Client, facts: list[Fact], *rest: Any, **more: Any) -> Any:
        try:
            return real(self, facts, *rest, **more)
        except Exception:
            if facts:
                lost.append(facts[-1].number)
            raise

    def standing(self: Cycle) -> None:
        lost.clear()
        try:
            real_push(self)
        except Exception:
            if lost:
                self._ask(lambda: self._outbox.acknowledge(lost[-1], self._clock.now_ms()))
            raise

    def acknowledge(self: Outbox, number: int, *rest: Any, **more: Any) -> None:
        real_acknowledge(self, max(number, self.acknowledged()), *rest, **more)

    lost: list[int] = []
    real_push, real_acknowledge = Cycle.push, Outbox.acknowledge
    patch.setattr(Client, "push", push)
    patch.setattr(Cycle, "push", standing)
    patch.setattr(Outbox, "acknowledge", acknowledge)


@mutation("The feed is read from one version too far on.")
def cursor_off_by_one(patch: Patch) -> None:
    real = feed._checked

    def checked(*given: Any) -> int:
        version: int = real(*given)
        return version + 1 if version else version

    patch.setattr(feed, "_checked", checked)


# the server


@mutation("A doubled batch isn't recognised.")
def batch_taken_again(patch: Patch) -> None:
    patch.setattr(intake, "new_facts", lambda _head, facts, _held: list(facts))


@mutation("A sale is taken and not booked.")
def sale_not_booked(patch: Patch) -> None:
    patch.setattr(booking, "write_sales", lambda _act, sales, _known, _today: {fact.number for fact, _ in sales})


@mutation("Points are booked twice.")
def applied_twice(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        if effect.redeemed_points:
            real(self, number, replace(effect, earned=None, growth=0))
            self._entries.pop()
        return real(self, number, effect)

    patch.setattr(Members, "apply", apply)


@mutation("A redemption of points that aren't there is withheld instead of owed.", replace(APART, seed=9))
def debit_withheld(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        there = sum(lot.points for lot in self.known[effect.member_id].view.account.lots)
        return real(self, number, replace(effect, redeemed_points=min(effect.redeemed_points, there)))

    patch.setattr(Members, "apply", apply)


@mutation("A row doesn't say that it counts a device's fact.")
def counted_not_written(patch: Patch) -> None:
    real = statements.put

    def put(connection: Connection, table: Any, rows: list[Any], **more: Any) -> None:
        if table.name != "counted":
            real(connection, table, rows, **more)

    patch.setattr("sync_server.ledger.members.put", put)


@mutation("A batch is acknowledged up to its end, though only its first half was stored.")
def half_a_batch(patch: Patch) -> None:
    real = intake.take

    def take(server: Any, act: Any, incarnation: UUID, facts: Sequence[Fact], sides: Sequence[Side], *rest: Any) -> Any:
        done = real(server, act, incarnation, facts[: (len(facts) + 1) // 2], sides, *rest)
        return replace(done, acknowledged=facts[-1].number, hash=facts[-1].hash) if facts else done

    patch.setattr("sync_server.api.endpoints.take", take)


@mutation("The server believes the till's date for what is still good.")
def lots_expire_at_once(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        lot = effect.earned
        return real(self, number, replace(effect, earned=replace(lot, expires_on=date(2026, 1, 1)) if lot else None))

    patch.setattr(Members, "apply", apply)


@mutation("A redemption that needs more than there is is kept aside, as if it couldn't be read.")
def debit_quarantined(patch: Patch) -> None:
    real = reading.read

    def read(fact: Fact) -> Payload:
        payload = real(fact)
        if isinstance(payload, SaleConfirmed) and payload.member and payload.member.redeemed_points:
            raise Undecodable(fact, "there may not be so many points")
        return payload

    patch.setattr("sync_server.ingest.intake.read", read)


# stored value and coupons


@mutation("A purchase with stored value is booked twice.")
def stored_value_applied_twice(patch: Patch) -> None:
    real = ledger.Accounts.add

    def add(self: ledger.Accounts, number: int, member_id: UUID, entry: Entry, note: str = "") -> int:
        owed = real(self, number, member_id, entry, note)
        if entry.kind is EntryKind.SPEND:
            account = self.of(member_id)
            account.summary = added(account.summary, replace(entry, id=UUID(int=entry.id.int ^ 1)))
        return owed

    patch.setattr(ledger.Accounts, "add", add)


@mutation("Stored value that isn't there is withheld from a purchase instead of owed.", APART)
def stored_value_withheld(patch: Patch) -> None:
    real = ledger.Accounts.add

    def add(self: ledger.Accounts, number: int, member_id: UUID, entry: Entry, note: str = "") -> int:
        short = max(0, -entry.amount_minor - max(0, self.of(member_id).held.principal_minor))
        if entry.kind is EntryKind.SPEND and short and not entry.lots:
            entry = replace(entry, principal_minor=entry.principal_minor + short)
        return real(self, number, member_id, entry, note)

    patch.setattr(ledger.Accounts, "add", add)


@mutation("The till adds its own purchases to a row that counts them.", replace(APART, seed=8))
def stored_value_shown_twice(patch: Patch) -> None:
    real = ValueEffects.entries
    patch.setattr(ValueEffects, "entries", lambda self, account, _counted: real(self, account, 0))


@mutation("A till lets stored value go as often as it likes.")
def stored_value_without_a_bound(patch: Patch) -> None:
    real = till_spending._uses

    def careless(counter: Counter, resource: Resource, *rest: Any, **more: Any) -> tuple[LeaseUse, ...]:
        if resource.kind is ResourceKind.STORED_VALUE:
            return ()
        return real(counter, resource, *rest, **more)

    patch.setattr(till_spending, "stored_value", lambda *_: Spendable(1 << 53, Why.NONE))
    patch.setattr(till_spending, "_uses", careless)


@mutation("A coupon isn't marked as used.")
def coupon_not_marked_used(patch: Patch) -> None:
    patch.setattr("sync_server.ledger.coupons.told", lambda coupon, _sale_id: Told(coupon))


@mutation("A till forgets which coupons it took itself.", APART)
def coupon_used_again(patch: Patch) -> None:
    patch.setattr(ValueEffects, "used_by", lambda _self, _coupon_id, _counted: None)


@mutation("A cancelled coupon that was used is given to that sale.")
def void_undone(patch: Patch) -> None:
    real = coupon_life.told

    def told(coupon: Coupon, sale_id: UUID) -> Told:
        if coupon.state is CouponState.REDEEMED:
            return Told(replace(coupon, reserved_by=sale_id))
        return real(coupon, sale_id)

    patch.setattr("sync_server.ledger.coupons.told", told)


# goods that come back


@mutation("A till counts only the returns that the server told it of, not its own.", APART)
def own_returns_not_counted(patch: Patch) -> None:
    real = Receipts.by_code

    def by_code(self: Receipts, code: str) -> KnownReceipt | None:
        known = real(self, code)
        if known is None:
            return None
        mine = {one.return_id for one in known.own}
        return replace(known, returns=tuple(one for one in known.returns if one.return_id not in mine), own=())

    patch.setattr(Receipts, "by_code", by_code)


@mutation("A till takes goods back as long as it sees some left, whatever it was lent.", APART)
def returns_without_a_bound(patch: Patch) -> None:
    patch.setattr(Returning, "_may", lambda _self, _known, _number, left_milli: Spendable(left_milli, Why.NONE))
    patch.setattr(Returning, "_leases", lambda *_: ())


@mutation("The cash that is given back isn't taken out of the drawer's figures.", APART)
def refund_not_in_the_figures(patch: Patch) -> None:
    patch.setattr(Shifts, "add_return", lambda _self, _record: None)


@mutation("What is dropped into the safe isn't taken out of the drawer's figures.")
def drop_not_in_the_figures(patch: Patch) -> None:
    patch.setattr(Shifts, "add_movement", lambda _self, _moved: None)


@mutation("A till hands over gifts as long as it sees some, whatever it was lent.", APART)
def gifts_without_a_lease(patch: Patch) -> None:
    real = till_spending.reward_uses

    def reward_uses(
        counter: Counter, redeemed: RewardRedeemed, reward: Reward, member: KnownMember
    ) -> tuple[LeaseUse, ...]:
        return real(counter, replace(redeemed, kind=RewardKind.SERVICE), reward, member)

    patch.setattr(till_spending, "gifts", lambda _counter, known: Spendable(known.units if known else 0, Why.NONE))
    patch.setattr(till_spending, "reward_uses", reward_uses)


@mutation("A gift that a member had stays in the stock.", APART)
def gifts_not_taken_out(patch: Patch) -> None:
    real = Gifts.add

    def add(self: Gifts, number: int, entry_id: UUID, store_id: str, reward: str, kind: str, *more: Any) -> int | None:
        if kind == HANDED_OVER:
            self.count(number, store_id, reward)
            return 0
        return real(self, number, entry_id, store_id, reward, kind, *more)

    patch.setattr(Gifts, "add", add)


@mutation("What a return does to its member is booked twice.", APART)
def return_applied_twice(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        if effect.taken_back:
            real(self, number, replace(effect, given_back=(), spend_minor=0))
            self._entries.pop()
        return real(self, number, effect)

    patch.setattr(Members, "apply", apply)


@mutation("What two tills gave back for the same goods is credited twice.", APART)
def give_back_credited_twice(patch: Patch) -> None:
    patch.setattr(return_booking, "_within", lambda _most, _before, more: more)


@mutation("A return is taken and not booked.", APART)
def return_not_booked(patch: Patch) -> None:
    patch.setattr(booking, "book_returns", lambda *_: Returned())


@mutation("The receipt's row isn't written anew when goods came back.", APART)
def return_not_shown(patch: Patch) -> None:
    patch.setattr("sync_server.ingest.returns.shown_among", lambda _connection, _receipts: ())


@mutation("A coupon doesn't come back with the goods.", APART)
def coupon_not_given_back(patch: Patch) -> None:
    patch.setattr("sync_server.ledger.coupons.give_back", lambda one, *_: one)


# leases


@mutation("What a till was lent is free again after half an hour.", APART)
def lease_reclaimed_by_time_out(patch: Patch) -> None:
    now: list[int] = []
    real_funds, real_open, real_loans = funds.funds, open_of_all, loans_of_all

    def watched(asking: funds.Asking, resource: Resource) -> funds.Funds:
        now[:] = [asking.act.now_ms]
        return real_funds(asking, resource)

    def open_of(connection: Connection, resource: Resource) -> list[Borrowed]:
        return [one for one in real_open(connection, resource) if one.granted_ms > now[0] - HALF_AN_HOUR_MS]

    def loans_of(connection: Connection, resource: Resource) -> list[Loan]:
        spent = sum(loan.used for loan in real_loans(connection, resource))
        fresh = [Loan(one.loan.left) for one in open_of(connection, resource)]
        return [Loan(0, spent, LoanState.RETURNED), *fresh]

    patch.setattr(lending, "funds", watched)
    patch.setattr(funds, "open_of", open_of)
    patch.setattr(funds, "loans_of", loans_of)


@mutation("A lease is lowered after the receipt, in a transaction of its own.")
def lease_lowered_after_the_receipt(patch: Patch) -> None:
    real = Leases.use

    def use(self: Leases, uses: Iterable[LeaseUse], on: date, now_ms: int) -> None:
        self._database.commit()
        self._database.run("BEGIN IMMEDIATE")
        real(self, uses, on, now_ms)

    patch.setattr(Leases, "use", use)


@mutation("A lease isn't lowered at all.")
def lease_not_lowered(patch: Patch) -> None:
    patch.setattr(Leases, "use", lambda _self, _uses, _on, _now_ms: None)


@mutation("A write-off frees all that was lent, what was spent of it too.")
def write_off_frees_what_was_spent(patch: Patch) -> None:
    real = leases.write_off
    patch.setattr("sync_server.lending.leases.write_off", lambda loan: (replace(real(loan)[0], used=0), real(loan)[1]))


@mutation("A restored server lends before the tills have shown what they hold.", RESTORED)
def lent_before_declared(patch: Patch) -> None:
    patch.setattr(lending, "undeclared", lambda _connection, _epoch: 0)


# who members are


@mutation("The points of an alias count twice in those of whom they were joined into.")
def alias_counted_twice(patch: Patch) -> None:
    real = joining.joined
    patch.setattr(
        "sync_server.ledger.joins.joined",
        lambda one, other, programme, on: real(real(one, other, programme, on), other, programme, on),
    )


@mutation("A parted member's points stay with the other.")
def parted_empty_handed(patch: Patch) -> None:
    patch.setattr("sync_server.ledger.joins.share_lots", lambda _connection, _kept, _leaves: None)


@mutation("Of two edits the one with the earlier clock holds.")
def earlier_edit_holds(patch: Patch) -> None:
    def newer(change: ProfileChange, clocks: Clocks, at: Stamp) -> ProfileChange:
        late = {name: value for name, value in change.changed().items() if name not in clocks or at < clocks[name]}
        return ProfileChange(**late)

    patch.setattr("sync_server.ingest.people.profile_edit.newer", newer)


@mutation("Of two edits the one that arrives later holds.")
def later_arrival_holds(patch: Patch) -> None:
    patch.setattr("sync_server.ingest.people.profile_edit.newer", lambda change, _clocks, _at: change)


@mutation("Whoever registers twice gets the gift twice.")
def gift_twice(patch: Patch) -> None:
    real = welcome._maybe_one
    patch.setattr(
        welcome, "_maybe_one", lambda connection, id_: [row for row in real(connection, id_) if row.id == id_]
    )


# ready-made replicas


@mutation("A ready-made replica doesn't say which facts its rows count.")
def snapshot_counts_nothing(patch: Patch) -> None:
    patch.setattr("sync_server.snapshots.builder._counts", lambda _connection, _store_id: iter(()))


@mutation("A ready-made replica is taken for whole once it has come, whatever came.", FETCHING)
def snapshot_not_looked_over(patch: Patch) -> None:
    real = PartFile.finish

    def finish(self: PartFile, size: int, sha256: bytes) -> bool:
        real(self, size, sha256)
        return True

    patch.setattr(PartFile, "finish", finish)


def main(names: Iterable[str]) -> int:
    """Run those whose name contains one of ``names``, all if there are none; 1 if any isn't noticed."""
    logging.disable(logging.CRITICAL)
    wanted = list(names)
    missed = 0
    for one in ALL:
        if wanted and not any(name in one.name for name in wanted):
            continue
        began = time.monotonic()
        found = caught(one)
        missed += not found
        sys.stdout.write(
            f"{'caught' if found else 'MISSED'}  {one.name}: {one.what}\n"
            f"        {found[:150] or f'{SEEDS} storms passed.'} ({time.monotonic() - began:.0f} s)\n"
        )
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
