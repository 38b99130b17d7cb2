"""The rules for devices: read as strictly as udev reads them, and applied to devices as the kernel shows them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "installers" / "70-tillpoint-devices.rules"

_ITEM = re.compile(r'\s*([A-Z_]+)(?:\{([A-Za-z0-9_]+)\})?\s*(==|!=|\+=|:=|=)\s*"([^"\\]*)"\s*(,|$)')
_MATCHES = {"ACTION", "KERNEL", "SUBSYSTEM", "ENV"}
_ASSIGNS = {
    "GROUP": "=",
    "MODE": "=",
    "TAG": "+=",
    "SYMLINK": "+=",
    "GOTO": "=",
    "LABEL": "=",
    "IMPORT": "=",
    "ENV": "=",
}
_IMPORTS = {"path_id": ("ID_PATH",), "usb_id": ("ID_VENDOR", "ID_MODEL"), "input_id": ("ID_INPUT",)}
"""What each of udev's builtins tells of a device."""
_NEEDS_ATTRIBUTE = {"ENV", "IMPORT"}

Item = tuple[str, str, str, str]


def rules() -> list[list[Item]]:
    """Each line as its items. Whatever udev would warn of fails."""
    found = []
    for line in RULES.read_text("ascii").splitlines():
        if not line or line.startswith("#"):
            continue
        items: list[Item] = []
        at = 0
        while at < len(line):
            item = _ITEM.match(line, at)
            assert item is not None, line[at:]
            key, attribute, operator, value, end = item.groups()
            assert end == "," or item.end() == len(line), line
            assert (attribute is not None) == (key in _NEEDS_ATTRIBUTE), line
            if operator in ("==", "!="):
                assert key in _MATCHES, line
            else:
                assert _ASSIGNS.get(key) == operator, line
            items.append((key, attribute or "", operator, value))
            at = item.end()
        assert not line.rstrip().endswith(","), line
        found.append(items)
    return found


def applied(kernel: str, subsystem: str, environment: dict[str, str]) -> dict[str, list[str]]:
    """What the rules make of one device; ``environment`` is what usb_id and path_id tell of it."""
    lines, at = rules(), 0
    env: dict[str, str] = {}
    got: dict[str, list[str]] = {}
    while at < len(lines):
        line, at = lines[at], at + 1
        facts = {"ACTION": "add", "KERNEL": kernel, "SUBSYSTEM": subsystem}
        if not all(_holds(item, facts, env) for item in line if item[2] in ("==", "!=")):
            continue
        for key, attribute, operator, value in line:
            if operator in ("==", "!=") or key == "LABEL":
                continue
            if key == "IMPORT":
                wanted = _IMPORTS[value]
                env |= {name: each for name, each in environment.items() if name.startswith(wanted)}
            elif key == "ENV":
                env[attribute] = value
                got[attribute] = [value]
            elif key == "GOTO":
                at = next(n for n, each in enumerate(lines) if each[0][0] == "LABEL" and each[0][3] == value)
            else:
                said = _filled(value, env)
                got[key] = [*got.get(key, []), said] if operator == "+=" else [said]
    return got


def _filled(value: str, env: dict[str, str]) -> str:
    return re.sub(r"\$env\{([A-Z_]+)\}", lambda name: env[name[1]], value)


def _holds(item: Item, facts: dict[str, str], env: dict[str, str]) -> bool:
    key, attribute, operator, value = item
    fact = env.get(attribute, "") if key == "ENV" else facts[key]
    found = any(fnmatchcase(fact, each) for each in value.split("|"))
    return found if operator == "==" else not found


def usb(vendor: str, model: str) -> dict[str, str]:
    return {"ID_VENDOR_ID": vendor, "ID_MODEL_ID": model, "ID_PATH_TAG": "pci-0000_00_14_0-usb-0_3_1_0"}


def test_every_jump_lands_further_down() -> None:
    lines = rules()
    labels = {each[3]: n for n, line in enumerate(lines) for each in line if each[0] == "LABEL"}
    jumps = [(each[3], n) for n, line in enumerate(lines) for each in line if each[0] == "GOTO"]
    assert set(labels) == {name for name, _ in jumps}
    assert all(labels[name] > n for name, n in jumps)


