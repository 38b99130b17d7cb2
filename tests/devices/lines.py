"""What a test does to a line: a right that is taken away, a clock that goes by hand."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch


class Watch:
    """A clock that goes by hand."""

    def __init__(self) -> None:
        self.now_ms = 0

    def monotonic_ms(self) -> int:
        return self.now_ms


class Rights:
    """Whether the system lets this process open ``path``. Root may open anything, so the system's answer is put in its
    mouth, where the transport asks it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open = os.open
        self.given = True

    def open(self, path: Any, *more: Any, **named: Any) -> int:
        if not self.given and os.fspath(path) == self._path and Path(self._path).exists():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), self._path)
        return self._open(path, *more, **named)


@contextmanager
def rights_to(path: str) -> Iterator[Rights]:
    rights = Rights(path)
    with patch("os.open", rights.open):
        yield rights
