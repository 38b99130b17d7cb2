"""Rows out of a damaged journal, page by page, when SQLite itself reads it no further.

Each page of an SQLCipher file is encrypted by itself, and each fact vouches for itself by its hash and its device's
signature. So the pages are decrypted one after another, whatever became of the tables' trees and of the pages'
authentication, and whatever looks like a row is handed out: the caller keeps what it can prove. The write-ahead log's
pages are read as well. Formats: SQLCipher 4's design page and SQLite's "Database File Format".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PAGE_BYTES: Final = 4096
_RESERVED: Final = 80
_USABLE: Final = PAGE_BYTES - _RESERVED
_IV_BYTES: Final = 16
_SALT_BYTES: Final = 16
_WAL_HEAD, _FRAME_HEAD = 32, 24
_NEWEST, _OLDEST = 0, -1
_TABLE_LEAF, _INDEX_LEAF = 13, 10
_MOST_ROW_BYTES: Final = 32 * 1024 * 1024

FACT_COLUMNS: Final = 9
SIDE_COLUMNS: Final = 4
META_COLUMNS: Final = 2

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    """``local`` is what of the row's ``length`` bytes stands in its own page; the rest begins in page ``overflow``."""

    rowid: int
    length: int
    local: bytes
    overflow: int


def rows(path: Path, key: bytes) -> Iterator[Values]:
    """Everything in the file that looks like a row, once or several times; a row's own number fills its empty first
    column. A wrong key gives nothing."""
    with path.open("rb") as main:
        log = path.with_name(path.name + "-wal")
        if log.is_file():
            with log.open("rb") as wal:
                yield from _Pages(main, wal, key).rows()
        else:
            yield from _Pages(main, None, key).rows()


def pages_in_log(path: Path) -> frozenset[int]:
    """The pages of the database that SQLite reads from its write-ahead log: those of whole, committed frames."""
    log = path.with_name(path.name + "-wal")
    data = log.read_bytes() if log.is_file() else b""
    order = {0x377F0682: "<", 0x377F0683: ">"}.get(int.from_bytes(data[:4], "big"))
    sums = (0, 0)
    if order is None or (sums := _sums(data[:24], sums, order)) != struct.unpack(">II", data[24:_WAL_HEAD]):
        return frozenset()
    committed: set[int] = set()
    pending: set[int] = set()
    for at in range(_WAL_HEAD, len(data) - _FRAME_HEAD - PAGE_BYTES + 1, _FRAME_HEAD + PAGE_BYTES):
        page, size, *ours = struct.unpack(">IIIIII", data[at : at + _FRAME_HEAD])
        body = data[at + _FRAME_HEAD : at + _FRAME_HEAD + PAGE_BYTES]
        sums = _sums(body, _sums(data[at : at + 8], sums, order), order)
        if (*ours[:2], *sums) != (*struct.unpack(">II", data[16:24]), *ours[2:]):
            break
        pending.add(page)
        if size:
            committed |= pending
            pending.clear()
    return frozenset(committed)


