"""Pages before and after selling: start and enrolment, sign-in, opening and closing a shift."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout

from pos_client.app.surroundings import NO_DEVICE
from pos_client.app.views import ShiftClosedView
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import role_name
from pos_client.presenters.state import CounterState, Screen
from pos_client.ui.key import Key
from pos_client.ui.labels import label, restyle
from pos_client.ui.language_row import LanguageRow
from pos_client.ui.page import DeskPage
from pos_client.ui.theme import GAP, MAIN_KEY, TITLE
from shared_models.domain.shift_report import difference_name
from shared_models.domain.text import N_

_RENEWAL = N_(
    "Its lane goes on under new records; what the server doesn't have of the old ones is told again, and an open shift"
    " stays open. Have head office make a code for this lane (page Devices), type it and press Enter. Esc goes back."
)
_RENEWING = N_("Asking the server. Don't switch the till off …")
_WIDEST = 16_777_215
_MOST_ROWS = 10
_ONLY_FOCUS = 1
"""The field is not shown where nothing is asked, but Enter and Esc must still reach it."""


class StartPage(DeskPage):
    """Opening the files, enrolling a new till, or why the till can't start."""

    def build(self) -> None:
        self._again = Key(self.theme, "again", "main")
        self._again.setFixedSize(320, MAIN_KEY + GAP)
        self._again.does(self.entry.field.submit)
        self.inside.addSpacing(GAP)
        self.inside.addWidget(self._again)
        self._renew = Key(self.theme, "renew")
        self._renew.setFixedSize(320, MAIN_KEY)
        self._renew.does(lambda: self.entry.field.press("F1"))
        self.inside.addSpacing(GAP)
        self.inside.addWidget(self._renew)
        self._clock = Key(self.theme, "trust_clock")
        self._clock.setFixedSize(320, MAIN_KEY)
        self._clock.does(lambda: self.entry.field.press("F8"))
        self.inside.addWidget(self._clock)
        self.inside.addStretch(1)
        self._languages = LanguageRow(self.counter, self.theme)
        self.inside.addWidget(self._languages)

    def render_state(self, state: CounterState, language: Language) -> None:
        super().render_state(state, language)
        words = language.words
        self._languages.render_language(state.language, self.theme)
        enrolment = state.enrolment
        asks = state.screen in (Screen.ENROL, Screen.RENEW)
        self.right.setMaximumWidth(_WIDEST if asks else _ONLY_FOCUS)
        self.pad.setVisible(asks)
        restyle(self.entry.field, "quiet", not asks)
        self._again.use(self.theme)
        self._again.setVisible(state.screen is Screen.TROUBLE)
        self._again.show_as(words(N_("Try again")), hint=words(N_("Enter")), size=TITLE)
        for key, code, name, hint in (
            (self._renew, "renew", N_("Set up anew"), "F1"),
            (self._clock, "trust_clock", N_("The clock is right"), "F8"),
        ):
            key.use(self.theme)
            key.setVisible(_offers(state, code))
            key.show_as(words(name), hint=hint)
        if state.screen is Screen.RENEW and state.renewal is not None:
            self.title.setText(words(N_("Set this till up anew")))
            self.text.setText(words(_RENEWING if state.renewal.waiting else _RENEWAL))
        elif state.screen is Screen.ENROL and enrolment is not None:
            self.title.setText(words(N_("Connect this till")))
            if enrolment.waiting:
                text = words(N_("Asking the server at {url} …")).format(url=enrolment.server_url)
            elif enrolment.server_url:
                text = words(N_("Server: {url}. Now type the one-time code. Head office shows it under Devices."))
                text = text.format(url=enrolment.server_url)
            else:
                text = words(N_("Type the address of the server. Then comes the one-time code of head office."))
            self.text.setText(text)
        elif state.trouble is not None:
            self.title.setText(words(N_("The till can't start")))
            self.text.setText(state.trouble.sentence)
        else:
            self.title.setText(words(N_("Good morning")))
            self.text.setText(words(N_("The till is opening its books …")))
        restyle(self.title, "tone", "danger" if state.screen is Screen.TROUBLE else "")


def _offers(state: CounterState, key: str) -> bool:
    if key == "renew":
        return state.screen is Screen.TROUBLE and state.trouble is not None and state.trouble.renewable
    problem = state.status.problem if state.status else None
    return state.screen is Screen.RENEW and problem is not None and problem.code == "clock_ahead"


