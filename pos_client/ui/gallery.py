"""Pictures of each screen: ``python -m pos_client.ui.gallery --out DIR [--lang …] [--theme …] [--size …]``.

A real till on real files plays each situation; the window is drawn without a display. For the manual, for goldens, and
to look at after each change. Without options: three languages, light and dark, at 1366 × 768, 1920 × 1080 and 200 %.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from drivers.label.status import LabelsOut
from drivers.ports import DeviceGone, PermissionDenied, PrinterState, Scan
from drivers.printer.device import PrintOutcome, PrintResult
from drivers.scale.reading import InMotion
from drivers.transports.found import NAMED
from pos_client.app.views import Notice
from pos_client.hardware.equipment import Equipment, Option
from pos_client.hardware.notices import notice_of
from pos_client.locale import LANGUAGES
from pos_client.presenters.counter import Counter
from pos_client.presenters.state import Enrolment, Screen, Trouble
from pos_client.settings import Settings
from pos_client.store.mirror import MirrorAway
from pos_client.ui.customer_window import CustomerWindow
from pos_client.ui.gallery_shop import GOLD_PHONE, NEW_PHONE, PIN, SILVER_PHONE, GalleryTill, code_of
from pos_client.ui.operations import QtOperations
from pos_client.ui.palette import THEMES, Palette
from pos_client.ui.window import TillWindow
from shared_models.domain.goods_code import FNC1

_SIZES = ("1366x768", "1920x1080", "1366x768@2")
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
        self.settle()
        if self.equipment is not None and self._device_operations is not None:
            self._device_operations.stop()
            self.equipment.stop()
        self.operations.stop()
        if isinstance(self._pictured, CustomerWindow):
            self._pictured.end()
        self.window.close()
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


def _open(stage: Stage) -> None:
    stage.counter.attach(stage.shop.till)
    stage.settle()


def _sign_in(stage: Stage) -> None:
    _open(stage)
    stage.type("1")
    stage.type(PIN)


def _start(stage: Stage) -> None:
    _sign_in(stage)
    stage.type("500")
    stage.send()


def _basket(stage: Stage) -> None:
    _start(stage)
    stage.scan(0, 2, 6, 20, 17)
    stage.type("*2")
    stage.type("0.455*4131")
    stage.scan(8)


def _member_basket(stage: Stage) -> None:
    _basket(stage)
    stage.type(GOLD_PHONE)


def _offline(stage: Stage) -> None:
    around = stage.shop.surroundings
    around.online = False
    around.printer_state = "paper_out"
    stage.look_again()


def sign_in(stage: Stage) -> None:
    _open(stage)


def wrong_pin(stage: Stage) -> None:
    _open(stage)
    stage.type("1")
    stage.type("1111")


def shift_open(stage: Stage) -> None:
    _sign_in(stage)


def sale_empty(stage: Stage) -> None:
    _start(stage)


def sale(stage: Stage) -> None:
    _member_basket(stage)


def sale_long(stage: Stage) -> None:
    _start(stage)
    stage.type(GOLD_PHONE)
    stage.scan(*range(60))
    stage.scan(21, 20)


def choices(stage: Stage) -> None:
    _basket(stage)
    stage.type("milk" if stage.counter.state.language == "en" else "牛奶")
    stage.press("Escape")
    stage.type("8000")


def error(stage: Stage) -> None:
    _basket(stage)
    stage.counter.scan("6901234500018")
    stage.settle()


def offline(stage: Stage) -> None:
    _member_basket(stage)
    _offline(stage)


def second_copy_away(stage: Stage) -> None:
    _member_basket(stage)
    stage.shop.surroundings.mirror("away", 37, Notice.of(MirrorAway(why="/media/tillpoint")))
    stage.look_again()


def quantity(stage: Stage) -> None:
    _basket(stage)
    stage.press("F4")


class _Scale:
    """Shows one weight; then the goods swing."""

    def __init__(self) -> None:
        self._weights = [684]

    def settle(self, done: Callable[[int, str], None], failed: Callable[[Notice], None], *, tare: bool) -> None:  # noqa: ARG002 - it shows what it shows
        self.weigh(done, failed)

    def weigh(self, done: Callable[[int, str], None], failed: Callable[[Notice], None]) -> None:
        if self._weights:
            done(self._weights.pop(), "kg")
        else:
            failed(Notice(InMotion.code, InMotion.template))


def weighing(stage: Stage) -> None:
    """One line is weighed, the next one isn't at rest."""
    _basket(stage)
    stage.counter.scale = _Scale()
    for product in ("4131", "4011"):
        stage.type(product)


