"""The till's devices: how each is, trying it, and setting it otherwise (TILL-8, TILL-9).

Everybody who is signed in may look and try; setting a device and opening the drawer are a manager's. A scan on these
screens is shown, and never sold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pos_client.app.views import Notice
from pos_client.presenters.device_words import SETTINGS_OF, place_of, size_of, symbology_name
from pos_client.presenters.operations import Operations, Scale
from pos_client.presenters.part import DeskPart
from pos_client.presenters.shop_words import notice_sentence
from pos_client.presenters.state import Device, Devices, DeviceStep, DeviceTrial, ScanShown, Screen, Sound
from shared_models.domain.cash_drawer import NO_SALE_REASONS
from shared_models.domain.errors import DomainError
from shared_models.domain.goods_code import FNC1
from shared_models.domain.text import N_

if TYPE_CHECKING:
    from drivers.printer.device import PrintOutcome
    from pos_client.hardware.equipment import Equipment, Option
    from pos_client.presenters.counter import Counter
    from pos_client.settings import Settings

_NO_PLACE = N_("A device can't be there. Choose from the list, or type a printer's address, such as 192.168.1.50.")
_NO_SIZE = N_("That is no size of a label. Type width and height in mm, such as 50x30.")
_NO_SCALE = N_("No scale is set. Choose where it is first.")
_NO_DISPLAY = N_("No display is set. Choose where it is first.")
_ALONE = N_("This till's devices can't be reached from here.")
_TRIALS = {
    Device.PRINTER: (DeviceTrial.PRINT,),
    Device.DRAWER: (DeviceTrial.OPEN,),
    Device.SCANNER: (),
    Device.DISPLAY: (DeviceTrial.SHOW,),
    Device.SCALE: (DeviceTrial.WEIGH,),
    Device.LABELS: (DeviceTrial.LABELS, DeviceTrial.LABEL),
}
_WITH_ADDRESSES = ("printer", "label_printer")
_MOST_DIGITS = 2
_SIZE = "label_size"

Weighed = Callable[[int, str], None]
Failed = Callable[[Notice], None]


class DeviceDesk(DeskPart):
    """``fit`` gives it the till's devices once the till is open."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self._equipment: Equipment | None = None
        self._operations: Operations | None = None
        self._trying = False

    def fit(self, equipment: Equipment, operations: Operations) -> None:
        """``operations`` run on the thread of ``equipment``."""
        self._equipment, self._operations = equipment, operations
        self.counter.label_desk.fit(equipment, operations)

    @property
    def busy(self) -> bool:
        """Whether a device still owes an answer."""
        return self._trying

    @property
    def desk(self) -> Devices:
        return self.state.devices or Devices()

    @property
    def cursor(self) -> int:
        return self.desk.cursor

    def begin(self) -> None:
        equipment = self._equipment
        if equipment is None:
            self.counter.complain("no_devices", self.words(_ALONE))
            return
        self.counter.show(Screen.DEVICES, devices=Devices(settings=equipment.settings))

    # what can be chosen

    def rows(self) -> tuple[Device | DeviceTrial | str, ...]:
        """What the list shows, from the top: devices; what can be done with one; values of a setting; reasons."""
        desk = self.desk
        match desk.step:
            case DeviceStep.LIST:
                return tuple(Device)
            case DeviceStep.DEVICE:
                return (*_TRIALS[desk.device], *self._settings_of(desk.device), *self._commands_of(desk.device))
            case DeviceStep.SETTING:
                return tuple(option.value for option in desk.options)
            case DeviceStep.REASON:
                return tuple(NO_SALE_REASONS)

    def _commands_of(self, device: Device) -> tuple[DeviceTrial, ...]:
        """An 8217 is set to zero and takes a tare by command; other scales have keys for it."""
        settings = self.desk.settings
        is_8217 = settings is not None and settings.scale != "none" and settings.scale_protocol == "8217"
        return (DeviceTrial.ZERO, DeviceTrial.TARE) if device is Device.SCALE and is_8217 else ()

    def _settings_of(self, device: Device) -> tuple[str, ...]:
        settings = self.desk.settings
        of_8217 = settings is not None and settings.scale_protocol == "8217"
        return tuple(name for name in SETTINGS_OF[device] if name != "scale_unit" or of_8217)

    # what is asked and done

    def prompt(self) -> str:
        match self.desk.step:
            case DeviceStep.LIST:
                return self.words(N_("Which device? Its number, or Enter"))
            case DeviceStep.DEVICE:
                return self.words(N_("What to do? Its number, or Enter"))
            case DeviceStep.SETTING if self.desk.setting in _WITH_ADDRESSES:
                return self.words(N_("Choose, or type a printer's address"))
            case DeviceStep.SETTING if self.desk.setting == _SIZE:
                return self.words(N_("Choose, or type width and height in mm, such as 50x30"))
            case DeviceStep.SETTING:
                return self.words(N_("Choose by number, or Enter"))
            case DeviceStep.REASON:
                return self.words(N_("Why is the drawer opened? Choose, or type"))

    def enter(self, text: str) -> None:
        if not text:
            self.pick(self.desk.cursor)
        elif text.isdecimal() and len(text) <= _MOST_DIGITS:
            self.pick(int(text) - 1)
        elif self.desk.step is DeviceStep.SETTING and self.desk.setting in SETTINGS_OF:
            self._set(self.desk.setting, place_of(text, printer=self.desk.setting in _WITH_ADDRESSES))
        elif self.desk.step is DeviceStep.SETTING and self.desk.setting == _SIZE:
            self._set(_SIZE, size_of(text))
        elif self.desk.step is DeviceStep.REASON:
            self._open_drawer(text)

    def scan(self, text: str) -> None:
        """Shown with what it is to the till."""
        symbology = symbology_name(self.counter.symbology, self.counter.language)
        shown = text.lstrip(FNC1).replace(FNC1, " ")

        def meant(notice: Notice) -> None:
            self._read(ScanShown(shown, symbology, notice_sentence(notice, self.state.currency, self.counter.language)))

        def unknown(error: Exception) -> None:
            if not isinstance(error, DomainError):
                self.counter.refuse(error)
                return
            sentence = error.sentence(self.counter.language.words, self.counter.money)
            self._read(ScanShown(shown, symbology, sentence, known=False))

        self.counter.ask(lambda till: till.meaning_of(text), meant, unknown)

    def _read(self, scan: ScanShown) -> None:
        if self.state.screen is Screen.DEVICES:
            self.update(step=DeviceStep.DEVICE, device=Device.SCANNER, cursor=0, scan=scan)
            self.counter.update(problem=None)
            self.counter.sound(Sound.GOOD if scan.known else Sound.ATTENTION)

    def pick(self, place: int) -> None:
        """A row was chosen."""
        rows = self.rows()
        if not 0 <= place < len(rows):
            return
        self.update(cursor=place)
        match rows[place]:
            case Device() as device:
                self._to(DeviceStep.DEVICE, device=device, scan=None)
            case DeviceTrial() as trial:
                self._try(trial)
            case value if self.desk.step is DeviceStep.DEVICE:
                self._choose(value)
            case value if self.desk.step is DeviceStep.SETTING:
                self._set(self.desk.setting, value)
            case value:
                self._open_drawer(value)

    # trying them

    def _try(self, trial: DeviceTrial) -> None:
        match trial:
            case DeviceTrial.PRINT:
                self._print()
            case DeviceTrial.OPEN:
                self.counter.ask(lambda till: till.check_manager(), lambda _: self._to(DeviceStep.REASON))
            case DeviceTrial.SHOW:
                self._show()
            case DeviceTrial.WEIGH:
                self._weigh(lambda scale, done, failed: scale.weigh(done, failed), N_("It weighs {weight}"))
            case DeviceTrial.ZERO | DeviceTrial.TARE:
                tare = trial is DeviceTrial.TARE
                self._weigh(lambda scale, done, failed: scale.settle(done, failed, tare=tare), N_("It shows {weight}"))
            case DeviceTrial.LABEL:
                self._print_label()
            case DeviceTrial.LABELS:
                self.counter.label_desk.begin()

    def _print(self) -> None:
        def done(result: str) -> None:
            printed = N_("Printed. Look that no figure is cut and that both codes can be scanned.")
            sent = N_("Sent; this printer doesn't say what became of it. Look whether the page came out.")
            self._say(printed if result == "printed" else sent)

        self._ask_devices(lambda equipment: equipment.print_trial().value, done, N_("Printing a test page…"))

    def _print_label(self) -> None:
        def done(outcome: PrintOutcome) -> None:
            if outcome.problem is not None:
                self._refuse(outcome.problem)
                return
            printed = N_("Printed. Look that its frame is whole and lies on one label.")
            sent = N_("Sent; this printer doesn't say what became of it. Look whether the label came out.")
            self._say(printed if outcome.result == "printed" else sent)

        self._ask_devices(lambda equipment: equipment.print_trial_label(), done, N_("Printing a test label…"))

    def _show(self) -> None:
        settings = self.desk.settings
        if settings is None or settings.display == "none":
            self.counter.complain("no_display_set", self.words(_NO_DISPLAY))
            return
        self.update(showing=True)
        self._say(N_("It should read Tillpoint 12.50 and a total of 1,234.50. A display answers nothing: look."))

    def _weigh(self, ask: Callable[[Scale, Weighed, Failed], None], said: str) -> None:
        scale = self.counter.scale
        if scale is None:
            self.counter.complain("no_scale_set", self.words(_NO_SCALE))
            return
        if self._trying:
            return
        self._trying = True
        self.counter.update(took_for=self.words(N_("Weighing…")), problem=None)

        def done(quantity_milli: int, unit: str) -> None:
            self._trying = False
            language = self.counter.language
            weight = f"{language.quantity(quantity_milli)} {language.unit(unit)}"
            self._say(said, weight=weight)

        def failed(why: Notice) -> None:
            self._trying = False
            if self.state.screen is Screen.DEVICES:
                said = notice_sentence(why, self.state.currency, self.counter.language)
                self.counter.complain(why.code, said)

        ask(scale, done, failed)

    def _open_drawer(self, reason: str) -> None:
        def opened(_: None) -> None:
            self._to(DeviceStep.DEVICE)
            self._say(N_("The drawer opens; a slip with the reason is being printed"))

        self.counter.ask(lambda till: till.open_drawer(reason), opened)

    # setting them

    def _choose(self, setting: str) -> None:
        """Show what ``setting`` can be, to a manager."""

        def show(options: tuple[Option, ...]) -> None:
            now = getattr(self.desk.settings, setting, "")
            cursor = next((place for place, option in enumerate(options) if option.value == now), 0)
            self._to(DeviceStep.SETTING, setting=setting, options=options)
            self.update(cursor=cursor)

        def allowed(_: None) -> None:
            self._ask_devices(lambda equipment: equipment.options(setting), show)

        self.counter.ask(lambda till: till.check_manager(), allowed)

    def _set(self, setting: str, value: str) -> None:
        def done(settings: Settings) -> None:
            self._to(DeviceStep.DEVICE, settings=settings)
            self._say(N_("Saved in this till's settings, and in use from now on"))

        def allowed(_: None) -> None:
            self._ask_devices(lambda equipment: equipment.set(setting, value), done)

        self.counter.ask(lambda till: till.check_manager(), allowed)

    def _ask_devices(self, work: Callable[[Equipment], Any], done: Callable[[Any], None], meanwhile: str = "") -> None:
        """Once at a time, on the devices' own thread; what comes back when the screen was left says nothing."""
        if self._equipment is None or self._operations is None or self._trying:
            return
        equipment = self._equipment
        self._trying = True
        self.counter.update(took_for=self.words(meanwhile), problem=None)

        def answered(result: Any) -> None:
            self._trying = False
            if self.state.screen is Screen.DEVICES:
                done(result)

        def failed(error: Exception) -> None:
            self._trying = False
            if self.state.screen is Screen.DEVICES:
                self._refuse(error)

        self._operations.run(lambda: work(equipment), answered, failed)

    def _refuse(self, error: Exception) -> None:
        """A device's fault is no refusal of the shop's rules, but says what to do all the same."""
        from drivers.ports import DeviceFault

        if isinstance(error, DeviceFault):
            self.counter.complain(error.code, error.sentence(self.counter.language.words))
        elif isinstance(error, DomainError) and error.code == "bad_settings" and self.desk.setting in SETTINGS_OF:
            self.counter.complain("no_such_place", self.words(_NO_PLACE))
        elif isinstance(error, DomainError) and error.code == "bad_settings" and self.desk.setting == _SIZE:
            self.counter.complain("no_such_size", self.words(_NO_SIZE))
        else:
            self.counter.refuse(error)

    # moving about

    def _to(self, step: DeviceStep, **changes: Any) -> None:
        self.update(step=step, cursor=0, showing=False, **changes)
        self.counter.update(problem=None, took_for="")

    def _say(self, text: str, **values: str) -> None:
        if self.state.screen is Screen.DEVICES:
            self.counter.update(took_for=self.words(text).format(**values), problem=None)
            self.counter.sound(Sound.GOOD)

    def back(self) -> None:
        match self.desk.step:
            case DeviceStep.LIST:
                self.leave()
            case DeviceStep.DEVICE:
                place = list(Device).index(self.desk.device)
                self._to(DeviceStep.LIST)
                self.update(cursor=place)
            case DeviceStep.SETTING | DeviceStep.REASON:
                self._to(DeviceStep.DEVICE)

    def leave(self) -> None:
        self.counter.update(devices=None)
        self.back_to_sale()

    def update(self, **changes: Any) -> None:
        self.counter.update(devices=replace(self.desk, **changes))
