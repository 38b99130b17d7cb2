"""Panels of the member: find and pick, register; and the strip that shows who the sale belongs to."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pos_client.app.views import MemberView
from pos_client.presenters.language import Language
from pos_client.presenters.member_desk import Editing, Registering
from pos_client.presenters.shop_words import tier_name
from pos_client.presenters.state import CounterState, Registration, Step
from pos_client.ui.icons import icon
from pos_client.ui.key import Key
from pos_client.ui.labels import OneLine, card, label, restyle
from pos_client.ui.panel import KeyList, Panel
from pos_client.ui.theme import GAP, Theme
from shared_models.domain.text import N_

_FIELDS = ((Step.PHONE, N_("Mobile number")), (Step.NAME, N_("Name")), (Step.BIRTHDAY, N_("Birthday")))
_NOTICE = N_(
    "Privacy notice: we keep the name, mobile number and birthday to run the membership, and the purchases to count "
    "points and tiers. Nobody else gets them. Members can see, correct, export or delete them at the service desk."
)


class MemberStrip(QFrame):
    """Who the sale belongs to, always in the same place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("member_strip")
        self.setProperty("card", "true")
        self._sign = QLabel()
        self._name = label("title")
        self._tier = label()
        self._tier.setProperty("chip", "member")
        self._points = label()
        self._more = OneLine()
        self._more.setProperty("level", "caption")
        self._more.setProperty("tone", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(GAP)
        row.addWidget(self._sign)
        names = QVBoxLayout()
        names.setSpacing(0)
        first = QHBoxLayout()
        first.setSpacing(GAP)
        first.addWidget(self._name)
        first.addWidget(self._tier)
        first.addStretch(1)
        first.addWidget(self._points)
        names.addLayout(first)
        names.addWidget(self._more)
        row.addLayout(names, 1)
        self.theme = theme

    def render_state(self, state: CounterState, language: Language, theme: Theme) -> None:
        member = state.sale.member if state.sale else None
        self.setFixedHeight(76 if theme.roomy else 64)
        restyle(self, "card", "member" if member else "true")
        colour = theme.palette.member if member else theme.palette.muted
        self._sign.setPixmap(icon("member", colour, 28))
        self._tier.setVisible(member is not None)
        self._points.setVisible(member is not None)
        if member is None:
            self._name.setText(language.words(N_("No member")))
            self._more.setText(language.words(N_("F2 finds a member, F3 registers one in a few seconds")))
            return
        self._name.setText(member.name)
        self._tier.setText(tier_name(member.tier, language))
        points = language.words(N_("{points} points")).format(points=language.number(member.balance))
        self._points.setText(points)
        restyle(self._points, "level", "title")
        self._more.setText(" · ".join(_details(member, state.currency, language)))
        self.setAccessibleName(f"{member.name}, {self._tier.text()}, {points}, {self._more.text()}")


def _details(member: MemberView, currency: str, language: Language) -> list[str]:
    words = language.words
    told = [words(N_("phone ends in {last4}")).format(last4=member.last4)]
    if member.birthday:
        told.insert(0, words(N_("birthday today")))
    if member.debt:
        told.append(words(N_("{points} points owed")).format(points=language.number(member.debt)))
    if member.stored_value is not None and member.stored_value.balance_minor:
        held = language.money(member.stored_value.balance_minor, currency)
        told.append(words(N_("stored value {balance}")).format(balance=held))
    if member.coupons:
        told.append(language.ngettext("{number} coupon", "{number} coupons", len(member.coupons)))
    if member.expiring_points and member.expires_on is not None:
        told.append(
            words(N_("{points} expire on {day}")).format(
                points=language.number(member.expiring_points), day=language.day(member.expires_on)
            )
        )
    if member.pending:
        told.append(words(N_("registered here, not sent yet")))
    return told


class MemberPanel(Panel):
    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GAP)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        self._title = label("title", wrap=True)
        self._register = Key(self.theme, "register")
        self._register.setFixedSize(184, 52)
        self._register.does(partial(self.field.press, "F3"))
        self._edit = Key(self.theme, "edit_member")
        self._edit.setFixedSize(184, 52)
        self._edit.does(partial(self.field.press, "F1"))
        top.addWidget(self._title, 1)
        top.addWidget(self._edit)
        top.addWidget(self._register)
        box.addLayout(top)
        self._hint = label(tone="muted", wrap=True)
        box.addWidget(self._hint)
        self._rewards = Key(self.theme, "rewards")
        self._rewards.setFixedHeight(52)
        self._rewards.does(partial(self.field.press, "F6"))
        box.addWidget(self._rewards)
        self._list = KeyList(self.theme)
        box.addWidget(self._list, 1)

    def render_state(self, state: CounterState, language: Language) -> None:
        words = language.words
        self._list.use(self.theme)
        self._rewards.use(self.theme)
        self._rewards.setVisible(state.sale is not None and state.sale.member is not None and not state.found)
        self._rewards.show_as(words(N_("Rewards for points")), hint="F6", icon="gift", left=True)
        self._register.use(self.theme)
        self._register.show_as(words(N_("Register")), hint="F3", icon="register", left=True)
        self._edit.use(self.theme)
        self._edit.setVisible(state.sale is not None and state.sale.member is not None)
        self._edit.show_as(words(N_("Edit")), hint="F1", icon="member", left=True)
        found = state.found
        self._title.setText(
            language.ngettext("{number} member found", "{number} members found", len(found))
            if found
            else words(N_("Find the member"))
        )
        self._hint.setText(
            words(N_("Pick by number, arrow keys or touch."))
            if found
            else words(N_("The last four digits of the phone are enough. F8 takes the member off this sale."))
        )
        keys = self._list.fill([f"choice_{place + 1}" for place in range(len(found))])
        for place, (key, member) in enumerate(zip(keys, found, strict=True)):
            role = "soft" if place == state.cursor else "plain"
            points = words(N_("{points} points")).format(points=language.number(member.balance))
            said = f"{place + 1}   {member.masked_name} · {member.last4}"
            key.show_as(said, below=tier_name(member.tier, language), hint=points, icon="member", left=True, role=role)
            key.does(partial(self.counter.finding.attach, member))
        self._list.reveal(state.cursor)


