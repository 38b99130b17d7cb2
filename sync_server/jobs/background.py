"""Work that a server does beside answering."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_logger = logging.getLogger(__name__)


class Background:
    """A thread that does its work when it is woken, and every ``every_s`` seconds. ``trouble`` is what the log says if
    it failed; the next time it tries again. ``cancel`` makes work under way end soon, by an error or not."""

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        every_s: float,
        trouble: str,
        wake: threading.Event | None = None,
        cancel: Callable[[], object] | None = None,
    ) -> None:
        self._work = work
        self._every_s = every_s
        self._trouble = trouble
        self._wake = wake or threading.Event()
        self._cancel = cancel
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Do no more work; what is being done may go on for ``timeout_s``."""
        self._stopping = True
        if self._cancel is not None:
            self._cancel()
        self._wake.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                self._work()
            except Exception:
                if not self._stopping:
                    _logger.exception(self._trouble)
            self._wake.wait(self._every_s)
