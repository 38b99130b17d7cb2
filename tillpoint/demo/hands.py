"""Hands at one till: keys and mouse through the till's robot socket (see ``pos_client.ui.robot``)."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_ANSWER_S = 60.0
_CONNECT_LOOK_S = 0.1

State = dict[str, Any]


class HandsRefused(Exception):
    """The robot couldn't do it. ``error`` is its word for it."""

    def __init__(self, request: State, error: str, detail: str, state: State | None = None) -> None:
        shown = f" on screen {state.get('screen')}, error {state.get('error')}" if state else ""
        super().__init__(f"{request}: {error}: {detail}{shown}")
        self.error = error


class Hands:
    """One connection to a till's robot; made when the till answers. Raise ``TimeoutError`` if it doesn't in time.

    ``look`` is called meanwhile and raises if waiting has become pointless.
    """

    def __init__(self, address: Path, timeout_s: float, look: Callable[[], object]) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.connect(str(address))
                break
            except OSError as error:
                self._socket.close()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"it doesn't answer at {address}: {error}") from error
                look()
                time.sleep(_CONNECT_LOOK_S)
        self._socket.settimeout(_ANSWER_S)
        self._rest = b""

    def close(self) -> None:
        self._socket.close()

    def ask(self, **request: object) -> State:
        """One request and its answer. Raise ``HandsRefused``, or ``OSError`` if the till has gone."""
        self._socket.sendall(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        while b"\n" not in self._rest:
            data = self._socket.recv(1 << 20)
            if not data:
                raise ConnectionResetError("the till has gone")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        answer: State = json.loads(line)
        if not answer["ok"]:
            raise HandsRefused(request, answer["error"], answer["detail"], answer.get("state"))
        return answer

    def state(self) -> State:
        state: State = self.ask(do="state")["state"]
        return state

    def keys(self, text: str) -> None:
        self.ask(do="keys", text=text)

    def key(self, key: str) -> None:
        self.ask(do="key", key=key)

    def click(self, name: str) -> None:
        self.ask(do="click", name=name)

    def wait(self, timeout_ms: int = 15_000, **wanted: object) -> State:
        state: State = self.ask(do="wait", timeout_ms=timeout_ms, **wanted)["state"]
        return state

    def grab(self, path: Path) -> None:
        self.ask(do="grab", path=str(path))

    def quit(self) -> None:
        with suppress(OSError, HandsRefused):
            self.ask(do="quit")
