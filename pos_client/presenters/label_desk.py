"""Labels of goods at the till: which goods, how the label looks, how many. Nothing here is sold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pos_client.app.labels import LabelGoods
from pos_client.presenters.label_words import OFFER, SHELF, label_of
from pos_client.presenters.operations import Operations
from pos_client.presenters.part import DeskPart
from pos_client.presenters.state import Command, Labelling, LabelStep, Screen, Sound
from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from drivers.label.document import Label
    from drivers.ports import DeviceFault
    from drivers.printer.device import PrintOutcome
    from pos_client.app.till import Till
    from pos_client.hardware.equipment import Equipment
    from pos_client.presenters.counter import Counter

MOST_COPIES = 999
_HOW_MANY = N_("1 to 999 labels can be printed at once.")
_MEMBERS_PAY_THE_SAME = N_("Members pay the same for this, so there is no label of an offer.")
_DOUBT = N_(
    "Labels of {name} may be out, or may still come once the printer goes on. Look before you print them again."
)


class LabelDesk(DeskPart):
    """``fit`` gives it the till's devices once the till is open."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._equipment: Equipment | None = None
        self._operations: Operations | None = None
        self._waiting = 0
        self._printing = False

    def fit(self, equipment: Equipment, operations: Operations) -> None:
        """``operations`` run on the thread of ``equipment``."""
        self._equipment, self._operations = equipment, operations

    @property
    def busy(self) -> bool:
        """Whether the label printer, or who draws the label, still owes an answer."""
        return self._waiting > 0

    @property
    def desk(self) -> Labelling:
        return self.state.labelling or Labelling()

    @property
    def cursor(self) -> int:
        return self.desk.cursor

    def begin(self) -> None:
        """Doubt of an earlier print stays until somebody says that they looked."""
        self.counter.show(Screen.LABELS, labelling=Labelling(doubt=self.desk.doubt))

    def prompt(self) -> str:
        match self.desk.step:
            case LabelStep.GOODS:
                return self.words(N_("Labels of which goods? Scan, or type a code or a name"))
            case LabelStep.CHOICES:
                return self.words(N_("Choose by number, or Enter"))
            case LabelStep.LABEL:
                return self.words(N_("How many labels? Enter prints one"))

    def enter(self, text: str) -> None:
        match self.desk.step:
            case LabelStep.GOODS if text:
                self._find(text)
            case LabelStep.CHOICES if not text:
                self.pick(self.desk.cursor)
            case LabelStep.CHOICES if text.isdecimal() and 0 < int(text[:9]) <= len(self.desk.choices):
                self.pick(int(text) - 1)
            case LabelStep.CHOICES:
                self._find(text)
            case LabelStep.LABEL if not text:
                self.print(1)
            case LabelStep.LABEL if text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MOST_COPIES:
                self.print(int(text))
            case LabelStep.LABEL:
                self.counter.complain("how_many_labels", self.words(_HOW_MANY))
            case _:
                pass

    def scan(self, text: str) -> None:
        """The next goods, also while a label is shown."""
        self._find(text)

    def rows(self) -> Sequence[LabelGoods]:
        return self.desk.choices if self.desk.step is LabelStep.CHOICES else ()

    def do(self, command: Command, text: str) -> bool:
        match command:
            case Command.OWN:
                self.change_layout()
            case Command.REMOVE:
                self.looked()
            case _:
                return super().do(command, text)
        return False

    def pick(self, place: int) -> None:
        if 0 <= place < len(self.desk.choices):
            self._show(self.desk.choices[place], SHELF)

    def change_layout(self) -> None:
        """From a shelf's label to one of an offer, and back."""
        goods = self.desk.goods
        if self.desk.step is not LabelStep.LABEL or goods is None:
            return
        if goods.member_minor is None:
            self.counter.complain("no_offer", self.words(_MEMBERS_PAY_THE_SAME))
            return
        self._show(goods, OFFER if self.desk.layout == SHELF else SHELF)

    def looked(self) -> None:
        """Somebody has looked at the printer: nothing is in doubt any more."""
        self.update(doubt="")

    def print(self, copies: int) -> None:
        """One print at a time: what is being printed is answered first."""
        goods = self.desk.goods
        if goods is None or self._printing:
            return
        layout = self.desk.layout

        def done(outcome: PrintOutcome) -> None:
            self._printing = False
            self.printed(goods, copies, outcome)

        def failed(error: Exception) -> None:
            self._printing = False
            self._refuse(error)

        if self._ask(lambda equipment: equipment.print_labels(_maker(goods, layout), copies), done, failed):
            self._printing = True
            self.counter.update(took_for=self.words(N_("Printing labels…")), problem=None)

    def printed(self, goods: LabelGoods, copies: int, outcome: PrintOutcome) -> None:
        """Doubt is noted even if this screen was left meanwhile."""
        if outcome.problem is not None:
            if outcome.may_be_on_paper:
                self.update(doubt=self.words(_DOUBT).format(name=goods.name))
            self._complain(outcome.problem)
            return
        if self.state.screen is not Screen.LABELS:
            return
        language = self.counter.language
        if outcome.result == "printed":
            said = language.ngettext("{number} label is printed", "{number} labels are printed", copies)
        else:
            said = language.ngettext(
                "{number} label is sent; look whether it came out",
                "{number} labels are sent; look whether they came out",
                copies,
            )
        self.update(step=LabelStep.GOODS, goods=None, picture=b"")
        self.counter.update(took_for=f"{goods.name}: {said}", problem=None)
        self.counter.sound(Sound.GOOD)

    def _find(self, text: str) -> None:
        def found(goods: tuple[LabelGoods, ...]) -> None:
            if self.state.screen is not Screen.LABELS:
                return
            if len(goods) == 1:
                self._show(goods[0], SHELF)
            else:
                self.update(step=LabelStep.CHOICES, choices=goods, cursor=0, goods=None, picture=b"")
                self.counter.update(problem=None, took_for="")

        def look(till: Till) -> tuple[LabelGoods, ...]:
            return till.label_goods(text)

        self.counter.ask(look, found)

    def _show(self, goods: LabelGoods, layout: str) -> None:
        self.update(step=LabelStep.LABEL, goods=goods, layout=layout, picture=b"")
        self.counter.update(problem=None, took_for="")

        def drawn(picture: bytes) -> None:
            if self.desk.goods is goods and self.desk.layout == layout:
                self.update(picture=picture)

        self._ask(lambda equipment: equipment.draw_label(_maker(goods, layout)), drawn, self._refuse)

    def _ask(
        self, work: Callable[[Equipment], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> bool:
        """On the devices' own thread, in turn."""
        if self._equipment is None or self._operations is None:
            return False
        equipment = self._equipment
        self._waiting += 1

        def answered(result: Any) -> None:
            self._waiting -= 1
            done(result)

        def refused(error: Exception) -> None:
            self._waiting -= 1
            failed(error)

        self._operations.run(lambda: work(equipment), answered, refused)
        return True

    def _refuse(self, error: Exception) -> None:
        from drivers.ports import DeviceFault

        if isinstance(error, DeviceFault):
            self._complain(error)
        elif self.state.screen is Screen.LABELS or not isinstance(error, DomainError):
            self.counter.refuse(error)

    def _complain(self, fault: DeviceFault) -> None:
        if self.state.screen is Screen.LABELS:
            self.counter.complain(fault.code, fault.sentence(self.counter.language.words))

    def back(self) -> None:
        if self.desk.step is LabelStep.GOODS:
            self.leave()
            return
        self.update(step=LabelStep.GOODS, goods=None, picture=b"", choices=())
        self.counter.update(problem=None, took_for="")

    def leave(self) -> None:
        self.back_to_sale()

    def update(self, **changes: Any) -> None:
        self.counter.update(labelling=replace(self.desk, **changes))


def _maker(goods: LabelGoods, layout: str) -> Callable[[tuple[int, int]], Label]:
    return lambda size: label_of(goods, layout, size)
