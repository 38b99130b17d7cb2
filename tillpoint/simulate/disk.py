"""The disks of simulated machines: real code writes real files, and may be struck at each write and sync.

SQLite calls the operating system through a table of functions (a *VFS*). Ours passes each call on to the real one,
remembers what was written since the last sync, and at a power cut decides which of it reached the disk: sectors of
512 bytes, in any order, as a disk without power protection does. The file of a ready-made replica, which the till
writes itself as it comes, goes through the same disk.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p, cast, string_at
from dataclasses import dataclass, field
from enum import StrEnum
from io import FileIO
from pathlib import Path
from random import Random
from typing import IO, Any, Final
from typing import cast as cast_to

from sqlcipher3 import _sqlite3

from pos_client.store import part_file

OK: Final = 0
IO_ERROR: Final = 10
FULL: Final = 13
SECTOR_BYTES: Final = 512
IN_TEN_THOUSAND: Final = 10_000
_NAME: Final = b"tillpoint-simulated"


class Boundary(StrEnum):
    """Where the power may go: in a database, or in the file that is fetched."""

    WRITE = "write"
    SYNC = "sync"
    FETCHED_WRITE = "fetched_write"
    FETCHED_SYNC = "fetched_sync"


_WEIGHTS: Final = {Boundary.WRITE: 1, Boundary.SYNC: 4, Boundary.FETCHED_WRITE: 40, Boundary.FETCHED_SYNC: 80}
"""A fetched file is a few dozen writes in a life of many thousands."""


class NoPower(BaseException):
    """What was to be written isn't, and whoever wanted to is no more. No code under test can catch it as an error."""


@dataclass(frozen=True, slots=True)
class _Write:
    """``before`` is what stood there, shorter at the end of the file; ``after`` ``None`` is a cut to ``offset``."""

    offset: int
    before: bytes
    after: bytes | None


@dataclass(slots=True)
class Disk:
    """The disk of one machine: all files below ``folder``.

    ``strikes``: at how many of ten thousand writes the power goes, elsewhere by ``_WEIGHTS`` more often.
    ``struck(boundary)`` is told. ``dead``: from then on nothing is written any more. ``full``: no write succeeds.
    """

    folder: Path
    random: Random
    struck: Callable[[Boundary], None]
    strikes: int = 0
    full: bool = False
    dead: bool = False
    refused: int = 0
    _unsynced: dict[str, list[_Write]] = field(default_factory=dict)
    _renamed: list[tuple[Path, Path]] = field(default_factory=list)
    _fetched: list[PlainFile] = field(default_factory=list)

    def lose(self) -> int:
        """After a power cut, with all databases closed: decide what of the unsynced writes is there. How many were
        lost, in whole or in part."""
        self._close_fetched()
        lost = 0
        for name, writes in self._unsynced.items():
            path = Path(name)
            if path.exists():
                lost += _settle(path, writes, self.random)
        self._unsynced.clear()
        for old, new in self._renamed:
            if new.exists() and self.random.randrange(2):
                new.rename(old)
                lost += 1
        self._renamed.clear()
        for path in self.folder.glob("*-shm"):
            path.unlink()
        return lost

    def forget(self) -> None:
        """The machine was switched off in good order, or its files were replaced: nothing is pending."""
        self._close_fetched()
        self._unsynced.clear()
        self._renamed.clear()

    def before_write(self, name: str, offset: int, data: bytes, handle: Path, at: Boundary = Boundary.WRITE) -> int:
        """What SQLite is told instead of writing, or ``OK``: then the write is on its way."""
        if self.dead or self._strikes(at):
            return IO_ERROR
        if self.full:
            self.refused += 1
            return FULL
        self._unsynced.setdefault(name, []).append(_Write(offset, _read(handle, offset, len(data)), data))
        return OK

    def before_cut(self, name: str, size: int, handle: Path, at: Boundary = Boundary.WRITE) -> int:
        if self.dead or self._strikes(at):
            return IO_ERROR
        tail = _read(handle, size, max(0, handle.stat().st_size - size))
        self._unsynced.setdefault(name, []).append(_Write(size, tail, None))
        return OK

    def sync(self, name: str, really: Callable[[], int], at: Boundary = Boundary.SYNC) -> int:
        """The power may go before, so that nothing is certain, or after, so that all is but nobody was told."""
        if self.dead or self._strikes(at):
            return IO_ERROR
        done = really()
        if done == OK:
            self._unsynced.pop(name, None)
        return IO_ERROR if self._strikes(at) else done

    def put_in_place(self, file: Path, path: Path) -> None:
        """Another name for ``file``, which may be forgotten until the folder is synced."""
        if self.dead or self._strikes(Boundary.FETCHED_WRITE):
            raise NoPower
        file.rename(path)
        self._renamed.append((file, path))
        if str(file) in self._unsynced:
            self._unsynced[str(path)] = self._unsynced.pop(str(file))
        if self.sync(str(self.folder), lambda: OK, Boundary.FETCHED_SYNC) != OK:
            raise NoPower
        self._renamed.clear()

    def fetching(self, file: PlainFile, path: Path) -> None:
        """A file was opened that is written as it comes; it is closed when the power goes."""
        self._fetched.append(file)
        if not path.stat().st_size:
            self.deleted(str(path))

    def _close_fetched(self) -> None:
        for file in self._fetched:
            file.close()
        self._fetched.clear()

    def deleted(self, name: str) -> None:
        self._unsynced.pop(name, None)

    def _strikes(self, boundary: Boundary) -> bool:
        if not self.strikes or self.random.randrange(IN_TEN_THOUSAND) >= self.strikes * _WEIGHTS[boundary]:
            return False
        self.dead = True
        self.struck(boundary)
        return True


