"""The page of goods' labels: which goods, the label as it will come out, how many."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from pos_client.presenters.label_words import OFFER
from pos_client.presenters.language import Language
from pos_client.presenters.state import CounterState, Labelling, LabelStep
from pos_client.ui.key import Key
from pos_client.ui.labels import card, label, restyle
from pos_client.ui.page import DeskPage
from pos_client.ui.panel import KeyList
from pos_client.ui.theme import GAP, TOUCH
from shared_models.domain.text import N_


class LabelPicture(QLabel):
    """The label on its backing, as large as there is room for; never so large that its dots show."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("label_picture")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._png, self._edge = b"", ""
        self._whole = QPixmap()

    def show_png(self, png: bytes, says: str, edge: str) -> None:
        """``edge``: the colour of the line around it, as the label is as white as what is behind it."""
        self.setAccessibleName(says)
        if (png, edge) != (self._png, self._edge):
            self._png, self._edge = png, edge
            self._whole = QPixmap()
            if png:
                self._whole.loadFromData(png, "PNG")
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            self.clear()
            return
        room = self.contentsRect().size().boundedTo(self._whole.size())
        smooth = Qt.TransformationMode.SmoothTransformation
        shown = self._whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        painter = QPainter(shown)
        painter.setPen(QColor(self._edge))
        painter.drawRect(shown.rect().adjusted(0, 0, -1, -1))
        painter.end()
        self.setPixmap(shown)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, 320)


class LabelsPage(DeskPage):
    def build(self) -> None:
        self.inside.setContentsMargins(20, 16, 20, 16)
        self.inside.setSpacing(GAP)
        restyle(self.title, "level", "large")
        self._doubtful = card("attention", "label_doubt")
        inside = QVBoxLayout(self._doubtful)
        inside.setContentsMargins(16, GAP, 16, GAP)
        self._doubt = label(wrap=True, name="label_doubt_text")
        self._looked = Key(self.theme, "label_looked")
        self._looked.setFixedHeight(TOUCH)
        self._looked.does(lambda: self.entry.field.press("F8"))
        inside.addWidget(self._doubt)
        inside.addWidget(self._looked)
        self._picture = LabelPicture()
        self._list = KeyList(self.theme)
        self._layout = Key(self.theme, "label_layout")
        self._print = Key(self.theme, "label_print", "main")
        self._leave = Key(self.theme, "back")
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for key, stretch in ((self._leave, 2), (self._layout, 3), (self._print, 3)):
            key.setFixedHeight(TOUCH + GAP)
            row.addWidget(key, stretch)
        self._layout.does(lambda: self.entry.field.press("F1"))
        self._print.does(lambda: self.entry.field.submit())
        self._leave.does(lambda: self.entry.field.press("Escape"))
        self.inside.addWidget(self._doubtful)
        self.inside.addWidget(self._picture, 1)
        self.inside.addWidget(self._list, 1)
        self.inside.addStretch(0)
        self.inside.addLayout(row)

    def render_state(self, state: CounterState, language: Language) -> None:
        super().render_state(state, language)
        desk = state.labelling
        if desk is None:
            return
        words = language.words
        label_shown = desk.step is LabelStep.LABEL
        self._render_head(desk, language)
        self._doubtful.setVisible(bool(desk.doubt))
        self._doubt.setText(desk.doubt)
        self._looked.use(self.theme)
        self._looked.show_as(words(N_("I have looked")), hint="F8", icon="good")
        self._picture.setVisible(desk.step is not LabelStep.CHOICES)
        self._picture.show_png(desk.picture if label_shown else b"", self.title.text(), self.theme.palette.muted)
        self._list.setVisible(desk.step is LabelStep.CHOICES)
        self._render_choices(desk, language)
        self._layout.setVisible(label_shown)
        self._print.setVisible(label_shown)
        for key in (self._leave, self._layout, self._print):
            key.use(self.theme)
        other = N_("As a shelf's label") if desk.layout == OFFER else N_("As an offer's label")
        self._layout.show_as(words(other), hint="F1")
        self._layout.setEnabled(desk.goods is not None and desk.goods.member_minor is not None)
        self._print.show_as(words(N_("Print")), hint=words(N_("Enter")), icon="printer")
        back = N_("Back to the sale") if desk.step is LabelStep.GOODS else N_("Back")
        self._leave.show_as(words(back), hint="Esc", icon="back")

    def _render_head(self, desk: Labelling, language: Language) -> None:
        words, goods = language.words, desk.goods
        if goods is None:
            self.title.setText(words(N_("Labels")))
            self.text.setText(words(N_("Of goods in this shop, as they cost now. What is scanned here is not sold.")))
            return
        self.title.setText(goods.name)
        said = [language.money(goods.price_minor, goods.currency)]
        if goods.member_minor is not None:
            said.append(f"{goods.tier_name} {language.money(goods.member_minor, goods.currency)}")
        self.text.setText(" · ".join([*said, *([goods.code] if goods.code else [])]))

    def _render_choices(self, desk: Labelling, language: Language) -> None:
        self._list.use(self.theme)
        choices = desk.choices if desk.step is LabelStep.CHOICES else ()
        keys = self._list.fill([f"label_choice_{place + 1}" for place in range(len(choices))])
        for place, (key, goods) in enumerate(zip(keys, choices, strict=True)):
            price = language.money(goods.price_minor, goods.currency)
            role = "soft" if place == desk.cursor else "plain"
            key.show_as(f"{place + 1}   {goods.name}", below=goods.code, hint=price, left=True, role=role)
            key.does(partial(self.counter.label_desk.pick, place))
        self._list.reveal(desk.cursor)
