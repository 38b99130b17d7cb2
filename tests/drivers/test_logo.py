"""A store's logo: what is made of a picture, and that it comes on every kind of paper as it was made."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from drivers.clock import SystemClock
from drivers.printer import html
from drivers.printer.device import PrinterDevice, PrintResult
from drivers.printer.encoder import encode
from drivers.printer.logo import BadLogo, image, logo_of
from drivers.printer.paper import render
from drivers.printer.pdf import pdf
from drivers.printer.profiles import PROFILES
from drivers.printer.raster import harmless
from drivers.simulators.printer import PrinterSimulator
from drivers.transports.tcp import TcpTransport
from shared_models.domain.letterhead import letterhead
from shared_models.domain.receipt import (
    LOGO_BYTES,
    LOGO_HEIGHT,
    LOGO_WIDTH,
    Cut,
    Document,
    DocumentError,
    Logo,
    Text,
    check_logo,
    is_logo,
)
from shared_models.wire.state import StoreDoc
from tests.drivers import logos
from tests.drivers.papers.shop import STORE

_HEADER_BYTES = 33
"""Of a PNG, up to the end of its header chunk."""


def _opened(png: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(png)))


def test_a_drawing_loses_its_empty_edges_and_stays_sharp() -> None:
    made = _opened(logo_of(logos.spruce()))
    assert (made.mode, made.size) == ("1", (240, 240))
    corner, ring = made.getpixel((3, 3)), made.getpixel((120, 4))
    assert (corner, ring) == (255, 0)
    small = _opened(logo_of(logos.spruce(200)))
    assert small.width == pytest.approx(121, abs=2), "a small picture isn't blown up"


def test_greys_become_a_pattern_of_dots() -> None:
    made = _opened(logo_of(logos.sunset()))
    assert made.width <= LOGO_WIDTH
    middle = made.crop((made.width // 2 - 20, 0, made.width // 2 + 20, made.height))
    assert 0.2 < middle.histogram()[0] / (middle.width * middle.height) < 0.8


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "no picture"), (b"GIF89a", "no picture"), (logos.blank(), "as good as white")]
)
def test_what_is_no_logo_is_said(data: bytes, said: str) -> None:
    with pytest.raises(BadLogo, match=said):
        logo_of(data)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_damaged_file_is_refused_or_read(noise: bytes, at: int) -> None:
    whole = logos.spruce(60)
    try:
        png = logo_of(whole[:at] + noise + whole[at + len(noise) :])
    except BadLogo:
        return
    check_logo(png)


@pytest.mark.parametrize("profile", ["80mm-gb18030", "58mm-raster"])
def test_paper_shows_the_same_dots_in_the_middle(profile: str) -> None:
    logo = Logo(logo_of(logos.spruce()), "Spruce")
    data = encode(Document("receipt", "en", (logo,)), PROFILES[profile])
    (paper,) = render(data, PROFILES[profile].width_dots, strict=True)
    made = image(logo)
    assert made is not None
    paper = paper.convert("L").point(lambda level: 0 if level < 128 else 255)
    ink = ImageChops.invert(paper).getbbox()
    assert ink is not None
    assert ink[0] + ink[2] == pytest.approx(paper.width, abs=2)
    shown = paper.crop(ink)
    assert shown.size == made.size
    assert ImageChops.difference(shown, made.convert("L")).getbbox() is None


def test_page_and_pdf_have_it() -> None:
    png = logo_of(logos.spruce())
    document = Document("receipt", "en", tuple(letterhead(replace(STORE, logo=png), "en")))
    assert f'src="data:image/png;base64,{png}" alt="Spruce Fresh Market"' in html.page(document, "Receipt")
    assert pdf(document).count(b"/Subtype /Image") == 1


def test_a_damaged_logo_costs_nobody_the_receipt() -> None:
    whole = base64.b64decode(logo_of(logos.spruce()))
    torn = Logo(base64.b64encode(whole[:60]).decode(), "Spruce")
    document = Document("receipt", "en", (torn, Text("Total")))
    profile = PROFILES["80mm-gb18030"]
    assert image(torn) is None
    assert b"Total" in encode(document, profile)
    assert pdf(document).count(b"/Subtype /Image") == 0


def _with_second_header(width: int, height: int) -> str:
    """A logo's header before a whole picture of such a size, which begins with its own."""
    header = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x01\0\0\0\0"
    file = BytesIO()
    Image.new("1", (1_000, 1_000)).save(file, "PNG")
    first = base64.b64decode(logo_of(logos.spruce()))[:_HEADER_BYTES]
    second = (len(header) - 4).to_bytes(4) + header + zlib.crc32(header).to_bytes(4)
    return base64.b64encode(first + second + file.getvalue()[_HEADER_BYTES:]).decode()


@pytest.mark.parametrize("dots", [1_000, 60_000])
def test_a_second_header_makes_a_logo_no_larger(dots: int) -> None:
    png = _with_second_header(dots, dots)
    assert is_logo(png)
    assert image(Logo(png, "")) is None


def test_only_what_printers_have_is_a_logo() -> None:
    grey, wide = BytesIO(), BytesIO()
    Image.new("L", (10, 10)).save(grey, "PNG")
    Image.new("1", (LOGO_WIDTH + 1, LOGO_HEIGHT)).save(wide, "PNG")
    for data in (b"", b"\x89PNG", grey.getvalue(), wide.getvalue()):
        png = base64.b64encode(data).decode()
        assert not is_logo(png)
        with pytest.raises(DocumentError):
            Logo(png, "")
    assert not is_logo("not base64!")
    assert not is_logo(logo_of(logos.spruce()) + "A" * LOGO_BYTES * 2)


def test_a_store_whose_logo_cant_be_printed_prints_its_name() -> None:
    doc = StoreDoc(id="S1", names={"en": "Spruce"}, address=[], currency="CNY", timezone="Asia/Shanghai", logo="?")
    assert list(letterhead(doc.info(), "en")) == list(letterhead(replace(doc.info(), logo=""), "en"))


_COMMANDS_IN_DOTS = (b"\x10\x14\x01\x00\x05", b"\x10\x14\x01\x01\x08", b"\x10\x04\x01\x00\x00", b"\x10\x05\x02\x00\x00")


def test_no_dots_of_a_logo_open_the_drawer() -> None:
    """A printer obeys DLE DC4 amid a picture: with such a logo every copy and every report opened the drawer."""
    dots = Image.frombytes("1", (40, 4), b"".join(_COMMANDS_IN_DOTS))
    file = BytesIO()
    ImageChops.invert(dots.convert("L")).convert("1").save(file, "PNG")
    logo = Logo(base64.b64encode(file.getvalue()).decode(), "A logo")
    job = encode(Document("copy", "en", (logo, Text("COPY"), Cut())), PROFILES["80mm-gb18030"])
    assert b"\x18\x14\x01\x00\x05\x18\x14\x01\x01\x08\x18\x04\x01\x00\x00\x18\x05\x02\x00\x00" in job
    with PrinterSimulator() as printer:
        device = PrinterDevice(TcpTransport(printer.host, printer.port), PROFILES["80mm-gb18030"], SystemClock())
        assert device.print(job).result is PrintResult.PRINTED
        assert printer.drawer_pulses == 0


@given(st.binary(max_size=64).map(lambda dots: dots.replace(b"\x00", b"\x10")))
def test_what_looks_like_a_command_gets_one_dot_more(dots: bytes) -> None:
    made = harmless(dots)
    assert len(made) == len(dots)
    assert not any(command in made for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))
    assert {(before, after) for before, after in zip(dots, made, strict=True) if before != after} <= {(0x10, 0x18)}