def _read(path: Path, offset: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(count)


def _settle(path: Path, writes: list[_Write], random: Random) -> int:
    """Take all of ``writes`` back, then do again those sectors that chance says had reached the disk."""
    lost = 0
    with path.open("r+b") as file:
        for write in reversed(writes):
            file.seek(write.offset)
            file.write(write.before)
            if write.after is not None and len(write.before) < len(write.after):
                file.truncate(write.offset + len(write.before))
        kept = random.choice((0.0, 0.5, 0.9, 1.0))
        for write in writes:
            whole = True
            if write.after is None:
                whole = random.random() < kept
                if whole:
                    file.truncate(write.offset)
            else:
                for start in range(0, len(write.after), SECTOR_BYTES):
                    if random.random() < kept:
                        file.seek(write.offset + start)
                        file.write(write.after[start : start + SECTOR_BYTES])
                    else:
                        whole = False
            lost += not whole
    return lost


# files that the till writes itself


class PlainFile(FileIO):
    """A file that grows at its end, on a simulated disk."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path, "ab+")
        self._path = path
        self._disk = disk
        disk.fetching(self, path)

    def write(self, data: Any) -> int:
        end = self._path.stat().st_size
        _refuse(self._disk.before_write(str(self._path), end, bytes(data), self._path, Boundary.FETCHED_WRITE))
        return super().write(data)

    def truncate(self, size: int | None = None) -> int:
        assert size is not None, "a file is cut to a size"
        if size < self._path.stat().st_size:
            _refuse(self._disk.before_cut(str(self._path), size, self._path, Boundary.FETCHED_WRITE))
        return super().truncate(size)

    def sync(self) -> None:
        def really() -> int:
            os.fsync(self.fileno())
            return OK

        _refuse(self._disk.sync(str(self._path), really, Boundary.FETCHED_SYNC))


def _refuse(answer: int) -> None:
    if answer == FULL:
        raise OSError(errno.ENOSPC, "the simulated disk is full")
    if answer != OK:
        raise NoPower


# SQLite's own structures, as sqlite3.h has them


class _Methods(Structure):
    _fields_ = [
        ("iVersion", c_int), ("xClose", c_void_p), ("xRead", c_void_p), ("xWrite", c_void_p), ("xTruncate", c_void_p),
        ("xSync", c_void_p), ("xFileSize", c_void_p), ("xLock", c_void_p), ("xUnlock", c_void_p),
        ("xCheckReservedLock", c_void_p), ("xFileControl", c_void_p), ("xSectorSize", c_void_p),
        ("xDeviceCharacteristics", c_void_p), ("xShmMap", c_void_p), ("xShmLock", c_void_p),
        ("xShmBarrier", c_void_p), ("xShmUnmap", c_void_p), ("xFetch", c_void_p), ("xUnfetch", c_void_p),
    ]  # fmt: skip


class _File(Structure):
    _fields_ = [("pMethods", POINTER(_Methods))]


class _Vfs(Structure):
    _fields_ = [
        ("iVersion", c_int), ("szOsFile", c_int), ("mxPathname", c_int), ("pNext", c_void_p), ("zName", c_char_p),
        ("pAppData", c_void_p), ("xOpen", c_void_p), ("xDelete", c_void_p), ("xAccess", c_void_p),
        ("xFullPathname", c_void_p), ("xDlOpen", c_void_p), ("xDlError", c_void_p), ("xDlSym", c_void_p),
        ("xDlClose", c_void_p), ("xRandomness", c_void_p), ("xSleep", c_void_p), ("xCurrentTime", c_void_p),
        ("xGetLastError", c_void_p), ("xCurrentTimeInt64", c_void_p), ("xSetSystemCall", c_void_p),
        ("xGetSystemCall", c_void_p), ("xNextSystemCall", c_void_p),
    ]  # fmt: skip


_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
"""Names stay pointers: SQLite goes on using the text after the call."""
_Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_Close = CFUNCTYPE(c_int, c_void_p)
_WriteAt = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Layer:
    """Our VFS over the real one. Made once in a process: SQLite keeps pointers to it for good."""

    def __init__(self) -> None:
        self.disks: list[Disk] = []
        self._library: Any = ctypes.CDLL(_sqlite3.__file__)
        self._library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._real = self._library.sqlite3_vfs_find(None)
        self._ours = _Vfs.from_buffer_copy(self._real.contents)
        self._open_files: dict[int, tuple[Disk, str]] = {}
        self._tables: dict[int, _Methods] = {}
        self._real_tables: dict[int, _Methods] = {}
        self._calls = (
            _Open(self._open), _Delete(self._delete), _Close(self._close), _WriteAt(self._write),
            _Truncate(self._truncate), _Sync(self._sync),
        )  # fmt: skip
        self._ours.zName = _NAME
        self._ours.xOpen, self._ours.xDelete = (cast(call, c_void_p).value for call in self._calls[:2])
        self._real_open = _Open(self._real.contents.xOpen)
        self._real_delete = _Delete(self._real.contents.xDelete)

    def install(self) -> None:
        self._library.sqlite3_vfs_register(byref(self._ours), 1)

    def remove(self) -> None:
        self._library.sqlite3_vfs_register(self._real, 1)

    def opened(self, path: Path) -> IO[bytes]:
        """In the place of ``part_file.opened``."""
        disk = self.disk_of(str(path))
        return cast_to(IO[bytes], PlainFile(path, disk)) if disk is not None else path.open("ab+")

    def put_in_place(self, file: Path, path: Path) -> None:
        """In the place of ``part_file.put_in_place``."""
        disk = self.disk_of(str(path))
        if disk is not None:
            disk.put_in_place(file, path)
        else:
            file.rename(path)

    def disk_of(self, name: str) -> Disk | None:
        return next((disk for disk in self.disks if Path(name).is_relative_to(disk.folder)), None)

    def _open(self, vfs: int, name_at: int | None, file: int, flags: int, out_flags: int | None) -> int:
        done: int = self._real_open(vfs, name_at, file, flags, out_flags)
        name = string_at(name_at).decode() if name_at else ""
        disk = self.disk_of(name) if name else None
        if done != OK or disk is None:
            return done
        handle = cast(file, POINTER(_File)).contents
        address = ctypes.addressof(handle.pMethods.contents)
        if address not in self._tables:
            table = _Methods.from_buffer_copy(handle.pMethods.contents)
            table.xClose, table.xWrite, table.xTruncate, table.xSync = (
                cast(call, c_void_p).value for call in self._calls[2:]
            )
            self._tables[address] = table
        real = handle.pMethods.contents
        handle.pMethods = ctypes.pointer(self._tables[address])
        self._open_files[file] = (disk, name)
        self._real_tables[file] = real
        return done

    def _delete(self, vfs: int, name_at: int, sync: int) -> int:
        name = string_at(name_at).decode()
        disk = self.disk_of(name)
        if disk is not None:
            if disk.dead:
                return IO_ERROR
            disk.deleted(name)
        done: int = self._real_delete(vfs, name_at, sync)
        return done

    def _close(self, file: int) -> int:
        del self._open_files[file]
        done: int = _Close(self._real_tables.pop(file).xClose)(file)
        return done

    def _write(self, file: int, data: int, count: int, offset: int) -> int:
        disk, name = self._open_files[file]
        refused = disk.before_write(name, offset, string_at(data, count), Path(name))
        if refused != OK:
            return refused
        done: int = _WriteAt(self._real_tables[file].xWrite)(file, data, count, offset)
        return done

    def _truncate(self, file: int, size: int) -> int:
        disk, name = self._open_files[file]
        refused = disk.before_cut(name, size, Path(name))
        if refused != OK:
            return refused
        done: int = _Truncate(self._real_tables[file].xTruncate)(file, size)
        return done

    def _sync(self, file: int, flags: int) -> int:
        disk, name = self._open_files[file]
        return disk.sync(name, lambda: _Sync(self._real_tables[file].xSync)(file, flags))


_layer: list[_Layer] = []


@contextmanager
def simulated_disks() -> Iterator[Callable[[Disk], None]]:
    """Files opened inside go through the disks that are added; all others as before."""
    if not _layer:
        _layer.append(_Layer())
    layer = _layer[0]
    layer.install()
    real = {name: getattr(part_file, name) for name in ("opened", "sync", "put_in_place")}
    for name, ours in (("opened", layer.opened), ("sync", _sync), ("put_in_place", layer.put_in_place)):
        setattr(part_file, name, ours)
    try:
        yield layer.disks.append
    finally:
        for name, theirs in real.items():
            setattr(part_file, name, theirs)
        layer.disks.clear()
        layer.remove()


def _sync(file: IO[bytes]) -> None:
    """In the place of ``part_file.sync``."""
    if isinstance(file, PlainFile):
        file.sync()
    else:
        os.fsync(file.fileno())
