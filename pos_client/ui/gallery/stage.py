"""A window with a till behind it, and hands to play with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import delete

from drivers.ports import Scan
from pos_client.hardware.equipment import Equipment
from pos_client.presenters.counter import Counter
from pos_client.settings import Settings
from pos_client.ui.customer_window import CustomerWindow
from pos_client.ui.gallery_shop import GalleryTill, code_of
from pos_client.ui.operations import QtOperations
from pos_client.ui.palette import Palette
from pos_client.ui.window import TillWindow

_WAIT_MS = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """Logical pixels and how many physical ones each has."""

    width: int
    height: int
    scale: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Size:
        """``1366x768`` or ``1366x768@2``; raise ``ValueError``."""
        size, _, scale = text.partition("@")
        width, height = size.split("x")
        return cls(int(width), int(height), float(scale or 1))


class Stage:
    """One window with one till behind it, and hands to play with."""

    def __init__(self, home: Path, language: str, palette: Palette, size: Size) -> None:
        self.shop = GalleryTill(home)
        self.operations = QtOperations(self.shop.executor)
        self.counter = Counter(self.operations, language)
        self.window = TillWindow(self.counter, palette)
        self.window.resize(QSize(size.width, size.height))
        self.window.show()
        self._size = size
        self.equipment: Equipment | None = None
        self._device_operations: QtOperations | None = None
        self._pictured: QWidget = self.window

    def look_as_customer(self) -> None:
        """From now on pictures are of the customer's window."""
        self._pictured = CustomerWindow(self.counter, self.window.theme.palette, "https://shop.example/r/")
        self._pictured.resize(self.window.size())
        self._pictured.show()

    def close(self) -> None:
        """The window's own work holds on to it: Python alone would keep each one until the program ends."""
        self.settle()
        if self.equipment is not None and self._device_operations is not None:
            self._device_operations.stop()
            self.equipment.stop()
        self.operations.stop()
        if isinstance(self._pictured, CustomerWindow):
            self._pictured.end()
            delete(self._pictured)
        self.window.close()
        delete(self.window)
        self.shop.close()

    def fit(self, settings: Settings, dev: Path) -> Equipment:
        """Give the till devices, not started; ``dev`` stands in for the folder of the machine's devices."""

        def scanned(scan: Scan) -> None:
            self.operations.post(partial(self.counter.scan, scan.text, scan.symbology or ""))

        self.equipment = self.shop.equipment(settings, dev, scanned)
        self._device_operations = QtOperations(self.equipment.executor)
        self.counter.device_desk.fit(self.equipment, self._device_operations)
        return self.equipment

    def settle(self) -> None:
        """Wait until the till has answered and the window is drawn."""
        deadline = QDeadlineTimer(_WAIT_MS)
        while self.counter.busy and not deadline.hasExpired():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        for _ in range(3):
            QApplication.processEvents()

    def type(self, text: str) -> None:
        self.window.field.setText(text)
        self.window.field.submit()
        self.settle()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.window.field.press(key)
            self.settle()

    def click(self, name: str) -> None:
        key = next(key for key in self.window.findChildren(QAbstractButton, name) if key.isVisible())
        key.click()
        self.settle()

    def scan(self, *ranks: int) -> None:
        for rank in ranks:
            self.counter.scan(code_of(rank))
        self.settle()

    def send(self) -> None:
        """As if the server had taken all facts."""
        self.shop.send()
        self.look_again()

    def look_again(self) -> None:
        self.counter.refresh()
        self.settle()

    def picture(self) -> QImage:
        self.settle()
        scale = self._size.scale
        image = QImage(round(self._size.width * scale), round(self._size.height * scale), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        self._pictured.render(image)
        return image
