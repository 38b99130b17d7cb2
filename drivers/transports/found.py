"""What is plugged into this machine that a till could use, by the places its settings take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared_models.domain.text import N_

DEV: Final = Path("/dev")
NAMED: Final = "tillpoint"
"""The folder in ``/dev`` whose names, made by the udev rules in ``installers/``, survive replugging."""
_NOT_KNOWN: Final = "n/a"
"""What pyserial says of a line that the system says nothing of."""


@dataclass(frozen=True, slots=True)
class Found:
    """``place`` as a setting takes it; ``what`` is known of it, mostly as the system says it."""

    place: str
    what: str


def plugged_in(dev: Path = DEV) -> tuple[Found, ...]:
    """Serial lines that something hangs on or might, printers on USB, and keyboards, which a scanner may be; by its
    lasting name what has one."""
    return tuple(_found(dev))


def _found(dev: Path) -> Iterator[Found]:
    from serial.tools import list_ports

    lasting = {path.resolve(): path for path in sorted((dev / NAMED).glob("*"))}
    told: set[Path] = set()
    for port in sorted(list_ports.comports()):
        usb = f", USB {port.vid:04x}:{port.pid:04x}" if port.vid is not None else ""
        real = Path(port.device).resolve()
        told.add(real)
        described = "" if port.description == _NOT_KNOWN else port.description
        yield Found(f"serial:{lasting.get(real, port.device)}", f"{described}{usb}")
    for path in sorted((dev / "usb").glob("lp*")):
        told.add(path.resolve())
        yield Found(f"usb:{lasting.get(path.resolve(), path)}", N_("a printer on USB"))
    for link in sorted((dev / "input" / "by-id").glob("*-event-kbd")):
        told.add(link.resolve())
        yield Found(f"evdev:{lasting.get(link.resolve(), link)}", _keyboard(link.resolve()))
    for real, path in lasting.items():
        if real not in told and real.exists():
            yield Found(f"{'evdev' if real.parent.name == 'input' else 'serial'}:{path}", str(real))


def _keyboard(event: Path, sys: Path = Path("/sys/class/input")) -> str:
    """What the kernel calls it, which everybody may read."""
    try:
        return (sys / event.name / "device" / "name").read_text("utf-8", errors="replace").strip()
    except OSError:
        return event.name