def _sums(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """SQLite's running checksum of a log, over ``data`` in words of that byte order."""
    first, second = sums
    for one, other in struct.iter_unpack(order + "II", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


class _Pages:
    def __init__(self, main: BinaryIO, wal: BinaryIO | None, key: bytes) -> None:
        self._main = main
        self._wal = wal
        self._algorithm = AES(key)
        self._count = main.seek(0, 2) // PAGE_BYTES
        self._frames = _frames(wal) if wal is not None else {}

    def rows(self) -> Iterator[Values]:
        for number in range(1, max([self._count, *self._frames]) + 1):
            for page in self._versions(number):
                yield from self._rows_of(page, 100 if number == 1 else 0)

    def _versions(self, number: int) -> Iterator[bytes]:
        """The page as it is in the log, the newest first, and as it is in the file."""
        for at in reversed(self._frames.get(number, [])):
            assert self._wal is not None, "frames are the log's"
            yield self._page(self._wal, at, number)
        if number <= self._count:
            yield self._page(self._main, (number - 1) * PAGE_BYTES, number)

    def _page(self, file: BinaryIO, at: int, number: int) -> bytes:
        file.seek(at)
        raw = file.read(PAGE_BYTES)
        begin = _SALT_BYTES if number == 1 else 0
        decryptor = Cipher(self._algorithm, CBC(raw[_USABLE : _USABLE + _IV_BYTES])).decryptor()
        return bytes(begin) + decryptor.update(raw[begin:_USABLE]) + decryptor.finalize()

    def _rows_of(self, page: bytes, head: int) -> Iterator[Values]:
        if page[head] not in (_TABLE_LEAF, _INDEX_LEAF):
            return
        count = int.from_bytes(page[head + 3 : head + 5], "big")
        first = head + 8
        if first + 2 * count > _USABLE:
            return
        for (at,) in struct.iter_unpack(">H", page[first : first + 2 * count]):
            cell = _cell(page, at, is_table=page[head] == _TABLE_LEAF)
            if cell is not None:
                yield from self._row(cell)

    def _row(self, cell: _Cell) -> Iterator[Values]:
        """The row, or two if its further pages have an older version: the caller finds out which is right."""
        seen: list[bytes] = []
        for version in (_NEWEST, _OLDEST) if cell.overflow else (_NEWEST,):
            whole = self._whole(cell, version)
            if whole is not None and whole not in seen:
                seen.append(whole)
                values = _record(whole)
                if values is not None:
                    yield (cell.rowid, *values[1:]) if values[0] is None else values

    def _whole(self, cell: _Cell, version: int) -> bytes | None:
        parts, left, following = [cell.local], cell.length - len(cell.local), cell.overflow
        while left > 0:
            found = list(self._versions(following)) if following else []
            if not found:
                return None
            page = found[version]
            parts.append(page[4 : min(4 + left, _USABLE)])
            left -= len(parts[-1])
            following = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _frames(wal: BinaryIO) -> dict[int, list[int]]:
    """Where in the log each page's versions stand. A frame's head is its page's number, then sums and salts."""
    size = wal.seek(0, 2)
    found: dict[int, list[int]] = {}
    most = (size // PAGE_BYTES + 1) * PAGE_BYTES
    for at in range(_WAL_HEAD, size - _FRAME_HEAD - PAGE_BYTES + 1, _FRAME_HEAD + PAGE_BYTES):
        wal.seek(at)
        number = int.from_bytes(wal.read(4), "big")
        if 0 < number < most:
            found.setdefault(number, []).append(at + _FRAME_HEAD)
    return found


def _cell(page: bytes, at: int, *, is_table: bool) -> _Cell | None:
    try:
        length, at = _varint(page, at)
        rowid, at = _varint(page, at) if is_table else (0, at)
    except IndexError:
        return None
    local = _local(length, is_table=is_table)
    if not 0 < length <= _MOST_ROW_BYTES or at + local > _USABLE:
        return None
    overflow = int.from_bytes(page[at + local : at + local + 4], "big") if local < length else 0
    return _Cell(rowid, length, page[at : at + local], overflow)


def _local(length: int, *, is_table: bool) -> int:
    most = _USABLE - 35 if is_table else (_USABLE - 12) * 64 // 255 - 23
    if length <= most:
        return length
    least = (_USABLE - 12) * 32 // 255 - 23
    wanted = least + (length - least) % (_USABLE - 4)
    return wanted if wanted <= most else least


def _record(whole: bytes) -> Values | None:
    """The values of a row; ``None`` if it isn't one of ours."""
    try:
        head, at = _varint(whole, 0)
        types = []
        while at < head:
            type_, at = _varint(whole, at)
            types.append(type_)
        if at != head or len(types) not in (FACT_COLUMNS, SIDE_COLUMNS, META_COLUMNS):
            return None
        values = []
        for type_ in types:
            value, at = _value(whole, at, type_)
            values.append(value)
    except (IndexError, UnicodeDecodeError):
        return None
    return tuple(values) if at == len(whole) else None


def _value(whole: bytes, at: int, type_: int) -> tuple[Any, int]:
    if type_ in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[type_], at
    size = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8}.get(type_, (type_ - 12) // 2)
    if type_ in (10, 11) or at + size > len(whole):
        raise IndexError
    part = whole[at : at + size]
    if type_ >= 12:
        return (part.decode() if type_ % 2 else part), at + size
    return int.from_bytes(part, "big", signed=True), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """SQLite's: seven bits a byte, all eight of the ninth. Raise ``IndexError``."""
    value = 0
    for place in range(9):
        byte = data[at + place]
        if place == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + place + 1
    raise AssertionError("nine bytes end a number")
