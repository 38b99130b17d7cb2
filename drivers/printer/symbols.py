"""The bars of linear codes, from the bytes a printer gets for them (GS k).

python-barcode has the tables of bars; it loads pictures, so only when there is a code to draw. In a string of
modules ``1`` is a bar and ``0`` a space.
"""

from __future__ import annotations

from typing import Final

from shared_models.domain.barcode import check_digit
from shared_models.domain.receipt import Barcode

_FNC1, _SHIFT, _CODE_A, _CODE_B, _CODE_C = 102, 98, 101, 100, 99
_STARTS: Final = {"A": 103, "B": 104, "C": 105}
_QUIET: Final = "0" * 10


class SymbolRefused(ValueError):
    """A printer wouldn't print this; the sentence says why."""


def bars(kind: int, data: bytes) -> tuple[str, str, str]:
    """Name, characters and modules of GS k with this kind (0 to 6 or 65 to 79). Raises ``SymbolRefused``."""
    match kind if kind <= 6 else kind - 65:
        case 0:
            digits = ean_digits(data, 12)
            return "UPC-A", digits, ean13("0" + digits)
        case 2:
            digits = ean_digits(data, 13)
            return "EAN-13", digits, ean13(digits)
        case 3:
            digits = ean_digits(data, 8)
            return "EAN-8", digits, ean8(digits)
        case 8:
            modules, text = code128_bars(data)
            return "Code 128", text, modules
        case _:
            raise SymbolRefused("a symbology this paper can't draw")


def of_document(code: Barcode) -> str:
    """The modules of a document's linear code."""
    if code.symbology == "ean13":
        return ean13(code.data)
    return code128_bars(b"{B" + code.data.encode().replace(b"{", b"{{"))[0]


def qr_matrix(data: bytes, level: int) -> tuple[tuple[bool, ...], ...]:
    """Rows of modules, True is ink, without quiet zone. ``level`` 0 to 3 is L, M, Q, H. Raises ``SymbolRefused``."""
    from qrcode import QRCode, constants
    from qrcode.exceptions import DataOverflowError

    levels = (
        constants.ERROR_CORRECT_L,
        constants.ERROR_CORRECT_M,
        constants.ERROR_CORRECT_Q,
        constants.ERROR_CORRECT_H,
    )
    if not data:
        raise SymbolRefused("no data")
    code = QRCode(error_correction=levels[level], border=0)
    code.add_data(data)
    try:
        code.make()
    except (DataOverflowError, ValueError) as error:
        raise SymbolRefused("too many bytes") from error
    return tuple(tuple(map(bool, row)) for row in code.get_matrix())


def ean_digits(data: bytes, length: int) -> str:
    """All ``length`` digits; a missing check digit is added, a wrong one refused."""
    digits = data.decode("latin-1")
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (length - 1, length):
        raise SymbolRefused(f"not {length} digits")
    if len(digits) == length and digits[-1] != check_digit(digits[:-1]):
        raise SymbolRefused("wrong check digit")
    return digits[: length - 1] + check_digit(digits[: length - 1])


def ean13(digits: str) -> str:
    from barcode.charsets import ean

    pattern = ean.LEFT_PATTERN[int(digits[0])]
    left = "".join(ean.CODES[kind][int(digit)] for kind, digit in zip(pattern, digits[1:7], strict=True))
    right = "".join(ean.CODES["C"][int(digit)] for digit in digits[7:])
    return f"{ean.EDGE}{left}{ean.MIDDLE}{right}{ean.EDGE}"


def ean8(digits: str) -> str:
    from barcode.charsets import ean

    left = "".join(ean.CODES["A"][int(digit)] for digit in digits[:4])
    right = "".join(ean.CODES["C"][int(digit)] for digit in digits[4:])
    return f"{ean.EDGE}{left}{ean.MIDDLE}{right}{ean.EDGE}"


def code128_bars(data: bytes) -> tuple[str, str]:
    """Bars with quiet zones, and the characters to print below."""
    from barcode.charsets import code128

    if len(data) < 3 or data[:1] != b"{" or chr(data[1]) not in _STARTS:
        raise SymbolRefused("no code set at the start")
    values, text = _code128_values(data)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    bars = "".join(code128.CODES[value] for value in [*values, check])
    return f"{_QUIET}{bars}{code128.STOP}11{_QUIET}", text


def _code128_values(data: bytes) -> tuple[list[int], str]:
    charset = chr(data[1])
    values = [_STARTS[charset]]
    text: list[str] = []
    shifted = False
    at = 2
    while at < len(data):
        byte = data[at]
        at += 1
        if byte == 0x7B:  # "{": the next byte is a function
            if at >= len(data):
                raise SymbolRefused("ends within a function")
            function = chr(data[at])
            at += 1
            if function != "{":
                values.append(_function_value(function, charset))
                shifted = function == "S"
                charset = function if function in _STARTS else charset
                continue
        used = {"A": "B", "B": "A"}[charset] if shifted else charset
        shifted = False
        values.append(_value(byte, used))
        text.append(f"{byte:02d}" if used == "C" else chr(byte) if 0x20 <= byte < 0x7F else " ")
    return values, "".join(text)


def _value(byte: int, charset: str) -> int:
    if charset == "C" and byte < 100:
        return byte
    if charset == "B" and 0x20 <= byte < 0x80:
        return byte - 0x20
    if charset == "A" and byte < 0x60:
        return byte - 0x20 if byte >= 0x20 else byte + 0x40
    raise SymbolRefused(f"byte {byte:02X} is not in code set {charset}")


def _function_value(function: str, charset: str) -> int:
    if function == "1":
        return _FNC1
    switches = {"A": _CODE_A, "B": _CODE_B, "C": _CODE_C}
    if function in switches and function != charset:
        return switches[function]
    if charset != "C":
        others = {"S": _SHIFT, "2": 97, "3": 96, "4": 101 if charset == "A" else 100}
        if function in others:
            return others[function]
    raise SymbolRefused(f"function {{{function} in code set {charset}")
