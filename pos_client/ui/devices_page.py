"""The page of this till's devices: how each is, trying it, and setting it otherwise."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QLabel, QVBoxLayout

from pos_client.presenters.device_words import device_name, remedy, row_name, setting_name, state_word, value_name
from pos_client.presenters.language import Language
from pos_client.presenters.state import CounterState, Device, Devices, DeviceStep, DeviceTrial, ScanShown
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label, restyle
from pos_client.ui.page import DeskPage
from pos_client.ui.panel import KeyList
from pos_client.ui.theme import GAP, TOUCH
from shared_models.domain.text import N_

_ICONS = {
    Device.PRINTER: "printer",
    Device.DRAWER: "drawer",
    Device.SCANNER: "scanner",
    Device.DISPLAY: "display",
    Device.SCALE: "scale",
    Device.LABELS: "label",
}
_TRIAL_ICONS = {
    DeviceTrial.PRINT: "receipt",
    DeviceTrial.OPEN: "drawer",
    DeviceTrial.SHOW: "display",
    DeviceTrial.WEIGH: "scale",
    DeviceTrial.LABEL: "label",
    DeviceTrial.LABELS: "label",
    DeviceTrial.ZERO: "scale",
    DeviceTrial.TARE: "scale",
}


class DevicesPage(DeskPage):
    def build(self) -> None:
        self.inside.setContentsMargins(20, 16, 20, 16)
        self.inside.setSpacing(GAP)
        restyle(self.title, "level", "large")
        self._remedy = label("", "attention", wrap=True, name="device_remedy")
        self._scan = card("soft", "scan_shown")
        scanned = QVBoxLayout(self._scan)
        scanned.setContentsMargins(16, GAP, 16, GAP)
        scanned.setSpacing(0)
        self._code, self._symbology = label("title", wrap=True, name="scan_text"), label("caption", "muted")
        self._symbology.setObjectName("scan_symbology")
        self._meaning = label(wrap=True, name="scan_meaning")
        for widget in (self._code, self._symbology, self._meaning):
            scanned.addWidget(widget)
        self._list = KeyList(self.theme)
        self._leave = Key(self.theme, "back")
        self._leave.setFixedHeight(TOUCH + GAP)
        self._leave.does(lambda: self.entry.field.press("Escape"))
        self.inside.addWidget(self._remedy)
        self.inside.addWidget(self._scan)
        self.inside.addWidget(self._list, 1)
        self.inside.addWidget(self._leave)

    def render_state(self, state: CounterState, language: Language) -> None:
        super().render_state(state, language)
        desk = state.devices
        if desk is None:
            return
        words = language.words
        self._leave.use(self.theme)
        back = N_("Back to the sale") if desk.step is DeviceStep.LIST else N_("Back")
        self._leave.show_as(words(back), hint="Esc", icon="back")
        self._render_head(state, desk, language)
        self._render_scan(desk, language)
        self._render_rows(state, desk, language)

    def _render_head(self, state: CounterState, desk: Devices, language: Language) -> None:
        words, status = language.words, state.status
        one = desk.step is not DeviceStep.LIST
        name = device_name(desk.device, language)
        self.title.setText(name if one else words(N_("Devices")))
        if desk.step is DeviceStep.SETTING:
            self.text.setText(setting_name(desk.setting, language))
        elif desk.step is DeviceStep.REASON:
            self.text.setText(words(N_("A slip with the reason, your name and the time is printed.")))
        elif one:
            place = getattr(desk.settings, desk.device.value, "")
            self.text.setText(state_word(desk.device, place, status, language) if status else "")
        else:
            self.text.setText(words(N_("How they are now. A scan is shown here and not sold.")))
        said = remedy(desk.device, status, language) if one and status is not None else ""
        _speak(self._remedy, said)

    def _render_scan(self, desk: Devices, language: Language) -> None:
        here = desk.step is DeviceStep.DEVICE and desk.device is Device.SCANNER
        waiting = language.words(N_("Scan anything: what was read is shown here and not sold."))
        scan = desk.scan or ScanShown("", "", waiting)
        self._scan.setVisible(here)
        _speak(self._code, _shown(scan.text))
        _speak(self._symbology, scan.symbology)
        _speak(self._meaning, scan.meaning)
        restyle(self._meaning, "tone", "" if scan.known else "attention")

    def _render_rows(self, state: CounterState, desk: Devices, language: Language) -> None:
        rows = self.counter.device_desk.rows()
        self._list.use(self.theme)
        keys = self._list.fill([f"device_{desk.step.value}_{place + 1}" for place in range(len(rows))])
        for place, (key, row) in enumerate(zip(keys, rows, strict=True)):
            below, hint, sign = self._about(row, state, desk, language)
            name = value_name(row, language) if desk.step is DeviceStep.SETTING else row_name(row, language)
            key.show_as(
                f"{place + 1}   {name}", below=below, hint=hint, icon=sign, left=True,
                role="soft" if place == desk.cursor else "plain",
            )  # fmt: skip
            key.does(partial(self.counter.device_desk.pick, place))
        self._list.reveal(desk.cursor)

    def _about(
        self, row: Device | DeviceTrial | str, state: CounterState, desk: Devices, language: Language
    ) -> tuple[str, str, str]:
        """A row's second line, what stands at its right, and its icon."""
        settings = desk.settings
        if isinstance(row, Device):
            place = getattr(settings, row.value, "")
            wrong = state.status is not None and bool(remedy(row, state.status, language))
            hint = state_word(row, place, state.status, language) if state.status is not None else ""
            return value_name(place, language), hint, "attention" if wrong else _ICONS[row]
        if isinstance(row, DeviceTrial):
            return "", "", _TRIAL_ICONS[row]
        if desk.step is DeviceStep.DEVICE:
            return value_name(getattr(settings, row, ""), language), "", ""
        if desk.step is DeviceStep.SETTING:
            what = next((option.what for option in desk.options if option.value == row), "")
            chosen = row == getattr(settings, desk.setting, None)
            return language.words(what), language.words(N_("set now")) if chosen else "", ""
        return "", "", ""


def _speak(widget: QLabel, text: str) -> None:
    widget.setText(text)
    widget.setVisible(bool(text))


def _shown(text: str) -> str:
    """A code as it can be seen: the separator of GS1 fields has no picture of its own."""
    return text.replace("\x1d", "␝")
