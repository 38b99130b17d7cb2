"""Remote hands for one till: real keys and real mouse presses from another process, for the demo and for tests.

``tillpoint till --robot SOCKET`` (``run(…, robot=SOCKET)``) listens on a local socket: on Linux and macOS a Unix domain
socket at that path, on Windows the named pipe of that name. Any number of clients send one JSON object per line, UTF-8,
and get one JSON object per line back, in order. Each answer has ``ok``; ``false`` comes with ``error`` (a word for
programs: ``bad_request``, ``no_such_widget``, ``hidden``, ``disabled``, ``covered``, ``not_saved``, ``timed_out``) and
``detail``. An act is answered when the screen shows what it led to: all that was asked of the cashier's thread is done.

Acts:

``{"do":"keys","text":"13800138000\\n","gap_ms":40}``
    Type the text into the widget that has the focus. ``\\n`` is Enter, ``\\t`` Tab, ``\\b`` Backspace. ``gap_ms``: the
    time between two keys as the till sees it; the robot doesn't wait for it. The default, 40, is a person; 5 is a
    scanner that works as a keyboard, so a barcode with ``\\n`` after it and ``gap_ms`` 5 is a wedge scan.
``{"do":"key","key":"F12"}``
    Press one key: ``F1``…``F12``, ``Enter``, ``Escape``, ``Up``, ``Down``, ``Left``, ``Right``, ``PageUp``,
    ``PageDown``, ``Home``, ``End``, ``Backspace``, ``Delete``, ``Tab``, or one character.
``{"do":"click","name":"pay"}``
    Press and release the left mouse button in the middle of the widget with that object name. Refused if the widget is
    hidden, disabled or covered. ``"text":"…"`` instead of ``name`` finds a button by the text it shows.
``{"do":"grab","path":"sale.png"}``
    Save a picture of the window. Answers ``width`` and ``height`` in pixels.
``{"do":"state"}``
    What the screen shows (see below), under ``state``.
``{"do":"wait","screen":"sale","timeout_ms":10000}``
    Answer when the state is as asked. Any of ``screen``, ``online``, ``unsent``, ``lines`` (how many), ``member``
    (``true``: some, ``false``: none), ``printer`` may be given; all must hold. Answers ``state``.
``{"do":"names"}``
    The object names that can be clicked now.
``{"do":"quit"}``
    Answer, then close the till as its window's close button does.

The state:

``screen``
    ``starting``, ``enrol``, ``trouble``, ``sign_in``, ``shift_open``, ``sale``, ``quantity``, ``choices``, ``member``,
    ``register``, ``more``, ``void``, ``devices``, ``labels``, ``return``, ``tender``, ``change``, ``shift_close`` or
    ``shift_closed``
``language``, ``entry`` (text in the entry field), ``prompt``, ``busy``
``staff``
    ``[{"id","name","role"}]``, on ``sign_in``; ``chosen``: the id of who is about to type the PIN
``shift``
    ``{"id","float_minor","cash_minor","sales","takings_minor"}`` or ``null``; ``closed``: what closing it came to
``lines``
    ``[{"line_id","number","product_id","code","name","quantity_milli","unit","unit_price_minor","gross_minor",
    "amount_minor","reasons":[{"key","values","amount_minor","sentence"}]}]``
``total_minor``, ``saved_minor``, ``points_to_earn``, ``currency``, ``selected`` (a line's id or ``null``)
``member``
    the fields of ``pos_client.app.views.MemberView`` or ``null``
``choices``
    ``{"products":[…],"members":[…]}`` or ``null``
``tender``
    ``{"due_minor","total_minor","paid":[{"id","kind","state","amount_minor","points"}],"quick_notes":[…],"points":{…}|null}``
    or ``null``
``change``
    the fields of ``pos_client.app.views.Confirmed`` or ``null``
``giving_back``
    the fields of ``pos_client.presenters.state.GivingBack`` or ``null``: a return under way
``error``
    ``{"code","sentence"}`` or ``null``: what stands under the entry field
``status``
    the fields of ``pos_client.app.views.Status`` (``printer`` and ``scanner`` as ``{"state","waiting","doubtful",…}``),
    or ``null`` before the till is open

Object names to click: ``staff_<id>``, ``digit_0`` to ``digit_9``, ``digit_00``, ``point``, ``backspace``, ``enter``,
``member``, ``quantity``, ``remove``, ``more``, ``pay``, ``quick_<product id>``, ``category_<n>``, ``choice_<n>`` (from
1), ``register``, ``consent_marketing``, ``keyboard``, ``letter_<x>``, ``note_<minor>``, ``points``, ``unpay_<n>``,
``back``, ``next_sale``, ``confirm``, ``act`` (the act beside an error), ``language_<code>``. ``names`` lists those of
the moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QDeadlineTimer, QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from pos_client.presenters.shop_words import reason_sentence
from pos_client.presenters.state import CounterState
from pos_client.ui.hands import PERSON_GAP_MS, BadRequest, Hands
from pos_client.ui.window import TillWindow

Answer = dict[str, Any]
_Reply = Callable[[Answer], None]


_SETTLE_MS = 10_000
_LOOK_MS = 5
_LONGEST_LINE = 1_000_000


class Robot(QObject):
    """Serves ``address`` for as long as it lives. Raise ``OSError`` if it can't listen there."""

    def __init__(self, window: TillWindow, address: Path) -> None:
        super().__init__(window)
        self._window = window
        self._hands = Hands(window)
        QLocalServer.removeServer(str(address))
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        if not self._server.listen(str(address)):
            raise OSError(f"the robot can't listen at {address}: {self._server.errorString()}")

    def _accept(self) -> None:
        while (client := self._server.nextPendingConnection()) is not None:
            _Line(client, self)

    def answer(self, line: bytes, reply: _Reply) -> None:
        """Do what ``line`` asks; ``reply`` is called once, perhaps later."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise BadRequest("bad_request", "a request is a JSON object")
            self._do(request, reply)
        except (ValueError, KeyError, TypeError) as error:
            reply({"ok": False, "error": "bad_request", "detail": str(error)})
        except BadRequest as error:
            reply({"ok": False, "error": error.error, "detail": str(error)})

    def _do(self, request: Answer, reply: _Reply) -> None:
        match request["do"]:
            case "keys":
                self._hands.type(str(request["text"]), int(request.get("gap_ms", PERSON_GAP_MS)))
                self._when_settled(reply)
            case "key":
                self._hands.press(str(request["key"]))
                self._when_settled(reply)
            case "click":
                self._hands.click(str(request.get("name", "")), text=str(request.get("text", "")))
                self._when_settled(reply)
            case "grab":
                reply(self._grab(Path(request["path"])))
            case "state":
                reply({"ok": True, "state": self._state()})
            case "wait":
                self._wait(request, reply)
            case "names":
                reply({"ok": True, "names": self._hands.names()})
            case "quit":
                reply({"ok": True})
                QTimer.singleShot(50, self._window.close)
            case other:
                raise BadRequest("bad_request", f"the robot doesn't know {other!r}")

    # eyes

    def _grab(self, path: Path) -> Answer:
        picture = self._window.grab()
        if not picture.save(str(path)):
            raise BadRequest("not_saved", f"the picture could not be saved as {path}")
        return {"ok": True, "width": picture.width(), "height": picture.height()}

    def _state(self) -> Answer:
        counter = self._window.counter
        plain = state_of(counter.state, counter.language.code)
        lines = plain["lines"]
        if counter.state.sale is not None:
            for shown, line in zip(lines, counter.state.sale.lines, strict=True):
                for told, reason in zip(shown["reasons"], line.reasons, strict=True):
                    told["sentence"] = reason_sentence(reason, counter.state.currency, counter.language)
        return {**plain, "prompt": counter.prompt, "busy": counter.busy, "entry": self._entry_text()}

    def _entry_text(self) -> str:
        return "" if self._window.counter.secret else self._window.field.text()

    # patience

    def _when_settled(self, reply: _Reply) -> None:
        """Answer when the cashier's thread owes nothing more."""
        self._until(lambda: not self._window.counter.busy, _SETTLE_MS, lambda: {"ok": True}, reply)

    def _wait(self, request: Answer, reply: _Reply) -> None:
        known = {"screen", "online", "unsent", "lines", "member", "printer"}
        wanted = {name: value for name, value in request.items() if name in known}
        if not wanted:
            raise BadRequest("bad_request", f"wait for at least one of {', '.join(sorted(known))}")
        timeout_ms = int(request.get("timeout_ms", _SETTLE_MS))
        self._until(
            lambda: _holds(self._window.counter.state, wanted),
            timeout_ms,
            lambda: {"ok": True, "state": self._state()},
            reply,
        )

    def _until(self, holds: Callable[[], bool], timeout_ms: int, answer: Callable[[], Answer], reply: _Reply) -> None:
        deadline = QDeadlineTimer(timeout_ms)
        timer = QTimer(self)

        def look() -> None:
            if holds():
                timer.deleteLater()
                reply(answer())
            elif deadline.hasExpired():
                timer.deleteLater()
                detail = f"still not so after {timeout_ms} ms"
                reply({"ok": False, "error": "timed_out", "detail": detail, "state": self._state()})

        timer.timeout.connect(look)
        timer.start(_LOOK_MS)


