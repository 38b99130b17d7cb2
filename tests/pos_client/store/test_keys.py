"""The till's keys on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_client.app.counter import Secrets
from pos_client.store.keys import CREDENTIAL, CredentialKeys, FileKeys, Keys, KeysMissing, KeysUnreadable, find_keys

KEYS = Keys(bytes(32), bytes(range(32)), b"pepper", b"phone", b"server")


def test_kept_keys_come_back_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    store = FileKeys(tmp_path)
    with pytest.raises(KeysMissing):
        store.load()
    store.save(Keys(KEYS.database, KEYS.device))
    assert not store.load().enrolled
    store.save(KEYS)
    assert store.load() == KEYS
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("keys.json", 0o600)]


def test_keys_are_not_shown() -> None:
    shown = repr(KEYS)
    for secret in (KEYS.database, KEYS.device, KEYS.pepper, KEYS.phone):
        assert repr(secret) not in shown
    assert repr(Secrets(KEYS.pepper, KEYS.phone)) == "Secrets()"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1, "database": "AA==", "device": "AA=="}',
        '{"version": 1, "x": "%"}',
    ],
)
def test_damaged_keys_are_told_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(KeysUnreadable, match=r"keys\.json"):
        FileKeys(tmp_path).load()


def test_the_systems_credential_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert find_keys(tmp_path).in_file
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert find_keys(tmp_path).in_file
    (credentials / CREDENTIAL).write_text(KEYS.to_json())
    found = find_keys(tmp_path)
    assert isinstance(found, CredentialKeys)
    assert not found.in_file
    assert found.load() == KEYS
    with pytest.raises(KeysUnreadable):
        found.save(KEYS)
