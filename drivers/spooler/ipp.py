"""The Internet Printing Protocol as CUPS speaks it, as far as whole jobs need it: RFC 8010 for the bytes, RFC 8011 for
what they mean. Bytes in, an answer or the typed error out; it opens no connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

_VERSION: Final = b"\x02\x00"
_OPERATION_GROUP, _END = 0x01, 0x03
_LAST_DELIMITER: Final = 0x0F


class BadIpp(ValueError):
    """Bytes that are no answer."""


class Operation(IntEnum):
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    CUPS_GET_PRINTERS = 0x4002


class Tag(IntEnum):
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49


class Refusal(IntEnum):
    """Status codes that a person can do something about."""

    FORBIDDEN = 0x0401
    NOT_AUTHENTICATED = 0x0402
    NOT_AUTHORIZED = 0x0403
    NOT_FOUND = 0x0406
    NOT_ACCEPTING = 0x0506


Value: TypeAlias = int | str | None
"""``None`` stands for what has no value yet, and for kinds of values that nobody asks for here."""
Attributes: TypeAlias = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """``groups``: the attributes of each thing that was asked about, in order; the operation's own come first."""

    status: int
    groups: tuple[Attributes, ...]

    @property
    def went_well(self) -> bool:
        return self.status <= 0x00FF


def request(operation: Operation, attributes: Sequence[tuple[Tag, str, int | bool | str | Sequence[str]]]) -> bytes:
    """All of it but a document, which follows as it is. ``attributes`` in the order that RFC 8011 wants."""
    made = [_VERSION, operation.to_bytes(2, "big"), (1).to_bytes(4, "big"), bytes((_OPERATION_GROUP,))]
    made += _attribute(Tag.CHARSET, "attributes-charset", "utf-8")
    made += _attribute(Tag.LANGUAGE, "attributes-natural-language", "en")
    for tag, name, value in attributes:
        made += _attribute(tag, name, value)
    return b"".join([*made, bytes((_END,))])


def _attribute(tag: Tag, name: str, value: int | bool | str | Sequence[str]) -> Iterator[bytes]:
    many = [value] if isinstance(value, int | str) else value
    for number, each in enumerate(many):
        title = name.encode() if number == 0 else b""
        raw = _value(tag, each)
        yield b"".join((bytes((tag,)), len(title).to_bytes(2, "big"), title, len(raw).to_bytes(2, "big"), raw))


def _value(tag: Tag, value: int | str) -> bytes:
    if tag is Tag.BOOLEAN:
        return bytes((bool(value),))
    return value.encode() if isinstance(value, str) else value.to_bytes(4, "big", signed=True)


def answer(raw: bytes) -> Answer:
    """Raise ``BadIpp``."""
    if len(raw) < 9 or raw[0] not in (1, 2):
        raise BadIpp("no answer of IPP 1 or 2")
    groups: list[dict[str, tuple[Value, ...]]] = []
    name, at = "", 8
    while True:
        tag = _bytes(raw, at, 1)[0]
        at += 1
        if tag == _END:
            return Answer(int.from_bytes(raw[2:4], "big"), tuple(groups))
        if tag <= _LAST_DELIMITER:
            groups.append({})
            name = ""
            continue
        title, at = _counted(raw, at)
        value, at = _counted(raw, at)
        if title:
            name = title.decode("utf-8", "replace")
        if not groups or not name:
            raise BadIpp("a value of nothing")
        groups[-1][name] = (*groups[-1].get(name, ()), _read(tag, value))


def _bytes(raw: bytes, at: int, count: int) -> bytes:
    if at + count > len(raw):
        raise BadIpp("it ends too early")
    return raw[at : at + count]


def _counted(raw: bytes, at: int) -> tuple[bytes, int]:
    count = int.from_bytes(_bytes(raw, at, 2), "big")
    return _bytes(raw, at + 2, count), at + 2 + count


def _read(tag: int, value: bytes) -> Value:
    if tag in (Tag.INTEGER, Tag.ENUM):
        if len(value) != 4:
            raise BadIpp("a number that has not four bytes")
        return int.from_bytes(value, "big", signed=True)
    if tag == Tag.BOOLEAN:
        return int(value == b"\x01")
    return value.decode("utf-8", "replace") if 0x40 <= tag < 0x60 else None
