"""Devices' faults as sentences for the screen."""

from __future__ import annotations

from drivers.ports import DeviceFault
from pos_client.app.views import Notice


def notice_of(fault: DeviceFault | None) -> Notice | None:
    """The fault's sentence, for the screen to say in its own language."""
    return Notice(fault.code, fault.template, fault.values) if fault is not None else None
