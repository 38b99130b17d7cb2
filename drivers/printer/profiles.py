"""What a printer model can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from shared_models.domain.receipt import Language

Charset: TypeAlias = Literal["gb18030", "big5"]


class Completion(StrEnum):
    """How the printer tells that everything before has been printed."""

    PROCESS_ID = "process_id"  # GS ( H, function 48
    STATUS = "status"  # GS r 1, which waits its turn in the printer's buffer
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """``width_dots`` is the printable width at 8 dots per millimetre; ``columns`` the letters of font A (12 ×
    24).

    ``charsets``: the Chinese fonts in the printer's ROM; what none of them holds is sent as a picture.
    ``code_pages``: Python codecs for single-byte letters, in order of preference. ``escpos_name``: the model
    in python-escpos' data, which gives the numbers of the code pages. ``drawer_pin``: 2, 5 or None for no
    drawer.
    """

    name: str
    width_dots: int
    columns: int
    charsets: tuple[Charset, ...]
    escpos_name: str
    has_cutter: bool
    drawer_pin: Literal[2, 5] | None
    completion: Completion
    code_pages: tuple[str, ...] = ("cp437", "cp858")

    def charsets_for(self, language: Language) -> tuple[Charset, ...]:
        """The printer's own Chinese fonts, the one whose shapes the language expects first."""
        first = "big5" if language == "zh_Hant" else "gb18030"
        return tuple(sorted(self.charsets, key=lambda charset: charset != first))


def _profile(
    name: str, mm: Literal[58, 80], charsets: tuple[Charset, ...], completion: Completion = Completion.STATUS
) -> PrinterProfile:
    wide = mm == 80
    return PrinterProfile(
        name=name,
        width_dots=576 if wide else 384,
        columns=48 if wide else 32,
        charsets=charsets,
        escpos_name="TM-T20II" if wide else "Sunmi-V2",
        has_cutter=wide,
        drawer_pin=2,
        completion=completion,
    )


PROFILES: Final[dict[str, PrinterProfile]] = {
    profile.name: profile
    for profile in (
        _profile("80mm-gb18030", 80, ("gb18030",)),
        _profile("80mm-big5", 80, ("big5",)),
        _profile("80mm-raster", 80, ()),
        _profile("80mm-epson", 80, (), Completion.PROCESS_ID),
        _profile("58mm-gb18030", 58, ("gb18030",)),
        _profile("58mm-big5", 58, ("big5",)),
        _profile("58mm-raster", 58, ()),
    )
}
