"""A store's logo: from any picture to dots that every printer has, and back."""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

from shared_models.domain.receipt import LOGO_HEIGHT, LOGO_WIDTH, Logo, check_logo

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_DOTS: Final = 40_000_000
_INK_BELOW: Final = 128
_GREYS: Final = range(64, 192)
_FEW_GREYS: Final = 0.1
"""A drawing's letters and edges have some; a photograph has more, and is dithered."""


class BadLogo(ValueError):
    """The file is no picture that a logo can be made of; the sentence says why."""


def logo_of(data: bytes) -> str:
    """``Logo.png`` of a picture file: without its empty edges, on white, no larger than a logo may be.

    Raise ``BadLogo``.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        picture = Image.open(BytesIO(data))
        if picture.width * picture.height > _MOST_DOTS:
            raise BadLogo(f"The picture has more than {_MOST_DOTS // 1_000_000} million dots. Make it smaller.")
        seen = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        if isinstance(error, BadLogo):
            raise
        raise BadLogo("The file is no picture that can be read. Give a PNG or JPEG.") from error
    grey = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("L")
    ink = ImageOps.invert(grey).point(lambda level: 255 if level > _INK_BELOW else 0).getbbox()
    if ink is None:
        raise BadLogo("The picture is as good as white. Paper can only show what is dark.")
    grey = grey.crop(ink)
    grey.thumbnail((LOGO_WIDTH, LOGO_HEIGHT), Image.Resampling.LANCZOS)
    between = sum(grey.histogram()[_GREYS.start : _GREYS.stop])
    if between > _FEW_GREYS * grey.width * grey.height:
        dots = grey.convert("1")
    else:
        dots = grey.point(lambda level: 0 if level < _INK_BELOW else 255).convert("1", dither=Image.Dither.NONE)
    file = BytesIO()
    dots.save(file, "PNG", optimize=True)
    png = base64.b64encode(file.getvalue()).decode()
    check_logo(png)
    return png


@lru_cache(maxsize=4)
def image(logo: Logo) -> Image | None:
    """Black on white, one bit per dot; ``None`` if the picture is damaged: a receipt comes without it then."""
    from PIL import Image

    try:
        found = Image.open(BytesIO(base64.b64decode(logo.png)))
        if found.width > LOGO_WIDTH or found.height > LOGO_HEIGHT:  # by a second header
            return None
        found.load()
    except (Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    return found.convert("1")


__all__ = ["BadLogo", "image", "logo_of"]
