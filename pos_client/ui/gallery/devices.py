"""The till's devices, the drawer, and labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.label.status import LabelsOut
from drivers.ports import DeviceGone, PermissionDenied, PrinterState
from drivers.printer.device import PrintOutcome, PrintResult
from drivers.transports.found import NAMED
from pos_client.hardware.equipment import Option
from pos_client.hardware.notices import notice_of
from pos_client.settings import Settings
from pos_client.ui.gallery.situations import opened, started
from pos_client.ui.gallery.stage import Stage
from pos_client.ui.gallery_shop import PIN, code_of


def devices(stage: Stage) -> None:
    """A manager looks at the devices; the scanner may not be used, the display is away."""
    opened(stage)
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


def device_printer(stage: Stage) -> None:
    devices(stage)
    stage.type("1")


def device_scanner(stage: Stage) -> None:
    """The system doesn't let the till use it; one that types as a keyboard is tried."""
    devices(stage)
    stage.counter.scan(code_of(0), "ean13")
    stage.settle()


def device_place(stage: Stage) -> None:
    """Where the scale is, among what is plugged in."""
    devices(stage)
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


def device_drawer(stage: Stage) -> None:
    devices(stage)
    stage.type("2")
    stage.type("1")


def device_drawer_open(stage: Stage) -> None:
    stage.shop.surroundings.drawer("open")
    devices(stage)
    stage.type("2")


def drawer_open(stage: Stage) -> None:
    """It was left open, and the next sale begins."""
    started(stage)
    stage.shop.surroundings.drawer("open")
    stage.look_again()
    stage.shop.clock.advance(185_000)
    stage.look_again()
    stage.type(code_of(0))


def device_label_printer(stage: Stage) -> None:
    devices(stage)
    stage.type("6")


def labels(stage: Stage) -> None:
    device_label_printer(stage)
    stage.type("1")


def label_choices(stage: Stage) -> None:
    """A part of a name means several goods."""
    labels(stage)
    stage.type("milk" if stage.counter.state.language == "en" else "奶")


def label_shelf(stage: Stage) -> None:
    labels(stage)
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
    stage.counter.label_desk.printed(goods, 2, outcome)


SCENES: Final = (
    devices,
    device_printer,
    device_scanner,
    device_place,
    device_drawer,
    device_drawer_open,
    drawer_open,
    device_label_printer,
    labels,
    label_choices,
    label_shelf,
    label_offer,
    label_doubt,
)
