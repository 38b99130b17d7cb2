"""The basket as a ledger: one row per line of the sale, the reasons of a discount under it."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from pos_client.app.views import LineView
from pos_client.presenters.language import Language
from pos_client.presenters.shop_words import reason_sentence
from pos_client.ui.icons import icon
from pos_client.ui.theme import BODY, CAPTION, TITLE, TOUCH, Theme
from shared_models.domain.catalogue import EACH
from shared_models.domain.text import N_

NUMBER, ITEM, QUANTITY, PRICE, AMOUNT = range(5)
_HEADS = (N_("#"), N_("Item"), N_("Quantity"), N_("Price"), N_("Amount"))
_PAD = 8
_SCROLL_BAR = 16
_LEAST = 24
_NARROW = 600
_ICON_ABOVE = 84
_NONE = "–"
_LINE = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex


class BasketModel(QAbstractTableModel):
    """Replaces only the rows that changed, so that a scan into a long basket redraws one row."""

    def __init__(self, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[LineView, ...] = ()
        self.language = language
        self.currency = "CNY"

    def show(self, lines: tuple[LineView, ...], currency: str, language: Language) -> None:
        if language.code != self.language.code or currency != self.currency:
            self.beginResetModel()
            self.lines, self.currency, self.language = lines, currency, language
            self.endResetModel()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(_HEADS) - 1)
            return
        old, new = len(self.lines), len(lines)
        changed = [row for row in range(min(old, new)) if self.lines[row] != lines[row]]
        if new > old:
            self.beginInsertRows(QModelIndex(), old, new - 1)
            self.lines = lines
            self.endInsertRows()
        elif new < old:
            self.beginRemoveRows(QModelIndex(), new, old - 1)
            self.lines = lines
            self.endRemoveRows()
        else:
            self.lines = lines
        for row in changed:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(_HEADS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        return 0 if parent.isValid() else len(_HEADS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == _LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(line, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == ITEM:
            return line.name
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.language.words(_HEADS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == ITEM else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def text(self, line: LineView, column: int) -> str:
        """``gross`` stands in the row; what is taken off stands under it."""
        match column:
            case 0:
                return str(line.number)
            case 1:
                return line.name
            case 2:
                unit = "" if line.unit == EACH else f" {self.language.unit(line.unit)}"
                return f"{_NONE if line.unweighed else self.language.quantity(line.quantity_milli)}{unit}"
            case 3:
                return self.language.money(line.unit_price_minor, self.currency)
            case _ if line.unweighed:
                return _NONE
            case _:
                return self.language.money(line.gross_minor, self.currency)

    def reasons(self, line: LineView) -> list[tuple[str, str]]:
        """Each reason and what it takes off; how it stands with the weight; the note."""
        found = [
            (
                reason_sentence(reason, self.currency, self.language),
                self.language.money(reason.amount_minor, self.currency),
            )
            for reason in line.reasons
        ]
        if line.weighed:
            found.append((self.language.words(N_("Weighed by the till's scale")), ""))
        if line.unweighed:
            found.append((self.language.words(N_("Not weighed yet")), ""))
        if line.past is not None:
            said = self.language.words(N_("Best before {day}: that has passed"))
            found.append((said.format(day=line.past), ""))
        return [*found, (line.note, "")] if line.note else found


class BasketView(QTableView):
    """Shows the selected line with a bar at its left. A touch selects; the focus stays in the entry field."""

    touched = Signal(int)

    def __init__(self, model: BasketModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("basket")
        self.theme = theme
        self.selected: int | None = None
        self.empty_text = ("", "")
        self.faded = False
        self._lines = model
        self.setModel(model)
        self.setItemDelegate(_LineDelegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(TOUCH)
        head = self.horizontalHeader()
        head.setMinimumSectionSize(_LEAST)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionsClickable(False)
        head.setFixedHeight(32)

    def render_lines(
        self, lines: tuple[LineView, ...], currency: str, language: Language, selected: int | None, theme: Theme
    ) -> None:
        before = self._lines.lines
        if theme != self.theme:
            self.theme = theme
            self.horizontalHeader().setFixedHeight(theme.pixels(CAPTION) + 18)
            self._fit_columns()
            self.viewport().update()
            before = ()
        self._lines.show(lines, currency, language)
        shown = selected if any(line.line_id == selected for line in lines) else (lines[-1].line_id if lines else None)
        moved = shown != self.selected or lines != before
        self._draw_row_again()
        self.selected = shown
        if lines != before:
            self._fit_rows(changed_from=before)
        if moved:
            self._show_selected()
        self._draw_row_again()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Takes what is left over: above other things, a layout would keep the whole hint free for it."""
        return self.minimumSizeHint()

    def fade(self, faded: bool) -> None:
        """Show no selection while keys don't act on lines."""
        if faded != self.faded:
            self.faded = faded
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        row = self.rowAt(int(event.position().y()))
        if 0 <= row < len(self._lines.lines):
            self.touched.emit(self._lines.lines[row].line_id)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_columns()
        self._fit_rows(changed_from=())
        self._show_selected()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self._paint_chosen()
        super().paintEvent(event)
        if self._lines.lines or not self.empty_text[0]:
            return
        painter = QPainter(self.viewport())
        palette = self.theme.palette
        area = self.viewport().rect()
        middle = area.center()
        if middle.y() >= _ICON_ABOVE:
            painter.drawPixmap(middle.x() - 24, middle.y() - _ICON_ABOVE, icon("scanner", palette.primary, 48))
        painter.setPen(QColor(palette.text))
        painter.setFont(self.theme.font(TITLE, bold=True))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(QRect(area.left() + 24, middle.y() - 20, area.width() - 48, 64), flags, self.empty_text[0])
        painter.setPen(QColor(palette.muted))
        painter.setFont(self.theme.font(BODY))
        painter.drawText(QRect(area.left() + 24, middle.y() + 20, area.width() - 48, 96), flags, self.empty_text[1])
        painter.end()

    def _show_selected(self) -> None:
        row = self._selected_row()
        if row is not None:
            self.updateGeometries()
            self.scrollTo(self._lines.index(row, 0))

    def _draw_row_again(self) -> None:
        """The selected row only: a long basket is not drawn anew for each scan."""
        row = self._selected_row()
        if row is not None:
            high = self.rowHeight(row)
            self.viewport().update(0, self.rowViewportPosition(row), self.viewport().width(), high)

    def _selected_row(self) -> int | None:
        return next((row for row, line in enumerate(self._lines.lines) if line.line_id == self.selected), None)

    def _paint_chosen(self) -> None:
        """The ground of the selected line, from edge to edge."""
        row = self._selected_row()
        if row is not None and not self.faded:
            painter = QPainter(self.viewport())
            area = QRect(0, self.rowViewportPosition(row), self.viewport().width(), self.rowHeight(row))
            painter.fillRect(area, QColor(self.theme.palette.primary_soft))
            painter.end()

    def line_height(self, line: LineView) -> int:
        """A touch high, more for a name of two lines and for each reason."""
        metrics = QFontMetrics(self.theme.font(BODY))
        width = max(40, self.columnWidth(ITEM) - 2 * _PAD)
        rows = 2 if metrics.horizontalAdvance(line.name) > width else 1
        return max(TOUCH, rows * metrics.height() + 16) + self.reason_height * _below(line)

    @property
    def reason_height(self) -> int:
        return QFontMetrics(self.theme.font(CAPTION)).height() + 2

    def _fit_columns(self) -> None:
        wide = self.width() - _SCROLL_BAR
        if self.theme.roomy:
            figures = {NUMBER: 56, QUANTITY: 128, PRICE: 136, AMOUNT: 156}
        elif wide < _NARROW:
            figures = {NUMBER: 36, QUANTITY: 100, PRICE: 88, AMOUNT: 104}
        else:
            figures = {NUMBER: 44, QUANTITY: 96, PRICE: 104, AMOUNT: 124}
        for column, width in figures.items():
            self.setColumnWidth(column, width)
        self.setColumnWidth(ITEM, max(120, wide - sum(figures.values())))

    def _fit_rows(self, changed_from: tuple[LineView, ...]) -> None:
        for row, line in enumerate(self._lines.lines):
            if row >= len(changed_from) or changed_from[row] != line:
                self.setRowHeight(row, self.line_height(line))


