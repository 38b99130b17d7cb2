"""Made-up people: names from tables, phones from numbers nobody has. Whoever they resemble, it is chance."""

from __future__ import annotations

import hashlib

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
_GIVEN_FIRST = "子雨思晓文嘉佳梓家志建春秋明海国永天欣若诗语静雅丽慧美玉红云小宇浩俊伟立正"
_GIVEN_SECOND = "涵轩怡琪豪杰敏芳娟燕萍霞梅兰英华强军平东峰磊鹏飞龙凯洋波涛然林森宁悦彤"
_PHONE_HEAD = "8615400"
_SUFFIXES = 10_000
_STEP = 7_919


def made_up_name(number: int) -> str:
    """A Chinese name of two or three characters, always the same for a household's number."""
    draw = hashlib.sha256(f"tillpoint household {number}".encode()).digest()
    surname = _SURNAMES[int.from_bytes(draw[:4], "big") % len(_SURNAMES)]
    first = _GIVEN_FIRST[int.from_bytes(draw[4:8], "big") % len(_GIVEN_FIRST)]
    second = _GIVEN_SECOND[int.from_bytes(draw[8:12], "big") % len(_GIVEN_SECOND)]
    return surname + (second if draw[12] % 5 == 0 else first + second)


def made_up_phone(number: int) -> str:
    """A normalised number 154 00xx xxxx: no operator has been given 154. The last four digits are no other household's.

    Raise ``ValueError`` for numbers from 10,000, where that would no longer hold.
    """
    if not 0 <= number < _SUFFIXES:
        raise ValueError(f"household numbers go up to {_SUFFIXES - 1}, not {number}")
    return f"{_PHONE_HEAD}00{number * _STEP % _SUFFIXES:04d}"


def made_up_birthday(number: int, ages: tuple[int, int] | None, year: int) -> str:
    """``YYYY-MM-DD`` within the ``ages`` (inclusive) somebody has in ``year``, or ``MM-DD`` where no age is known."""
    draw = hashlib.sha256(f"tillpoint birthday {number}".encode()).digest()
    day = f"{draw[0] % 12 + 1:02d}-{draw[1] % 28 + 1:02d}"
    if ages is None:
        return day
    youngest, oldest = ages
    return f"{year - youngest - int.from_bytes(draw[2:4], 'big') % (oldest - youngest + 1):04d}-{day}"
