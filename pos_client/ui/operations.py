"""Runs operations on the cashier's thread and brings their answers back to the thread that draws."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from pos_client.app.ports import Executor

Result = TypeVar("Result")


class QtOperations(QObject):
    """``executor`` may be changed once the till is open. After ``stop`` nothing is run and no answer is delivered."""

    _answered = Signal(object)

    def __init__(self, executor: Executor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.executor = executor
        self._stopped = False
        self._unanswered = 0
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come. To be asked on the thread that draws."""
        return self._unanswered > 0

    def run(
        self, work: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[Exception], None]
    ) -> None:
        if self._stopped:
            return
        self._unanswered += 1
        future = self.executor.submit(work)
        future.add_done_callback(partial(self._post, done, failed))

    def post(self, call: Callable[[], None]) -> None:
        """Have ``call`` made on the thread that draws. May be called on any thread."""
        if not self._stopped:
            self._answered.emit(call)

    def stop(self) -> None:
        self._stopped = True

    def _post(
        self, done: Callable[[Result], None], failed: Callable[[Exception], None], future: Future[Result]
    ) -> None:
        def answer() -> None:
            self._unanswered -= 1
            error = future.exception()
            if error is None:
                done(future.result())
            elif isinstance(error, Exception):
                failed(error)
            else:
                raise error

        if not future.cancelled():
            self.post(answer)

    @Slot(object)
    def _deliver(self, call: Callable[[], None]) -> None:
        if not self._stopped:
            call()
