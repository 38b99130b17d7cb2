"""Wires a till together: the only place that knows all of its parts.

``assemble`` makes a till that does nothing by itself, for the simulator and for tests; ``open_till`` adds the threads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from drivers.ports import Scan
from pos_client import settings as till_settings
from pos_client.app.counter import Books, Counter, Machine, Secrets
from pos_client.app.ports import Clock, Executor, Ids, Network, Randomness, Storage
from pos_client.app.surroundings import Surroundings
from pos_client.app.till import Till
from pos_client.hardware.equipment import STOP_MS, Equipment
from pos_client.hardware.equipment import check as check_devices
from pos_client.locale import catalogue
from pos_client.settings import ELECTRONIC, Settings
from pos_client.store.check import check_journal
from pos_client.store.checkpoint import JournalLog
from pos_client.store.database import Corrupt, Database, Durability, Files, WrongKey, connect
from pos_client.store.generations import SCHEMA, Generations
from pos_client.store.journal import Journal
from pos_client.store.keys import Keys, KeysMissing, KeyStore, find_keys
from pos_client.store.meta import Meta
from pos_client.store.mirror import Mirror
from pos_client.store.only_one import OnlyOne
from pos_client.store.open_sales import OpenSales
from pos_client.store.outbox import Outbox
from pos_client.store.pruning import prune
from pos_client.store.receipts import Receipts
from pos_client.store.schema import JOURNAL, REPLICA, check_current, make_current
from pos_client.store.search import Search
from pos_client.store.shop import Shop
from pos_client.store.till_clock import TillClock
from pos_client.store.valuables import Valuables
from pos_client.sync.borrowing import Borrowing
from pos_client.sync.client import Client
from pos_client.sync.cycle import Cycle
from pos_client.sync.enrolment import JOURNAL_FILE, enrol_device, public_key_of
from pos_client.sync.loop import Round, SyncLoop
from pos_client.sync.mirroring import Mirroring, MirrorThread
from pos_client.sync.network import HttpNetwork
from pos_client.sync.renewal import Renewed, renew_device, settle
from pos_client.system import AtOnce, CashierThread, ClockIds, SystemClock, SystemRandomness
from shared_models.domain.clock import utc
from shared_models.domain.coupon_token import Verify
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_, Words
from shared_models.wire.messages import SUPPORTED

_logger = logging.getLogger(__name__)


class NotEnrolled(DomainError):
    code = "not_enrolled"
    template = N_("This till belongs to no shop yet. Enrol it with a code from head office.")


class NoServer(DomainError):
    code = "no_server"
    template = N_("This till's settings name no server. Enter its address in till.toml, then set the till up anew.")


@dataclass(frozen=True, slots=True)
class Ports:
    """The machine under the till; the simulator passes virtual ones."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    storage: Storage
    executor: Executor


@dataclass(frozen=True, slots=True)
class Parts:
    """A till without threads. ``till`` and ``journal`` belong to the executor's thread, ``cycle`` and ``round`` to the
    puller's."""

    till: Till
    journal: Journal
    outbox: Outbox
    generations: Generations
    surroundings: Surroundings
    counter: Counter
    cycle: Cycle | None
    round: Round | None

    def close(self) -> None:
        """Close the files; on the executor's thread, when the puller has ended."""
        self.journal.database.close()


def system_ports(executor: Executor) -> Ports:
    clock, randomness = SystemClock(), SystemRandomness()
    return Ports(clock, ClockIds(clock, randomness), randomness, Files(), executor)


def software() -> str:
    """Name and version, as told to the server."""
    return f"tillpoint {metadata.version('tillpoint')}"


