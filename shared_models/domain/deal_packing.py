"""Every way to pack pieces into the sets of several deals, cut off where it can't beat the best so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared_models.domain.deal_live import SCALE, Live
from shared_models.domain.deal_piles import Left, Nodes, Taking, single, without
from shared_models.domain.limits import UNLIMITED

MAX_DEPTH = 120


class Packing:
    """``rates`` are by pile what a piece brings at most, nothing if absent. Only savings above ``floor`` count.

    A piece that no set uses goes to the free deal that takes most off it, so a set has to save more than that.
    ``best`` is the best choice found, ``complete`` tells whether every way was looked at.
    """

    def __init__(self, lives: Sequence[Live], left: Left, rates: Mapping[int, int], nodes: Nodes, floor: int) -> None:
        self._free: list[tuple[int, Live | None]] = [(0, None)] * len(left)
        for live in lives:
            for pile, rate in live.rates() if live.free else ():
                off = rate // SCALE
                if off > self._free[pile][0]:
                    self._free[pile] = (off, live)
        lives = [live for live in lives if not live.free]
        self._lives = lives
        self._all = left
        self._left = list(left)
        self._anyhow = [off for off, _ in self._free]
        self._rates = [max(0, rates.get(pile, 0) - off * SCALE) for pile, off in enumerate(self._anyhow)]
        self._nodes = nodes
        wanted = 0
        for live in lives:
            wanted |= live.mask
        self._piles = [pile for pile, count in enumerate(left) if count and wanted >> pile & 1]
        self._raw = [0] * len(lives)
        self._times = [0] * len(lives)
        self._limited = [place for place, live in enumerate(lives) if live.most_times < UNLIMITED]
        self._capped = [place for place, live in enumerate(lives) if live.cap_minor < UNLIMITED]
        self._sets: list[tuple[int, Taking]] = []
        self._seen: dict[tuple[int, ...], int] = {}
        self.floor = floor
        self.best: list[tuple[int, Taking]] | None = None
        self.complete = True

    def run(self) -> None:
        room = sum([self._left[pile] * self._rates[pile] for pile in self._piles])
        self._go(0, room, sum([count * off for count, off in zip(self._left, self._anyhow, strict=True)]), 0)

    def plan(self) -> list[tuple[Live, Taking]]:
        """The best choice, which ``run`` found."""
        takings: dict[Live, Taking] = {}
        left = list(self._all)
        for place, made in self.best or ():
            takings.setdefault(self._lives[place], Taking.nothing()).add(made)
            left = without(left, made)
        for pile, (off, live) in enumerate(self._free):
            if live is not None and (count := left[pile]):
                takings.setdefault(live, Taking.nothing()).add(single(pile, count, off))
        return list(takings.items())

    def _go(self, at: int, room: int, saved: int, depth: int) -> None:
        """``room`` is what the pieces left from the pile at place ``at`` on can still bring at most, scaled."""
        if saved > self.floor:
            self.floor, self.best = saved, list(self._sets)
        if saved + room // SCALE <= self.floor:
            return
        left, piles = self._left, self._piles
        many = len(piles)
        while at < many and not left[piles[at]]:
            at += 1
        if at == many:
            return
        self._nodes.left -= many - at + len(self._lives)
        if self._nodes.left < 0 or depth > MAX_DEPTH:
            self.complete = False
            return
        key: tuple[int, ...] = (at, *[left[pile] for pile in piles[at:]])
        if self._limited:
            key += tuple([self._times[place] for place in self._limited])
        if self._capped:
            key += tuple([min(self._raw[place], self._lives[place].cap_minor) for place in self._capped])
        if self._seen.get(key, -1) >= saved:
            return
        self._seen[key] = saved
        pile = piles[at]
        for place, live in enumerate(self._lives):
            most = live.most_times - self._times[place]
            if most > 0 and live.mask >> pile & 1:
                for made in live.sets_with(pile, left, most, self._nodes):
                    self._with(place, made, at, room, saved, depth)
        self.complete = self.complete and self._nodes.left >= 0
        self._skip(at, room, saved, depth)

    def _with(self, place: int, made: Taking, at: int, room: int, saved: int, depth: int) -> None:
        cap = self._lives[place].cap_minor
        raw, anyhow, rates, left = self._raw[place], self._anyhow, self._rates, self._left
        gained = made.raw_minor
        if raw + gained > cap:
            gained = max(0, cap - raw)
        for used, count in made.used.items():
            gained -= count * anyhow[used]
            room -= count * rates[used]
        if gained <= 0 or saved + gained + room // SCALE <= self.floor:
            return
        for used, count in made.used.items():
            left[used] -= count
        self._raw[place] += made.raw_minor
        self._times[place] += made.times
        self._sets.append((place, made))
        self._go(at, room, saved + gained, depth + 1)
        self._sets.pop()
        self._times[place] -= made.times
        self._raw[place] = raw
        for used, count in made.used.items():
            left[used] += count

    def _skip(self, at: int, room: int, saved: int, depth: int) -> None:
        """The rest of this pile stays as it is."""
        pile = self._piles[at]
        kept, self._left[pile] = self._left[pile], 0
        self._go(at + 1, room - kept * self._rates[pile], saved, depth + 1)
        self._left[pile] = kept
