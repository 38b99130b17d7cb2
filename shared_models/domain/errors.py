"""What the rules refuse: typed, with a code for programs and one sentence for the cashier."""

from __future__ import annotations

from typing import ClassVar

from shared_models.domain.text import Money, Words, fill


class DomainError(Exception):
    """A refusal by the rules of the shop. Nothing was changed.

    ``code`` names it for programs and logs, ``template`` is the English sentence (a gettext key; a class that has
    several chooses one when it is made), ``values`` what it speaks of. Amounts end in ``_minor`` and are shown through
    the caller's money format.
    """

    code: ClassVar[str] = "refused"
    template: str = ""

    def __init__(self, **values: object) -> None:
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(fill(self.template, self.values))

    def sentence(self, words: Words, money: Money = str) -> str:
        """The sentence in the language of ``words``."""
        return fill(words(self.template), self.values, money)
