"""The member of the sale: find, pick, register (TILL-11), and the choice when an entry has two meanings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pos_client.app.refusals import PhoneIsTaken
from pos_client.app.till import Till
from pos_client.app.views import Entered, EnteredKind, MemberHit, SaleView
from pos_client.presenters.part import Part
from pos_client.presenters.state import Command, Registration, Screen, Sound, Step
from shared_models.domain import phone
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from pos_client.presenters.counter import Counter

CONSENT_PROGRAMME = "programme"
CONSENT_MARKETING = "marketing"

_NOBODY_FOUND = N_("No member for “{text}”. Check the digits, or register.")
_NO_MEMBER = N_("This sale has no member yet.")
_NO_NAME = N_("Type the name the member wants to be called by.")
_PHONE_DIGITS = 7
_STEPS = list(Step)
_STEP_OF = {
    "bad_phone": Step.PHONE,
    "phone_is_taken": Step.PHONE,
    "bad_name": Step.NAME,
    "bad_birthday": Step.BIRTHDAY,
}


class Choosing(Part):
    """One number, Enter, or a touch picks; anything else is a new entry."""

    def prompt(self) -> str:
        return self.words(N_("Which one? Type its number"))

    def enter(self, text: str) -> None:
        choices = self.state.choices
        if choices is None:
            return
        if not text:
            self.pick(choices.cursor)
        elif text.isdecimal() and 1 <= int(text) <= len(choices):
            self.pick(int(text) - 1)
        else:
            self.counter.selling.enter(text)

    def pick(self, place: int) -> None:
        choices = self.state.choices
        if choices is None or not 0 <= place < len(choices):
            return
        if place < len(choices.products):
            self.counter.selling.choose(choices, choices.products[place].product_id)
        else:
            self.counter.finding.attach(choices.members[place - len(choices.products)])

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def do(self, command: Command, text: str) -> bool:
        choices = self.state.choices
        if command in (Command.UP, Command.DOWN) and choices is not None and len(choices):
            step = 1 if command is Command.DOWN else -1
            self.counter.update(choices=replace(choices, cursor=(choices.cursor + step) % len(choices)))
            return False
        if command is Command.BACK:
            self.back_to_sale()
            return False
        return self.counter.selling.do(command, text)


class Finding(Part):
    def begin(self, text: str) -> bool:
        """Look for ``text`` at once if there is one."""
        self.counter.show(Screen.MEMBER, found=(), cursor=0)
        if text:
            self.enter(text)
        return bool(text)

    def prompt(self) -> str:
        return self.words(N_("Phone, last digits, name or member number"))

    def enter(self, text: str) -> None:
        found = self.state.found
        if not text:
            if found:
                self.attach(found[self.state.cursor])
        elif len(text) < 3 and text.isdecimal() and 1 <= int(text) <= len(found):
            self.attach(found[int(text) - 1])
        else:
            self.counter.ask(lambda till: till.find_members(text), lambda hits: self._show(hits, text))

    def attach(self, member: MemberHit) -> None:
        def work(till: Till) -> tuple[Entered, SaleView]:
            till.attach_member(member.id)
            return Entered(EnteredKind.MEMBER), till.sale()

        self.counter.ask(work, lambda answer: self.counter.selling.accept(answer))

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def do(self, command: Command, text: str) -> bool:
        count = len(self.state.found)
        match command:
            case Command.BACK:
                self.back_to_sale()
            case Command.UP | Command.DOWN if count:
                self.counter.update(cursor=(self.state.cursor + (1 if command is Command.DOWN else -1)) % count)
            case Command.REGISTER:
                return self.counter.registering.begin(text)
            case Command.OWN:
                self.counter.editing.begin_edit()
            case Command.REMOVE:
                self._detach()
            case Command.POINTS:
                self.counter.rewards.begin()
            case Command.MEMBER if text:
                self.enter(text)
                return True
            case Command.PAY:
                return self.counter.selling.do(command, text)
            case _:
                pass
        return False

    def _show(self, hits: tuple[MemberHit, ...], text: str) -> None:
        if len(hits) == 1:
            self.attach(hits[0])
        elif hits:
            self.counter.update(found=hits, cursor=0, problem=None)
        else:
            self.counter.update(found=())
            self.counter.complain("nobody_found", self.words(_NOBODY_FOUND).format(text=text))

    def _detach(self) -> None:
        if self.state.sale is None or self.state.sale.member is None:
            self.counter.complain("no_member", self.words(_NO_MEMBER))
        else:
            self.counter.selling.change(lambda till: till.detach_member(), self.words(N_("Sale without a member")))


class Registering(Part):
    """Phone, name, birthday, consent: each with Enter, all in the one entry field. What was typed stays on Esc."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._taken: MemberHit | None = None

    def begin(self, text: str) -> bool:
        """``text`` is taken as the phone if it looks like one."""
        is_phone = len(text) >= _PHONE_DIGITS and text.isdecimal()
        kept = self.state.registration or Registration()
        self.counter.show(Screen.REGISTER, registration=replace(kept, step=Step.PHONE), found=())
        if is_phone:
            self.enter(text)
        return is_phone

    def prompt(self) -> str:
        prompts = {
            Step.PHONE: N_("Mobile number"),
            Step.NAME: N_("Name"),
            Step.BIRTHDAY: N_("Birthday, month-day such as 05-20 (may be left out)"),
            Step.CONSENT: N_("Enter: the customer has read the notice and agrees"),
        }
        return self.words(prompts[self._draft().step])

    def enter(self, text: str) -> None:
        draft = self._draft()
        match draft.step:
            case Step.PHONE:
                self._take_phone(text or draft.phone)
            case Step.NAME:
                if text or draft.name:
                    self._keep(replace(draft, name=text or draft.name, step=Step.BIRTHDAY))
                else:
                    self.counter.complain("bad_name", self.words(_NO_NAME))
            case Step.BIRTHDAY:
                self._keep(replace(draft, birthday=text or draft.birthday, step=Step.CONSENT))
            case Step.CONSENT:
                self._register(draft)

    def go_to(self, step: Step) -> None:
        self._keep(replace(self._draft(), step=step))

    def toggle_marketing(self) -> None:
        draft = self._draft()
        self._keep(replace(draft, marketing=not draft.marketing))

    def scan(self, text: str) -> None:
        self.counter.selling.scan(text)

    def do(self, command: Command, text: str) -> bool:
        draft = self._draft()
        place = _STEPS.index(draft.step)
        match command:
            case Command.BACK if place == 0:
                self.back_to_sale()
            case Command.BACK | Command.UP if place:
                self.go_to(_STEPS[place - 1])
            case Command.DOWN:
                self.enter(text)
                return True
            case Command.REGISTER:
                self.toggle_marketing()
            case Command.MEMBER if self._taken is not None and draft.step is Step.PHONE:
                self.counter.update(registration=None)
                self.counter.finding.attach(self._taken)
            case Command.MEMBER:
                return self.counter.finding.begin(text)
            case _:
                pass
        return False

    def back_to_sale(self) -> None:
        draft = self._draft()
        super().back_to_sale()
        self.counter.update(registration=draft)

    @property
    def draft(self) -> Registration:
        """What was typed so far."""
        return self._draft()

    def _draft(self) -> Registration:
        return self.state.registration or Registration()

    def _keep(self, draft: Registration) -> None:
        self.counter.update(registration=draft, problem=None, took_for="")

    def _take_phone(self, text: str) -> None:
        try:
            phone.normalise(text)
        except DomainError as error:
            self.counter.refuse(error)
        else:
            self._keep(replace(self._draft(), phone=text, step=Step.NAME))

    def _register(self, draft: Registration) -> None:
        consents = (CONSENT_PROGRAMME, *((CONSENT_MARKETING,) if draft.marketing else ()))

        def work(till: Till) -> SaleView:
            member = till.register_member(draft.name, draft.phone, draft.birthday, consents)
            till.attach_member(member.id)
            return till.sale()

        self.counter.ask(work, self._registered, self._refused)

    def _registered(self, sale: SaleView) -> None:
        name = sale.member.name if sale.member else ""
        said = self.words(N_("Registered: {name}. Points count from this sale.")).format(name=name)
        self.counter.show(Screen.SALE, sale=sale, registration=None, took_for=said)
        self.counter.sound(Sound.GOOD)

    def _refused(self, error: Exception) -> None:
        self._taken = error.member if isinstance(error, PhoneIsTaken) else None
        if isinstance(error, DomainError) and error.code in _STEP_OF:
            self.go_to(_STEP_OF[error.code])
        self.counter.refuse(error)


