"""Pictures to make logos of."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw


def spruce(wide: int = 1_200) -> bytes:
    """A spruce in a ring, dark green on nothing, with wide empty edges."""
    image = Image.new("RGBA", (wide, wide), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    at = wide / 100
    green = (14, 74, 52, 255)
    draw.ellipse((20 * at, 20 * at, 80 * at, 80 * at), outline=green, width=round(4 * at))
    for top, half in ((29, 9), (38, 13), (48, 17)):
        draw.polygon(
            [(50 * at, top * at), ((50 - half) * at, (top + 16) * at), ((50 + half) * at, (top + 16) * at)], green
        )
    draw.rectangle((47 * at, 63 * at, 53 * at, 71 * at), green)
    return _png(image)


def sunset() -> bytes:
    """A picture of greys, as a photograph has them."""
    image = Image.new("L", (600, 300))
    image.putdata([(x + y) * 255 // 900 for y in range(300) for x in range(600)])
    return _png(image)


def blank() -> bytes:
    return _png(Image.new("RGB", (300, 100), "white"))


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
