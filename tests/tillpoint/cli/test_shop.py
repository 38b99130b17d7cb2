"""Setting a shop up by commands alone: store, people, a running server, a till, its journal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.printer.logo import logo_of
from sync_server.setup import stored_store
from tests.drivers.logos import spruce
from tests.tillpoint.cli.command import tillpoint
from tillpoint.commands.administration import opened


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop") / "server"
    done = tillpoint("store", "add", "S1", "--home", str(home), "--name", "惠屿超市一店", "--name-en", "Huiyu Market 1")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server process as a user starts it; stopped politely, it ends with 0."""
    ready = home.parent / "address"
    command = [
        sys.executable,
        "-m",
        "tillpoint",
        "server",
        "--home",
        str(home),
        "--port",
        "0",
        "--ready-file",
        str(ready),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            for _ in range(600):
                if ready.exists() or server.poll() is not None:
                    break
                time.sleep(0.05)
            yield ready.read_text("ascii").strip()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def test_staff_with_a_pin_from_a_pipe(home: Path) -> None:
    done = tillpoint("staff", "add", "wang", "--home", str(home), "--store", "S1", "--name", "王芳", typed="2468\n")
    assert (done.returncode, done.stdout) == (0, "王芳 can sign in at the tills of S1.\n")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("12\n", "A PIN has at least 4 digits and nothing else."), ("abcd\n", "A PIN has"), ("", "No PIN was given.")],
)
def test_a_bad_pin_is_refused(home: Path, typed: str, sentence: str) -> None:
    done = tillpoint("staff", "add", "li", "--home", str(home), "--store", "S1", "--name", "李雷", typed=typed)
    assert done.returncode == 1
    assert done.stderr.startswith(f"tillpoint: {sentence}")


