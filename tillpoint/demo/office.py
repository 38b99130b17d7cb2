"""Head office as its user sees it: signed in over HTTP, its pages read, and pictured by a browser if there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tillpoint.demo.processes import DemoFailed

ROOT = "/head-office"
_TOKEN = re.compile(r'name="token"\s+value="([^"]+)"')
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT_S = 30
_PICTURE_S = 40


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class HeadOffice:
    """One signed-in user. Raise ``DemoFailed`` if head office doesn't let them in."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        door = self.get(f"{ROOT}/sign-in")
        found = _TOKEN.search(door.text)
        fields = {"name": user, "password": password, "token": found[1] if found else "", "next": ROOT}
        inside = self._ask(f"{ROOT}/sign-in", urllib.parse.urlencode(fields).encode())
        if inside.status != 200 or 'type="password"' in inside.text:
            raise DemoFailed(f"Head office didn't let {user} in (status {inside.status}). Read logs/server.log.")

    def get(self, path: str) -> Page:
        return self._ask(path, None)

    def _ask(self, path: str, body: bytes | None) -> Page:
        headers = {"Origin": self._address}  # as a browser says with a form; without it head office takes none
        request = urllib.request.Request(self._address + path, body, headers)  # noqa: S310 - our own server's address
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return Page(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as error:
            return Page(error.code, error.headers.get("Content-Type", ""), error.read())


def browser() -> str | None:
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def picture(office: HeadOffice, path: str, out_png: Path, profile: Path) -> bool:
    """Have a browser draw a page; whether there is one that did. It gets the pages through a door already open.

    ``profile`` is a folder for what the browser keeps, some of it after it has ended.
    """
    program = browser()
    if program is None:
        return False
    with _open_door(office) as address:
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", f"--user-data-dir={profile}", "--window-size=1366,1000", "--virtual-time-budget=5000",
            f"--screenshot={out_png}", address + path,
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_PICTURE_S)  # noqa: S603 - found by name
        except (subprocess.SubprocessError, OSError):
            return False
    return out_png.exists()


@contextmanager
def _open_door(office: HeadOffice) -> Iterator[str]:
    """An address on the loopback, for as long as it takes, that shows what ``office``'s user sees. Reading only."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = office.get(self.path)
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing worth a line."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
