"""An executable model of push and paged pull, small enough to be read in one sitting.

Several tills add amounts to members, tell the server and read its feed a page at a time while others go on. The model
keeps beside each row what it is made of, so that it can say what a till ought to show at any moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Own:
    """A till's own fact about one or more rows: a sale may change a member, their stored value and a coupon."""

    number: int
    members: tuple[str, ...]
    amount: int


@dataclass(frozen=True, slots=True)
class Row:
    """A member's row as pulled. ``holds`` is the truth that the real row can't tell: amounts by device."""

    version: int
    total: int
    counted: int
    holds: dict[str, int]


@dataclass(slots=True)
class Server:
    version: int = 0
    heads: Counter[str] = field(default_factory=Counter)
    holds: dict[str, Counter[str]] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def push(self, device: str, facts: list[Own]) -> int:
        """Take what follows the head, skip what is there, stop at a gap. One transaction."""
        for fact in facts:
            if fact.number != self.heads[device] + 1:
                continue
            self.heads[device] = fact.number
            for member in fact.members:
                self.holds.setdefault(member, Counter())[device] += fact.amount
                self.counted[member, device] = fact.number
                self.version += 1
                self.versions[member] = self.version
        return self.heads[device]

    def page(self, device: str, cursor: int, limit: int) -> tuple[dict[str, Row], int]:
        """Rows above the cursor in version order, read in one snapshot, and the device's head at that moment."""
        behind = sorted((version, member) for member, version in self.versions.items() if version > cursor)
        rows = {
            member: Row(
                version,
                sum(self.holds[member].values()),
                self.counted.get((member, device), 0),
                dict(self.holds[member]),
            )
            for version, member in behind[:limit]
        }
        return rows, self.heads[device]


Counting = Callable[["Till", str], int]
"""Up to which own number a till takes a member's row to count."""


@dataclass(slots=True)
class Till:
    name: str
    counting: Counting
    journal: list[Own] = field(default_factory=list)
    acknowledged: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    cursor: int = 0
    page_head: int = 0
    pull_head: int = 0

    def sell(self, amount: int, *members: str) -> None:
        self.journal.append(Own(len(self.journal) + 1, members, amount))

    def push(self, server: Server, batch: int, *, answer_lost: bool) -> None:
        head = server.push(self.name, self.journal[self.acknowledged : self.acknowledged + batch])
        if not answer_lost:
            self.acknowledged = head

    def pull_page(self, server: Server, limit: int) -> None:
        rows, head = server.page(self.name, self.cursor, limit)
        self.rows.update(rows)
        self.page_head = head
        if len(rows) < limit:
            self.pull_head = head
        self.cursor = max((row.version for row in rows.values()), default=self.cursor)

    def shown(self, member: str) -> int:
        row = self.rows.get(member)
        upto = self.counting(self, member)
        own = sum(fact.amount for fact in self.journal if member in fact.members and fact.number > upto)
        return (row.total if row else 0) + own

    def ought_to_show(self, member: str) -> int:
        """All that the row tells of the others, and each own fact once."""
        row = self.rows.get(member)
        others = sum(amount for device, amount in row.holds.items() if device != self.name) if row else 0
        return others + sum(fact.amount for fact in self.journal if member in fact.members)


def per_row(till: Till, member: str) -> int:
    row = till.rows.get(member)
    return row.counted if row else 0


def per_page(till: Till, _member: str) -> int:
    return till.page_head


def per_pull(till: Till, _member: str) -> int:
    return till.pull_head