class Editing(Registering):
    """The same fields of the sale's member: what is left empty stays as it is, and the last Enter changes the rest."""

    def begin_edit(self) -> None:
        member = self.state.sale.member if self.state.sale else None
        if member is None:
            self.counter.complain("no_member", self.words(_NO_MEMBER))
        else:
            self.counter.show(Screen.EDIT, edit=Registration(marketing=member.marketing), found=())

    def prompt(self) -> str:
        prompts = {
            Step.PHONE: N_("New mobile number, or Enter to keep it"),
            Step.NAME: N_("New name, or Enter to keep it"),
            Step.BIRTHDAY: N_("New birthday such as 05-20, or Enter to keep it"),
            Step.CONSENT: N_("Enter: change what was typed"),
        }
        return self.words(prompts[self._draft().step])

    def enter(self, text: str) -> None:
        draft = self._draft()
        match draft.step:
            case Step.PHONE if not (text or draft.phone):
                self._keep(replace(draft, step=Step.NAME))
            case Step.NAME:
                self._keep(replace(draft, name=text or draft.name, step=Step.BIRTHDAY))
            case _:
                super().enter(text)

    def back_to_sale(self) -> None:
        Part.back_to_sale(self)
        self.counter.update(edit=None)

    def _draft(self) -> Registration:
        return self.state.edit or Registration()

    def _keep(self, draft: Registration) -> None:
        self.counter.update(edit=draft, problem=None, took_for="")

    def _register(self, draft: Registration) -> None:
        member = self.state.sale.member if self.state.sale else None
        if member is None:
            self.back_to_sale()
            return
        consents = {CONSENT_MARKETING: draft.marketing} if draft.marketing != member.marketing else {}

        def work(till: Till) -> SaleView:
            till.edit_member(member.id, draft.name, draft.phone, draft.birthday, consents)
            return till.sale()

        self.counter.ask(work, self._changed, self._refused)

    def _changed(self, sale: SaleView) -> None:
        name = sale.member.name if sale.member else ""
        said = self.words(N_("Changed: {name}.")).format(name=name)
        self.counter.show(Screen.SALE, sale=sale, edit=None, took_for=said)
        self.counter.sound(Sound.GOOD)
