"""Whether this process may use a device file, and what is missing if not (Linux; elsewhere nothing is missing)."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Final

from drivers.ports import DeviceFault, KeysDenied, PermissionDenied
from drivers.transports.serial_line import group_of
from shared_models.domain.text import N_

RULES: Final = "70-tillpoint-devices.rules"
RULES_FOLDERS: Final = tuple(Path(each) for each in ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d"))


class SignInAgain(DeviceFault):
    code = "sign_in_again"
    template = N_("The till's user was put into the group {group} of {device}: sign in again, and it counts.")


def rules_missing(folders: tuple[Path, ...] = RULES_FOLDERS) -> bool:
    """Whether this is a machine on which ``installers/devices.sh`` should have put its rules, and hasn't."""
    return sys.platform == "linux" and not any((folder / RULES).exists() for folder in folders)


def missing_group(path: Path) -> DeviceFault | None:
    """What keeps this process from the file ``path``; ``None`` if nothing does, or if there is no such file."""
    return _missing(path, os.R_OK | os.W_OK, PermissionDenied)


def missing_keys(path: Path) -> DeviceFault | None:
    """The same of a keyboard's or scanner's input device, which is only read."""
    return _missing(path, os.R_OK, KeysDenied)


def _missing(path: Path, wanted: int, denied: type[PermissionDenied]) -> DeviceFault | None:
    if not path.exists() or os.access(path, wanted):
        return None
    group = group_of(path)
    if group is not None and _is_member(group):
        return SignInAgain(str(path), group=group)
    return denied(str(path), group)


def _is_member(group: str) -> bool:
    """By the system's files, which count from the next sign-in."""
    import grp

    return getpass.getuser() in grp.getgrnam(group).gr_mem
