"""The till's keys, kept apart from its databases.

In production the operating system unseals them for the till's service (systemd credentials, bound to the machine's TPM
where there is one). A plain key file is for the demo, and the status bar says so.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from pos_client.store.database import KEY_BYTES
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

CREDENTIAL = "tillpoint-keys"
_FILE = "keys.json"
_VERSION = 1


class KeysMissing(DomainError):
    code = "keys_missing"
    template = N_("This till has no keys yet. Enrol it with a code from head office.")


class KeysUnreadable(DomainError):
    code = "keys_unreadable"
    template = N_("The till's keys in {file} can't be read ({why}). Restore them from where the till was set up.")


@dataclass(frozen=True, slots=True)
class Keys:
    """``database`` opens both files, ``device`` is the raw Ed25519 private key. ``pepper``, ``phone`` and ``server``
    (its public key) come with the enrolment and are empty before it."""

    database: bytes = field(repr=False)
    device: bytes = field(repr=False)
    pepper: bytes = field(default=b"", repr=False)
    phone: bytes = field(default=b"", repr=False)
    server: bytes = b""

    @property
    def enrolled(self) -> bool:
        return bool(self.pepper)

    def to_json(self) -> str:
        fields = {name: base64.b64encode(value).decode() for name, value in asdict(self).items()}
        return json.dumps({"version": _VERSION, **fields})

    @classmethod
    def from_json(cls, text: str, file: str) -> Keys:
        """Raise ``KeysUnreadable``."""
        try:
            plain = json.loads(text)
            if plain.pop("version") != _VERSION:
                raise KeysUnreadable(file=file, why="another version wrote them")
            keys = cls(**{name: base64.b64decode(value, validate=True) for name, value in plain.items()})
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise KeysUnreadable(file=file, why=str(error)) from error
        if len(keys.database) != KEY_BYTES or len(keys.device) != KEY_BYTES:
            raise KeysUnreadable(file=file, why="a key has the wrong length")
        return keys


class KeyStore(Protocol):
    @property
    def in_file(self) -> bool:
        """Whether the keys lie readable in a file: fit for a demo only."""

    def load(self) -> Keys:
        """Raise ``KeysMissing``, ``KeysUnreadable``."""

    def save(self, keys: Keys) -> None: ...


class FileKeys:
    """``<home>/keys.json``, readable by its owner only."""

    in_file = True

    def __init__(self, home: Path) -> None:
        self._path = home / _FILE

    def load(self) -> Keys:
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            raise KeysMissing from None
        except (OSError, UnicodeDecodeError) as error:
            raise KeysUnreadable(file=self._path.name, why=str(error)) from error
        return Keys.from_json(text, self._path.name)

    def save(self, keys: Keys) -> None:
        """Durable before it returns, and never half-written: what a lost key locks is lost."""
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(keys.to_json())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


class CredentialKeys:
    """A systemd credential: ``LoadCredentialEncrypted=tillpoint-keys`` puts it into ``$CREDENTIALS_DIRECTORY``.

    The unit's owner seals what enrolment left in ``keys.json`` with ``systemd-creds encrypt`` and deletes that file.
    """

    in_file = False

    def __init__(self, directory: Path) -> None:
        self._path = directory / CREDENTIAL

    def load(self) -> Keys:
        try:
            return Keys.from_json(self._path.read_text("utf-8"), self._path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise KeysUnreadable(file=self._path.name, why=str(error)) from error

    def save(self, keys: Keys) -> None:  # noqa: ARG002 - the port's signature
        raise KeysUnreadable(file=self._path.name, why="the system's credentials can't be written by the till")


def find_keys(home: Path) -> KeyStore:
    """The system's credential if the till was started with one, else the key file in ``home``."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory and (Path(directory) / CREDENTIAL).exists():
        return CredentialKeys(Path(directory))
    return FileKeys(home)
