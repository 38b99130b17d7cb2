"""Where the server's two keys come from: the database's own (SQLCipher) and the one that seals personal columns."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sync_server.errors import BadKeys
from sync_server.ports import Randomness

KEY_BYTES = 32
DATABASE_CREDENTIAL = "tillpoint-database-key"
DATA_CREDENTIAL = "tillpoint-data-key"


@dataclass(frozen=True, slots=True)
class Keys:
    """``database`` opens an SQLCipher file, ``data`` seals personal columns on either database. 32 bytes each."""

    database: bytes = field(repr=False)
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.database) != KEY_BYTES or len(self.data) != KEY_BYTES:
            raise BadKeys(f"The server's keys have {KEY_BYTES} bytes each; these don't.")


def new_keys(randomness: Randomness) -> Keys:
    return Keys(randomness.secret(KEY_BYTES), randomness.secret(KEY_BYTES))


def key_file(path: Path, randomness: Randomness) -> Keys:
    """The keys in a file only its owner can read, made if it isn't there. For trials only."""
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    keys = new_keys(randomness)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{keys.database.hex()}\n{keys.data.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return keys


def _read(path: Path) -> Keys:
    text = path.read_text("ascii", errors="replace")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadKeys(f"Others can read the key file {path}. Run: chmod 600 {path}")
    try:
        database, data = (bytes.fromhex(line) for line in text.split())
    except ValueError as error:
        raise BadKeys(f"{path} is not a key file of this server. Put the right one back.") from error
    return Keys(database, data)


def credentials(environment: Mapping[str, str] = os.environ) -> Keys | None:
    """The keys that systemd hands over (``LoadCredentialEncrypted=``), or ``None`` if it gave no directory.

    Each credential holds a key as 64 hexadecimal digits.
    """
    directory = environment.get("CREDENTIALS_DIRECTORY")
    if directory is None:
        return None
    return Keys(_credential(Path(directory, DATABASE_CREDENTIAL)), _credential(Path(directory, DATA_CREDENTIAL)))


def _credential(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text("ascii"))
    except OSError as error:
        raise BadKeys(
            f"The credential {path.name} is missing. Add it to the unit with LoadCredentialEncrypted=."
        ) from error
    except ValueError as error:
        raise BadKeys(f"The credential {path.name} is not a key of 64 hexadecimal digits.") from error
