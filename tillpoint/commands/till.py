"""``tillpoint till`` and ``tillpoint enrol``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import DEFAULT_TILL, LANGUAGES, declare, say


def add(commands: Any) -> None:
    till = declare(
        commands, "till", run, "open a till",
        "tillpoint till --home var/till-1\n"
        "tillpoint till --home var/till-1 --enrol http://127.0.0.1:8443 ABCD-EFGH-JKLM",
        "Without an enrolment the till's screen asks for the server's address and a one-time code from head office.",
    )  # fmt: skip
    _home(till)
    till.add_argument("--enrol", nargs=2, metavar=("URL", "CODE"), help="enrol with the server first, if not done yet")
    till.add_argument("--language", choices=LANGUAGES, help="of the screens at start (default: the system's)")
    till.add_argument("--fullscreen", action="store_true", help="fill the screen")
    till.add_argument("--dark", action="store_true", help="light on dark")
    till.add_argument(
        "--robot", type=Path, metavar="SOCKET", help="let other processes press keys through this local socket"
    )
    enrol = declare(
        commands, "enrol", run_enrol, "make this machine a till of a shop",
        "tillpoint enrol --home var/till-1 http://127.0.0.1:8443 ABCD-EFGH-JKLM --printer tcp://192.168.1.50:9100",
        "The code comes from `tillpoint code`, works once and names the store and the lane.",
    )  # fmt: skip
    _home(enrol)
    enrol.add_argument("url", help="the server's address")
    enrol.add_argument("code", help="the one-time code")
    enrol.add_argument(
        "--printer", metavar="PLACE", help="tcp://host:port, serial:/dev/ttyS0, usb:/dev/usb/lp0 or file:/path"
    )
    enrol.add_argument("--scanner", metavar="PLACE", help="serial:/dev/ttyACM0; a keyboard wedge needs nothing")

    renew = declare(
        commands, "renew", run_renew, "set a till up anew whose records were copied, restored or damaged",
        "tillpoint code S1 3\ntillpoint renew --home var/till-1 ABCD-EFGH-JKLM",
        "Close the till first. Its lane goes on in a new journal, which tells the server again what it doesn't have\n"
        "of the old one; that one is kept beside it. The screen does the same: F1 at the sign-in.",
    )  # fmt: skip
    _home(renew)
    renew.add_argument("code", help="a one-time code for this till's own lane")


def _home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_TILL, metavar="FOLDER", help="the till's files (default: %(default)s)"
    )


def run(given: argparse.Namespace) -> int:
    if given.enrol and not (given.home / "journal.db").exists():
        _enrol(given.home, *given.enrol)
    from pos_client.ui.main import run as run_till

    return run_till(
        given.home, language=given.language, fullscreen=given.fullscreen, dark=given.dark, robot=given.robot
    )


def run_enrol(given: argparse.Namespace) -> int:
    _enrol(given.home, given.url, given.code, given.printer, given.scanner)
    say(f"Enrolled. Open the till with: tillpoint till --home {given.home}")
    return 0


def run_renew(given: argparse.Namespace) -> int:
    from pos_client.bootstrap import renew_till

    done = renew_till(given.home, given.code)
    say(f"Set up anew as {done.identity.incarnation}, lane {done.identity.lane}. {done.retold} facts are told again.")
    if done.missing:
        say(f"{done.missing} facts can't be read any more. Keep {done.aside}.")
    return 0


def _enrol(home: Path, url: str, code: str, printer: str | None = None, scanner: str | None = None) -> None:
    """Devices not named here stay as they are set in the till's ``till.toml``."""
    from dataclasses import replace

    from pos_client import settings
    from pos_client.bootstrap import enrol_till
    from pos_client.hardware.devices import transport_of

    chosen = settings.load(home)
    chosen = replace(chosen, printer=printer or chosen.printer, scanner=scanner or chosen.scanner)
    for place in (chosen.printer, chosen.scanner):
        transport_of(place)
    enrol_till(home, url, code, chosen)
