"""Reading the fields of a plain document one by one, so that each error names its field."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, time
from decimal import Decimal
from typing import Final, NoReturn, TypeGuard, TypeVar

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_, Money, Words, fill

MAX_TEXT = 200
MAX_PROSE = 2_000
MAX_NAMES = 100_000

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LARGEST = 10**15

_Value = TypeVar("_Value")


class _Missing:
    """Stands for a field that has no default."""


_MISSING: Final = _Missing()


class BadProgramme(DomainError):
    """``values["field"]`` is the path, e.g. ``offers[3].benefit.percent``; ``problem`` says how to mend it."""

    code = "bad_programme"
    template = N_("The programme can't be used. {field}: {problem}.")

    def __init__(self, *, field: str, problem: str, **values: object) -> None:
        self.problem = problem
        self.extras = {name: str(value) for name, value in values.items()}
        super().__init__(field=field, problem=fill(problem, self.extras))

    def sentence(self, words: Words, money: Money = str) -> str:
        problem = fill(words(self.problem), self.extras, money)
        return fill(words(self.template), {**self.values, "problem": problem}, money)


class Fields:
    """One object of a document. ``path`` is where it stands, ``strict`` refuses fields nobody asked for."""

    def __init__(self, plain: object, path: str, strict: bool) -> None:
        self.path = path
        self._strict = strict
        if not isinstance(plain, dict):
            raise BadProgramme(field=path or "document", problem=N_("it must be an object with named fields"))
        self._plain: dict[object, object] = plain
        self._asked: set[object] = set()

    def at(self, name: str) -> str:
        """The path of a field of this object."""
        return f"{self.path}.{name}" if self.path else name

    def finish(self, value: _Value) -> _Value:
        """Give ``value`` back; if strict, refuse fields nobody asked for."""
        unknown = sorted(str(name) for name in self._plain.keys() - self._asked)
        if self._strict and unknown:
            self._refuse(unknown[0], N_("no such field; remove it or mend its name"))
        return value

    def has(self, name: str) -> bool:
        return name in self._plain

    def text(self, name: str) -> str:
        found = self._take(name, _MISSING)
        if not isinstance(found, str) or not _is_text(found.strip(), MAX_TEXT):
            self._refuse(name, N_("it must be text of 1 to {high} characters"), high=MAX_TEXT)
        return found

    def text_or_empty(self, name: str) -> str:
        return "" if self._take(name, "") == "" else self.text(name)

    def prose(self, name: str) -> str:
        """Text for people, empty if the field is absent."""
        found = self._take(name, "")
        if found != "" and not _is_text(found, MAX_PROSE):
            self._refuse(name, N_("it must be text of 1 to {high} characters"), high=MAX_PROSE)
        return found

    def choice(self, name: str, choices: Collection[str]) -> str:
        found = self._take(name, _MISSING)
        if not isinstance(found, str) or found not in choices:
            self._refuse(name, N_("it must be one of {choices}"), choices=", ".join(choices))
        return found

    def choice_or(self, name: str, choices: Collection[str], default: str) -> str:
        return default if self._take(name, default) == default else self.choice(name, choices)

    def flag(self, name: str, default: bool | _Missing = _MISSING) -> bool:
        found = self._take(name, default)
        if not isinstance(found, bool):
            self._refuse(name, N_("it must be true or false"))
        return found

    def integer(self, name: str, low: int, high: int, default: int | _Missing = _MISSING) -> int:
        return self._integer(name, self._take(name, default), low, high)

    def integer_or_none(self, name: str, low: int, high: int) -> int | None:
        found = self._take(name, None)
        return None if found is None else self._integer(name, found, low, high)

    def integers(self, name: str, low: int, high: int) -> tuple[int, ...]:
        return tuple(self._integer(name, each, low, high) for each in self._list(name, MAX_NAMES))

    def decimal(self, name: str, low: Decimal, high: Decimal) -> Decimal:
        return self._decimal(name, self._take(name, _MISSING), low, high)

    def decimal_or_none(self, name: str, low: Decimal, high: Decimal) -> Decimal | None:
        found = self._take(name, None)
        return None if found is None else self._decimal(name, found, low, high)

    def decimals(self, low: Decimal, high: Decimal) -> dict[str, Decimal]:
        """All fields of this object as numbers."""
        return {name: self.decimal(name, low, high) for name in self._names()}

    def texts(self) -> dict[str, str]:
        """All fields of this object as text."""
        return {name: self.text(name) for name in self._names()}

    def names(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of names without doubles; ``default`` if the field is absent."""
        found = self._list(name, MAX_NAMES, default)
        for each in found:
            if not _is_text(each, MAX_TEXT):
                self._refuse(name, N_("each must be text of 1 to {high} characters"), high=MAX_TEXT)
        texts = [str(each) for each in found]
        if len(set(texts)) != len(texts):
            self._refuse(name, N_("one stands in it twice"))
        return tuple(texts)

    def day(self, name: str) -> date:
        found = self.day_or_none(name)
        if found is None:
            self._refuse(name, N_("it is missing"))
        return found

    def day_or_none(self, name: str) -> date | None:
        found = self._take(name, None)
        if found is None:
            return None
        try:
            return date.fromisoformat(_figure(found))
        except ValueError:
            self._refuse(name, N_("it must be a date such as 2026-12-31"))

    def clock(self, name: str, default: time) -> time:
        found = self._take(name, default.strftime("%H:%M"))
        if not isinstance(found, str) or not _CLOCK.fullmatch(found):
            self._refuse(name, N_("it must be a time such as 09:30"))
        return time.fromisoformat(found)

    def child(self, name: str, *, optional: bool = False) -> Fields:
        return Fields(self._take(name, {} if optional else _MISSING), self.at(name), self._strict)

    def child_or_none(self, name: str) -> Fields | None:
        return None if self._take(name, None) is None else self.child(name)

    def children(self, name: str, most: int, *, optional: bool = False) -> list[Fields]:
        found = self._list(name, most, None if optional else _MISSING)
        return [Fields(each, f"{self.at(name)}[{place}]", self._strict) for place, each in enumerate(found)]

    def named(self) -> dict[str, Fields]:
        """All fields of this object as objects."""
        return {name: self.child(name) for name in self._names()}

    def _names(self) -> list[str]:
        if not all(_is_text(name, MAX_TEXT) for name in self._plain):
            raise BadProgramme(field=self.path, problem=N_("a name in it is empty or too long"))
        return [str(name) for name in self._plain]

    def _take(self, name: str, default: object) -> object:
        self._asked.add(name)
        found = self._plain.get(name, default)
        if found is _MISSING:
            self._refuse(name, N_("it is missing"))
        return found

    def _list(self, name: str, most: int, default: object = None) -> list[object]:
        found = self._take(name, default)
        if found is None:
            return []
        if not isinstance(found, list | tuple) or len(found) > most:
            self._refuse(name, N_("it must be a list of at most {high}"), high=most)
        return list(found)

    def _integer(self, name: str, found: object, low: int, high: int) -> int:
        if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
            self._refuse(name, N_("it must be a whole number from {low} to {high}"), low=low, high=high)
        return found

    def _decimal(self, name: str, found: object, low: Decimal, high: Decimal) -> Decimal:
        text = _figure(found)
        value = Decimal(text) if _NUMBER.fullmatch(text) else None
        if value is None or not low <= value <= high:
            problem = N_("it must be a number from {low} to {high}, as text such as “0.85”")
            self._refuse(name, problem, low=low, high=high)
        return value

    def _refuse(self, name: str, problem: str, **values: object) -> NoReturn:
        raise BadProgramme(field=self.at(name), problem=problem, **values)


def _is_text(found: object, most: int) -> TypeGuard[str]:
    """Whether it is text that any database and any encoding can hold."""
    return isinstance(found, str) and 0 < len(found) <= most and not _UNSTORABLE.search(found)


def _figure(found: object) -> str:
    """Text, or a whole number as text; empty for all else. Of a number of thousands of digits Python makes none."""
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _LARGEST:
        return str(found)
    return found if isinstance(found, str) else ""
