"""The command line. Exit status: 0 it held, 1 it did not or couldn't (one sentence on stderr says why), 2 wrong usage,
70 a fault of ours, with the traceback in a log file."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from tillpoint.commands import (
    account,
    administration,
    bench,
    demo,
    device,
    importing,
    journal,
    label,
    label_scale,
    pricing,
    receipt,
    recovery,
    reprice,
    segments,
    server,
    simulate,
    till,
    valuables,
)

TROUBLE, OURS, INTERRUPTED = 1, 70, 130

_KNOWN = (
    ("tillpoint.errors", "CommandError"),
    ("shared_models.domain.errors", "DomainError"),
    ("sync_server.errors", "ServerError"),
    ("drivers.ports", "DeviceFault"),
)
"""Where known troubles come from. Only modules already imported can have raised one."""

_DESCRIPTION = "Tillpoint: an offline-first point of sale whose heart is the member."
_EXAMPLES = """examples:
  tillpoint demo                        a real store's morning on two tills, with the network cut
  tillpoint server --home var/server    the central server with head office
  tillpoint till --home var/till-1      a till

tillpoint COMMAND --help explains each command. What things are called is in docs/glossary.md."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="tillpoint",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for part in (till, device, label, label_scale, server, demo, administration, valuables, segments, recovery):
        part.add(commands)
    for part in (importing, journal, receipt, pricing, reprice, account, simulate, bench):
        part.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    top = parser()
    given = top.parse_args(argv)
    if given.version:
        return _print_version()
    if given.command is None:
        top.print_help(sys.stderr)
        return 2
    try:
        status: int = given.run(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _complain("Stopped.", INTERRUPTED)
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001 - the outermost place: known troubles are told, ours are logged in full
        known = _is_known(error)
        return _complain(str(error), TROUBLE) if known else _complain(_our_fault(error), OURS)
    return status


def _is_known(error: Exception) -> bool:
    for module, name in _KNOWN:
        imported = sys.modules.get(module)
        if imported is not None and isinstance(error, getattr(imported, name)):
            return True
    return False


def _complain(sentence: str, status: int) -> int:
    print(f"tillpoint: {sentence}", file=sys.stderr)
    return status


def _our_fault(error: Exception) -> str:
    """Write the traceback where nobody else can read it and name that file."""
    handle, name = tempfile.mkstemp(prefix=time.strftime("tillpoint-%Y%m%d-%H%M%S-"), suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    return f"This is a fault of Tillpoint, not yours ({type(error).__name__}). The details are in {Path(name)}."


def _reader_gone() -> int:
    """Whoever read our output has closed it, as ``head`` does; nothing more can be told there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return TROUBLE


def _print_version() -> int:
    from importlib.metadata import version

    print(f"tillpoint {version('tillpoint')}")
    return 0
