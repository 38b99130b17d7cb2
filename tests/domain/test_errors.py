"""Every refusal of the domain is fit to be shown: one code, one sentence, one template that its values fill."""

from __future__ import annotations

import importlib
import pkgutil
from string import Formatter

import pytest

import shared_models.domain
from shared_models.domain.errors import DomainError
from shared_models.domain.reason import TEMPLATES
from shared_models.domain.text import fill


def all_errors() -> list[type[DomainError]]:
    for module in pkgutil.iter_modules(shared_models.domain.__path__, "shared_models.domain."):
        importlib.import_module(module.name)
    found: list[type[DomainError]] = []
    queue = [DomainError]
    while queue:
        for error in queue.pop().__subclasses__():
            if error.__module__.startswith("shared_models."):
                found.append(error)
                queue.append(error)
    return found


def test_codes_are_unique() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) > 20
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.code)
def test_sentences_are_whole(error: type[DomainError]) -> None:
    assert error.template[0].isupper() or error.template[0] in "“{"
    assert error.template.endswith((".", "?"))
    assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(error.template))


def test_amounts_are_shown_as_money() -> None:
    assert fill("{due} of {total}", {"due_minor": "250", "total": "3"}, lambda minor: f"¥{minor}") == "¥250 of 3"


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_reasons_are_short(template: str) -> None:
    assert len(template) <= 40