def test_a_logo_and_last_lines_are_kept_when_the_store_changes(home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(spruce())
    lines = ("--footer", "谢谢惠顾", "--footer", "欢迎再来", "--footer-en", "Thank you")
    done = tillpoint("store", "receipts", "S1", "--home", str(home), "--logo", str(picture), *lines)
    assert (done.returncode, done.stderr) == (0, "")
    done = tillpoint("store", "add", "S1", "--home", str(home), "--name", "惠屿超市一店", "--name-en", "Huiyu Market 1")
    assert done.returncode == 0, done.stderr
    with opened(Namespace(home=home, database=None)) as server:
        doc = stored_store(server, "S1")
    assert doc is not None
    assert doc.info().logo == logo_of(spruce())
    assert doc.footer == {"zh_Hans": "谢谢惠顾\n欢迎再来", "en": "Thank you"}
    done = tillpoint("store", "receipts", "S1", "--home", str(home), "--no-logo", "--footer-en", "")
    assert done.returncode == 0, done.stderr
    with opened(Namespace(home=home, database=None)) as server:
        doc = stored_store(server, "S1")
    assert doc is not None
    assert (doc.logo, doc.footer) == ("", {"zh_Hans": "谢谢惠顾\n欢迎再来"})
    done = tillpoint("store", "receipts", "S1", "--home", str(home))
    assert done.stdout == "Logo: none\n--footer: 谢谢惠顾 / 欢迎再来\n--footer-hant: none\n--footer-en: none\n"


def test_a_mistyped_folder_is_made_no_server(tmp_path: Path) -> None:
    done = tillpoint("store", "receipts", "S1", "--home", str(tmp_path / "servre"), "--footer-en", "Thank you")
    assert (done.returncode, done.stderr) == (
        1, f"tillpoint: There is no server in {tmp_path / 'servre'}. Give its folder with --home.\n",
    )  # fmt: skip
    assert not (tmp_path / "servre").exists()


def test_what_is_no_logo_is_said(home: Path, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_text("no picture")
    for name, said in (
        ("logo.png", "no picture that can be read"),
        ("none.png", "none.png can't be read: No such file or directory.\n"),
    ):
        done = tillpoint("store", "receipts", "S1", "--home", str(home), "--logo", str(tmp_path / name))
        assert done.returncode == 1
        assert said in done.stderr


def test_an_unknown_store_is_refused_and_the_known_ones_named(home: Path) -> None:
    done = tillpoint("staff", "add", "li", "--home", str(home), "--store", "S9", "--name", "李雷", typed="2468\n")
    assert (done.returncode, done.stderr) == (1, "tillpoint: There is no store S9. There are S1.\n")
    done = tillpoint("code", "S9", "1", "--home", str(home))
    assert (done.returncode, done.stderr) == (1, "tillpoint: There is no store S9. There are S1.\n")


def test_a_user_needs_a_long_password(home: Path) -> None:
    done = tillpoint("user", "add", "li", "--home", str(home), typed="short\n")
    assert done.returncode == 1
    assert done.stderr.startswith("tillpoint: A password has ")
    done = tillpoint("user", "add", "li", "--home", str(home), typed="correct horse battery\n")
    assert (done.returncode, done.stdout) == (0, "li can sign in at head office.\n")


def test_a_store_with_an_impossible_clock_or_currency_is_refused(home: Path) -> None:
    done = tillpoint("store", "add", "S2", "--home", str(home), "--name", "x", "--timezone", "Mars/Base")
    assert (done.returncode, "no time zone Mars/Base" in done.stderr) == (1, True)
    done = tillpoint("store", "add", "S2", "--home", str(home), "--name", "x", "--currency", "XXX")
    assert (done.returncode, "currency XXX isn't known" in done.stderr) == (1, True)


def test_a_programme_goes_out_and_comes_back_higher(home: Path, tmp_path: Path) -> None:
    shown = tillpoint("programme", "show", "--home", str(home))
    plain = json.loads(shown.stdout)
    file = tmp_path / "programme.json"
    file.write_text(json.dumps({**plain, "version": 7}), "utf-8")
    done = tillpoint("programme", "publish", str(file), "--home", str(home))
    assert (done.returncode, done.stdout) == (0, "Programme 7 is in force.\n")
    again = tillpoint("programme", "publish", str(file), "--home", str(home))
    assert (again.returncode, again.stderr) == (
        1,
        "tillpoint: Programme 7 is in force. Give the new one a higher version.\n",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (f'{{"format": {"9" * 5_000}}}', "is not JSON"),
        ('{"format": 1}', "version"),
        ("[]", "tillpoint: "),
    ],
)
def test_a_bad_programme_is_refused(home: Path, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "programme.json"
    file.write_text(text, "utf-8")
    done = tillpoint("programme", "publish", str(file), "--home", str(home))
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_till_is_enrolled_once_and_its_journal_verifies(home: Path, address: str, tmp_path: Path) -> None:
    code = tillpoint("code", "S1", "3", "--home", str(home)).stdout.strip()
    till = tmp_path / "till"
    enrolled = tillpoint("enrol", "--home", str(till), address, code)
    assert enrolled.returncode == 0, enrolled.stderr
    again = tillpoint("enrol", "--home", str(till), address, code)
    assert again.returncode == 1
    other = tillpoint("enrol", "--home", str(tmp_path / "other"), address, code)
    assert other.returncode == 1
    assert other.stderr.count("\n") == 1
    verified = tillpoint("journal", "verify", str(till), "--json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["ok"] is True


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = tillpoint("enrol", "--home", str(tmp_path / "till"), "http://127.0.0.1:9", "ABCD-EFGH-JKLM")
    assert done.returncode == 1
    assert done.stderr.startswith("tillpoint: ")
    assert done.stderr.count("\n") == 1


def test_a_wrong_key_leaves_the_server_closed(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "server"
    copy.mkdir()
    (copy / "server.db").write_bytes((home / "server.db").read_bytes())
    done = tillpoint("code", "S1", "1", "--home", str(copy))
    assert done.returncode == 1
    assert "doesn't open with this key" in done.stderr


def test_no_journal_is_told_in_one_line(tmp_path: Path) -> None:
    done = tillpoint("journal", "verify", str(tmp_path))
    assert (done.returncode, done.stderr) == (
        1,
        f"tillpoint: {tmp_path} holds no journal, no mirror and no file of facts.\n",
    )
