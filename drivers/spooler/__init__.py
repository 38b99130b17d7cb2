"""Printers behind a system's print queue, which takes whole jobs only: CUPS and Windows."""

from __future__ import annotations

import sys

from drivers.transports.found import Found


def queues() -> tuple[Found, ...]:
    """This system's print queues, by the places that settings take."""
    if sys.platform == "win32":
        from drivers.spooler import windows

        return windows.queues()
    from drivers.spooler import cups

    return cups.queues()