class _LineDelegate(QStyledItemDelegate):
    def __init__(self, view: BasketView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, view = self._view.model(), self._view
        assert isinstance(model, BasketModel)
        line = model.lines[index.row()]
        theme, palette, column = view.theme, view.theme.palette, index.column()
        area: QRect = option.rect
        chosen = line.line_id == view.selected and not view.faded
        painter.save()
        if chosen and column == NUMBER:
            painter.fillRect(QRect(area.left(), area.top(), 4, area.height()), QColor(palette.primary))
        painter.setPen(QColor(palette.edge))
        painter.drawLine(area.left(), area.bottom(), area.right(), area.bottom())
        inner = area.adjusted(_PAD, 0, -_PAD, 0)
        reasons = model.reasons(line) if column in (ITEM, AMOUNT) else []
        main = QRect(inner.left(), inner.top(), inner.width(), area.height() - view.reason_height * _below(line))
        painter.setFont(theme.font(BODY, bold=column == AMOUNT))
        quiet = column in (NUMBER, PRICE) and not chosen
        painter.setPen(QColor(palette.muted if quiet else palette.text))
        side = Qt.AlignmentFlag.AlignLeft if column == ITEM else Qt.AlignmentFlag.AlignRight
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(main, int(flags), _two_lines(model.text(line, column), theme, main))
        painter.setFont(theme.font(CAPTION))
        rest = palette.attention if line.unweighed or line.past is not None else palette.muted
        if column == ITEM:
            inner.setRight(area.right() + view.columnWidth(QUANTITY) + view.columnWidth(PRICE) - _PAD)
        for place, texts in enumerate(reasons):
            top = main.bottom() - 5 + place * view.reason_height
            painter.setPen(QColor(palette.success if place < len(line.reasons) else rest))
            box = QRect(inner.left(), top, inner.width(), view.reason_height)
            painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), texts[0 if column == ITEM else 1])
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(TOUCH, TOUCH)


def _below(line: LineView) -> int:
    """How many small rows stand under the line."""
    return len(line.reasons) + line.weighed + line.unweighed + (line.past is not None) + bool(line.note)


def _two_lines(text: str, theme: Theme, box: QRect) -> str:
    """``text``, ended by an ellipsis if it needs a third line."""
    metrics = QFontMetrics(theme.font(BODY))
    flags = int(Qt.TextFlag.TextWordWrap)
    while len(text) > 1 and metrics.boundingRect(box, flags, text).height() > 2 * metrics.height() + 1:
        text = text[:-2] + "…"
    return text