def assemble(
    home: Path, key_store: KeyStore, settings: Settings, ports: Ports, network: Network | None,
    speaks: tuple[int, ...] = SUPPORTED,
) -> Parts:  # fmt: skip
    """Open the files in ``home`` and put the till together; on the executor's thread. ``speaks``: the versions of
    messages it uses.

    Raise ``NotEnrolled``, ``KeysUnreadable``, ``WrongKey``, ``NewerDatabase``, ``Corrupt``, ``DiskFull``.
    """
    settle(home, key_store, ports.storage)
    keys = _keys(home, key_store)
    database = _open_journal(home / JOURNAL_FILE, keys, ports.storage)
    if network is not None:
        database.one("PRAGMA main.wal_autocheckpoint = 0")  # the syncing thread folds the log, off the cashier's path
    try:
        return _assemble(home, key_store, keys, settings, ports, network, database, speaks)
    except BaseException:
        database.close()
        raise


def renew(home: Path, code: str, key_store: KeyStore, settings: Settings, ports: Ports, network: Network) -> Renewed:
    """Have the lane of the till in ``home`` go on in a new journal; the till isn't running meanwhile.

    First the old journal says all that it still can. Raise ``NotEnrolled``, ``CodeInvalid``, ``SyncTrouble``,
    ``Refused``.
    """
    settle(home, key_store, ports.storage)
    damaged, replica = False, None
    try:
        parts = assemble(home, key_store, settings, ports, network)
    except (Corrupt, WrongKey):
        damaged = True
    else:
        assert parts.cycle is not None
        try:
            replica = parts.generations.current if parts.cycle.last_words() else None
            parts.cycle.checkpoint()
        finally:
            parts.cycle.close()
            parts.close()
    return renew_device(
        home, code, key_store, network, ports.storage, ports.randomness, ports.clock, ports.ids, software(),
        damaged=damaged, replica=replica,
    )  # fmt: skip


def _keys(home: Path, key_store: KeyStore) -> Keys:
    try:
        keys = key_store.load()
    except KeysMissing:
        raise NotEnrolled from None
    if not keys.enrolled or not (home / JOURNAL_FILE).exists():
        raise NotEnrolled
    return keys


def _store_day(shop: Shop, clock: Clock) -> date:
    """Before the first sync there is no programme to choose from, and no zone."""
    store = shop.store()
    return utc(clock.now_ms()).astimezone(store.zone).date() if store else date.min


def _open_journal(path: Path, keys: Keys, storage: Storage) -> Database:
    database = storage.open(path, keys.database, Durability.FULL)
    try:
        make_current(database, JOURNAL)
    except BaseException:
        database.close()
        raise
    return database


def _assemble(
    home: Path, key_store: KeyStore, keys: Keys, settings: Settings, ports: Ports, network: Network | None,
    database: Database, speaks: tuple[int, ...],
) -> Parts:  # fmt: skip
    sign = Ed25519PrivateKey.from_private_bytes(keys.device).sign
    clock = TillClock(ports.clock, Meta(database))
    journal = Journal(database, sign, clock, ports.ids)
    journal.remember = clock.kept
    if journal.identity.public_key != public_key_of(keys):
        raise WrongKey(file=database.path.name)
    check_journal(database, journal.identity)
    generations = Generations(database, ports.storage, home, keys.database)
    generations.start(journal.meta.number("epoch"))
    journal.print_queue.doubt_interrupted()
    journal.print_queue.give_up_drawers()
    journal.print_queue.paperless = settings.receipts == ELECTRONIC
    shop = Shop(database, lambda: _store_day(shop, clock))
    outbox, surroundings = Outbox(journal), Surroundings()
    counter = Counter(
        Books(
            journal, outbox, OpenSales(database), shop, Search(database, shop, keys.phone), Valuables(database),
            Receipts(database),
        ),
        Machine(
            clock, ports.ids, ports.randomness, _words_in, key_store.in_file, settings.redeem_days,
            settings.notice_version, settings.drawer_reminder_s,
        ),
        Secrets(keys.pepper, keys.phone, _verifier(keys.server)),
        surroundings,
    )  # fmt: skip
    cycle = None
    if network is not None:
        client = Client(network, journal.identity.incarnation, sign, software(), keys.server, speaks)
        borrowing = Borrowing(client, ports.executor, journal, outbox, counter.lending, keys.server)
        cycle = Cycle(
            client, ports.executor, journal, outbox, generations, clock, borrowing, settings.page_rows, keys.pepper
        )
    round_ = Round(cycle, surroundings, ports.randomness) if cycle else None
    return Parts(Till(counter), journal, outbox, generations, surroundings, counter, cycle, round_)


