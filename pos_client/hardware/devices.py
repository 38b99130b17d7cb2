"""Devices from their settings: ``tcp://host:port``, ``serial:/dev/ttyS0``, ``file:/path``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from drivers.display.device import PoleDisplay
from drivers.display.protocols import PROTOCOLS
from drivers.display.text import LETTERS
from drivers.ports import Transport
from drivers.printer.profiles import PROFILES, PrinterProfile
from pos_client.settings import FILE, BadSettings, Settings

NONE = "none"


def transport_of(place: str) -> Transport | None:
    """The way to a device, ``None`` for ``none``; raise ``BadSettings``."""
    kind, _, where = place.partition(":")
    if place == NONE:
        return None
    if kind == "tcp":
        return _tcp(place)
    if kind == "serial" and where:
        from drivers.transports.serial_line import SerialTransport

        return SerialTransport(where)
    if kind == "file" and where:
        from drivers.transports.file import FileTransport

        return FileTransport(Path(where))
    raise BadSettings(file=FILE, why=f"{place} is no place of a device; see the comments there")


def profile_of(name: str) -> PrinterProfile:
    """Raise ``BadSettings``."""
    if name not in PROFILES:
        raise BadSettings(file=FILE, why=f"printer_profile is one of {', '.join(PROFILES)}")
    return PROFILES[name]


def display_of(settings: Settings) -> PoleDisplay | None:
    """The customer's display, ``None`` if there is none; raise ``BadSettings``."""
    if settings.display_protocol not in PROTOCOLS:
        raise BadSettings(file=FILE, why=f"display_protocol is one of {', '.join(PROTOCOLS)}")
    if settings.display_letters not in LETTERS:
        raise BadSettings(file=FILE, why=f"display_letters is one of {', '.join(LETTERS)}")
    transport = transport_of(settings.display)
    return PoleDisplay(transport, PROTOCOLS[settings.display_protocol]) if transport is not None else None


def _tcp(place: str) -> Transport:
    from drivers.transports.tcp import TcpTransport

    parts = urlsplit(place)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise BadSettings(file=FILE, why=f"{place} is not tcp://host:port")
    return TcpTransport(host, port)
