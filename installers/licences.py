"""List the licences of the Python packages that Tillpoint is installed with, in ``docs/licences.md``.

``python installers/licences.py`` writes the table there; ``--check`` only compares it, with exit status 1 if
it is out of date. Versions come from ``locks/run.txt``, licences from the metadata of what is installed in
``.venv``. A package whose metadata names no licence stops the listing until someone has read its file.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "locks" / "run.txt"
PAGE = ROOT / "docs" / "licences.md"

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ \\;]+)", re.MULTILINE)
TABLE = re.compile(
    r"(?<=<!-- packages: written by installers/licences.py -->\n).*(?=<!-- end of packages -->)", re.DOTALL
)

# Read in the package's own licence file, where its metadata says nothing or uses words of its own.
READ_BY_HAND = {
    "argcomplete": "Apache-2.0",
    "colorama": "BSD-3-Clause",  # for Windows only, so not installed everywhere
    "django-js-lib-htmx": "0BSD",
    "jinja2": "BSD-3-Clause",
    "pyserial": "BSD-3-Clause",
    "qrcode": "BSD-3-Clause",
    "sqlcipher3": "Zlib",
    "uharfbuzz": "Apache-2.0",
}


class UnknownLicence(Exception):
    """A package whose metadata doesn't name its licence."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}: neither its metadata nor READ_BY_HAND in installers/licences.py names its licence. "
            "Install it (`make setup`), read its licence file and put the SPDX name there."
        )


def licence_of(name: str) -> str:
    """The licence of an installed package, as it states it; an SPDX expression where it gives one."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise UnknownLicence(name) from None
    for field in ("License-Expression", "License"):
        stated = found[field].strip() if field in found else ""
        if stated and "\n" not in stated:
            return stated
    raise UnknownLicence(name)


def pinned() -> dict[str, str]:
    """Name → version in the lock; versions that differ by Python version are joined by a comma."""
    versions: dict[str, str] = {}
    for match in PIN.finditer(LOCK.read_text(encoding="utf-8")):
        name, version = match["name"], match["version"]
        versions[name] = f"{versions[name]}, {version}" if name in versions else version
    return versions


def table() -> str:
    rows = [f"| {name} | {version} | {licence_of(name)} |\n" for name, version in pinned().items()]
    return "| package | version | licence |\n|---|---|---|\n" + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the table of docs/licences.md, or check it.")
    parser.add_argument("--check", action="store_true", help="only compare; exit status 1 if it is out of date")
    check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    try:
        text = table()
    except UnknownLicence as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    wanted, places = TABLE.subn(lambda _: text, page)
    if places != 1:
        sys.stderr.write("docs/licences.md has lost the two comments between which its table goes.\n")
        return 1
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        sys.stderr.write("docs/licences.md is out of date: run .venv/bin/python installers/licences.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
