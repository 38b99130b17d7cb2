"""Pictures of each screen: ``python -m pos_client.ui.gallery --out DIR [--lang …] [--theme …] [--size …]``.

For the manual, for goldens, and to look at after each change. Without options: three languages, light and dark, at
1366 × 768, 1920 × 1080 and 200 %.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pos_client.locale import LANGUAGES
from pos_client.ui.gallery.scenes import SCENES
from pos_client.ui.gallery.stage import Size, Stage
from pos_client.ui.gallery_shop import GalleryTill
from pos_client.ui.palette import THEMES

_SIZES = ("1366x768", "1920x1080", "1366x768@2")


def render(scene: str, language: str, theme: str, size: Size, shop: Path) -> QImage:
    """The picture of one scene in a copy of ``shop``. Needs a running application."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "till"
        shutil.copytree(shop, home)
        stage = Stage(home, language, THEMES[theme], size)
        try:
            SCENES[scene](stage)
            return stage.picture()
        finally:
            stage.close()


def _render_all(chosen: argparse.Namespace, shop: Path) -> int:
    """The number of pictures saved."""
    done = 0
    for size in chosen.size or _SIZES:
        for theme in chosen.theme or sorted(THEMES, reverse=True):
            for language in chosen.lang or LANGUAGES:
                for scene in chosen.scene or SCENES:
                    path = chosen.out / f"{scene}-{language}-{theme}-{size}.png"
                    render(scene, language, theme, Size.parse(size), shop).save(str(path))
                    done += 1
    return done


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pos_client.ui.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--lang", choices=LANGUAGES, action="append", help="default: all")
    parser.add_argument("--theme", choices=sorted(THEMES), action="append", help="default: both")
    parser.add_argument("--size", action="append", help=f"WIDTHxHEIGHT[@SCALE]; default: {', '.join(_SIZES)}")
    parser.add_argument("--scene", choices=sorted(SCENES), action="append", help="default: all")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder)
        GalleryTill(shop).close()
        done = _render_all(chosen, shop)
    sys.stdout.write(f"{done} pictures in {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
