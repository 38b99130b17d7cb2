"""Changing a till's settings leaves alone what somebody wrote beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_client import settings as till_settings
from pos_client.settings import BadSettings, Settings, SettingsNotSaved

BY_HAND = """\
# Lane 3, by the door. Ask Chen before changing anything.
server_url = "https://shop.example"   # the new one

printer='tcp://10.0.0.9:9100' # Epson, left
  scale_protocol = "cas"
read_ms = 15000
"""


def changed(home: Path, **changes: str) -> str:
    till_settings.change(home, changes)
    return (home / till_settings.FILE).read_text("utf-8")


def test_one_line_changes_and_no_other(tmp_path: Path) -> None:
    (tmp_path / till_settings.FILE).write_text(BY_HAND, "utf-8")
    text = changed(tmp_path, printer="serial:/dev/tillpoint/printer,19200,8N1")
    assert text == BY_HAND.replace("'tcp://10.0.0.9:9100'", '"serial:/dev/tillpoint/printer,19200,8N1"')
    text = changed(tmp_path, scale_protocol="8217")
    assert '  scale_protocol = "8217"\nread_ms = 15000\n' in text
    assert till_settings.load(tmp_path) == Settings(
        server_url="https://shop.example", printer="serial:/dev/tillpoint/printer,19200,8N1", scale_protocol="8217"
    )  # fmt: skip


def test_what_was_not_there_is_added_with_its_meaning(tmp_path: Path) -> None:
    (tmp_path / till_settings.FILE).write_text(BY_HAND.rstrip(), "utf-8")
    text = changed(tmp_path, scanner='serial:/dev/"odd"\\name')
    assert text.startswith(BY_HAND)
    assert text.endswith('.\nscanner = "serial:/dev/\\"odd\\"\\\\name"\n')
    assert till_settings.load(tmp_path).scanner == 'serial:/dev/"odd"\\name'


def test_where_there_was_no_file_there_is_one(tmp_path: Path) -> None:
    assert changed(tmp_path, display="serial:/dev/ttyUSB0").endswith('display = "serial:/dev/ttyUSB0"\n')


def test_what_only_looks_like_the_setting_is_left_alone(tmp_path: Path) -> None:
    text = 'mirror = """\nprinter = "none"\n"""\nprinter = "none"\n'
    (tmp_path / till_settings.FILE).write_text(text, "utf-8")
    with pytest.raises(SettingsNotSaved, match="one line"):
        changed(tmp_path, printer="file:/tmp/paper")
    assert (tmp_path / till_settings.FILE).read_text("utf-8") == text


def test_a_file_that_cannot_be_used_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / till_settings.FILE).write_text("printer = ", "utf-8")
    with pytest.raises(BadSettings):
        changed(tmp_path, printer="none")
    assert (tmp_path / till_settings.FILE).read_text("utf-8") == "printer = "


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / till_settings.FILE).write_text(BY_HAND, "utf-8")
    (tmp_path / (till_settings.FILE + ".new")).mkdir()
    with pytest.raises(SettingsNotSaved, match="can't be written"):
        changed(tmp_path, printer="none")
    assert (tmp_path / till_settings.FILE).read_text("utf-8") == BY_HAND


def test_saving_all_and_changing_one_read_the_same(tmp_path: Path) -> None:
    till_settings.save(tmp_path, Settings())
    before = (tmp_path / till_settings.FILE).read_text("utf-8")
    assert changed(tmp_path, scale_unit="lb") == before.replace('scale_unit = "kg"', 'scale_unit = "lb"')
