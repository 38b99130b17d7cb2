"""What one till's screen shows: one frozen value, replaced as a whole at each change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pos_client.app.labels import LabelGoods
from pos_client.app.views import (
    CashDeskView,
    Confirmed,
    MemberHit,
    Moved,
    ProductHit,
    QuickKeys,
    Redeemed,
    Returned,
    ReturnView,
    RewardsView,
    SaleView,
    ShiftClosedView,
    ShiftView,
    Source,
    StaffView,
    Status,
    TenderView,
)
from shared_models.domain.cash_drawer import MovementKind

if TYPE_CHECKING:
    from pos_client.hardware.equipment import Option
    from pos_client.settings import Settings


class Screen(StrEnum):
    STARTING = "starting"
    ENROL = "enrol"
    TROUBLE = "trouble"
    SIGN_IN = "sign_in"
    SHIFT_OPEN = "shift_open"
    SALE = "sale"
    QUANTITY = "quantity"
    CHOICES = "choices"
    MEMBER = "member"
    REGISTER = "register"
    EDIT = "edit"
    MORE = "more"
    VOID = "void"
    DOUBT = "doubt"
    RENEW = "renew"
    WALLET = "wallet"
    RETURN = "return"
    REWARDS = "rewards"
    CASH = "cash"
    DEVICES = "devices"
    LABELS = "labels"
    TENDER = "tender"
    CHANGE = "change"
    SHIFT_CLOSE = "shift_close"
    SHIFT_CLOSED = "shift_closed"


AT_THE_COUNTER = frozenset(
    {
        Screen.SALE,
        Screen.QUANTITY,
        Screen.CHOICES,
        Screen.MEMBER,
        Screen.REGISTER,
        Screen.EDIT,
        Screen.MORE,
        Screen.VOID,
        Screen.DOUBT,
        Screen.WALLET,
        Screen.RETURN,
        Screen.REWARDS,
        Screen.TENDER,
        Screen.CHANGE,
    }
)
"""The screens with the basket; on all of them a scan is taken."""


class Command(StrEnum):
    """What a key or a button does. Each has one key, the same on every screen."""

    OWN = "own"  # what else the screen is good for
    BACK = "back"
    UP = "up"
    DOWN = "down"
    MEMBER = "member"
    REGISTER = "register"
    QUANTITY = "quantity"
    MORE = "more"
    POINTS = "points"
    VOID = "void"
    REMOVE = "remove"
    CLOSE_SHIFT = "close_shift"
    LOCK = "lock"
    REPRINT = "reprint"
    PAY = "pay"


KEYS: dict[str, Command] = {
    "Escape": Command.BACK,
    "Up": Command.UP,
    "Down": Command.DOWN,
    "F1": Command.OWN,
    "F2": Command.MEMBER,
    "F3": Command.REGISTER,
    "F4": Command.QUANTITY,
    "F5": Command.MORE,
    "F6": Command.POINTS,
    "F7": Command.VOID,
    "F8": Command.REMOVE,
    "F9": Command.CLOSE_SHIFT,
    "F10": Command.LOCK,
    "F11": Command.REPRINT,
    "F12": Command.PAY,
}


class Sound(StrEnum):
    GOOD = "good"
    ATTENTION = "attention"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Act:
    """The one thing to do about a problem: a button with ``label``."""

    command: Command
    label: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands under the entry field. ``sentence`` is in the cashier's language."""

    code: str
    sentence: str
    act: Act


@dataclass(frozen=True, slots=True)
class Choices:
    """Two or more meanings of ``asked``, which came from ``source``; the one at ``cursor`` is taken by Enter, products
    come before members."""

    asked: str
    products: tuple[ProductHit, ...] = ()
    members: tuple[MemberHit, ...] = ()
    cursor: int = 0
    source: Source = Source.KEYED

    def __len__(self) -> int:
        return len(self.products) + len(self.members)


class Step(StrEnum):
    """The fields of a registration, in the order they are asked for."""

    PHONE = "phone"
    NAME = "name"
    BIRTHDAY = "birthday"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Registration:
    """What was typed so far. Joining takes consent to the notice; ``marketing`` is a choice of its own. Of an edit:
    what is to change, empty for what stays."""

    step: Step = Step.PHONE
    phone: str = ""
    name: str = ""
    birthday: str = ""
    marketing: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """``server_url`` once it was given; then the one-time code is asked for."""

    server_url: str = ""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the till can't start: a sentence that says what to do. ``renewable``: setting it up anew ends it."""

    code: str
    sentence: str
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class Renewal:
    """Setting the till up anew. ``started`` says whether it works or stands before its start."""

    started: bool
    waiting: bool = False


RENEWAL_ENDS = frozenset({"redeeming_stopped", "redeeming_unknown", "clock_ahead"})
"""The notices that tell of F1 at the sign-in."""


class ReturnStep(StrEnum):
    """FIND the receipt, choose the GOODS and the REASON, have somebody APPROVE it; DONE: give the money back."""

    FIND = "find"
    GOODS = "goods"
    REASON = "reason"
    APPROVE = "approve"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class GivingBack:
    """A return as far as it has come. ``line`` is the receipt's line that keys act on; ``cursor`` walks the reasons,
    then who can approve it."""

    step: ReturnStep = ReturnStep.FIND
    view: ReturnView | None = None
    line: int = 0
    cursor: int = 0
    reason: str = ""
    done: Returned | None = None


