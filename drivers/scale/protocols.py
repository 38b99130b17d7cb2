"""How two families of scales are asked for a weight.

``Toledo8217``: Mettler-Toledo 8217 (Ariva, Viva, 8217 and many others set to it); 7 data bits, even parity.
``CasPos``: the request-reply protocol of CAS point-of-sale scales (AP-1, SW-II, ER); 8 data bits.

Both are pure: bytes in, a weight or a typed fault out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final, Protocol

from drivers.ports import DeviceFault
from drivers.scale.reading import (
    AnswerFault,
    BadAnswer,
    BelowZero,
    InMotion,
    NotZeroed,
    Overloaded,
    Unit,
    Weight,
)
from drivers.transports.serial_line import SerialSettings

SOH, STX, ETX, EOT, ENQ, ACK, CR, DC1, DC2, NAK = b"\x01\x02\x03\x04\x05\x06\x0d\x11\x12\x15"
LONGEST: Final = 64
"""No answer of either protocol is longer."""


@dataclass(frozen=True, slots=True)
class Step:
    """Bytes to send, and the byte that ends the answer; ``None``: one byte is the answer."""

    ask: bytes
    until: int | None


class ScaleProtocol(Protocol):
    """``settings``: what such scales are set to. ``steps`` are asked one after the other; all answers but the last have
    to be ``ACK``. ``zero`` sets the scale to zero, ``tare`` takes what is on it as the tare; empty if there is no such
    command."""

    @property
    def settings(self) -> SerialSettings: ...

    @property
    def steps(self) -> tuple[Step, ...]: ...

    @property
    def zero(self) -> bytes: ...

    @property
    def tare(self) -> bytes: ...

    def weight(self, answer: bytes, device: str) -> Weight:
        """What the last answer says. Raise a ``WeighingFault``."""


class Toledo8217:
    """``W`` → STX, digits with a point, ``N`` if a tare is off, CR; or STX ``?`` and a byte of flags, CR."""

    settings = SerialSettings(baud=9600, data_bits=7, parity="E")
    steps = (Step(b"W", CR),)
    zero, tare = b"Z", b"T"

    _WEIGHT: Final = re.compile(rb"\x02 *([0-9]{1,3})\.([0-9]{2,3})(N?)\r")
    _STATUS: Final = re.compile(rb"\x02 *\?(.)\r", re.DOTALL)
    _MOTION, _OVER, _UNDER, _NO_ZERO, _BAD_COMMAND = 0x01, 0x02, 0x04, 0x08, 0x40

    def __init__(self, unit: Unit = Unit.KILOGRAM) -> None:
        """``unit``: what the scale is set to, which its answers don't say."""
        self._unit = unit

    def weight(self, answer: bytes, device: str) -> Weight:
        found = self._WEIGHT.fullmatch(answer)
        if found:
            fraction = found[2].ljust(3, b"0")
            return Weight(int(found[1] + fraction), self._unit, net=bool(found[3]))
        status = self._STATUS.fullmatch(answer)
        if status is None:
            raise BadAnswer(device, AnswerFault.NOT_A_WEIGHT, answer)
        raise self._fault(status[1][0], answer, device)

    def _fault(self, flags: int, answer: bytes, device: str) -> DeviceFault:
        if flags & self._OVER:
            return Overloaded(device)
        if flags & self._UNDER:
            return BelowZero(device)
        if flags & self._NO_ZERO:
            return NotZeroed(device)
        if flags & self._MOTION:
            return InMotion(device)
        why = AnswerFault.REFUSED if flags & self._BAD_COMMAND else AnswerFault.NOT_A_WEIGHT
        return BadAnswer(device, why, answer)


class CasPos:
    """ENQ → ACK, then DC1 → SOH STX, state, sign, six places of weight with a point, ``kg``, check byte, ETX EOT.

    With ``priced`` DC2 asks for weight, total and unit price, eight places each, in this order. The check byte is the
    exclusive or of what stands between STX and it.
    """

    settings = SerialSettings(baud=9600)
    zero = tare = b""

    _BODY: Final = re.compile(rb"([SUF])([ -])( *[0-9]*\.[0-9]{2,3})(kg|lb|KG|LB)", re.DOTALL)
    _AMOUNT: Final = re.compile(rb" *([0-9]+)(?:\.([0-9]{2}))?")

    def __init__(self, *, priced: bool = False) -> None:
        self._priced = priced
        self.steps = (Step(bytes([ENQ]), None), Step(bytes([DC2 if priced else DC1]), EOT))

    def weight(self, answer: bytes, device: str) -> Weight:
        if answer in (b"", bytes([NAK])):
            raise BadAnswer(device, AnswerFault.REFUSED, answer)
        if answer[:2] != bytes([SOH, STX]) or answer[-2:] != bytes([ETX, EOT]) or len(answer) < 15:
            raise BadAnswer(device, AnswerFault.NOT_A_WEIGHT, answer)
        body, check = answer[2:-3], answer[-3]
        if reduce(xor, body) != check:
            raise BadAnswer(device, AnswerFault.CHECKSUM, answer)
        found = self._BODY.fullmatch(body[:10])
        if found is None:
            raise BadAnswer(device, AnswerFault.NOT_A_WEIGHT, answer)
        total, unit_price = self._prices(body[10:], answer, device)
        if found[1] == b"F":
            raise Overloaded(device)
        if found[1] == b"U":
            raise InMotion(device)
        whole, _, fraction = found[3].strip().partition(b".")
        milli = int(whole or b"0") * 1_000 + int(fraction.ljust(3, b"0"))
        if found[2] == b"-" and milli:
            raise BelowZero(device)
        return Weight(milli, Unit(found[4].decode().lower()), unit_price_minor=unit_price, total_minor=total)

    def _prices(self, rest: bytes, answer: bytes, device: str) -> tuple[int | None, int | None]:
        if not self._priced:
            if rest:
                raise BadAnswer(device, AnswerFault.NOT_A_WEIGHT, answer)
            return None, None
        found = [self._AMOUNT.fullmatch(part) for part in (rest[:8], rest[8:])]
        if len(rest) != 16 or None in found:
            raise BadAnswer(device, AnswerFault.NOT_A_WEIGHT, answer)
        total, unit_price = (int(each[1] + (each[2] or b"")) for each in found if each is not None)
        return total, unit_price
