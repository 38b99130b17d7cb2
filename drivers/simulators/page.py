"""A small web page of a virtual device: what a person standing before it would see, and that person's hands.

It listens on 127.0.0.1 alone and answers only to its own name, so that no web page from elsewhere looks at it or
presses its buttons.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import secrets
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self
from urllib.parse import parse_qsl, quote, unquote

from drivers.simulators import options

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_BYTES: Final = 4_096
"""Of a form."""
_DRAINED_BYTES: Final = 64 << 10
_MOST_FIELDS: Final = 8
_PATIENCE_S: Final = 5
_FILES: Final = {"/page.css": "text/css", "/page.js": "text/javascript"}
_OWN_ONLY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

Mood = Literal["good", "attention", "danger", "quiet"]


class Refused(ValueError):
    """The device can't do that; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Button:
    """Sends ``to`` to ``action``."""

    action: str
    label: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Something that is seen of the device, with the hand that changes it."""

    name: str
    value: str
    mood: Mood = "quiet"
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """``choices``: one of these; else anything may be written."""

    name: str
    label: str
    value: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """``examples``: what the first field may hold, as buttons of their own."""

    action: str
    label: str
    fields: Sequence[Field]
    examples: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """``figure``: what stands large on its display. ``pictures``: a key, which is another one for another picture, and
    what is in it. ``lines``: a headline and what is under it."""

    rows: Sequence[Row] = ()
    figure: str | None = None
    pictures: Sequence[tuple[str, str]] = ()
    lines: tuple[str, Sequence[str]] = ("", ())
    empty: str = ""
    """Said where there are no pictures and no lines yet: what to do first."""


class Panel(ABC):
    """A device as the page shows it; all of it is asked of the device each time. Used from several threads."""

    title: str
    address: str
    """Where a till finds it."""
    forms: Sequence[Form] = ()

    @abstractmethod
    def seen(self) -> Seen: ...

    @abstractmethod
    def do(self, action: str, given: Mapping[str, str]) -> None:
        """Raises ``Refused``, ``LookupError`` for an action or a field that there isn't."""

    def picture(self, key: str) -> Image:
        """Raises ``LookupError``."""
        raise LookupError(key)


class DevicePage:
    """Start it as a context manager. Raises ``OSError`` when made if the port can't be had; port 0 is any free one."""

    def __init__(self, panel: Panel, port: int = 0) -> None:
        self._server = _Server(panel, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=f"page {panel.title}", daemon=True
        )

    @property
    def address(self) -> str:
        return f"http://{self._server.name}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def add_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--page", type=int, metavar="PORT", help="show it at http://127.0.0.1:PORT/, with its knobs; 0 is any free port"
    )


@contextmanager
def shown(parser: argparse.ArgumentParser, panel: Panel, port: int | None) -> Iterator[None]:
    """A simulator's page, as its ``--page`` asks; its address is a line on standard output."""
    if port is None:
        yield
        return
    with options.needed(parser, f"Port {port} can't be used for the page"):
        page = DevicePage(panel, port)
    with page:
        sys.stdout.write(f"{page.address}\n")
        sys.stdout.flush()
        yield


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, panel: Panel, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Visit)
        self.panel = panel
        self.born = secrets.token_hex(4)
        """In the addresses of pictures: those of an earlier run aren't these."""
        self.name = f"127.0.0.1:{self.server_address[1]}"
        self.names = {self.name, f"localhost:{self.server_address[1]}"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):  # the reader went away
            super().handle_error(request, client_address)