class RewardStep(StrEnum):
    """Choose of the LIST, then how many UNITS; DONE: hand it over."""

    LIST = "list"
    UNITS = "units"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Rewarding:
    """Rewards as far as they have come; ``cursor`` walks the list."""

    step: RewardStep = RewardStep.LIST
    view: RewardsView | None = None
    cursor: int = 0
    done: Redeemed | None = None


class CashStep(StrEnum):
    """Which KIND of movement, the AMOUNT, the REASON, who has to APPROVE it; DONE: the drawer opens."""

    KIND = "kind"
    AMOUNT = "amount"
    REASON = "reason"
    APPROVE = "approve"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class MovingCash:
    """Cash beside sales as far as it has come; ``cursor`` walks the kinds, the reasons, then who can approve it."""

    step: CashStep = CashStep.KIND
    view: CashDeskView | None = None
    kind: MovementKind = MovementKind.PAID_IN
    amount_minor: int = 0
    reason: str = ""
    cursor: int = 0
    done: Moved | None = None


class Device(StrEnum):
    """In the order in which they are shown. Each is named like its setting of where it is."""

    PRINTER = "printer"
    DRAWER = "drawer"
    SCANNER = "scanner"
    DISPLAY = "display"
    SCALE = "scale"
    LABELS = "label_printer"


class DeviceTrial(StrEnum):
    PRINT = "print"
    OPEN = "open"
    SHOW = "show"
    WEIGH = "weigh"
    LABEL = "label"
    LABELS = "labels"
    ZERO = "zero"
    TARE = "tare"


class DeviceStep(StrEnum):
    """Choose of the LIST; what to do with the DEVICE; the value of a SETTING; the REASON to open the drawer."""

    LIST = "list"
    DEVICE = "device"
    SETTING = "setting"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class ScanShown:
    """A scan that was only tried: what was read, in which symbology, and what that is to the till."""

    text: str
    symbology: str
    meaning: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices' screen as far as it has come; ``cursor`` walks the rows. ``options`` are the values of ``setting``.
    ``showing``: the pole display shows the text it is tried with."""

    step: DeviceStep = DeviceStep.LIST
    device: Device = Device.PRINTER
    setting: str = ""
    options: tuple[Option, ...] = ()
    cursor: int = 0
    settings: Settings | None = None
    scan: ScanShown | None = None
    showing: bool = False


class LabelStep(StrEnum):
    """Which GOODS; one of several in CHOICES; the LABEL itself, and how many."""

    GOODS = "goods"
    CHOICES = "choices"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Labelling:
    """Labels as far as they have come. ``choices`` are what was entered could mean, ``cursor`` walks them; ``picture``
    is the label of ``goods`` as a PNG, empty until it is drawn. ``doubt`` says what may have come out, or may still,
    until somebody has looked."""

    step: LabelStep = LabelStep.GOODS
    choices: tuple[LabelGoods, ...] = ()
    cursor: int = 0
    goods: LabelGoods | None = None
    layout: str = "shelf"
    picture: bytes = b""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class CounterState:
    """``took_for`` says what the last entry was taken for.

    ``selected`` is the line that keys act on, ``None`` for the last one. ``chosen`` is who is about to type the PIN;
    ``cursor`` walks a list of staff, members or coupons. ``loading_minor`` is the stored value that cash is
    awaited for.
    """

    language: str
    screen: Screen = Screen.STARTING
    problem: Problem | None = None
    took_for: str = ""
    staff: tuple[StaffView, ...] = ()
    chosen: StaffView | None = None
    cursor: int = 0
    shift: ShiftView | None = None
    closed: ShiftClosedView | None = None
    sale: SaleView | None = None
    selected: int | None = None
    choices: Choices | None = None
    found: tuple[MemberHit, ...] = ()
    registration: Registration | None = None
    edit: Registration | None = None
    tender: TenderView | None = None
    loading_minor: int | None = None
    change: Confirmed | None = None
    giving_back: GivingBack | None = None
    rewarding: Rewarding | None = None
    moving: MovingCash | None = None
    devices: Devices | None = None
    labelling: Labelling | None = None
    quick_keys: tuple[QuickKeys, ...] = ()
    status: Status | None = None
    enrolment: Enrolment | None = None
    trouble: Trouble | None = None
    renewal: Renewal | None = None

    @property
    def asks_for_renewal(self) -> bool:
        """Whether the till says that it must be set up anew, or that somebody has to look at its clock."""
        status = self.status
        if status is None:
            return False
        told = [*status.limits, *([status.problem] if status.problem else [])]
        return any(notice.code in RENEWAL_ENDS for notice in told)

    @property
    def currency(self) -> str:
        """The store's currency; before the first contact the programme's default."""
        for known in (self.tender, self.sale, self.status):
            if known is not None and known.currency:
                return known.currency
        return "CNY"
