"""Devices' faults as sentences for the screen."""

from __future__ import annotations

from drivers.ports import DeviceFault
from pos_client.app.views import Notice


def notice_of(fault: DeviceFault | None) -> Notice | None:
    """The fault's sentence; braces in a device's name are no placeholders."""
    if fault is None:
        return None
    return Notice(fault.code, str(fault).replace("{", "{{").replace("}", "}}"))
