"""A headless Chromium, told what to do over a pipe in the DevTools protocol. It talks to nobody else."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]

NAMES = ("chromium", "chromium-browser", "google-chrome")
_ANSWER_WITHIN_S = 60
_CHUNK = 1 << 16
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--mute-audio", "--force-color-profile=srgb", "--font-render-hinting=none",
    "--remote-debugging-pipe",
)  # fmt: skip


class NoBrowser(Exception):
    """No Chromium is installed."""

    def __init__(self) -> None:
        super().__init__("No Chromium was found. Install the package chromium.")


class BrowserFailed(Exception):
    """The browser refused a command or fell silent."""


class Browser:
    """One page. ``trouble`` gathers what the page's console reports as wrong, content security included."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self.trouble: list[str] = []
        target = self._send("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")

    def set_cookie(self, url: str, name: str, value: str) -> None:
        self._send("Network.setCookie", {"url": url, "name": name, "value": value})

    def show_as(self, width: int, height: int, scheme: str = "light") -> None:
        """``scheme`` is light or dark."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._send("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._send("Emulation.setEmulatedMedia", {"features": features})

    def open(self, url: str) -> None:
        """Load a page and wait until it and its charts stand."""
        failed = self._send("Page.navigate", {"url": url}).get("errorText")
        if failed:
            raise BrowserFailed(f"{url} doesn't load: {failed}")
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")
        self.wait_for("document.querySelectorAll('[data-chart]:not([data-drawn])').length === 0")

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression, as JSON would carry it."""
        answer = self._send("Runtime.evaluate", {"expression": script, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise BrowserFailed(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until the expression is true; raise ``BrowserFailed`` if it never is."""
        until = time.monotonic() + _ANSWER_WITHIN_S
        while not self.evaluate(script):
            if time.monotonic() > until:
                raise BrowserFailed(f"never came true: {script}")
            time.sleep(0.02)

    def picture(self) -> bytes:
        """What the page looks like, as PNG."""
        return base64.b64decode(self._send("Page.captureScreenshot", {"format": "png"})["data"])

    def _send(self, method: str, params: Mapping[str, Any] | None = None) -> Message:
        self._last += 1
        message: Message = {"id": self._last, "method": method, "params": params or {}}
        if self._session:
            message["sessionId"] = self._session
        _write_all(self._commands, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _ANSWER_WITHIN_S
        while True:
            answer = self._next(until)
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise BrowserFailed(f"{method}: {answer['error'].get('message')}")
                return dict(answer["result"])
            self._note(answer)

    def _next(self, until: float) -> Message:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, until - time.monotonic()))
            chunk = os.read(self._answers, _CHUNK) if ready else b""
            if not chunk:
                raise BrowserFailed("The browser fell silent.")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))

    def _note(self, event: Message) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.trouble.append(f"{params['entry']['text']} {params['entry'].get('url', '')}".strip())
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.trouble.append(" ".join(str(one.get("value", "")) for one in params["args"]))
            case "Runtime.exceptionThrown":
                self.trouble.append(params["exceptionDetails"].get("text", "exception"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a fresh profile, gone with all it started at the end. Raise ``NoBrowser``."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise NoBrowser
    with tempfile.TemporaryDirectory(prefix="tillpoint-browser-", ignore_cleanup_errors=True) as profile:
        process, commands, answers = _start(program, Path(profile))
        try:
            yield Browser(commands, answers)
        finally:
            os.close(commands)
            os.close(answers)
            process.terminate()
            process.wait(_ANSWER_WITHIN_S)


def _start(program: str, profile: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    """The browser reads commands from its descriptor 3 and writes answers to 4: a shell moves ours there."""
    their_commands, commands = os.pipe()
    answers, their_answers = os.pipe()
    process = subprocess.Popen(  # noqa: S603 - the browser found on the path, and flags of our own
        [
            "/bin/sh", "-c", f'exec "$@" 3</dev/fd/{their_commands} 4>/dev/fd/{their_answers}', "sh",
            program, *_FLAGS, f"--user-data-dir={profile}", "about:blank",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        pass_fds=(their_commands, their_answers),
    )  # fmt: skip
    os.close(their_commands)
    os.close(their_answers)
    return process, commands, answers


def _write_all(descriptor: int, body: bytes) -> None:
    while body:
        body = body[os.write(descriptor, body) :]
