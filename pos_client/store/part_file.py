"""A file as far as it has come over the network: kept through cut connections and restarts, trusted only when whole."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import IO, Final
from uuid import UUID

SYNC_BYTES: Final = 64 * 1024 * 1024
"""As often what came is brought to the disk. After a start only so much is taken for granted: what was written since
may be anything after a power cut."""

_BLOCK_BYTES: Final = 1 << 20
_NAME: Final = re.compile(r"snapshot-([0-9a-f-]{36})\.part")


class PartFile:
    """``snapshot-<id>.part`` in ``folder``, gone on with where it ends. Raise ``OSError`` from everything."""

    def __init__(self, folder: Path, id_: UUID) -> None:
        self.id = id_
        self.path = path_of(folder, id_)
        self._file = opened(self.path)
        self._digest = hashlib.sha256()
        self._file.truncate(self.path.stat().st_size // SYNC_BYTES * SYNC_BYTES)
        self._file.seek(0)
        while block := self._file.read(_BLOCK_BYTES):
            self._digest.update(block)
        self.size = self._file.tell()
        self._synced = self.size

    def append(self, data: bytes) -> None:
        """Never beyond the next multiple of ``SYNC_BYTES`` before what is below it is on the disk."""
        while data:
            room = self._synced + SYNC_BYTES - self.size
            self._write(data[:room])
            data = data[room:]
            if self.size == self._synced + SYNC_BYTES:
                self._sync()

    def finish(self, size: int, sha256: bytes) -> bool:
        """Have it on the disk and close it. ``False`` if it isn't the file it should be."""
        self._sync()
        self._file.close()
        return self.size == size and self._digest.digest() == sha256

    def delete(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        self._file.close()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()
        self._digest.update(data)
        self.size += len(data)

    def _sync(self) -> None:
        sync(self._file)
        self._synced = self.size


def opened(path: Path) -> IO[bytes]:
    """A file that grows at its end."""
    return path.open("ab+")


def sync(file: IO[bytes]) -> None:
    os.fsync(file.fileno())


def put_in_place(file: Path, path: Path) -> None:
    """Give the file its name for good."""
    file.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def begun(folder: Path) -> list[UUID]:
    """Of which snapshots there are part files."""
    names = (_NAME.fullmatch(path.name) for path in sorted(folder.glob("snapshot-*.part")))
    return [UUID(found[1]) for found in names if found]


def delete(folder: Path, keep: UUID | None = None) -> None:
    """Delete all part files but that of ``keep``."""
    for id_ in begun(folder):
        if id_ != keep:
            path_of(folder, id_).unlink(missing_ok=True)


def path_of(folder: Path, id_: UUID) -> Path:
    return folder / f"snapshot-{id_}.part"
