"""Devices as people speak of them: names, states, settings and their values."""

from __future__ import annotations

import re

from pos_client.app.views import DeviceView, Status
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import notice_sentence, printer_remedy, printer_word, scanner_word, works
from pos_client.presenters.state import Device, DeviceTrial
from shared_models.domain.cash_drawer import NO_SALE_REASONS
from shared_models.domain.text import N_

SETTINGS_OF = {
    Device.PRINTER: ("printer", "printer_profile"),
    Device.DRAWER: ("drawer", "drawer_open_is"),
    Device.SCANNER: ("scanner", "scanner_beeps"),
    Device.DISPLAY: ("display", "display_protocol", "display_letters"),
    Device.SCALE: ("scale", "scale_protocol", "scale_unit"),
    Device.LABELS: ("label_printer", "label_language", "label_size"),
}
"""What is set of each device; the first says where it is and is named like the device."""

_DEVICES = {
    Device.PRINTER: N_("Receipt printer"),
    Device.DRAWER: N_("Cash drawer"),
    Device.SCANNER: N_("Barcode scanner"),
    Device.DISPLAY: N_("Pole display"),
    Device.SCALE: N_("Scale"),
    Device.LABELS: N_("Label printer"),
}
_TRIALS = {
    DeviceTrial.PRINT: N_("Print a test page"),
    DeviceTrial.OPEN: N_("Open the drawer"),
    DeviceTrial.SHOW: N_("Show a test text"),
    DeviceTrial.WEIGH: N_("Weigh"),
    DeviceTrial.LABEL: N_("Print a test label"),
    DeviceTrial.LABELS: N_("Print labels of goods"),
    DeviceTrial.ZERO: N_("Set to zero, with nothing on it"),
    DeviceTrial.TARE: N_("Take what is on it as the tare"),
}
_SETTINGS = {
    "printer_profile": N_("Model"),
    "drawer": N_("What opens it"),
    "drawer_open_is": N_("Pin 3 while it is open"),
    "scanner_beeps": N_("Sound after a scan"),
    "display_protocol": N_("Commands"),
    "display_letters": N_("Letters"),
    "scale_protocol": N_("Protocol"),
    "scale_unit": N_("Unit"),
    "label_language": N_("Command language"),
    "label_size": N_("Size of the labels"),
}
_WHERE = N_("Where it is")
_VALUES = {
    "none": N_("None"),
    "printer": N_("The printer"),
    "high": N_("High"),
    "low": N_("Low"),
    "8217": N_("8217 (Mettler-Toledo)"),
    "cas": N_("CAS"),
    "cas-priced": N_("CAS with prices"),
    "datalogic": N_("Datalogic"),
    "honeywell": N_("Honeywell"),
    "bel": N_("BEL (Zebra and others)"),
    "cd5220": N_("CD5220"),
    "epson": N_("Epson DM-D"),
    "cp437": N_("Latin only"),
    "gb18030": N_("Simplified Chinese"),
    "big5": N_("Traditional Chinese"),
    "kg": N_("kg"),
    "lb": N_("lb"),
    "zpl": N_("ZPL (Zebra)"),
    "tspl": N_("TSPL (TSC and others)"),
    "escpos": N_("Receipt paper"),
    "escpos-gap": N_("Receipt printer, labels with gaps"),
    "escpos-mark": N_("Receipt printer, black marks"),
}
_LINE = {
    "none": N_("None set"),
    "ready": N_("Ready"),
    "connecting": N_("Connecting"),
    "disconnected": N_("Away"),
    "denied": N_("Not allowed"),
}
_DRAWER_HANGS = N_("Opens by the printer")
_DRAWER = {"open": N_("Open"), "closed": N_("Closed"), "trigger": N_("Opens by its own line")}
_SYMBOLOGIES = {
    "ean13": "EAN-13",
    "ean8": "EAN-8",
    "code128": "Code 128",
    "gs1_128": "GS1-128",
    "gs1_databar": "GS1 DataBar",
    "datamatrix": "Data Matrix",
    "gs1_datamatrix": "GS1 DataMatrix",
    "qr": "QR",
    "gs1_qr": "GS1 QR",
    "code39": "Code 39",
    "code93": "Code 93",
    "codabar": "Codabar",
    "itf": "ITF",
    "pdf417": "PDF417",
    "aztec": "Aztec",
}
_UNNAMED = N_("The scanner doesn't name the symbology")
_OTHER = N_("Another symbology")
_KINDS = ("tcp:", "serial:", "file:", "usb:", "cups:", "windows:", "none")
_NETWORK_PORT = "9100"
_SIZE = re.compile(r"([0-9.]+)x([0-9.]+)")


