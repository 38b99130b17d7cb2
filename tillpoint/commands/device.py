"""``tillpoint device``: the scanner, printer, drawer, display and scale of one till, and virtual ones."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from tillpoint.commands.parts import DEFAULT_TILL, a_count, declare, group, say
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from drivers.printer.device import PrintOutcome, ReceiptPrinter
    from drivers.scale.device import Scale
    from drivers.scale.reading import Weight
    from pos_client.settings import Settings

_SIMULATORS: Final = ("printer", "scanner", "drawer", "display", "scale", "label", "label-scale")
_DRAWER_S: Final = 0.5
"""From the pulse until its switch has moved."""
_SCALE_S: Final = 0.2
"""Between two questions to an empty scale."""
_TESTS: Final = ("printer", "spare", "drawer", "scanner", "display", "scale", "label")
_TRIAL: Final = "Tillpoint trial"
"""What jobs of a test are called in a system's print queue."""
_NO_SETTINGS: Final = "There is no {file}: all is as it is by itself. Is this the till's folder?"


def add(all_commands: Any) -> None:
    commands = group(
        all_commands, "device", "this till's printer, drawer, scanner, display and scale, and virtual ones"
    )
    listed = declare(
        commands, "list", run_list, "say what this till is set to, and what is plugged into this machine",
        "tillpoint device list --home var/till-1",
    )  # fmt: skip
    _home(listed)
    test = declare(
        commands, "test", run_test, "print, scan, open the drawer, show, weigh or print a label once",
        "tillpoint device test printer --home var/till-1\ntillpoint device test scanner --seconds 30",
        "Close the till first: a serial device belongs to one program at a time.",
    )  # fmt: skip
    test.add_argument("device", choices=_TESTS)
    _home(test)
    test.add_argument(
        "--seconds", type=a_count, default=20, help="how long to wait for a scan or a weight (default: %(default)s)"
    )
    doctor = declare(
        commands, "doctor", run_doctor, "try everything that this till is set to, and say what is wrong and what to do",
        "tillpoint device doctor --home var/till-1",
        "Nothing is printed and the drawer stays shut. Exit status 1 if something is wrong.",
    )  # fmt: skip
    _home(doctor)
    simulate = declare(
        commands, "simulate", run_simulate, "be a device that any program can use",
        "tillpoint device simulate printer --port 9100 --out receipts/\n"
        "tillpoint device simulate scanner --link /tmp/scanner\n"
        "tillpoint device simulate drawer --link /tmp/drawer\n"
        "tillpoint device simulate display --link /tmp/display --png display.png\n"
        "tillpoint device simulate scale --link /tmp/scale --protocol cas\n"
        "tillpoint device simulate label --language tspl --port 9101 --out labels/\n"
        "tillpoint device simulate label-scale --port 4001 --out labels/",
        "What follows the device's name are its own options; --help after the name lists them.",
    )  # fmt: skip
    simulate.add_argument("device", choices=_SIMULATORS)
    simulate.add_argument("options", nargs=argparse.REMAINDER)


def _home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_TILL, metavar="FOLDER", help="the till's files (default: %(default)s)"
    )


def _settings(given: argparse.Namespace) -> Settings:
    from pos_client import settings

    return settings.load(given.home)


# list


def run_list(given: argparse.Namespace) -> int:
    from drivers.spooler import queues
    from drivers.transports.found import plugged_in

    chosen = _settings(given)
    _say_if_new(given.home)
    say(f"Set in {given.home / 'till.toml'}:")
    for name, place, more in _set_to(chosen):
        say(f"  {name:<11} {place}" + (f"  ({more})" if more else ""))
    found = plugged_in()
    say("Plugged into this machine:" if found else "Nothing is plugged into this machine that a till could use.")
    for each in found:
        say(f"  {each.place:<16} {each.what}")
    if printers := queues():
        say("Print queues of this system:")
    for each in printers:
        say(f"  {each.place:<16} {each.what}")
    return 0


def _set_to(chosen: Settings) -> Iterator[tuple[str, str, str]]:
    from pos_client.hardware.devices import label_setting_of

    yield "printer", chosen.printer, chosen.printer_profile
    yield "drawer", chosen.drawer, f"drawer_open_is {chosen.drawer_open_is}"
    yield "spare", chosen.spare_printer, chosen.spare_printer_profile
    yield "scanner", chosen.scanner, ""
    yield "display", chosen.display, f"{chosen.display_protocol}, {chosen.display_letters}"
    yield "scale", chosen.scale, chosen.scale_protocol
    yield "label", chosen.label_printer, label_setting_of(chosen)
    yield "label-scale", chosen.label_scales, chosen.label_scale_code


