"""The files that pages load: our own, and htmx and Plotly out of their installed wheels. Nothing comes from elsewhere.

Each is served under a name with a digest of its content, so that browsers keep it for ever and never show an old one.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

_OWN = ("head_office.css", "head_office.js", "charts.js", "mark.svg")
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_DIGEST_CHARACTERS = 12

_RULES = re.compile(r'\{("X,X div":.*?)\};for\(', re.DOTALL)
_RULE = re.compile(r"""("[^"]*"|Y):("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_GUARD = re.compile(r'document\.getElementById\("([0-9a-f]{64})"\)\)\{var \w+=document\.createElement\("style"\)')


class ChangedPlotly(RuntimeError):
    """An installed Plotly whose style rules are not where we look for them."""


@dataclass(frozen=True)
class Asset:
    """``path`` is relative to the assets' address."""

    path: str
    media_type: str
    body: bytes

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, compresslevel=6, mtime=0)


class Assets:
    """All assets by the path they are served under, and the path by the plain name."""

    def __init__(self) -> None:
        plotly = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
        bundle = plotly.decode()
        self.maps_guard = _maps_guard(bundle)
        own = files(__package__) / "static"
        named = {
            **{name: _read(own / name) for name in _OWN},
            "htmx.js": _read(files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"),
            "plotly.js": plotly,
            "plotly.css": plotly_rules(bundle).encode(),
        }
        assets = {name: _asset(name, body) for name, body in named.items()}
        self._paths = {name: asset.path for name, asset in assets.items()}
        self._by_path = {asset.path: asset for asset in assets.values()}

    def path(self, name: str) -> str:
        return self._paths[name]

    def get(self, path: str) -> Asset | None:
        return self._by_path.get(path)


def plotly_rules(bundle: str) -> str:
    """The style rules that Plotly would put into the page itself, which our content security policy forbids.

    Plotly leaves it if the page links a style sheet with the id ``plotly.js-style-global`` and the class
    ``no-inline-styles``. Raise ``ChangedPlotly`` if the bundle holds no such rules.
    """
    found = _RULES.search(bundle)
    if found is None:
        raise ChangedPlotly("Plotly's style rules were not found. Install the version in locks/run.txt.")
    rules = (
        (selector.strip('"').replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier"), body[1:-1])
        for selector, body in _RULE.findall(found.group(1))
    )
    return "".join(f"{selector}{{{body}}}\n" for selector, body in rules)


def _maps_guard(bundle: str) -> str | None:
    """The id of the style element for maps: the bundle adds none if the page has an element of this id already."""
    found = _GUARD.search(bundle)
    return found.group(1) if found else None


def _read(file: Traversable) -> bytes:
    return file.read_bytes()


def _asset(name: str, body: bytes) -> Asset:
    stem, _, kind = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_CHARACTERS]
    return Asset(f"{stem}.{digest}.{kind}", _TYPES[kind], body)