def device_name(device: Device, language: Language) -> str:
    return language.words(_DEVICES[device])


def row_name(row: Device | DeviceTrial | str, language: Language) -> str:
    """A row of the list: a device, something to do, a setting, a value of one, or a reason."""
    if isinstance(row, Device):
        return device_name(row, language)
    if isinstance(row, DeviceTrial):
        return language.words(_TRIALS[row])
    if row in NO_SALE_REASONS:
        return language.words(NO_SALE_REASONS[row])
    return setting_name(row, language) if row in _SETTINGS or row in SETTINGS_OF else value_name(row, language)


def setting_name(setting: str, language: Language) -> str:
    return language.words(_SETTINGS.get(setting, _WHERE))


def value_name(value: str, language: Language) -> str:
    """A place or a model as it is called; the few values that have a name by that."""
    if size := _SIZE.fullmatch(value):
        return language.words(N_("{width} × {height} mm")).format(width=size[1], height=size[2])
    return language.words(_VALUES[value]) if value in _VALUES else value


def symbology_name(symbology: str, language: Language) -> str:
    """``symbology``: a value of ``drivers.ports.Symbology``, empty if the scanner didn't say."""
    if not symbology:
        return language.words(_UNNAMED)
    return _SYMBOLOGIES.get(symbology, language.words(_OTHER))


def _device_of(device: Device, status: Status) -> DeviceView | None:
    """``None`` for the label printer: nobody speaks to it before there are labels to print."""
    return {
        Device.LABELS: None,
        Device.PRINTER: status.printer,
        Device.DRAWER: status.printer,
        Device.SCANNER: status.scanner,
        Device.DISPLAY: status.display,
        Device.SCALE: status.scale,
    }[device]


def state_word(device: Device, place: str, status: Status, language: Language) -> str:
    """How it is now, in a word or two; ``place`` is where it is set to be."""
    view = _device_of(device, status)
    if view is None:
        return language.words(_LINE["none"]) if place == "none" else ""
    match device:
        case Device.PRINTER:
            return printer_word(view, language)
        case Device.DRAWER:
            if status.drawer.state in _DRAWER:
                return language.words(_DRAWER[status.drawer.state])
            return language.words(_DRAWER_HANGS) if works(view) else printer_word(view, language)
        case Device.SCANNER:
            return scanner_word(view, language)
        case _:
            return language.words(_LINE.get(view.state, _LINE["disconnected"]))


def remedy(device: Device, status: Status, language: Language) -> str:
    """What the device's own fault says is to be done: which group is missing, which plug is out; else nothing."""
    view = _device_of(device, status)
    if device is Device.DRAWER and (status.drawer.notice or status.drawer.state == "trigger"):
        view = status.drawer
    if view is None:
        return ""
    if view.notice is not None:
        return notice_sentence(view.notice, status.currency, language)
    return printer_remedy(view, status.currency, language) if device in (Device.PRINTER, Device.DRAWER) else ""


def size_of(text: str) -> str:
    """A label's size as it was typed, the way a setting holds it: ``50 × 30`` and ``50*30`` are ``50x30``."""
    return re.sub(r"[×*xX]", "x", text.replace(" ", ""))


def place_of(text: str, *, printer: bool) -> str:
    """What was typed as the place it means: a path is a serial line, all else a printer on the network."""
    if text.startswith(_KINDS):
        return text
    if text.startswith("/") or not printer:
        return f"serial:{text}"
    return f"tcp://{text}" if ":" in text else f"tcp://{text}:{_NETWORK_PORT}"