# test


def run_test(given: argparse.Namespace) -> int:
    from drivers.ports import DeviceFault

    tests: dict[str, Callable[[Settings, int], None]] = {
        "printer": _print, "spare": _print_spare, "drawer": _open_drawer, "scanner": _scan, "display": _show,
        "scale": _weigh, "label": _print_label,
    }  # fmt: skip
    try:
        tests[given.device](_settings(given), given.seconds)
    except DeviceFault as fault:
        raise CommandError(str(fault)) from fault
    return 0


def _print(chosen: Settings, _seconds: int) -> None:
    from drivers.printer.encoder import encode
    from drivers.printer.trial import trial_document

    printer = _printer(chosen)
    said = _outcome(printer.print(encode(trial_document(chosen.printer_profile), printer.profile)))
    say(f"{said} Look that no line of figures is cut, and that the code at the end can be scanned.")


def _print_spare(chosen: Settings, seconds: int) -> None:
    if chosen.spare_printer == "none":
        raise _unset("second printer", "spare_printer", "tcp://192.168.1.51:9100")
    _print(replace(chosen, printer=chosen.spare_printer, printer_profile=chosen.spare_printer_profile), seconds)


def _open_drawer(chosen: Settings, _seconds: int) -> None:
    from drivers.printer.device import PrinterDevice
    from pos_client.hardware.devices import drawer_of

    trigger = drawer_of(chosen)
    if trigger is not None:
        trigger.open()
        say(f"A byte was sent to {trigger.name}; it answers nothing. Look whether the drawer opened.")
        return
    printer = _printer(chosen)
    if printer.profile.drawer_pin is None:
        raise CommandError(f"A {chosen.printer_profile} has no socket for a drawer.")
    if not isinstance(printer, PrinterDevice):
        _outcome(printer.open_drawer())
        say("The pulse was sent. Look whether the drawer opened: a print queue doesn't say what the switch says.")
        return
    printer.status()
    before = printer.drawer_pin_high
    _outcome(printer.open_drawer())
    say("The pulse was sent. Look whether the drawer opened.")
    time.sleep(_DRAWER_S)
    printer.status()
    say(_switch(before, printer.drawer_pin_high, chosen.drawer_open_is))


def _switch(before: bool | None, after: bool | None, open_is: str) -> str:
    """What the drawer's switch says, and which way round it is if nobody has set that."""
    from drivers.drawer.sensor import OpenIs, drawer_state

    if after is None:
        return "The printer doesn't say what the drawer's switch says."
    level = "high" if after else "low"
    if open_is != OpenIs.NONE:
        return f"Pin 3 is {level}: the drawer is {drawer_state(after, OpenIs(open_is))}."
    if before is after:
        return f"Pin 3 stayed {level}: the drawer was open already, stayed shut, or has no switch."
    return f'Pin 3 went {level}. If the drawer is open now, set drawer_open_is = "{level}".'


def _outcome(outcome: PrintOutcome) -> str:
    from drivers.printer.device import PrintResult

    if outcome.problem is not None:
        raise outcome.problem
    return "Printed." if outcome.result is PrintResult.PRINTED else "Sent; this printer doesn't say what became of it."


def _scan(chosen: Settings, seconds: int) -> None:
    from drivers.clock import SystemClock
    from drivers.ports import BadFrame, Scan
    from drivers.scanner.device import ScannerDevice
    from drivers.scanner.framing import ScanEvent
    from pos_client.hardware.devices import scanner_of

    scanner = scanner_of(chosen)
    if scanner is None:
        raise CommandError(
            "No scanner is set. One that works as a keyboard needs no setting: scan into any text field. Another one is"
            ' set in the till\'s till.toml, for instance scanner = "serial:/dev/ttyACM0".'
        )
    transport, codec = scanner
    events: SimpleQueue[ScanEvent] = SimpleQueue()
    transport.open(1_000)
    transport.close()
    device = ScannerDevice(transport, codec, SystemClock(), events.put, lambda _state, _fault: None)
    say(f"Scan something within {seconds} seconds.")
    device.start()
    try:
        event = events.get(timeout=seconds)
    except Empty:
        raise CommandError("Nothing came. Check the cable, and that the scanner is set to a serial line.") from None
    finally:
        device.stop()
    match event:
        case Scan():
            said = event.symbology or "a symbology it doesn't name; switch its AIM identifier on"
            say(f"{event.text!r}, {said}.")
        case BadFrame():
            raise event


