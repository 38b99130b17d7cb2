"""The options of a virtual device, as ``tillpoint device simulate`` takes them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager


def parser(device: str, about: str | None) -> argparse.ArgumentParser:
    """``about``: the docstring of its module, shown as it is laid out there."""
    return argparse.ArgumentParser(
        prog=f"tillpoint device simulate {device}",
        description=(about or "").replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


@contextmanager
def needed(parser: argparse.ArgumentParser, otherwise: str) -> Iterator[None]:
    """A port, a link or a folder without which the device can't be: the program ends with ``otherwise`` and why."""
    try:
        yield
    except OSError as error:
        parser.exit(1, f"{otherwise}: {os.strerror(error.errno or 0)}.\n")
    except OverflowError:
        parser.exit(1, f"{otherwise}: there is no such port.\n")