class _Visit(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_S

    def do_GET(self) -> None:
        panel, path = self.server.panel, self.path
        if self.headers.get("Host") not in self.server.names:
            self._say(HTTPStatus.FORBIDDEN, "This page answers to 127.0.0.1 alone.")
        elif path == "/":
            self._answer("text/html; charset=utf-8", _page(panel, self.server.born).encode())
        elif path == "/seen":
            live = json.dumps({"seen": _seen(panel.seen(), self.server.born)})
            self._answer("application/json", live.encode())
        elif path in _FILES:
            self._answer(_FILES[path], (Path(__file__).parent / path[1:]).read_bytes())
        elif path.startswith(f"/picture/{self.server.born}/"):
            self._picture(unquote(path.rpartition("/")[2]))
        else:
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def do_POST(self) -> None:
        body = self._body()  # read in any case: a connection closed with something unread loses the answer too
        host = self.headers.get("Host")
        if host not in self.server.names or self.headers.get("Origin") != f"http://{host}":
            self._say(HTTPStatus.FORBIDDEN, "Only the device's own page presses its buttons.")
            return
        if not self.path.startswith("/do/"):
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here.")
            return
        if body is None or len(body) > _MOST_BYTES:
            self._say(HTTPStatus.BAD_REQUEST, "That is no form of this page.")
            return
        try:
            self.server.panel.do(self.path.removeprefix("/do/"), _given(body))
        except Refused as why:
            self._say(HTTPStatus.BAD_REQUEST, str(why))
        except (LookupError, ValueError):
            self._say(HTTPStatus.BAD_REQUEST, "The device has no such knob.")
        else:
            self.send_response(HTTPStatus.SEE_OTHER)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _body(self) -> bytes | None:
        """None if it doesn't say a length that will be read."""
        length = self.headers.get("Content-Length", "")
        if re.fullmatch("[0-9]{1,5}", length) is None or int(length) > _DRAINED_BYTES:
            return None
        return self.rfile.read(int(length))

    def _picture(self, key: str) -> None:
        try:
            image = self.server.panel.picture(key)
        except (LookupError, ValueError):
            self._say(HTTPStatus.NOT_FOUND, "There is no such picture.")
            return
        png = io.BytesIO()
        image.save(png, "PNG")
        self._answer("image/png", png.getvalue(), "max-age=86400, immutable")

    def _answer(self, kind: str, body: bytes, cache: str = "no-store", status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", cache),
            ("Content-Security-Policy", _OWN_ONLY), ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _say(self, status: HTTPStatus, sentence: str) -> None:
        self._answer("text/plain; charset=utf-8", sentence.encode(), status=status)

    def log_message(self, format: str, *args: Any) -> None:
        """Standard error is for the device."""


def _given(body: bytes) -> dict[str, str]:
    """A form's fields. Raises ``ValueError``."""
    text = body.decode("ascii")
    return dict(
        parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=_MOST_FIELDS)
    )


def _page(panel: Panel, born: str) -> str:
    title = escape(panel.title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Tillpoint virtual device</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<noscript><meta http-equiv="refresh" content="3"></noscript>
<script src="/page.js" defer></script>
</head>
<body>
<header><h1>{title}</h1><p>virtual device at <code>{escape(panel.address)}</code></p></header>
<p id="said" role="status"></p>
<main>
{"".join(map(_form, panel.forms))}<div id="seen">{_seen(panel.seen(), born)}</div>
</main>
</body>
</html>
"""


def _form(form: Form) -> str:
    first, *_ = form.fields
    fields = "".join(map(_field, form.fields))
    examples = "".join(
        f'<form method="post" action="/do/{escape(form.action)}"><button name="{escape(first.name)}" '
        f'value="{escape(value)}">{escape(label)}</button></form>'
        for value, label in form.examples
    )
    return (
        f'<section class="hand"><form method="post" action="/do/{escape(form.action)}">{fields}'
        f'<button class="main">{escape(form.label)}</button></form>'
        + (f'<div class="examples">{examples}</div>' if examples else "")
        + "</section>\n"
    )


def _field(field: Field) -> str:
    name, value = escape(field.name), escape(field.value)
    if field.choices:
        options = "".join(f"<option>{escape(choice)}</option>" for choice in field.choices)
        return f'<label>{escape(field.label)}<select name="{name}">{options}</select></label>'
    plain = 'autocomplete="off" spellcheck="false"'
    return f'<label>{escape(field.label)}<input name="{name}" value="{value}" {plain}></label>'


def _seen(seen: Seen, born: str) -> str:
    headline, lines = seen.lines
    parts = []
    if seen.figure is not None:
        parts.append(f'<p class="figure">{escape(seen.figure)}</p>')
    if seen.rows:
        parts.append(f'<dl class="rows">{"".join(map(_row, seen.rows))}</dl>')
    pictures = "".join(
        f'<img src="/picture/{born}/{quote(key, safe="")}" alt="{escape(said)}" title="{escape(said)}">'
        for key, said in seen.pictures
    )
    if pictures:
        parts.append(f'<section class="pictures">{pictures}</section>')
    if lines:
        items = "".join(f"<li><code>{escape(line)}</code></li>" for line in lines)
        parts.append(f'<section class="lines"><h2>{escape(headline)}</h2><ol>{items}</ol></section>')
    if seen.empty and not lines and not pictures:
        parts.append(f'<p class="empty">{escape(seen.empty)}</p>')
    return "".join(parts)


def _row(row: Row) -> str:
    button = ""
    if row.button is not None:
        button = (
            f'<form method="post" action="/do/{escape(row.button.action)}"><button id="do-{escape(row.button.action)}" '
            f'name="to" value="{escape(row.button.to)}" aria-label="{escape(f"{row.name}: {row.button.label}")}">'
            f"{escape(row.button.label)}</button></form>"
        )
    return f'<div class="{row.mood}"><dt>{escape(row.name)}</dt><dd>{escape(row.value)}</dd>{button}</div>'
