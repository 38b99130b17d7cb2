"""A browser without JavaScript: keeps cookies, fills forms, follows nothing by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import urllib3

ROOT = "/head-office"
PASSWORD = "a long password"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Answer:
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def token(self) -> str:
        found = _TOKEN.search(self.text)
        assert found, "the page has no form"
        return found.group(1)

    @property
    def words(self) -> str:
        """The text a reader sees, blanks folded."""
        return " ".join(_Words.of(self.text).split())


@dataclass
class Web:
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str], origin: str | None = "own", **headers: str) -> Answer:
        """Send a form; ``origin`` is the sender's, by default our own page's."""
        if origin is not None:
            headers["Origin"] = self.address if origin == "own" else origin
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._send("POST", path, urlencode(fields), headers)

    def sign_in(self, name: str, password: str = PASSWORD, after: str = "") -> Answer:
        token = self.get(f"{ROOT}/sign-in").token
        return self.post(f"{ROOT}/sign-in", {"name": name, "password": password, "token": token, "next": after})

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        got = self.pool.request(method, self.address + path, body=body, headers=headers, redirect=False)
        for line in got.headers.getlist("set-cookie"):
            for name, cookie in SimpleCookie(line).items():
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value
        return Answer(got.status, got.headers, got.data)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []

    @classmethod
    def of(cls, text: str) -> str:
        parser = cls()
        parser.feed(text)
        return " ".join(parser._found)

    def handle_data(self, data: str) -> None:
        self._found.append(data)