class SignInPage(DeskPage):
    def build(self) -> None:
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self._people: list[Key] = []
        self.inside.addSpacing(GAP)
        self.inside.addLayout(self._grid)
        self._renew = Key(self.theme, "renew")
        self._renew.setFixedSize(320, MAIN_KEY)
        self._renew.does(lambda: self.entry.field.press("F1"))
        self.inside.addSpacing(GAP)
        self.inside.addWidget(self._renew)
        self.inside.addStretch(1)
        self._languages = LanguageRow(self.counter, self.theme)
        self.inside.addWidget(self._languages)

    def render_state(self, state: CounterState, language: Language) -> None:
        super().render_state(state, language)
        words = language.words
        self._languages.render_language(state.language, self.theme)
        self.title.setText(words(N_("Who is at the till?")))
        if not state.staff:
            self.text.setText(words(N_("The store's people come with the first contact to the server.")))
        elif state.chosen is None:
            self.text.setText(words(N_("Touch your name, or type its number and Enter.")))
        else:
            self.text.setText(words(N_("Type the PIN and Enter. Esc goes back to the names.")))
        self._renew.use(self.theme)
        self._renew.setVisible(state.asks_for_renewal)
        self._renew.show_as(words(N_("Set up anew")), hint="F1")
        self._fill(state)
        for place, (key, person) in enumerate(zip(self._people, state.staff, strict=True)):
            chosen = person == state.chosen or (state.chosen is None and place == state.cursor)
            key.use(self.theme)
            key.show_as(
                person.name,
                below=role_name(person.role, language),
                hint=str(place + 1),
                icon="person",
                size=TITLE,
                left=True,
                role="soft" if chosen else "plain",
            )
            key.does(partial(self.counter.people.choose, person))

    def _fill(self, state: CounterState) -> None:
        names = [f"staff_{person.id}" for person in state.staff]
        if [key.objectName() for key in self._people] == names:
            return
        for key in self._people:
            self._grid.removeWidget(key)
            key.hide()
            key.deleteLater()
        self._people = [Key(self.theme, name) for name in names]
        for place, key in enumerate(self._people):
            key.setFixedHeight(80)
            self._grid.addWidget(key, place // 2, place % 2)


class ShiftPage(DeskPage):
    """The float, the count, and what the shift came to."""

    def build(self) -> None:
        self._sums = QGridLayout()
        self._sums.setHorizontalSpacing(24)
        self._sums.setVerticalSpacing(GAP)
        self._rows: list[tuple[QLabel, QLabel]] = []
        for place in range(_MOST_ROWS):
            word, figure = label("title"), label("title", right=True)
            self._sums.addWidget(word, place, 0)
            self._sums.addWidget(figure, place, 1)
            self._rows.append((word, figure))
        self._sums.setColumnStretch(2, 1)
        self.inside.addSpacing(GAP * 2)
        self.inside.addLayout(self._sums)
        self.inside.addStretch(1)
        keys = QVBoxLayout()
        self._leave = Key(self.theme, "leave")
        self._leave.setFixedSize(240, MAIN_KEY)
        self._leave.does(lambda: self.entry.field.press("Escape"))
        keys.addWidget(self._leave)
        self.inside.addLayout(keys)

    def render_state(self, state: CounterState, language: Language) -> None:
        super().render_state(state, language)
        words = language.words
        self._leave.use(self.theme)
        rows: list[tuple[str, str, str]] = []
        if state.screen is Screen.SHIFT_OPEN:
            self.title.setText(words(N_("Open the shift")))
            self.text.setText(words(N_("Count the cash in the drawer, type the sum and Enter.")))
            self._leave.show_as(words(N_("Sign out")), hint="Esc", icon="back")
        elif state.screen is Screen.SHIFT_CLOSE:
            self.title.setText(words(N_("Close the shift")))
            self.text.setText(words(N_("Count all the cash in the drawer, float too, type the sum and Enter.")))
            self._leave.show_as(words(N_("Back to the sale")), hint="Esc", icon="back")
            if state.shift is not None:
                # no sum that would tell what should be in the drawer before it is counted
                rows = [(words(N_("Sales")), language.number(state.shift.sales), "")]
        elif state.closed is not None:
            self.title.setText(words(N_("Shift closed")))
            no_printer = state.status is not None and state.status.printer.state == NO_DEVICE
            report = (
                N_("No printer is set: head office alone has the Z report.")
                if no_printer
                else N_("The Z report is printed.")
            )
            self.text.setText(language.sentences((words(report), words(N_("Put the cash into the safe.")))))
            self._leave.show_as(words(N_("Sign out")), hint="Esc", icon="back")
            rows = _closing_rows(state.closed, state.currency, language)
        for place, (word, figure) in enumerate(self._rows):
            shown = place < len(rows)
            word.setVisible(shown)
            figure.setVisible(shown)
            if shown:
                word.setText(rows[place][0])
                figure.setText(rows[place][1])
                restyle(figure, "tone", rows[place][2])
                restyle(word, "tone", rows[place][2])


def _closing_rows(closed: ShiftClosedView, currency: str, language: Language) -> list[tuple[str, str, str]]:
    words = language.words
    over_short = closed.over_short_minor
    moved = (
        (N_("Cash paid in"), closed.paid_in_minor),
        (N_("Cash paid out"), -closed.paid_out_minor),
        (N_("Cash dropped"), -closed.dropped_minor),
    )
    return [
        (words(N_("Z number")), language.number(closed.z_number), ""),
        (words(N_("Sales")), language.number(closed.sales), ""),
        (words(N_("Takings")), language.money(closed.takings_minor, currency), ""),
        (words(N_("Float")), language.money(closed.float_minor, currency), ""),
        *((words(word), language.money(minor, currency), "") for word, minor in moved if minor),
        (words(N_("Cash expected")), language.money(closed.expected_cash_minor, currency), ""),
        (words(N_("Cash counted")), language.money(closed.counted_cash_minor, currency), ""),
        (
            words(difference_name(over_short)),
            language.money(over_short, currency),
            "danger" if over_short else "success",
        ),
    ]
