"""One sound for what went well, two for attention, three for stop: told apart without looking."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from pos_client.presenters.counter import Counter
from pos_client.presenters.state import Sound

_BEEPS = {Sound.GOOD: 1, Sound.ATTENTION: 2, Sound.STOP: 3}
_GAP_MS = 160


class Sounds(QObject):
    """The system's own beep: it needs no sound files and can be heard where a till has a buzzer."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_GAP_MS)
        self._timer.timeout.connect(self._beep)
        counter.listen_sound(self.play)

    def play(self, sound: Sound) -> None:
        self._left = _BEEPS[sound]
        self._beep()
        self._timer.start()

    def _beep(self) -> None:
        if self._left:
            self._left -= 1
            QApplication.beep()
        if not self._left:
            self._timer.stop()
