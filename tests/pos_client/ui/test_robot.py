from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDeadlineTimer
from PySide6.QtWidgets import QApplication

from pos_client.ui.gallery_shop import code_of
from pos_client.ui.robot import Robot
from tests.pos_client.ui.conftest import AtTheWindow

_PATIENCE_S = 60


class Client:
    """Another process's end of the socket; here on a thread of its own."""

    def __init__(self, address: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_PATIENCE_S)
        self._socket.connect(str(address))
        self._file = self._socket.makefile("rwb")

    def ask(self, **request: Any) -> dict[str, Any]:
        return self.ask_line(json.dumps(request).encode())

    def ask_line(self, line: bytes) -> dict[str, Any]:
        self._file.write(line + b"\n")
        self._file.flush()
        answer = json.loads(self._file.readline())
        assert isinstance(answer, dict)
        return answer

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def play(address: Path, script: Callable[[Client], None]) -> None:
    """Run ``script`` beside the window's loop and raise what it raised."""

    def run() -> None:
        client = Client(address)
        try:
            script(client)
        finally:
            client.close()

    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(run)
        deadline = QDeadlineTimer(_PATIENCE_S * 1_000)
        while not playing.done() and not deadline.hasExpired():
            QApplication.processEvents()
        playing.result(1)


def test_a_sale_by_remote_hands(window: AtTheWindow, tmp_path: Path) -> None:
    address = tmp_path / "robot"
    Robot(window.window, address)

    def script(client: Client) -> None:
        assert client.ask(do="keys", text="1\n2580\n")["ok"]
        assert client.ask(do="keys", text="500\n")["ok"]
        assert client.ask(do="keys", text=code_of(0) + "\n", gap_ms=5)["ok"]
        state = client.ask(do="state")["state"]
        assert (state["screen"], state["total_minor"]) == ("sale", 1_290)
        assert [line["product_id"] for line in state["lines"]] == ["p0"]
        assert client.ask(do="keys", text="13800138000\n")["ok"]
        state = client.ask(do="wait", member=True)["state"]
        assert state["member"]["tier"] == "gold"
        assert state["lines"][0]["reasons"][0]["sentence"] == "Gold member price (−15 %)"
        assert client.ask(do="key", key="F12")["ok"]
        assert client.ask(do="state")["state"]["tender"]["due_minor"] == 1_097
        assert "note_1500" in client.ask(do="names")["names"]
        assert client.ask(do="click", name="note_1500")["ok"]
        state = client.ask(do="state")["state"]
        assert (state["screen"], state["change"]["change_minor"]) == ("change", 403)
        assert state["status"]["unsent"] == 2
        assert client.ask(do="grab", path=str(tmp_path / "change.png")) == {"ok": True, "width": 1366, "height": 768}

    play(address, script)
    assert (tmp_path / "change.png").read_bytes().startswith(b"\x89PNG")


def test_what_hands_cannot_do_is_said(window: AtTheWindow, tmp_path: Path) -> None:
    address = tmp_path / "robot"
    Robot(window.window, address)

    def script(client: Client) -> None:
        for request, error in (
            ({"do": "click", "name": "nothing"}, "no_such_widget"),
            ({"do": "click", "name": "pay"}, "hidden"),
            ({"do": "key", "key": "F99"}, "bad_request"),
            ({"do": "dance"}, "bad_request"),
            ({"do": "wait"}, "bad_request"),
            ({"do": "wait", "screen": "tender", "timeout_ms": 20}, "timed_out"),
            ({"do": "grab", "path": str(tmp_path / "no" / "where.png")}, "not_saved"),
        ):
            answer = client.ask(**request)
            assert (answer["ok"], answer["error"]) == (False, error), request
        assert client.ask_line(b"not json")["error"] == "bad_request"
        assert client.ask(do="state")["state"]["screen"] == "sign_in"

    play(address, script)


def test_a_disabled_key_is_refused(selling: AtTheWindow, tmp_path: Path) -> None:
    address = tmp_path / "robot"
    Robot(selling.window, address)

    def script(client: Client) -> None:
        assert client.ask(do="click", name="pay")["error"] == "disabled"

    play(address, script)


@pytest.mark.skipif(sys.platform == "win32", reason="the client here speaks Unix sockets")
def test_a_till_without_a_shop_asks_to_be_enrolled(tmp_path: Path) -> None:
    """The whole program in its own process: window, opening, robot, end."""
    address = tmp_path / "robot"
    program = (
        "import sys; from pathlib import Path; from pos_client.ui.main import run;"
        "sys.exit(run(Path(sys.argv[1]), language='zh_Hans', robot=Path(sys.argv[2])))"
    )
    (tmp_path / "home").mkdir()
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "home"), str(address)]) as process:
        try:
            deadline = QDeadlineTimer(_PATIENCE_S * 1_000)
            while not address.exists() and not deadline.hasExpired() and process.poll() is None:
                threading.Event().wait(0.05)
            client = Client(address)
            state = client.ask(do="wait", screen="enrol")["state"]
            assert state["prompt"] == "服务器地址"
            assert client.ask(do="keys", text="http://127.0.0.1:9\n")["ok"]
            assert client.ask(do="state")["state"]["prompt"] == "总部的一次性登记码"
            assert client.ask(do="keys", text="WRONGCODE\n")["ok"]
            state = client.ask(do="state")["state"]
            assert state["screen"] == "enrol"
            assert state["error"]["code"] == "unreachable"
            assert client.ask(do="quit")["ok"]
            client.close()
            assert process.wait(_PATIENCE_S) == 0
        finally:
            process.kill()