def _show(chosen: Settings, _seconds: int) -> None:
    from drivers.display.text import line_of
    from drivers.display.trial import TRIAL
    from pos_client.hardware.devices import display_of

    display = display_of(chosen)
    if display is None:
        raise _unset("display", "display", "serial:/dev/ttyUSB0")
    letters = chosen.display_letters
    upper, lower = (line_of(text, figure, letters, instead) for text, figure, instead in TRIAL)
    display.show(upper, lower)
    display.close()
    say("It should read Tillpoint 12.50 and a total of 1,234.50. It answers nothing: look.")


def _weigh(chosen: Settings, seconds: int) -> None:
    from pos_client.hardware.devices import scale_of

    scale = scale_of(chosen)
    if scale is None:
        raise _unset("scale", "scale", "serial:/dev/ttyUSB1")
    say(f"Put something on the scale within {seconds} seconds.")
    until = time.monotonic() + seconds
    try:
        found = _on(scale, until)
    finally:
        scale.close()
    say(f"{found.milli / 1_000:.3f} {found.unit}{', net of a tare' if found.net else ''}.")


def _on(scale: Scale, until: float) -> Weight:
    """What is put on it before ``until``, as a monotonic time in seconds; raise ``DeviceFault``."""
    from drivers.scale.reading import NothingOnScale

    while True:
        left_s = max(0.0, until - time.monotonic())
        try:
            return scale.weigh(int(left_s * 1_000))
        except NothingOnScale:
            if left_s == 0:
                raise
            time.sleep(_SCALE_S)


def _print_label(chosen: Settings, _seconds: int) -> None:
    from drivers.label.document import LabelError
    from drivers.label.trial import trial_label
    from pos_client.hardware.devices import label_printer_of, label_setting_of, label_stock_of

    printer = label_printer_of(chosen, _TRIAL)
    if printer is None:
        raise _unset("label printer", "label_printer", "tcp://192.168.1.52:9100")
    size, stock, encode = label_stock_of(chosen)
    try:
        data = encode(trial_label(size, label_setting_of(chosen)), stock, 1)
    except LabelError as error:
        raise CommandError(str(error)) from error
    say(f"{_outcome(printer.print(data))} Look that its frame is whole and lies on one label.")


def _printer(chosen: Settings) -> ReceiptPrinter:
    from pos_client.hardware.devices import printer_of

    printer = printer_of(chosen.printer, chosen.printer_profile, _TRIAL)
    if printer is None:
        raise _unset("printer", "printer", "tcp://192.168.1.50:9100")
    return printer


def _unset(device: str, setting: str, example: str) -> CommandError:
    return CommandError(
        f'No {device} is set. Set it in the till\'s till.toml, for instance {setting} = "{example}", or at the till:'
        " More (F5), Devices (F8)."
    )


def _say_if_new(home: Path) -> None:
    file = home / "till.toml"
    if not file.exists():
        say(_NO_SETTINGS.format(file=file))


# doctor


def run_doctor(given: argparse.Namespace) -> int:
    """Each device is opened and asked what it can answer; every fault is said, not the first one alone."""
    from drivers.ports import DeviceFault
    from shared_models.domain.errors import DomainError

    chosen = _settings(given)
    _say_if_new(given.home)
    looks: dict[str, Callable[[Settings], str]] = {
        "printer": _look_at_printer, "drawer": _look_at_drawer, "spare": _look_at_spare, "scanner": _look_at_scanner,
        "display": _look_at_display, "scale": _look_at_scale, "label": _look_at_labels,
        "label-scale": _look_at_label_scales, "letters": _look_at_letters, "rights": _look_at_rights,
    }  # fmt: skip
    wrong = 0
    for name, look in looks.items():
        try:
            said = look(chosen)
        except (DeviceFault, DomainError) as fault:
            wrong += 1
            said = f"WRONG: {fault}"
        say(f"{name:<11} {said}")
    return 1 if wrong else 0


def _look_at_printer(chosen: Settings) -> str:
    return _look_at_paper(chosen.printer, chosen.printer_profile)


def _look_at_spare(chosen: Settings) -> str:
    return _look_at_paper(chosen.spare_printer, chosen.spare_printer_profile)


