"""Facts as the database holds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from shared_models.domain.facts import Fact


def fact_of(row: Row[Any]) -> Fact:
    """Of a row with the columns of table ``fact`` (more are left alone)."""
    return Fact(
        row.id, row.incarnation, row.number, row.hlc, row.kind, row.schema, bytes(row.payload), bytes(row.previous),
        bytes(row.hash), bytes(row.signature),
    )  # fmt: skip
