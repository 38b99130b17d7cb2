"""When the till looks for garbage: on the thread that draws, and while nobody waits.

Python would do so whenever enough objects were made: in the midst of pricing, for longer than pricing takes, and on any
thread, though what Qt draws may only be taken down on the one that draws.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from pos_client.ui.operations import QtOperations

_EVERY_MS = 100
_MOST_PUT_OFF = 100_000
"""So many new objects are looked over even while the cashier waits."""


def due() -> int | None:
    """The generation that Python's own thresholds would have looked over by now; ``None`` if none."""
    young, middle, old = gc.get_count()
    most_young, most_middle, most_old = gc.get_threshold()
    if young <= most_young:
        return None
    if middle <= most_middle:
        return 0
    return 1 if old <= most_old else 2


class IdleCollector(QObject):
    """From its start to its stop Python's own passes are off. To be started on the thread that draws."""

    def __init__(self, operations: QtOperations, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._operations = operations
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """What is there stays: a pass over all of it would take longer than a scan may."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            gc.enable()
            gc.unfreeze()

    def _look(self) -> None:
        generation = due()
        if generation is not None and (not self._operations.busy or gc.get_count()[0] > _MOST_PUT_OFF):
            gc.collect(generation)


__all__ = ["IdleCollector", "due"]
