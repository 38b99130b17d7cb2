"""Everything that must be there before the morning begins: folder, shop, server, line, two enrolled tills."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from urllib.parse import urlsplit

from drivers.simulators.printer import PrinterSimulator
from drivers.simulators.scanner import ScannerSimulator
from pos_client.bootstrap import enrol_till
from pos_client.settings import Settings
from sync_server import setup
from sync_server.enrolment import new_code
from sync_server.main import open_home
from sync_server.server import Server
from tillpoint.completejourney.catalogue import Catalogue
from tillpoint.completejourney.households import store_id
from tillpoint.completejourney.journey import Journey, read_journey
from tillpoint.completejourney.scripts import Script, build_script
from tillpoint.completejourney.shop import load_shop
from tillpoint.demo.lane import Cashier, Lane
from tillpoint.demo.processes import DemoFailed, Process, Processes, wait_for_file
from tillpoint.demo.wire import Wire

CASHIERS = (
    Cashier("wang", "王芳", "246810", "zh_Hans"),
    Cashier("li", "Li Lei", "135790", "en"),
)
USER = "demo"
ENDS = time(20)
_MARK = ".tillpoint-demo"
_READY_S = 60.0
_CONNECT_MS, _READ_MS = 1_500, 3_000

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played: ``script`` is the real day, ``journey`` and ``catalogue`` what it was made from."""

    store: int
    journey: Journey
    catalogue: Catalogue
    script: Script


@dataclass(frozen=True, slots=True)
class Stage:
    """``address`` is the server's own, which the tills reach only through ``wire``."""

    folder: Path
    server_home: Path
    server: Process
    address: str
    user: str
    password: str
    wire: Wire
    lanes: tuple[Lane, Lane]
    members_before: int


def make_folder(folder: Path) -> Path:
    """An empty folder of the demo's. Raise ``DemoFailed`` rather than delete what isn't a demo's."""
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / _MARK).exists():
                raise DemoFailed(f"{folder} holds something else than a demo. Choose another one with --folder.")
            shutil.rmtree(folder)
        for part in ("logs", "receipts", "screens"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise DemoFailed(f"{folder} can't be used: {error.strerror}. Choose another one with --folder.") from error
    return folder.absolute()


def set_up_shop(home: Path, store: int, day: date, say: Say) -> tuple[Plan, str, list[str], int]:
    """The plan, head office's password, a code for each lane, and how many members there are.

    People come last, so that a till that shows their names has all that was before them.
    """
    say("Reading the supermarket's data …")
    journey = read_journey()
    server = open_home(home)
    try:
        catalogue, report = load_shop(server, journey, store, say)
        script = build_script(journey, catalogue, store, day, closes=ENDS)
        password = _people(server, store_id(store))
        codes = [setup.new_enrolment_code(server, store_id(store), lane) for lane in (1, 2)]
    finally:
        server.engine.dispose()
    return Plan(store, journey, catalogue, script), password, codes, report.imported["members"]


def _people(server: Server, store: str) -> str:
    for cashier in CASHIERS:
        setup.save_staff(server, cashier.id, store, cashier.name, "cashier", cashier.pin, cashier.language)
    password = new_code(server.ports.randomness)
    setup.save_user(server, USER, password, "administrator")
    return password


@contextmanager
def staged(folder: Path, store: int, day: date, environment: dict[str, str], say: Say) -> Iterator[tuple[Stage, Plan]]:
    """Set up and start the server and two tills' machines (not the tills); end everything on leaving."""
    home = folder / "server"
    plan, password, codes, members = set_up_shop(home, store, day, say)
    with ExitStack() as stack:
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tillpoint-")))
        devices = [_devices(stack, folder, sockets, number) for number in (1, 2)]
        processes = stack.enter_context(Processes(folder / "logs", environment))
        say("Starting the server …")
        ready = folder / "server.address"
        server = processes.start("server", "server", "--home", str(home), "--port", "0", "--ready-file", str(ready))
        address = wait_for_file(ready, server, _READY_S)
        parts = urlsplit(address)
        wire = stack.enter_context(Wire((parts.hostname or "", parts.port or 0)))
        say("Enrolling two tills with one-time codes …")
        lanes = []
        for number, (scanner, printer) in enumerate(devices, 1):
            till = folder / f"till-{number}"
            url = f"http://127.0.0.1:{wire.port}"
            enrol_till(till, url, codes[number - 1], _settings(scanner, printer))
            robot = sockets / f"robot-{number}"
            lanes.append(Lane(number, till, robot, CASHIERS[number - 1], scanner, printer, processes))
        yield Stage(folder, home, server, address, USER, password, wire, (lanes[0], lanes[1]), members), plan


def _devices(stack: ExitStack, folder: Path, sockets: Path, number: int) -> tuple[ScannerSimulator, PrinterSimulator]:
    """Entered before the processes, so that on leaving a till goes before its devices."""
    printer = stack.enter_context(PrinterSimulator(out_dir=folder / "receipts" / f"lane-{number}"))
    return stack.enter_context(ScannerSimulator(sockets / f"scanner-{number}")), printer


def _settings(scanner: ScannerSimulator, printer: PrinterSimulator) -> Settings:
    return Settings(
        printer=f"tcp://{printer.host}:{printer.port}",
        scanner=f"serial:{scanner.path}",
        connect_ms=_CONNECT_MS,
        read_ms=_READ_MS,
    )