def not_weighed(stage: Stage) -> None:
    """The next goods were scanned before the scale came to rest."""
    weighing(stage)
    stage.scan(12)


def expired(stage: Stage) -> None:
    """Past its best before, which mustn't be sold."""
    _basket(stage)
    stage.counter.scan(f"{FNC1}010{code_of(0)}1526112010LOT-7")
    stage.settle()


def date_passed(stage: Stage) -> None:
    """A sale that stood over midnight: what could be sold yesterday isn't paid today."""
    _basket(stage)
    stage.counter.scan(f"{FNC1}010{code_of(0)}1726112410LOT-7")
    stage.settle()
    stage.scan(12)
    stage.shop.clock.advance(24 * 60 * 60_000)
    stage.press("F12")


def member_search(stage: Stage) -> None:
    _basket(stage)
    stage.press("F2")
    stage.type("8000")


def registration(stage: Stage) -> None:
    _basket(stage)
    stage.press("F3")
    stage.type(NEW_PHONE)
    stage.type("周杰")
    stage.type("05-20")


def registration_letters(stage: Stage) -> None:
    _basket(stage)
    stage.press("F3")
    stage.type(NEW_PHONE)
    stage.click("keyboard")
    stage.window.field.setText("Zhou ")


def member_edit(stage: Stage) -> None:
    _member_basket(stage)
    stage.press("F2")
    stage.press("F1")
    stage.type(NEW_PHONE)


def more(stage: Stage) -> None:
    _basket(stage)
    stage.press("F5")


def void(stage: Stage) -> None:
    _basket(stage)
    stage.press("F7")


def doubt(stage: Stage) -> None:
    """The power went while a receipt was printed; the till has started again."""
    _bought(stage)
    stage.shop.interrupt_printing()
    stage.press("Escape")
    stage.look_again()
    stage.press("F11")


def customer_welcome(stage: Stage) -> None:
    _start(stage)
    stage.look_as_customer()


def customer_sale(stage: Stage) -> None:
    _member_basket(stage)
    stage.look_as_customer()


def customer_tender(stage: Stage) -> None:
    _member_basket(stage)
    stage.press("F12", "F6")
    stage.look_as_customer()


def customer_change(stage: Stage) -> None:
    change(stage)
    stage.look_as_customer()


def tender(stage: Stage) -> None:
    _member_basket(stage)
    stage.press("F12", "F6")


def tender_too_small(stage: Stage) -> None:
    _member_basket(stage)
    _offline(stage)
    stage.press("F12")
    stage.type("100")


def _silver_basket(stage: Stage) -> None:
    _basket(stage)
    stage.type(SILVER_PHONE)


def wallet(stage: Stage) -> None:
    _silver_basket(stage)
    stage.press("F1")
    stage.type("")
    stage.press("Down")
    stage.type("")


def wallet_load(stage: Stage) -> None:
    _silver_basket(stage)
    stage.press("F1")
    stage.type("200")


def tender_stored_value(stage: Stage) -> None:
    _silver_basket(stage)
    stage.press("F12", "F1")


def _bought(stage: Stage) -> str:
    """Some goods were sold to a member who paid with points too; the code of their receipt."""
    _member_basket(stage)
    stage.press("F12", "F6")
    stage.type("600")
    change = stage.counter.state.change
    assert change is not None
    stage.press("Escape", "F5", "F4")
    return change.receipt_code


def return_find(stage: Stage) -> None:
    _bought(stage)


def return_goods(stage: Stage) -> None:
    code = _bought(stage)
    stage.type(code)
    stage.press("F4", "Down", "F4")


def return_reason(stage: Stage) -> None:
    return_goods(stage)
    stage.type("")
    stage.press("Down")


def return_approve(stage: Stage) -> None:
    return_reason(stage)
    stage.type("")


def return_done(stage: Stage) -> None:
    return_approve(stage)
    stage.type(PIN)


def return_again(stage: Stage) -> None:
    """The same receipt after that."""
    code = _bought(stage)
    stage.type(code)
    stage.press("F4")
    stage.type("")
    stage.type("1")
    stage.type(PIN)
    stage.press("Escape", "F5", "F4")
    stage.type(code)
    stage.type("9")