def _verifier(public_key: bytes) -> Verify:
    """Whether the server whose key this is signed something."""
    key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(message: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


def _words_in(language: str) -> Words:
    """A catalogue that isn't there costs the language, never the sale."""
    try:
        return catalogue(language).gettext
    except (LookupError, OSError):
        _logger.warning("no texts in %s; receipts are in English", language)
        return str


class RunningTill:
    """An open till with its threads. Call ``till``'s methods through ``executor`` only; listeners are called on other
    threads."""

    def __init__(self, home: Path, key_store: KeyStore, settings: Settings) -> None:
        self.settings = settings
        self.language = settings.language
        self._scan_listeners: list[Callable[[Scan], None]] = []
        self._only_one = OnlyOne(home)
        self._cashier = CashierThread()
        self.executor: Executor = self._cashier
        self._network = _network(settings)
        self._sync: SyncLoop | None = None
        self._mirror: MirrorThread | None = None
        try:
            check_devices(settings)
            ports = system_ports(self._cashier)
            keys = _keys(home, key_store)
            self._server_key = keys.server
            self._journal_log = JournalLog(home / JOURNAL_FILE, keys.database, ports.storage)
            self.parts = self._cashier.submit(
                lambda: assemble(home, key_store, settings, ports, self._network)
            ).result()
            self.till = self.parts.till
            if settings.mirror:
                self._mirror = self._make_mirror(home, keys, ports)
            around, queue = self.parts.surroundings, self.parts.journal.print_queue
            self.equipment = Equipment(home, settings, around, queue, self._cashier, self._scanned)
            self._start()
        except BaseException:
            self._let_go()
            raise

    def on_scan(self, listener: Callable[[Scan], None]) -> None:
        """``listener(scan)`` for each scan, on the scanner's thread: its text is for ``till.enter``."""
        self._scan_listeners.append(listener)

    def on_change(self, listener: Callable[[], None]) -> None:
        """``listener()`` when sync or a device changed something that the status or the shown member rests on."""
        self.parts.surroundings.listen(listener)

    def sync_soon(self) -> None:
        if self._sync is not None:
            self._sync.soon()

    def close(self) -> None:
        """Stop the threads, close the files. Nothing is lost by not calling it."""
        self.equipment.stop()
        if self._sync is not None:
            self._sync.stop(STOP_MS)
        if self._mirror is not None:
            self._mirror.stop(STOP_MS)
        self._cashier.submit(self.parts.close).result()
        self._let_go()

    def _let_go(self) -> None:
        self._cashier.close()
        if self._network is not None:
            self._network.close()
        self._only_one.close()

    def _start(self) -> None:
        parts = self.parts
        if parts.cycle is not None and parts.round is not None:
            self._sync = SyncLoop(
                parts.round, parts.cycle, parts.surroundings, self._after_round, self._journal_log.close
            )
        self.parts.counter.on_commit = self._committed
        self.parts.counter.on_need = self.sync_soon
        for thread in (self._sync, self._mirror):
            if thread is not None:
                thread.start()
        self.equipment.start()

    def _committed(self) -> None:
        """After each fact: the receipt to the printer, the fact to the server and to the second copy."""
        self.equipment.receipt_queued()
        if self._mirror is not None:
            self._mirror.soon()
        self.sync_soon()

    def _after_round(self) -> None:
        self._journal_log.fold()
        self._cashier.submit(self._prune).result()
        self.parts.surroundings.changed()

    def _prune(self) -> None:
        keep_days, now_ms = self.settings.journal_days, self.parts.counter.machine.clock.now_ms()
        prune(self.parts.journal.database, self._server_key, keep_days, now_ms)

    def _make_mirror(self, home: Path, keys: Keys, ports: Ports) -> MirrorThread:
        mirror = Mirror(
            Path(self.settings.mirror), home / JOURNAL_FILE, keys.database, keys.pepper, ports.storage, ports.clock,
            ports.randomness, self.settings.mirror_days,
        )  # fmt: skip
        return MirrorThread(Mirroring(mirror, self.parts.surroundings))

    def _scanned(self, scan: Scan) -> None:
        for listener in self._scan_listeners:
            listener(scan)


def _network(settings: Settings) -> HttpNetwork | None:
    if not settings.server_url:
        return None
    ca_file = Path(settings.ca_file) if settings.ca_file else None
    return HttpNetwork(settings.server_url, settings.connect_ms, settings.read_ms, ca_file)


def open_till(home: Path) -> RunningTill:
    """Open the till whose files are in ``home`` and start its threads.

    Raise ``NotEnrolled``, ``AlreadyRunning``, ``BadSettings``, ``KeysUnreadable``, ``WrongKey``, ``NewerDatabase``,
    ``Corrupt``, ``DiskFull``.
    """
    if not home.is_dir():
        raise NotEnrolled
    return RunningTill(home, find_keys(home), till_settings.load(home))


@contextmanager
def shop_of(home: Path) -> Iterator[Shop]:
    """The shop as the till in ``home`` knows it, read-only, whether the till runs or not. What it had before its last
    sync alone is there. Raise ``NotEnrolled``, ``KeysUnreadable``, ``WrongKey``, ``NewerDatabase``, ``OlderDatabase``,
    ``DiskFails``."""
    keys, path = _keys(home, find_keys(home)), home / JOURNAL_FILE
    journal = Database(connect(path, keys.database, Durability.FULL, read_only=True), path)
    try:
        check_current(journal, JOURNAL)
        meta = Meta(journal)
        file = meta.text("replica")
        if not file:
            raise NotEnrolled
        journal.attach(home / file, SCHEMA, meta.blob("replica_key") or keys.database)
        check_current(journal, REPLICA, SCHEMA, file)
        clock = SystemClock()
        shop = Shop(journal, lambda: _store_day(shop, clock))
        yield shop
    finally:
        journal.close()


def renew_till(home: Path, code: str) -> Renewed:
    """Set the till in ``home`` up anew with a ``code`` for its own lane. Close it before.

    Raise ``NotEnrolled``, ``NoServer``, ``CodeInvalid``, ``AlreadyRunning``, ``SyncTrouble``, ``Refused``.
    """
    if not home.is_dir():
        raise NotEnrolled
    settings = till_settings.load(home)
    network = _network(settings)
    if network is None:
        raise NoServer
    only_one = OnlyOne(home)
    try:
        return renew(home, code, find_keys(home), settings, system_ports(AtOnce()), network)
    finally:
        network.close()
        only_one.close()


def enrol_till(home: Path, server_url: str, code: str, settings: Settings | None = None) -> Settings:
    """Make the device's keys, enrol with the one-time ``code`` and prepare ``home``; the settings stored there.

    Raise ``AlreadyEnrolled``, ``CodeInvalid``, ``AlreadyRunning``, ``SyncTrouble``, ``Refused``.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = replace(settings or till_settings.load(home), server_url=server_url)
    only_one = OnlyOne(home)
    network = _network(wanted)
    assert network is not None, "enrolling needs a server's address"
    try:
        ports = system_ports(AtOnce())
        enrol_device(home, code, find_keys(home), network, ports.storage, ports.randomness, ports.clock, software())
        till_settings.save(home, wanted)
    finally:
        network.close()
        only_one.close()
    return wanted
