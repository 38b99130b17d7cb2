"""A scanner on a line: reads it on a thread of its own and comes back after unplugging."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeAlias

from drivers.ports import BadFrame, Clock, DeviceFault, PermissionDenied, ScannerState, Transport
from drivers.scanner.beeps import BEEPS, Beeps
from drivers.scanner.framing import ScanCodec, ScanEvent

OnEvent: TypeAlias = Callable[[ScanEvent], None]
OnState: TypeAlias = Callable[[ScannerState, DeviceFault | None], None]

BACKOFF_MS: Final = (100, 250, 500, 1_000, 2_000)
_READ_MS: Final = 50
_OPEN_MS: Final = 2_000
_WRITE_MS: Final = 200


class ScannerDevice:
    """Calls ``on_event`` for each scan and bad frame and ``on_state`` for each change of state.

    Both are called on the device's thread, one at a time; hand over to your own thread and come back quickly.
    The fault given with a state is why it changed. A device that stays away is tried again for ever, at the
    last step of ``backoff_ms``, and reported once.
    """

    def __init__(
        self,
        transport: Transport,
        codec: ScanCodec,
        clock: Clock,
        on_event: OnEvent,
        on_state: OnState,
        *,
        beeps: Beeps = BEEPS["none"],
        silence_ms: int = 150,
        backoff_ms: tuple[int, ...] = BACKOFF_MS,
    ) -> None:
        self._transport = transport
        self._codec = codec
        self._clock = clock
        self._on_event = on_event
        self._on_state = on_state
        self._beeps = beeps
        self._to_say: SimpleQueue[bytes] = SimpleQueue()
        self._silence_ms = silence_ms
        self._backoff_ms = backoff_ms
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._state = ScannerState.STOPPED

    @property
    def state(self) -> ScannerState:
        return self._state

    def start(self) -> None:
        """Starting a started device does nothing."""
        if self._thread is not None:
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"scanner {self._transport.name}", daemon=True)
        self._thread.start()

    def beep(self, *, good: bool) -> None:
        """Have the scanner say what became of its last code, if it can be told. From any thread; returns at once."""
        if said := self._beeps.good if good else self._beeps.bad:
            self._to_say.put(said)

    def stop(self) -> None:
        """Returns when the thread has ended and the line is closed. Not to be called from the callbacks."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        thread.join()
        self._become(ScannerState.STOPPED, None)

    def _run(self) -> None:
        failures = 0
        self._become(ScannerState.CONNECTING, None)
        while not self._stopping.is_set():
            try:
                self._transport.open(_OPEN_MS)
                failures = 0
                self._forget_beeps()
                self._become(ScannerState.READY, None)
                self._listen()
            except DeviceFault as fault:
                self._transport.close()
                self._codec.reset()
                denied = isinstance(fault, PermissionDenied)
                self._become(ScannerState.DENIED if denied else ScannerState.DISCONNECTED, fault)
                self._stopping.wait(self._backoff_ms[min(failures, len(self._backoff_ms) - 1)] / 1000)
                failures += 1
        self._transport.close()
        self._codec.reset()

    def _listen(self) -> None:
        heard_ms = self._clock.monotonic_ms()
        while not self._stopping.is_set():
            data = self._transport.read(512, _READ_MS)
            now_ms = self._clock.monotonic_ms()
            if data:
                heard_ms = now_ms
                self._report(self._codec.feed(data, now_ms))
                continue
            if not self._to_say.empty():
                self._transport.write(self._to_say.get(), _WRITE_MS)
            if self._codec.is_waiting and now_ms - heard_ms >= self._silence_ms:
                self._report(self._codec.flush(now_ms))

    def _report(self, events: list[ScanEvent]) -> None:
        for event in events:
            self._on_event(event)
            if isinstance(event, BadFrame):
                self.beep(good=False)

    def _forget_beeps(self) -> None:
        """They are about codes of another time."""
        while not self._to_say.empty():
            self._to_say.get()

    def _become(self, state: ScannerState, fault: DeviceFault | None) -> None:
        if state is not self._state:
            self._state = state
            self._on_state(state, fault)