class _Line(QObject):
    """One client: requests are answered one after another."""

    def __init__(self, client: QLocalSocket, robot: Robot) -> None:
        super().__init__(client)
        self._client = client
        self._robot = robot
        self._waiting = b""
        self._answering = False
        client.readyRead.connect(self._read)
        client.disconnected.connect(client.deleteLater)

    def _read(self) -> None:
        self._waiting += bytes(self._client.readAll().data())
        if len(self._waiting) > _LONGEST_LINE:
            self._client.abort()
            return
        self._next()

    def _next(self) -> None:
        if self._answering or b"\n" not in self._waiting:
            return
        line, self._waiting = self._waiting.split(b"\n", 1)
        self._answering = True
        self._robot.answer(line, self._reply)

    def _reply(self, answer: Answer) -> None:
        self._answering = False
        self._client.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        self._client.flush()
        self._next()


def state_of(state: CounterState, language: str) -> Answer:
    """The state as the protocol says it, from plain values only."""
    sale, problem = state.sale, state.problem
    plain: Answer = {
        "screen": state.screen,
        "language": language,
        "staff": state.staff,
        "chosen": state.chosen.id if state.chosen else None,
        "shift": state.shift,
        "closed": state.closed,
        "lines": sale.lines if sale else (),
        "total_minor": sale.total_minor if sale else 0,
        "saved_minor": sale.saved_minor if sale else 0,
        "points_to_earn": sale.points_to_earn if sale else 0,
        "currency": state.currency,
        "selected": state.selected,
        "member": sale.member if sale else None,
        "choices": state.choices,
        "found": state.found,
        "registration": state.registration,
        "tender": state.tender,
        "change": state.change,
        "giving_back": state.giving_back,
        "took_for": state.took_for,
        "error": {"code": problem.code, "sentence": problem.sentence} if problem else None,
        "trouble": state.trouble,
        "status": state.status,
    }
    built = msgspec.to_builtins(plain)
    assert isinstance(built, dict)
    return built


def _holds(state: CounterState, wanted: Answer) -> bool:
    status, sale = state.status, state.sale
    now = {
        "screen": state.screen.value,
        "online": status.online if status else None,
        "unsent": status.unsent if status else None,
        "printer": status.printer.state if status else None,
        "lines": len(sale.lines) if sale else 0,
        "member": sale is not None and sale.member is not None,
    }
    return all(now[name] == value for name, value in wanted.items())