def test_udev_itself_takes_them() -> None:
    udevadm = shutil.which("udevadm")
    if udevadm is None or "verify" not in subprocess.run([udevadm, "--help"], capture_output=True, text=True).stdout:
        pytest.skip("no udevadm of version 254 or later here")
    assert subprocess.run([udevadm, "verify", str(RULES)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("vendor", "model", "name"),
    [
        ("05e0", "1701", "scanner-05e0-1701"),
        ("05f9", "4204", "scanner-05f9-4204"),
        ("1eab", "1306", "scanner-1eab-1306"),
        ("0c2e", "0720", "scanner-0c2e-0720"),
        ("0eb8", "2200", "scale-0eb8-2200"),
    ],
)
def test_what_says_what_it_is_has_a_name_of_its_own(vendor: str, model: str, name: str) -> None:
    got = applied("ttyACM0", "tty", usb(vendor, model))
    assert got["SYMLINK"] == ["tillpoint/port-pci-0000_00_14_0-usb-0_3_1_0", f"tillpoint/{name}"]
    assert (got["GROUP"], got["MODE"], got["TAG"]) == (["dialout"], ["0660"], ["uaccess"])
    assert got["ID_MM_DEVICE_IGNORE"] == ["1"]


def test_an_adapter_is_called_by_its_socket() -> None:
    got = applied("ttyUSB3", "tty", usb("0403", "6001"))
    assert got["SYMLINK"] == ["tillpoint/port-pci-0000_00_14_0-usb-0_3_1_0"]
    assert got["ID_MM_DEVICE_IGNORE"] == ["1"]


def test_what_may_be_a_modem_stays_one() -> None:
    got = applied("ttyUSB0", "tty", usb("12d1", "1506"))
    assert "ID_MM_DEVICE_IGNORE" not in got
    assert got["SYMLINK"] == ["tillpoint/port-pci-0000_00_14_0-usb-0_3_1_0"]


def test_a_scanner_that_types_is_the_tills_and_nobody_elses_keyboard_is() -> None:
    keyboard = usb("05e0", "1200") | {"ID_INPUT": "1", "ID_INPUT_KEY": "1", "ID_INPUT_KEYBOARD": "1"}
    assert applied("event5", "input", keyboard) == {
        "GROUP": ["dialout"], "MODE": ["0660"], "TAG": ["uaccess"], "SYMLINK": ["tillpoint/scanner-keys-05e0-1200"],
    }  # fmt: skip
    assert applied("event0", "input", keyboard | {"ID_VENDOR_ID": "046d"}) == {}
    assert applied("event6", "input", usb("05e0", "1200") | {"ID_INPUT": "1", "ID_INPUT_MOUSE": "1"}) == {}
    assert applied("mouse0", "input", keyboard) == {}


def test_a_printer_belongs_to_lp() -> None:
    got = applied("lp0", "usbmisc", {"ID_PATH_TAG": "pci-0000_00_14_0-usb-0_2_1_0"})
    assert got == {
        "GROUP": ["lp"], "MODE": ["0660"], "TAG": ["uaccess"],
        "SYMLINK": ["tillpoint/printer-pci-0000_00_14_0-usb-0_2_1_0"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kernel", "subsystem"), [("ttyS0", "tty"), ("tty1", "tty"), ("sda", "block"), ("hiddev0", "usbmisc")]
)
def test_nothing_else_is_touched(kernel: str, subsystem: str) -> None:
    assert applied(kernel, subsystem, usb("05e0", "1701")) == {}


def devices(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "installers" / "devices.sh"), *words],
        env={**os.environ, "UDEV_RULES": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_they_are_put_in_place_once(tmp_path: Path) -> None:
    folder = tmp_path / "rules.d"
    assert devices("missing", folder=folder).stdout.strip() == str(folder / RULES.name)
    assert devices("install", folder=folder).returncode == 0
    assert (folder / RULES.name).read_bytes() == RULES.read_bytes()
    assert devices("missing", folder=folder).stdout == ""
    assert devices(folder=folder).returncode == 2
