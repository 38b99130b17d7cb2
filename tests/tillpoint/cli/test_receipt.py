"""``tillpoint receipt``."""

from __future__ import annotations

from pathlib import Path

from tests.tillpoint.cli.command import tillpoint

PAPER = b"\x1b@Hello\n\x1dV\x00"


def test_bytes_become_a_picture_and_text(tmp_path: Path) -> None:
    received, drawn = tmp_path / "receipt.bin", tmp_path / "receipt.png"
    received.write_bytes(PAPER)
    done = tillpoint("receipt", str(received), "--png", str(drawn), "--text")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello\n[cut]" in done.stdout
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    done = tillpoint("receipt", str(tmp_path / "none.bin"), "--png", str(tmp_path / "out.png"))
    assert done.returncode == 1
    assert done.stderr == f"tillpoint: {tmp_path / 'none.bin'}: No such file or directory.\n"
    assert not (tmp_path / "out.png").exists()


def test_an_empty_file_makes_no_paper(tmp_path: Path) -> None:
    received = tmp_path / "receipt.bin"
    received.write_bytes(b"")
    done = tillpoint("receipt", str(received), "--png", str(tmp_path / "out.png"))
    assert done.returncode == 1
    assert done.stderr == "tillpoint: receipt.bin holds nothing that a printer would print.\n"


def test_saying_nothing_of_what_to_make_is_refused(tmp_path: Path) -> None:
    done = tillpoint("receipt", str(tmp_path / "receipt.bin"))
    assert done.returncode == 1
    assert "--png FILE, --text" in done.stderr
