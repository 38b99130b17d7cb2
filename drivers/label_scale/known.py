"""What a scale is known to hold, in a file of its own: what a broken download is begun again from.

Before a PLU goes out the file says that it may have changed, and that is on the disk; what the scale acknowledged is
added after. So a PLU stands in it as held only if the scale said so and nothing was sent there since.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from drivers.label_scale.goods import Plu, SoldBy

_TIDY_LINES: Final = 20_000


class Known:
    """Open it as a context manager for as long as the scale is spoken to. Raise ``OSError``; ``BlockingIOError`` if
    another program has it open. A file that can't be read holds nothing: everything is sent again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._held: dict[int, Plu] = {}
        self._lines = 0

    @property
    def held(self) -> dict[int, Plu]:
        return dict(self._held)

    def differences(self, wanted: Sequence[Plu]) -> list[Plu]:
        """Those that the scale isn't known to hold just so."""
        return [plu for plu in wanted if self._held.get(plu.number) != plu]

    def unwanted(self, wanted: Sequence[Plu]) -> list[Plu]:
        """Those that it is known to hold under numbers that nobody wants any more."""
        numbers = {plu.number for plu in wanted}
        return [plu for number, plu in sorted(self._held.items()) if number not in numbers]

    def sending(self, plus: Iterable[Plu]) -> None:
        """They may be there or not from now on. On the disk when it returns."""
        numbers = [plu.number for plu in plus]
        for number in numbers:
            self._held.pop(number, None)
        self._add({"sending": numbers}, durable=True)

    def has(self, plu: Plu) -> None:
        """The scale said that it holds it. If the power goes before that is on the disk, it is sent once more."""
        self._held[plu.number] = plu
        self._add({"has": asdict(plu)}, durable=False)

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b", buffering=0)
        try:
            _lock(self._file)
        except OSError:
            self._file.close()
            raise
        self._file.seek(0)
        lines = self._file.read().split(b"\n")
        for line in lines:
            self._take(line)
        if lines[-1]:
            self._file.write(b"\n")
        self._lines = len(lines)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        os.fsync(self._file.fileno())
        if self._lines > _TIDY_LINES:
            self._tidy()
        self._file.close()
        self._file = None

    def _take(self, line: bytes) -> None:
        """A line that was cut off in the middle is the last one, and what it tells isn't known. One damaged elsewhere
        may have been anything: nothing before it counts."""
        if not line:
            return
        try:
            said = json.loads(line)
            if "has" in said:
                plu = _plu(said["has"])
                self._held[plu.number] = plu
            for number in said.get("sending", []):
                self._held.pop(number, None)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._held.clear()

    def _add(self, said: dict[str, Any], *, durable: bool) -> None:
        assert self._file is not None
        self._file.write(_line(said))
        self._lines += 1
        if durable:
            os.fsync(self._file.fileno())

    def _tidy(self) -> None:
        """Once many lines have come together: what is held, and nothing of how it came there."""
        new = self._path.with_name(self._path.name + ".new")
        with new.open("wb") as file:
            for plu in self._held.values():
                file.write(_line({"has": asdict(plu)}))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _plu(plain: dict[str, Any]) -> Plu:
    return Plu(**{**plain, "by": SoldBy(plain["by"])})


def _lock(file: BinaryIO) -> None:
    """For as long as the file is open; elsewhere than on Linux and macOS the scale's one connection has to do."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
