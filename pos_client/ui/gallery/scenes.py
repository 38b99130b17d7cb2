"""All scenes by name: each plays on a stage that has just been set up."""

from __future__ import annotations

from collections.abc import Callable

from pos_client.ui.gallery import devices, members, paying, returning, selling, shift, starting
from pos_client.ui.gallery.stage import Stage

SCENES: dict[str, Callable[[Stage], None]] = {
    scene.__name__: scene
    for area in (starting, selling, members, paying, returning, devices, shift)
    for scene in area.SCENES
}
