"""Properties are about right and wrong, never about speed: no example has a deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tillpoint", deadline=None)
settings.load_profile("tillpoint")