def rewards(stage: Stage) -> None:
    _member_basket(stage)
    stage.press("F5", "F6", "Down")


def reward_units(stage: Stage) -> None:
    rewards(stage)
    stage.type("")
    stage.press("F4")


def reward_not_here(stage: Stage) -> None:
    """More than the till was lent, without a network."""
    reward_units(stage)
    _offline(stage)
    stage.type("4")
    stage.look_again()
    stage.type("")


def reward_done(stage: Stage) -> None:
    reward_units(stage)
    stage.type("")


def member_rewards(stage: Stage) -> None:
    """Reached from the member."""
    _member_basket(stage)
    stage.press("F2")


def change(stage: Stage) -> None:
    _member_basket(stage)
    stage.press("F12", "F6")
    stage.type("600")
    stage.send()


def _devices(stage: Stage) -> None:
    """A manager looks at the devices; the scanner may not be used, the display is away."""
    _open(stage)
    stage.type("3")
    stage.type(PIN)
    stage.type("500")
    stage.send()
    stage.scan(0, 2)
    dev = stage.shop.home / "dev"
    (dev / NAMED).mkdir(parents=True)
    for name in ("scanner-05e0-1701", "scale-0403-6001", "display-067b-2303"):
        (dev / name).touch()
        (dev / NAMED / name).symlink_to(dev / name)
    stage.fit(
        Settings(printer="tcp://192.168.1.50:9100", scanner="serial:/dev/ttyACM0", display="serial:/dev/ttyUSB1"), dev
    )
    stage.shop.surroundings.scanner("denied", notice_of(PermissionDenied("/dev/ttyACM0", "dialout")))
    stage.shop.surroundings.display("disconnected", notice_of(DeviceGone("/dev/ttyUSB1")))
    stage.look_again()
    stage.press("F5", "F8")


def devices(stage: Stage) -> None:
    _devices(stage)


def device_scanner(stage: Stage) -> None:
    """The system doesn't let the till use it; one that types as a keyboard is tried."""
    _devices(stage)
    stage.counter.scan(code_of(0), "ean13")
    stage.settle()


def device_printer(stage: Stage) -> None:
    _devices(stage)
    stage.type("1")


def device_place(stage: Stage) -> None:
    """Where the scale is, among what is plugged in."""
    _devices(stage)
    stage.type("5")
    stage.type("2")
    _hide_own(stage)


def _hide_own(stage: Stage) -> None:
    """The picture is the same on every machine: what hangs on this one, and where its files lie, is left out."""
    desk, home = stage.counter.state.devices, str(stage.shop.home)
    assert desk is not None
    shown = [each for each in desk.options if each.value == "none" or home in each.value]
    options = tuple(Option(each.value.replace(home, ""), each.what.replace(home, "")) for each in shown)
    stage.counter.update(devices=replace(desk, options=options))


def device_label_printer(stage: Stage) -> None:
    _devices(stage)
    stage.type("6")


def _labels(stage: Stage) -> None:
    device_label_printer(stage)
    stage.type("1")


def labels(stage: Stage) -> None:
    _labels(stage)


def label_choices(stage: Stage) -> None:
    """A part of a name means several goods."""
    _labels(stage)
    stage.type("milk" if stage.counter.state.language == "en" else "奶")


def label_shelf(stage: Stage) -> None:
    _labels(stage)
    stage.scan(0)


def label_offer(stage: Stage) -> None:
    label_shelf(stage)
    stage.press("F1")


def label_doubt(stage: Stage) -> None:
    """The printer took the label, and then its roll was at its end."""
    label_shelf(stage)
    goods = stage.counter.label_desk.desk.goods
    assert goods is not None
    problem = LabelsOut("tcp://192.168.1.60:9100", 4_000)
    outcome = PrintOutcome(PrintResult.FAILED, 4_000, 4_000, PrinterState.FAULT, problem)
    stage.counter.label_desk._printed(goods, 2, outcome)  # noqa: SLF001 - as the devices' thread answers


def device_drawer(stage: Stage) -> None:
    _devices(stage)
    stage.type("2")
    stage.type("1")


def drawer_open(stage: Stage) -> None:
    """It was left open, and the next sale begins."""
    _start(stage)
    stage.shop.surroundings.drawer("open")
    stage.look_again()
    stage.shop.clock.advance(185_000)
    stage.look_again()
    stage.type(code_of(0))