def _look_at_paper(place: str, profile_name: str) -> str:
    from drivers.ports import PRINTER_CAN_PRINT, DeviceFault, PrinterState
    from pos_client.hardware.devices import printer_of

    faults: list[DeviceFault] = []
    printer = printer_of(
        place, profile_name, _TRIAL,
        lambda _state, fault: faults.append(fault) if fault is not None else None,
    )  # fmt: skip
    if printer is None:
        return "none is set"
    state = printer.status()
    if state not in PRINTER_CAN_PRINT and faults:
        raise faults[-1]
    if state is PrinterState.UNKNOWN:
        return f"{place} takes what is sent and answers nothing"
    return f"{place} answers: {state.value.replace('_', ' ')}"


def _look_at_drawer(chosen: Settings) -> str:
    """It stays shut."""
    from pos_client.hardware.devices import drawer_of

    trigger = drawer_of(chosen)
    if trigger is None:
        return "is opened by the printer; try it with: tillpoint device test drawer"
    trigger.look()
    return f"{trigger.name} is there; try it with: tillpoint device test drawer"


def _look_at_scanner(chosen: Settings) -> str:
    from pos_client.hardware.devices import scanner_of

    scanner = scanner_of(chosen)
    if scanner is None:
        return "none is set; one that works as a keyboard needs no setting"
    transport, _ = scanner
    transport.open(1_000)
    transport.close()
    return f"{transport.name} is there; try it with: tillpoint device test scanner"


def _look_at_display(chosen: Settings) -> str:
    from pos_client.hardware.devices import display_of

    display = display_of(chosen)
    if display is None:
        return "none is set"
    display.show(b" " * 20, b" " * 20)
    display.close()
    return f"{display.name} takes what is sent; it answers nothing"


def _look_at_scale(chosen: Settings) -> str:
    from pos_client.hardware.devices import scale_of

    scale = scale_of(chosen)
    if scale is None:
        return "none is set"
    try:
        found = scale.ask()
    finally:
        scale.close()
    return f"{scale.name} answers: {found.milli / 1_000:.3f} {found.unit}"


def _look_at_labels(chosen: Settings) -> str:
    from drivers.label.device import LabelPrinter
    from pos_client.hardware.devices import LABEL_PAPER, label_printer_of

    printer = label_printer_of(chosen, _TRIAL)
    if printer is None:
        return "none is set"
    if not isinstance(printer, LabelPrinter):
        return _look_at_paper(chosen.label_printer, LABEL_PAPER)
    status = printer.status()
    if status is None:
        return f"{printer.name} takes what is sent and answers nothing"
    if status.problem is not None:
        raise status.problem(printer.name)
    return f"{printer.name} answers: {'printing' if status.busy else 'ready'}"


def _look_at_label_scales(chosen: Settings) -> str:
    from pos_client.hardware.devices import label_scales_of

    scales = label_scales_of(chosen.label_scales)
    for scale in scales:
        try:
            scale.held(1)
        finally:
            scale.close()
    return f"{', '.join(scale.name for scale in scales)}: they answer" if scales else "none is set"


def _look_at_letters(chosen: Settings) -> str:
    """What no font of the printer holds is drawn with one of the machine's."""
    from drivers.printer import fonts

    if chosen.printer == "none":
        return "no printer needs them"
    return f"drawn with {fonts.locate('SC', False)[0]}"


def _look_at_rights(chosen: Settings) -> str:
    """Whether the rules are in place, and what each device that is set needs of them."""
    from drivers.transports.rights import missing_group, missing_keys, rules_missing

    wanted = (
        chosen.printer, chosen.drawer, chosen.spare_printer, chosen.scanner, chosen.display, chosen.scale,
        chosen.label_printer,
    )  # fmt: skip
    paths = [place.partition(":")[2].partition(",")[0] for place in wanted if place.startswith(("serial:", "usb:"))]
    keys = [place.removeprefix("evdev:") for place in wanted if place.startswith("evdev:")]
    if not paths and not keys:
        return "no device that is set needs any"
    for fault in (*(missing_group(Path(path)) for path in paths), *(missing_keys(Path(path)) for path in keys)):
        if fault is not None:
            raise fault
    if rules_missing():
        return (
            "the devices' rules aren't installed: without them a device can have another name after it was plugged in"
            " again. Run: sudo installers/devices.sh install"
        )
    return "as they should be"


# simulate


def run_simulate(given: argparse.Namespace) -> int:
    simulator = import_module(f"drivers.simulators.{given.device.replace('-', '_')}")
    status: int = simulator.main(given.options) or 0
    sys.stdout.flush()
    return status
