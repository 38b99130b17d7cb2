"""Each virtual device as its page shows it. Nothing is kept here: all is asked of the simulator and done by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from drivers.simulators.line import NotRead, SimulatedDevice, Unplugged
from drivers.simulators.page import Button, Field, Form, Mood, Panel, Refused, Row, Seen

if TYPE_CHECKING:
    from PIL.Image import Image

    from drivers.printer.profiles import Charset
    from drivers.simulators.display import DisplaySimulator
    from drivers.simulators.drawer import DrawerSimulator
    from drivers.simulators.label import LabelSimulator
    from drivers.simulators.label_scale import LabelScaleSimulator
    from drivers.simulators.printer import PrinterSimulator
    from drivers.simulators.scale import ScaleSimulator
    from drivers.simulators.scanner import ScannerSimulator

_LAST: Final = 8
"""So many papers, labels or scans are shown, the newest on top."""
_MOST_KG: Final = 999
_SEPARATOR: Final = "<GS>"


@dataclass(frozen=True, slots=True)
class Switch:
    """A knob that is on or off, with the words for how it is and for what a hand does about it."""

    knob: str
    name: str
    off: str
    on: str
    to_off: str
    to_on: str
    mood: Mood = "danger"

    def row(self, knobs: Any) -> Row:
        if getattr(knobs, self.knob):
            return Row(self.name, self.on, self.mood, Button(self.knob, self.to_off, "off"))
        return Row(self.name, self.off, "good", Button(self.knob, self.to_on, "on"))


class _Turned(Protocol):
    def turn(self, **knobs: bool) -> None: ...


def _turn(device: _Turned, switches: Sequence[Switch], action: str, given: Mapping[str, str]) -> None:
    if action not in {switch.knob for switch in switches}:
        raise LookupError(action)
    device.turn(**{action: {"on": True, "off": False}[given["to"]]})


def _newest(count: int) -> range:
    """Numbers from 1 on, the newest first."""
    return range(count, max(0, count - _LAST), -1)


_SILENT = Switch("silent", "Answers", "as asked", "none", "Answer again", "Fall silent", "attention")
_COVER = Switch("cover_open", "Cover", "closed", "open", "Close it", "Open it")


class PrinterPanel(Panel):
    title = "Receipt printer"
    _switches = (
        Switch("paper_out", "Paper", "in", "out", "Put a roll in", "Take it out"),
        Switch(
            "paper_near_end", "Roll", "long enough", "near its end", "Change the roll", "Let it run low", "attention"
        ),
        _COVER,
        Switch("jammed", "Cutter", "free", "stuck", "Free it", "Jam it"),
        _SILENT,
    )
    _drawer = Switch("drawer_open", "Cash drawer", "closed", "open", "Push it shut", "Open by key", "attention")

    def __init__(self, printer: PrinterSimulator, width_dots: int = 576, cjk: Charset = "gb18030") -> None:
        self._printer = printer
        self._width_dots = width_dots
        self._cjk = cjk
        self.address = f"{printer.host}:{printer.port}"

    def _all_switches(self) -> tuple[Switch, ...]:
        return (*self._switches, self._drawer) if self._printer.knobs.has_drawer else self._switches

    def seen(self) -> Seen:
        knobs = self._printer.knobs
        rows = [switch.row(knobs) for switch in self._all_switches()]
        rows.append(Row("Papers cut off", str(len(self._printer.receipts))))
        papers = self._papers()
        pictures = [
            (f"{number}-{len(papers[number - 1])}", f"paper {number}")
            for number in _newest(len(papers))
            if papers[number - 1] and (number < len(papers) or self._hangs_out(papers[-1]))
        ]
        return Seen(rows, pictures=pictures, empty="Nothing is on the paper yet: print something to the address above.")

    def _papers(self) -> tuple[bytes, ...]:
        """Those cut off, and what hangs out of it."""
        return (*self._printer.receipts, self._printer.unfinished)

    def _hangs_out(self, printed: bytes) -> bool:
        """Whether any paper does: a pulse for the drawer moves none."""
        from drivers.printer.paper import PaperError, sheets

        try:
            return any(sheet.height for sheet in sheets(printed, self._width_dots, self._cjk))
        except PaperError:
            return True

    def picture(self, key: str) -> Image:
        from PIL import Image

        from drivers.printer.paper import PaperError, render

        number, length = map(int, key.split("-"))
        papers = self._papers()
        if not 1 <= number <= len(papers):
            raise LookupError(key)
        try:
            drawn = render(papers[number - 1][:length], self._width_dots, self._cjk)
        except PaperError as error:
            raise LookupError(key) from error
        return drawn[0] if drawn else Image.new("L", (self._width_dots + 64, 40), 255)

    def do(self, action: str, given: Mapping[str, str]) -> None:
        _turn(self._printer, self._all_switches(), action, given)


class LabelPanel(Panel):
    title = "Label printer"
    _switches = (
        Switch("labels_out", "Labels", "in", "out", "Put a roll in", "Take them out"),
        Switch("ribbon_out", "Ribbon", "in", "out", "Put one in", "Take it out"),
        Switch("cover_open", "Head", "closed", "open", "Close it", "Open it"),
        Switch("paused", "Pause", "off", "on", "Go on", "Press pause", "attention"),
        _SILENT,
    )

    def __init__(self, printer: LabelSimulator) -> None:
        self._printer = printer
        self.address = f"{printer.host}:{printer.port}"

    def seen(self) -> Seen:
        rows = [switch.row(self._printer.knobs) for switch in self._switches]
        pictures = [(str(number), f"label {number}") for number in _newest(len(self._printer.labels))]
        errors = self._printer.errors[: -_LAST - 1 : -1]
        lines = ("What it doesn't know of what it was sent", errors)
        return Seen(rows, pictures=pictures, lines=lines, empty="No label yet: send one to the address above.")

    def picture(self, key: str) -> Image:
        return _numbered(self._printer.labels, key)

    def do(self, action: str, given: Mapping[str, str]) -> None:
        _turn(self._printer, self._switches, action, given)


class LabelScalePanel(Panel):
    title = "Label scale"
    forms = (
        Form("weigh", "Print the label", (Field("plu", "PLU"), Field("amount", "Kilograms or pieces on it", "0.455"))),
    )
    _switches = (
        _SILENT,
        Switch("deaf", "Lines", "taken", "not even taken", "Take them again", "Go deaf"),
    )

    def __init__(self, scale: LabelScaleSimulator) -> None:
        self._scale = scale
        self.address = f"{scale.host}:{scale.port}"

    def seen(self) -> Seen:
        rows = [switch.row(self._scale.knobs) for switch in self._switches]
        table = self._scale.table
        forget = Button("forget", "Clear its table", "now") if table else None
        rows.insert(0, Row("PLUs in it", str(len(table)), "good" if table else "attention", forget))
        lines = [f"{number:>4}  {held.price_minor / 100:>8.2f}  {held.name}" for number, held in sorted(table.items())]
        more = [f"… and {len(lines) - _LAST} more"] if len(lines) > _LAST else []
        codes = self._scale.codes
        pictures = [(str(number), f"label {number}: {codes[number - 1]}") for number in _newest(len(codes))]
        return Seen(
            rows, lines=("PLU, price, name", lines[:_LAST] + more), pictures=pictures,
            empty="Its table is empty: send it PLUs from the till or head office.",
        )  # fmt: skip

    def picture(self, key: str) -> Image:
        return _numbered(self._scale.pictures, key)

    def do(self, action: str, given: Mapping[str, str]) -> None:
        from drivers.simulators.label_scale import NoLabel

        match action:
            case "forget":
                self._scale.forget()
            case "weigh":
                if re.fullmatch(r"[0-9]{1,4}", given["plu"]) is None:
                    raise Refused("A PLU is a number of at most 4 digits.")
                today = datetime.now().astimezone().date()
                try:
                    self._scale.weigh(int(given["plu"]), _milli(given["amount"]), today)
                except NoLabel as none:
                    raise Refused(str(none)) from none
            case _:
                _turn(self._scale, self._switches, action, given)


def _numbered(pictures: Sequence[Image], key: str) -> Image:
    number = int(key)
    if number < 1:
        raise LookupError(key)
    return pictures[number - 1]


def _milli(text: str) -> int:
    """Raise ``Refused`` unless it is a number with at most three places, such as 0.455."""
    found = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,3}))?", text.strip())
    if found is None:
        raise Refused(f"Write a number up to {_MOST_KG} with at most three places, like 0.455.")
    return int(found[1]) * 1_000 + int((found[2] or "0").ljust(3, "0"))


def _cable(device: SimulatedDevice) -> Row:
    if device.plugged_in:
        return Row("Cable", "plugged in", "good", Button("cable", "Pull it out", "out"))
    return Row("Cable", "pulled out", "danger", Button("cable", "Plug it in", "in"))


def _plug(device: SimulatedDevice, given: Mapping[str, str]) -> None:
    {"in": device.replug, "out": device.unplug}[given["to"]]()


class ScannerPanel(Panel):
    """``scan``: reads a label, with the prefix and suffix that the scanner is set to."""

    title = "Barcode scanner"
    forms = (
        Form(
            "scan", "Scan", (Field("code", f"A code ({_SEPARATOR} is the separator in GS1 codes)"),),
            (("6901234567892", "EAN-13 6901234567892"), ("2100012012348", "in-store label 2100012012348"),
             ("96385074", "EAN-8 96385074"), ("6901234567893", "EAN-13 with a wrong digit")),
        ),
    )  # fmt: skip

    def __init__(self, scanner: ScannerSimulator, scan: Callable[[str], None]) -> None:
        self._scanner = scanner
        self._scan = scan
        self.address = scanner.path

    def seen(self) -> Seen:
        heard = self._scanner.heard[-16:]
        rows = (_cable(self._scanner), Row("The till said", repr(heard)[2:-1] or "nothing"))
        return Seen(rows, lines=("Last scans, newest first", self._scanner.scanned[: -_LAST - 1 : -1]))

    def do(self, action: str, given: Mapping[str, str]) -> None:
        match action:
            case "cable":
                _plug(self._scanner, given)
            case "scan":
                code = given["code"].replace(_SEPARATOR, "\x1d")
                if not code:
                    raise Refused("There is no code to scan.")
                try:
                    self._scan(code)
                except (Unplugged, NotRead) as why:
                    raise Refused(str(why)) from why
            case _:
                raise LookupError(action)


class DrawerPanel(Panel):
    title = "Cash drawer"

    def __init__(self, drawer: DrawerSimulator) -> None:
        self._drawer = drawer
        self.address = drawer.path

    def seen(self) -> Seen:
        drawer = Row("Drawer", "closed", "good")
        if self._drawer.is_open:
            drawer = Row("Drawer", "open", "attention", Button("shut", "Push it shut"))
        return Seen((_cable(self._drawer), drawer, Row("Bytes that came", str(self._drawer.pulses))))

    def do(self, action: str, given: Mapping[str, str]) -> None:
        match action:
            case "cable":
                _plug(self._drawer, given)
            case "shut":
                self._drawer.push_shut()
            case _:
                raise LookupError(action)


class DisplayPanel(Panel):
    title = "Pole display"

    def __init__(self, display: DisplaySimulator) -> None:
        self._display = display
        self.address = display.path

    def seen(self) -> Seen:
        power = Row("Power", "on", "good", Button("power", "Off and on", "again"))
        lines = self._display.lines
        return Seen((_cable(self._display), power), pictures=[(self._key(), " / ".join(map(str.rstrip, lines)))])

    def _key(self) -> str:
        return "".join(self._display.lines).encode().hex()

    def picture(self, key: str) -> Image:
        drawn = self._display.picture()
        if key != self._key():
            raise LookupError(key)
        return drawn

    def do(self, action: str, given: Mapping[str, str]) -> None:
        match action:
            case "cable":
                _plug(self._display, given)
            case "power":
                self._display.switch_off_and_on()
            case _:
                raise LookupError(action)


class ScalePanel(Panel):
    title = "Scale"

    def __init__(self, scale: ScaleSimulator) -> None:
        from drivers.simulators.scale import Mood as Ways

        self._scale = scale
        self.address = scale.path
        fields = (Field("kg", "Kilograms on the pan", "0.455"), Field("way", "Its answers", choices=tuple(Ways)))
        examples = (("0", "nothing"), ("0.455", "0.455 kg"), ("1.2", "1.200 kg"), ("16", "16 kg: too much"))
        self.forms = (Form("put", "Put on the pan", fields, examples),)

    def seen(self) -> Seen:
        on = self._scale.on
        resting = on.mood != "swinging" and not on.swings
        net = on.milli - on.tare_milli
        sign = "-" if net < 0 else ""
        tare = Button("tare", "Tare", "now") if self._scale.has_tare else None
        rows = [
            Row("Pan", "at rest" if resting else "moving", "good" if resting else "attention",
                Button("swing", "Shake it" if resting else "Let it rest", "swinging" if resting else "right")),
            Row("Answers", on.mood, "good" if on.mood == "right" else "attention"),
            Row("Tare", f"{on.tare_milli / 1_000:.3f} kg", button=tare),
            Row("Zero", "centred" if on.milli == 0 else "not at zero", button=Button("zero", "Zero", "now")),
            _cable(self._scale),
        ]  # fmt: skip
        return Seen(rows, figure=f"{sign}{abs(net) / 1_000:.3f} kg")

    def do(self, action: str, given: Mapping[str, str]) -> None:
        from drivers.simulators.scale import Mood as Ways

        on = self._scale.on
        match action:
            case "put":
                way = Ways(given["way"]) if "way" in given else on.mood
                self._scale.put(_milli(given["kg"]), way, unit_price_minor=on.unit_price_minor)
            case "swing":
                self._scale.put(on.milli, Ways(given["to"]), unit_price_minor=on.unit_price_minor)
            case "zero":
                self._scale.zero()
            case "tare" if self._scale.has_tare:
                self._scale.tare()
            case "cable":
                _plug(self._scale, given)
            case _:
                raise LookupError(action)
