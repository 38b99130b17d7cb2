"""The door of head office: signing in and out, who is inside, and that a form was sent from our own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy import Connection, Engine, Row, select

from shared_models.orm import server as tables
from sync_server.head_office import given, passwords, throttle
from sync_server.head_office.session import ID_BYTES, LONGEST_MS, Session, Signer
from sync_server.ports import Clock, Randomness
from sync_server.roles import Right, Role, may, role_of
from sync_server.store.engine import reading, writing

ROOT = "/head-office"
SESSION_COOKIE = "tillpoint_session"
DOOR_COOKIE = "tillpoint_door"
_LONGEST_NAME = 100


class SignInNeeded(Exception):
    """Nobody is signed in, or no longer."""


class NotAllowed(Exception):
    """The role doesn't have this right."""


class ForgedForm(Exception):
    """A form that didn't come from our own page, or from one that is too old."""


class NotFound(Exception):
    """Nothing is stored under this address."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in. ``session`` is as the cookie said."""

    name: str
    role: Role
    language: str
    session: Session
    password_hash: str

    def may(self, right: Right) -> bool:
        return may(self.role, right)

    @property
    def sees_people(self) -> bool:
        return self.may(Right.PEOPLE)

    @property
    def manages_devices(self) -> bool:
        return self.may(Right.DEVICES)

    def need(self, right: Right) -> None:
        """Raise ``NotAllowed`` without the right."""
        if not self.may(right):
            raise NotAllowed


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that failed. ``wait_ms`` above 0: nothing was tried, come back later."""

    wait_ms: int = 0


class Gate:
    def __init__(self, engine: Engine, clock: Clock, randomness: Randomness, secret: bytes) -> None:
        self._engine = engine
        self._clock = clock
        self._randomness = randomness
        self._signer = Signer(secret)

    # the visitor

    def visitor(self, request: Request) -> Visitor:
        """Who sent this request; raise ``SignInNeeded``."""
        cookie = request.cookies.get(SESSION_COOKIE, "")
        session = Signer.claimed(cookie) if cookie else None
        if session is None or not session.is_live(self._clock.now_ms()):
            raise SignInNeeded
        with reading(self._engine) as connection:
            user = _user(connection, session.name)
        if user is None or not self._signer.holds(cookie, user.password_hash):
            raise SignInNeeded
        return Visitor(user.name, role_of(user.role), user.language, session, user.password_hash)

    def renew(self, request: Request, response: Response, visitor: Visitor) -> None:
        """Write the cookie anew now and then, so that only an idle session ends early."""
        now = self._clock.now_ms()
        if visitor.session.wants_renewal(now):
            old = visitor.session
            self._write(request, response, Session(old.name, old.id, old.began_ms, now), visitor.password_hash)

    def sign_in(self, request: Request, name: str, password: str) -> tuple[Session, str] | Refused:
        """A new session and the password hash it is bound to, if name and password are right."""
        name, address, now = given.text(name, _LONGEST_NAME), _address(request), self._clock.now_ms()
        with reading(self._engine) as connection:
            wait = throttle.wait_ms(connection, name, address, now)
            user = _user(connection, name)
        if wait:
            return Refused(wait)
        right = passwords.matches(password, user.password_hash if user else None)
        with writing(self._engine) as connection:
            if user is None or not right:
                throttle.failed(connection, name, address, now)
                return Refused()
            throttle.succeeded(connection, name, address)
        return Session(user.name, self._randomness.secret(ID_BYTES), now, now), user.password_hash

    def let_in(self, request: Request, response: Response, session: Session, password_hash: str) -> None:
        self._write(request, response, session, password_hash)
        response.delete_cookie(DOOR_COOKIE, path=ROOT)

    def let_out(self, response: Response) -> None:
        response.delete_cookie(SESSION_COOKIE, path=ROOT)

    # forms

    def form_token(self, visitor: Visitor) -> str:
        return self._signer.form_token(visitor.session.id)

    def check_form(self, request: Request, visitor: Visitor, token: str) -> None:
        """Raise ``ForgedForm`` unless the form is this session's and was sent from our own origin."""
        if not _from_our_origin(request) or not self._signer.is_form_token(token, visitor.session.id):
            raise ForgedForm

    def door_token(self, request: Request, response: Response) -> str:
        """The sign-in form's token. Nobody is known yet, so a cookie of its own ties the form to this browser."""
        door_id = _door_id(request) or self._randomness.secret(ID_BYTES)
        _set_cookie(request, response, DOOR_COOKIE, door_id.hex(), LONGEST_MS // 1000)
        return self._signer.form_token(door_id)

    def check_door(self, request: Request, token: str) -> None:
        door_id = _door_id(request)
        if door_id is None or not _from_our_origin(request) or not self._signer.is_form_token(token, door_id):
            raise ForgedForm

    def _write(self, request: Request, response: Response, session: Session, password_hash: str) -> None:
        cookie = self._signer.write(session, password_hash)
        _set_cookie(request, response, SESSION_COOKIE, cookie, LONGEST_MS // 1000)


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path=ROOT, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def _user(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(*tables.user.columns).where(tables.user.c.name == name)).one_or_none()


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _door_id(request: Request) -> bytes | None:
    try:
        found = bytes.fromhex(request.cookies.get(DOOR_COOKIE, ""))
    except ValueError:
        return None
    return found if len(found) == ID_BYTES else None


def _from_our_origin(request: Request) -> bool:
    """By ``Origin``, which browsers send with each form; by ``Referer`` where it was left out; without both, no."""
    source = request.headers.get("origin") or request.headers.get("referer")
    if not source:
        return False
    sent = urlsplit(source)
    return (sent.scheme, sent.netloc.lower()) == (request.url.scheme, request.headers.get("host", "").lower())
