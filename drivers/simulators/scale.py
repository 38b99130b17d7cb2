"""A checkout scale on a pseudo-terminal (Linux and macOS), with what can go wrong with one.

    python -m drivers.simulators.scale --link /tmp/scale --protocol cas

reads from standard input what happens to it, a line each: a weight in kilograms (``0.455``), or a word of ``Mood``.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from operator import xor
from pathlib import Path

from drivers.simulators import page
from drivers.simulators.line import ListeningDevice, NotRead, Unplugged
from drivers.simulators.panels import ScalePanel

_MOST_MILLI = 15_000


class Mood(StrEnum):
    """HALF: its answers end in the middle. GARBLED: one bit of each is wrong. LETTERS: it answers with a word. TWICE:
    each comes twice. SLOW: a byte every 10 ms. ENDLESS: an answer begins and never ends."""

    RIGHT = "right"
    SWINGING = "swinging"
    SILENT = "silent"
    HALF = "half"
    GARBLED = "garbled"
    LETTERS = "letters"
    TWICE = "twice"
    SLOW = "slow"
    ENDLESS = "endless"
    NO_ZERO = "no-zero"
    REFUSING = "refusing"


class Kind(StrEnum):
    TOLEDO = "toledo"
    CAS = "cas"


@dataclass(slots=True)
class OnIt:
    """What its display shows: grams, the tare that is off, and a price per kilogram in minor units."""

    milli: int = 0
    tare_milli: int = 0
    unit_price_minor: int = 0
    mood: Mood = Mood.RIGHT
    swings: int = 0
    """So many answers say that it isn't at rest."""


class ScaleSimulator(ListeningDevice):
    """Answers in a thread of its own until it is closed. ``put`` may be called at any time."""

    def __init__(self, kind: Kind, link: Path | None = None) -> None:
        self._kind = kind
        self._on = OnIt()
        super().__init__("scale", link)

    @property
    def tare_milli(self) -> int:
        return self._on.tare_milli

    @property
    def on(self) -> OnIt:
        """What is on it now."""
        return replace(self._on)

    @property
    def has_tare(self) -> bool:
        return self._kind is Kind.TOLEDO

    def zero(self) -> None:
        """Its zero key: what is on the pan is nothing from now on."""
        self._on.milli = self._on.tare_milli = 0

    def tare(self) -> None:
        self._on.tare_milli = self._on.milli

    def put(self, milli: int, mood: Mood = Mood.RIGHT, *, swings: int = 0, unit_price_minor: int = 0) -> None:
        self._on = OnIt(milli, self._on.tare_milli, unit_price_minor, mood, swings)

    def take(self, raw: bytes) -> None:
        for each in raw:
            answer = self._answer(each)
            pieces = [answer] if self._on.mood is not Mood.SLOW else [bytes([byte]) for byte in answer]
            with suppress(Unplugged, NotRead):
                for piece in pieces:
                    self._line.write(piece)
                    time.sleep(0.01 if len(pieces) > 1 else 0)

    def _answer(self, asked: int) -> bytes:
        on = self._on
        if on.mood is Mood.SILENT:
            return b""
        whole = self._toledo(asked, on) if self._kind is Kind.TOLEDO else self._cas(asked, on)
        if len(whole) <= 1:
            return whole
        if on.mood is Mood.LETTERS:
            return b"\x02HELLO\r" if self._kind is Kind.TOLEDO else b"\x01\x02HELLO\x03\x04"
        if on.mood is Mood.TWICE:
            return whole * 2
        if on.mood is Mood.ENDLESS:
            return whole[:2] + b"7" * 500
        if on.mood is Mood.HALF:
            return whole[: len(whole) // 2]
        if on.mood is Mood.GARBLED:
            return whole[:4] + bytes([whole[4] ^ 0x10]) + whole[5:]
        return whole

    def _swinging(self, on: OnIt) -> bool:
        if on.swings:
            on.swings -= 1
            return True
        return on.mood is Mood.SWINGING

    def _toledo(self, asked: int, on: OnIt) -> bytes:
        net = on.milli - on.tare_milli
        match bytes([asked]):
            case b"Z":
                self.zero()
                return b""
            case b"T":
                self.tare()
                return b""
            case b"W":
                flags = 0
                if self._swinging(on):
                    flags |= 0x01
                if on.milli > _MOST_MILLI:
                    flags |= 0x02
                if net < 0:
                    flags |= 0x04
                if on.mood is Mood.NO_ZERO:
                    flags |= 0x08
                if flags:
                    return b"\x02?" + bytes([flags | 0x20 * bool(on.tare_milli)]) + b"\r"
                return b"\x02%02d.%03d%s\r" % (*divmod(net, 1_000), b"N" if on.tare_milli else b"")
        return b"\x02?\x40\r"

    def _cas(self, asked: int, on: OnIt) -> bytes:
        if asked == 0x05:
            return b"\x15" if on.mood is Mood.REFUSING else b"\x06"
        if asked not in (0x11, 0x12):
            return b""
        state = b"F" if on.milli > _MOST_MILLI else b"U" if self._swinging(on) else b"S"
        body = state + (b"-" if on.milli < 0 else b" ") + b"%02d.%03dkg" % divmod(abs(on.milli), 1_000)
        if asked == 0x12:
            total = (on.milli * on.unit_price_minor + 500) // 1_000
            body += b"".join(b"%05d.%02d" % divmod(minor, 100) for minor in (total, on.unit_price_minor))
        return b"\x01\x02" + body + bytes([reduce(xor, body)]) + b"\x03\x04"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tillpoint device simulate scale", description=__doc__)
    parser.add_argument("--link", type=Path, required=True, help="where the scale's device shall be")
    parser.add_argument("--protocol", type=Kind, choices=tuple(Kind), default=Kind.TOLEDO)
    page.add_option(parser)
    given = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ScaleSimulator(given.protocol, given.link) as scale, suppress(KeyboardInterrupt):
        sys.stdout.write(f"{scale.path}\n")
        sys.stdout.flush()
        with page.shown(parser, ScalePanel(scale), given.page):
            for line in map(str.strip, sys.stdin):
                try:
                    if line in tuple(Mood):
                        scale.put(scale.on.milli, Mood(line))
                    elif line:
                        scale.put(round(float(line) * 1_000))
                except (ValueError, OverflowError):
                    sys.stderr.write(f"{line!r} is no weight and none of {', '.join(Mood)}.\n")
            if given.page is not None:
                threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
