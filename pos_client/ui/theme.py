"""One look for all screens: sizes, fonts, the style sheet. Widgets that paint themselves read the same tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from string import Template

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont

from pos_client.ui.palette import Palette

CAPTION, BODY, TITLE, LARGE, HUGE, TOTAL = 14, 16, 20, 28, 40, 64
GAP = 8
MARGIN = 12
RADIUS = 8
TOUCH = 44
MAIN_KEY = 64
_ROOMY_WIDTH, _ROOMY_HEIGHT = 1_800, 1_000
_ROOMY = {CAPTION: BODY, BODY: TITLE, TITLE: LARGE}

_SIMPLIFIED = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC")
_TRADITIONAL = ("Noto Sans CJK TC", "Source Han Sans TC", "Microsoft JhengHei UI", "PingFang TC")


@dataclass(frozen=True, slots=True)
class Theme:
    palette: Palette
    language: str = "en"
    roomy: bool = False

    def within(self, size: QSize) -> Theme:
        """Bigger letters where a window has room for them."""
        return replace(self, roomy=size.width() >= _ROOMY_WIDTH and size.height() >= _ROOMY_HEIGHT)

    def pixels(self, size: int) -> int:
        """The size of letters: one step up where the window has the room."""
        return _ROOMY.get(size, size) if self.roomy else size

    @property
    def families(self) -> tuple[str, ...]:
        """The family with the language's own shapes of Chinese characters first, then whatever the system has."""
        first, second = (_TRADITIONAL, _SIMPLIFIED) if self.language == "zh_Hant" else (_SIMPLIFIED, _TRADITIONAL)
        return (*first, *second, "sans-serif")

    def font(self, pixels: int, *, bold: bool = False) -> QFont:
        """Figures are of one width, so that columns of money stand under each other."""
        return _font(self.families, self.pixels(pixels), bold)

    def sheet(self) -> str:
        tokens = {field: getattr(self.palette, field) for field in Palette.__slots__}
        sizes = {"caption": CAPTION, "body": BODY, "title": TITLE, "large": LARGE, "huge": HUGE, "total": TOTAL}
        return Template(_SHEET).substitute(
            tokens,
            **{f"px_{name}": f"{self.pixels(size)}px" for name, size in sizes.items()},
            radius=f"{RADIUS}px",
            families=", ".join(f'"{family}"' for family in self.families),
        )


@lru_cache(maxsize=64)
def _font(families: tuple[str, ...], pixels: int, bold: bool) -> QFont:
    font = QFont(list(families))
    font.setPixelSize(pixels)
    font.setBold(bold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


_SHEET = """
QWidget { color: $text; font-size: $px_body; font-family: $families; }
QMainWindow, QWidget#page { background: $surface; }
QFrame[card="true"] { background: $raised; border: 1px solid $edge; border-radius: $radius; }
QFrame[card="soft"] { background: $sunken; border: 1px solid $edge; border-radius: $radius; }
QFrame[card="success"] { background: $success_soft; border: 1px solid $success; border-radius: $radius; }
QFrame[card="attention"] { background: $attention_soft; border: 1px solid $attention; border-radius: $radius; }
QFrame[card="danger"] { background: $danger_soft; border: 1px solid $danger; border-radius: $radius; }
QFrame[card="member"] { background: $member_soft; border: 1px solid $edge; border-radius: $radius; }
QFrame#status { background: $raised; border: none; border-bottom: 1px solid $edge; }
QFrame#status[offline="true"] { background: $offline_soft; }
QLabel { background: transparent; border: none; }
QLabel[level="caption"] { font-size: $px_caption; }
QLabel[level="title"] { font-size: $px_title; font-weight: bold; }
QLabel[level="large"] { font-size: $px_large; font-weight: bold; }
QLabel[level="huge"] { font-size: $px_huge; font-weight: bold; }
QLabel[level="total"] { font-size: $px_total; font-weight: bold; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="primary"] { color: $primary; }
QLabel[tone="member"] { color: $member; }
QLabel[tone="success"] { color: $success; }
QLabel[tone="attention"] { color: $attention; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="offline"] { color: $offline; }
QLabel[chip="member"] { color: $member; background: $raised; border-radius: 6px;
  padding: 2px 8px; font-weight: bold; }
QLabel[chip="attention"] { color: $attention; background: $attention_soft; border-radius: 6px; padding: 2px 8px; }
QLabel[chip="offline"] { color: $offline; background: $raised; border-radius: 6px;
  padding: 2px 8px; font-weight: bold; }
QLabel[banner="offline"] { color: $offline; background: $offline_soft; }
QLabel[banner="attention"] { color: $attention; background: $attention_soft; }
QLabel[banner="danger"] { color: $danger; background: $danger_soft; }
QLineEdit { background: $raised; color: $text; border: 2px solid $primary; border-radius: $radius; padding: 0 12px;
  font-size: $px_large; selection-background-color: $primary; selection-color: $on_primary; }
QLineEdit[quiet="true"] { background: transparent; border: none; color: transparent; }
QLineEdit[wrong="true"] { border-color: $danger; }
QTableView { background: $raised; border: none; gridline-color: transparent; }
QHeaderView { background: $raised; border: none; }
QHeaderView::section { background: $raised; color: $muted; border: none; border-bottom: 1px solid $edge;
  font-size: $px_caption; padding: 0 8px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 14px; margin: 2px; }
QScrollBar::handle:vertical { background: $edge; border-radius: 5px; min-height: 44px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; height: 0; }
"""
