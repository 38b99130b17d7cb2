"""Sentences for people: marked here in English, put into the user's language where they are shown.

The domain knows no language. A sentence is a template and its values; ``words`` (gettext's lookup) turns the template
into the user's language, ``fill`` puts the values in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

Words: TypeAlias = Callable[[str], str]
Money: TypeAlias = Callable[[int], str]

N_ = str
"""Marks a template for extraction (``pybabel extract -k N_``) and leaves it as it is."""

_MINOR = "_minor"


def fill(template: str, values: Mapping[str, str], money: Money = str) -> str:
    """Put ``values`` into ``template``. A value ``due_minor`` is shown as money where the template says ``{due}``."""
    shown = {
        name.removesuffix(_MINOR): money(int(value)) if name.endswith(_MINOR) else value
        for name, value in values.items()
    }
    return template.format_map(shown)
