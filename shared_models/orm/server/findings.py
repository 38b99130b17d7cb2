"""How far jobs have looked at the facts, and what they found."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from shared_models.orm.columns import Big, Id
from shared_models.orm.server.metadata import server

repricing = Table(
    "repricing",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, nullable=False),
    Column("judged", Big, nullable=False),
)
"""Up to which fact a device's sales were priced again, and how many."""

repricing_finding = Table(
    "repricing_finding",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("found_ms", Big, nullable=False),
    Column("told_minor", Big, nullable=False),
    Column("other_minor", Big),
    Column("age_ms", Big),
    Column("detail", Text, nullable=False),
    Index("repricing_finding_by_kind", "kind", "found_ms"),
)
"""kind: arithmetic (the same inputs give another figure), stale_programme, stale_price, unjudged. ``told_minor`` is the
sale's total, ``other_minor`` what it would have been, ``age_ms`` for how long the newer one had been in force."""

watched = Table(
    "watched",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, nullable=False),
)
"""Up to which fact a device's acts were looked at."""

risk_finding = Table(
    "risk_finding",
    server,
    Column("rule", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("last_day", String, primary_key=True),
    Column("found_ms", Big, nullable=False),
)
"""A rule of the programme that was broken in the days up to ``last_day``: each leads to one alert."""
