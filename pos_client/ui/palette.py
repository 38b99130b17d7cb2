"""Colours by meaning, light and dark. Text has a contrast of at least 4.5 : 1 to its ground, totals 7 : 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """``*_soft`` is the ground that goes with a meaning's colour as text; ``on_primary`` is text on ``primary``."""

    name: str
    surface: str
    raised: str
    sunken: str
    edge: str
    text: str
    muted: str
    primary: str
    primary_pressed: str
    on_primary: str
    primary_soft: str
    member: str
    member_soft: str
    success: str
    success_soft: str
    attention: str
    attention_soft: str
    danger: str
    danger_soft: str
    on_danger: str
    offline: str
    offline_soft: str


LIGHT = Palette(
    name="light",
    surface="#eef1f0",
    raised="#ffffff",
    sunken="#f6f8f7",
    edge="#cfd8d6",
    text="#14201e",
    muted="#4a5957",
    primary="#0b5f5c",
    primary_pressed="#084846",
    on_primary="#ffffff",
    primary_soft="#d9ecea",
    member="#6b4700",
    member_soft="#fbefcf",
    success="#0d5226",
    success_soft="#def3e3",
    attention="#6e4300",
    attention_soft="#ffedc9",
    danger="#9b1616",
    danger_soft="#fde4e1",
    on_danger="#ffffff",
    offline="#453f63",
    offline_soft="#e4e0f1",
)

DARK = Palette(
    name="dark",
    surface="#0e1413",
    raised="#18211f",
    sunken="#121a18",
    edge="#34423f",
    text="#eef4f2",
    muted="#a8b8b4",
    primary="#55c7b8",
    primary_pressed="#3aa898",
    on_primary="#04211d",
    primary_soft="#153f3a",
    member="#f2cb6e",
    member_soft="#392d0e",
    success="#86e5a3",
    success_soft="#12351f",
    attention="#ffca70",
    attention_soft="#3b2c0b",
    danger="#ff9f96",
    danger_soft="#431a1b",
    on_danger="#2b0606",
    offline="#cbc3f2",
    offline_soft="#2b2644",
)

THEMES = {"light": LIGHT, "dark": DARK}


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