def device_drawer_open(stage: Stage) -> None:
    stage.shop.surroundings.drawer("open")
    _devices(stage)
    stage.type("2")


def cash_kind(stage: Stage) -> None:
    _basket(stage)
    stage.press("F5", "F2")


def cash_amount(stage: Stage) -> None:
    cash_kind(stage)
    stage.type("3")
    stage.window.field.setText("500")


def cash_reason(stage: Stage) -> None:
    cash_kind(stage)
    stage.type("2")
    stage.type("86.50")


def cash_approve(stage: Stage) -> None:
    cash_reason(stage)
    stage.type("1")


def cash_done(stage: Stage) -> None:
    cash_approve(stage)
    stage.type(PIN)


def cash_too_much(stage: Stage) -> None:
    cash_kind(stage)
    stage.type("3")
    stage.type("9999")


def shift_close(stage: Stage) -> None:
    change(stage)
    stage.press("Escape", "F9")


def shift_closed(stage: Stage) -> None:
    shift_close(stage)
    stage.type("900")


def enrol(stage: Stage) -> None:
    stage.counter.show(Screen.ENROL, enrolment=Enrolment())


def trouble(stage: Stage) -> None:
    template = "{file} was written by a newer version of Tillpoint. Install that version again; nothing is lost."
    notice = Notice("newer_database", template, {"file": "journal.db"})
    sentence = notice.sentence(stage.counter.language.words)
    stage.counter.show(Screen.TROUBLE, trouble=Trouble("newer_database", sentence))


SCENES: dict[str, Callable[[Stage], None]] = {
    scene.__name__: scene
    for scene in (
        sign_in,
        wrong_pin,
        shift_open,
        sale_empty,
        sale,
        sale_long,
        choices,
        error,
        offline,
        second_copy_away,
        quantity,
        weighing,
        not_weighed,
        expired,
        date_passed,
        member_search,
        registration,
        registration_letters,
        member_edit,
        more,
        void,
        doubt,
        customer_welcome,
        customer_sale,
        customer_tender,
        customer_change,
        tender,
        tender_too_small,
        wallet,
        wallet_load,
        tender_stored_value,
        return_find,
        return_goods,
        return_reason,
        return_approve,
        return_done,
        return_again,
        rewards,
        reward_units,
        reward_not_here,
        reward_done,
        member_rewards,
        change,
        devices,
        device_printer,
        device_scanner,
        device_place,
        device_drawer,
        device_label_printer,
        labels,
        label_choices,
        label_shelf,
        label_offer,
        label_doubt,
        device_drawer_open,
        drawer_open,
        cash_kind,
        cash_amount,
        cash_reason,
        cash_approve,
        cash_done,
        cash_too_much,
        shift_close,
        shift_closed,
        enrol,
        trouble,
    )
}


def render(scene: str, language: str, theme: str, size: Size, shop: Path) -> QImage:
    """The picture of one scene in a copy of ``shop``. Needs a running application."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "till"
        shutil.copytree(shop, home)
        stage = Stage(home, language, THEMES[theme], size)
        try:
            SCENES[scene](stage)
            return stage.picture()
        finally:
            stage.close()


def _render_all(chosen: argparse.Namespace, shop: Path) -> int:
    """The number of pictures saved."""
    done = 0
    for size in chosen.size or _SIZES:
        for theme in chosen.theme or sorted(THEMES, reverse=True):
            for language in chosen.lang or LANGUAGES:
                for scene in chosen.scene or SCENES:
                    path = chosen.out / f"{scene}-{language}-{theme}-{size}.png"
                    render(scene, language, theme, Size.parse(size), shop).save(str(path))
                    done += 1
    return done


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pos_client.ui.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--lang", choices=LANGUAGES, action="append", help="default: all")
    parser.add_argument("--theme", choices=sorted(THEMES), action="append", help="default: both")
    parser.add_argument("--size", action="append", help=f"WIDTHxHEIGHT[@SCALE]; default: {', '.join(_SIZES)}")
    parser.add_argument("--scene", choices=sorted(SCENES), action="append", help="default: all")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder)
        GalleryTill(shop).close()
        done = _render_all(chosen, shop)
    sys.stdout.write(f"{done} pictures in {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
