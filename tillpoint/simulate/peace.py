"""The faults are over: every till hears of everything, and the accounts are settled."""

from __future__ import annotations

from pos_client.store.outbox import Standing
from shared_models.wire.messages import SUPPORTED
from tillpoint.simulate.accountant import audit
from tillpoint.simulate.books import Account
from tillpoint.simulate.network import NO_FAULTS
from tillpoint.simulate.world import World

HEALING_ROUNDS = 4


def heal(world: World) -> None:
    """No more faults; every till restarts and syncs until all have heard of everything. Those whose journal is no
    longer the lane's are set up anew."""
    world.server.machine.disk.strikes = 0
    world.server.speak(SUPPORTED)
    for till in world.all_tills():
        till.stop()
        till.faults, till.clock.skew_ms, till.speaks = NO_FAULTS, 0, SUPPORTED
        till.machine.disk.strikes, till.machine.disk.full = 0, False
        world.boot(till)
    _sync_all(world)
    for till in world.all_tills():
        if till.parts.outbox.standing() is Standing.FORKED:
            world.note_exposed(till)
            before = till.journal.identity.incarnation
            till.renew(world.code(till))
            world.renewed.append(till.name)
            if all(other.journal.identity.incarnation != before for other in world.all_tills()):
                world.office.write_off(before)
    _sync_all(world)


def settle_accounts(world: World) -> Account:
    server = world.server.books()
    members, coupons = sorted(server.shown), sorted(server.coupons)
    books = [till.books(members, coupons) for till in world.all_tills()]
    for book in books:
        book.is_alone = book.name not in world.unwatched
        book.is_gone = book.name in world.gone
    account = audit(books, server, world.revoked, world.exposed, world.spending.returns)
    account.violations += world.watch.violations
    for till in world.all_tills():
        if till.name in world.gone:
            continue
        ought = Standing.REVOKED if till.name in world.revoked else Standing.GOOD
        oughts = {ought, Standing.RETIRED} if till.name in _out_of_use(world) else {ought}
        if till.parts.outbox.standing() not in oughts:
            account.violations.append(
                f"{till.name}: the server calls it {till.parts.outbox.standing()} (accidents: "
                f"{'; '.join(world.accidents_had)})"
            )
    return account


def _out_of_use(world: World) -> set[str]:
    """Of a till and its copy, the one that wasn't set up anew last: a lane has one device."""
    gone: set[str] = set()
    for copy in world.copies:
        pair = {copy.name, copy.name.removesuffix("-copy")}
        renewed = [name for name in world.renewed if name in pair]
        gone |= pair - {renewed[-1]} if renewed else set()
    return gone


def _sync_all(world: World) -> None:
    for _ in range(HEALING_ROUNDS):
        for till in world.all_tills():
            if till.name not in world.gone:
                till.sync()
                world.kernel.run()