class RegisterPanel(Panel):
    """The form fills while its fields are typed, one after another, in the one entry field."""

    notice = _NOTICE

    @property
    def part(self) -> Registering:
        return self.counter.registering

    def values(self, draft: Registration, _state: CounterState) -> dict[Step, str]:
        return {Step.PHONE: draft.phone, Step.NAME: draft.name, Step.BIRTHDAY: draft.birthday}

    def build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        grid = QGridLayout()
        grid.setSpacing(6)
        self._rows: dict[Step, Key] = {}
        for place, (step, _) in enumerate(_FIELDS):
            key = Key(self.theme, f"step_{step}")
            key.setFixedHeight(56)
            key.does(partial(self.part.go_to, step))
            self._rows[step] = key
            grid.addWidget(key, 0, place)
        box.addLayout(grid)
        notice = card("soft")
        inside = QVBoxLayout(notice)
        inside.setContentsMargins(12, 8, 12, 8)
        self._notice = label(wrap=True)
        inside.addWidget(self._notice)
        box.addWidget(notice)
        self._marketing = Key(self.theme, "consent_marketing")
        self._marketing.setFixedHeight(52)
        self._marketing.does(self.part.toggle_marketing)
        box.addWidget(self._marketing)
        box.addStretch(1)

    def render_state(self, state: CounterState, language: Language) -> None:
        draft = self.part.draft
        values = self.values(draft, state)
        for step, title in _FIELDS:
            key = self._rows[step]
            key.use(self.theme)
            role = "soft" if step is draft.step else "plain"
            key.show_as(values[step] or "—", below=language.words(title), role=role)
        self._notice.setText(language.words(self.notice))
        yes = draft.marketing
        chosen = language.words(N_("News and offers: yes") if yes else N_("News and offers: no"))
        self._marketing.use(self.theme)
        sign, role = ("ticked", "soft") if yes else ("unticked", "plain")
        self._marketing.show_as(chosen, hint="F3", icon=sign, left=True, role=role)


class EditPanel(RegisterPanel):
    """What is known of the member, with what is to change in its place."""

    notice = N_(
        "Ask the member what has changed. What is left empty stays as it is. "
        "Saying no to news and offers holds at every till."
    )

    @property
    def part(self) -> Editing:
        return self.counter.editing

    def values(self, draft: Registration, state: CounterState) -> dict[Step, str]:
        member = state.sale.member if state.sale else None
        phone, name = (f"…{member.last4}", member.name) if member else ("", "")
        return {Step.PHONE: draft.phone or phone, Step.NAME: draft.name or name, Step.BIRTHDAY: draft.birthday}
