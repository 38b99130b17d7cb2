"""What can be set for one till, declared once: name, type, default, meaning. Stored as ``<home>/till.toml``."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

FILE: Final = "till.toml"
SECOND: Final = "second"
ELECTRONIC: Final = "electronic"
_KINDS: Final[Mapping[type, str]] = {str: "a text in quotes", int: "a whole number", bool: "true or false"}


class BadSettings(DomainError):
    code = "bad_settings"
    template = N_("The settings in {file} can't be used: {why}.")


class SettingsNotSaved(DomainError):
    code = "settings_not_saved"
    template = N_("{file} can't be written: {why}. The settings stay as they were.")


def _setting(default: Any, description: str) -> Any:
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    server_url: str = _setting("", "Where the server is: https://shop.example. Empty: the till works alone.")
    ca_file: str = _setting("", "The certificate authority that vouches for the server, if not one the system knows.")
    printer: str = _setting(
        "none",
        "none, tcp://host:port, serial:/dev/ttyS0, usb:/dev/usb/lp0, file:/path (adds each job),"
        " or one of the system's print queues: cups:QUEUE, windows:NAME.",
    )
    printer_profile: str = _setting("80mm-gb18030", "The printer's model class: paper width and built-in letters.")
    drawer: str = _setting(
        "printer",
        "What opens the cash drawer: printer, or serial:/dev/ttyUSB2 (a trigger that any byte sets off).",
    )
    drawer_open_is: str = _setting(
        "none", "Pin 3 of the printer's drawer connector while it is open: high, low, or none (nobody knows)."
    )
    drawer_reminder_s: int = _setting(30, "Seconds for which the drawer may stand open before the till says so.")
    spare_printer: str = _setting("none", "Prints receipts while the first printer can't: as printer.")
    spare_printer_profile: str = _setting("80mm-gb18030", "Its model class.")
    spare_printer_after_s: int = _setting(20, "Seconds after which it takes over.")
    receipts: str = _setting("paper", "paper, or electronic: printed only when asked for. Needs receipt_url.")
    receipt_url: str = _setting(
        "", "Where customers read receipts: https://shop.example/r/. Shown on their screen as a square code."
    )
    scanner: str = _setting(
        "none",
        "none (a keyboard wedge needs no setting), serial:/dev/ttyACM0, serial:/dev/ttyACM0,9600,8N1, or"
        " evdev:/dev/input/by-id/… (a wedge that types into no window; Linux).",
    )
    scanner_beeps: str = _setting(
        "none", "How it is told what became of a code, to sound it: none, datalogic, honeywell or bel."
    )
    wedge_gap_ms: int = _setting(30, "Milliseconds between the keys of a scanner that is a keyboard, at most.")
    wedge_characters: int = _setting(6, "The fewest characters of a code that such a scanner types.")
    display: str = _setting("none", "The customer's pole display: none or serial:/dev/ttyUSB0.")
    display_protocol: str = _setting("cd5220", "The commands it is set to: cd5220 or epson.")
    display_letters: str = _setting("cp437", "The letters it has: cp437 (Latin), gb18030 or big5.")
    customer_screen: str = _setting("none", "The customer's own window: none, or second (a second screen).")
    scale: str = _setting("none", "The checkout scale: none or serial:/dev/ttyUSB1.")
    scale_protocol: str = _setting("8217", "How it is asked: 8217 (Mettler-Toledo), cas, or cas-priced.")
    scale_unit: str = _setting("kg", "What an 8217 weighs in, which it doesn't say: kg or lb.")
    label_printer: str = _setting("none", "The printer of shelf labels: as printer.")
    label_language: str = _setting(
        "zpl",
        "What it understands: zpl, tspl, or for a receipt printer escpos (receipt paper, cut per label),"
        " escpos-gap (labels with gaps) or escpos-mark (paper with black marks).",
    )
    label_dpi: int = _setting(203, "Its dots per inch: 203 or 300.")
    label_size: str = _setting("60x40", "Width and height of the labels in it, in mm.")
    label_gap: str = _setting("2", "The gap between two labels in mm; 0 for paper without gaps.")
    label_scales: str = _setting(
        "none",
        "Scales that print labels, by tillpoint label-scale: none, or tcp://host:4001, several with blanks between.",
    )
    label_scale_code: str = _setting(
        "", "The code on their labels, of the programme's in_store: 26/18 (prefix/digits)."
    )
    language: str = _setting("", "The screens' language at start: en, zh_Hans, zh_Hant. Empty: the system's.")
    connect_ms: int = _setting(3_000, "How long to wait for the server to take a connection.")
    read_ms: int = _setting(15_000, "How long to wait for the server's next bytes.")
    page_rows: int = _setting(5_000, "Rows asked of the server at a time. Fewer suit a slow line.")
    redeem_days: int = _setting(14, "Days without the server after which the till redeems no points.")
    mirror: str = _setting(
        "", "Where a second copy of the journal goes: a USB stick's or share's folder. Empty: nowhere."
    )
    mirror_days: int = _setting(60, "Days for which the second copy keeps what the server has.")
    journal_days: int = _setting(
        400, "Days for which the journal keeps what the server has. Longer than the server's backups are kept."
    )
    notice_version: str = _setting("2026-01", "The privacy notice that is shown to new members.")


def load(home: Path) -> Settings:
    """The settings of ``home``, defaults where nothing is set; raise ``BadSettings``."""
    path = home / FILE
    plain = _plain(path, _text(path))
    types = {one.name: type(one.default) for one in fields(Settings)}
    for name, value in plain.items():
        if name not in types:
            near = difflib.get_close_matches(name, types, n=1)
            raise BadSettings(
                file=path.name, why=f"{name} is no setting" + "".join(f"; {each} is one" for each in near)
            )
        if type(value) is not types[name]:
            raise BadSettings(file=path.name, why=f"{name} must be {_KINDS[types[name]]}")
        if isinstance(value, int) and value <= 0:
            raise BadSettings(file=path.name, why=f"{name} must be above zero")
    if plain.get("customer_screen", "none") not in ("none", SECOND):
        raise BadSettings(file=path.name, why=f"customer_screen must be none or {SECOND}")
    if plain.get("receipts", "paper") not in ("paper", ELECTRONIC):
        raise BadSettings(file=path.name, why=f"receipts must be paper or {ELECTRONIC}")
    if plain.get("receipts") == ELECTRONIC and not plain.get("receipt_url"):
        raise BadSettings(file=path.name, why="electronic receipts need receipt_url")
    return Settings(**plain)


def save(home: Path, settings: Settings) -> None:
    """Write all settings with their meaning."""
    lines = []
    for one in fields(Settings):
        lines += [*_lines(one.name, getattr(settings, one.name)), ""]
    _write(home / FILE, "\n".join(lines))


def change(home: Path, changes: Mapping[str, str]) -> None:
    """Set some of the texts of ``home``'s settings; every other line stays as whoever wrote it left it.

    Raise ``BadSettings``, or ``SettingsNotSaved``: the file is as it was.
    """
    path = home / FILE
    text = _text(path)
    wanted = {**_plain(path, text), **changes}
    for name, value in changes.items():
        text = _with(text, name, value)
    if not _is(text, wanted):
        raise SettingsNotSaved(file=path.name, why=f"{', '.join(changes)} can't be found there as one line")
    try:
        _write(path, text)
    except OSError as error:
        raise SettingsNotSaved(file=path.name, why=error.strerror or str(error)) from error


def _text(path: Path) -> str:
    """Nothing where there is no file. Raise ``BadSettings``."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(file=path.name, why=str(error)) from error


def _plain(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(file=path.name, why=str(error)) from error


def replaced(settings: Settings, changes: Mapping[str, str]) -> Settings:
    """``settings`` with some of its texts changed."""
    wanted: dict[str, Any] = {**changes}
    return replace(settings, **wanted)


def _lines(name: str, value: object) -> list[str]:
    """JSON's text and numbers are TOML's too."""
    described = next(one for one in fields(Settings) if one.name == name)
    return [f"# {described.metadata['description']}", f"{name} = {json.dumps(value, ensure_ascii=False)}"]


def _with(text: str, name: str, value: str) -> str:
    """``text`` with the value of one setting put in its place, or added at the end."""
    line = re.compile(rf"""(?m)^([ \t]*{name}[ \t]*=[ \t]*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*')""")
    new, count = line.subn(lambda found: found[1] + json.dumps(value, ensure_ascii=False), text, count=1)
    if count:
        return new
    gap = "\n" if text and not text.endswith("\n") else ""
    return text + gap + "\n".join(["", *_lines(name, value), ""])


def _is(text: str, wanted: Mapping[str, object]) -> bool:
    """What looked like the setting's line may have stood in the middle of some other text."""
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _write(path: Path, text: str) -> None:
    """Whole or not at all, also when the power goes."""
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
