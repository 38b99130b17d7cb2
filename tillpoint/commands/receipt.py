"""``tillpoint receipt``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import declare, say
from tillpoint.errors import CommandError

_WIDTHS = {58: 384, 80: 576}
_CHARSETS = ("gb18030", "big5")


def add(commands: Any) -> None:
    parser = declare(
        commands, "receipt", run, "show the paper that a printer's bytes make",
        "tillpoint receipt receipt-0001.bin --png receipt.png\ntillpoint receipt receipt-0001.bin --text",
    )  # fmt: skip
    parser.add_argument("path", type=Path, help="the bytes as the printer received them")
    parser.add_argument("--png", type=Path, metavar="FILE", help="draw the paper")
    parser.add_argument("--text", action="store_true", help="print what a reader would read")
    parser.add_argument("--width", type=int, choices=sorted(_WIDTHS), default=80, help="mm (default: %(default)s)")
    parser.add_argument("--charset", choices=_CHARSETS, default="gb18030", help="the printer's (default: %(default)s)")


def run(given: argparse.Namespace) -> int:
    from drivers.printer.paper import decode_text, render_file
    from drivers.printer.press import PaperError

    if given.png is None and not given.text:
        raise CommandError("Say what to make of it: --png FILE, --text, or both.")
    try:
        data = given.path.read_bytes()
        if given.text:
            say(decode_text(data, given.charset, _WIDTHS[given.width]))
        if given.png is not None:
            papers = render_file(given.path, given.png, _WIDTHS[given.width], given.charset)
            say(f"{given.png}: {papers} {'paper' if papers == 1 else 'papers'}")
    except PaperError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}.") from error
    return 0
