"""Cash moved beside sales, drawers opened for nothing; sales, returns and loads by their shift."""

from __future__ import annotations

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Id = sa.LargeBinary(16)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_MOVEMENT = (
    "movement_id", "incarnation", "number", "store_id", "lane", "shift_id", "cashier_id", "approver_id",
    "business_date", "moved_ms", "kind", "amount_minor", "reason",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "cash_movement",
        sa.Column("movement_id", Id, primary_key=True),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("shift_id", Id, nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("approver_id", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("moved_ms", Big, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_minor", Big, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("cash_movement_by_shift", "cash_movement", ["shift_id", "moved_ms"])
    op.create_table(
        "drawer_opening",
        sa.Column("opening_id", Id, primary_key=True),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("lane", Big, nullable=False),
        sa.Column("shift_id", Id, nullable=True),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("business_date", sa.String(), nullable=False),
        sa.Column("opened_ms", Big, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("drawer_opening_by_shift", "drawer_opening", ["shift_id", "opened_ms"])
    op.create_index("sale_by_shift", "sale", ["shift_id"])
    op.add_column("sale_return", sa.Column("shift_id", Id, nullable=True))
    op.create_index("ix_sale_return_shift_id", "sale_return", ["shift_id"])
    _say_the_shift_of_returns()
    _note_loads()


def _say_the_shift_of_returns() -> None:
    back = sa.table("sale_return", sa.column("return_id"), sa.column("doc"), sa.column("shift_id"))
    connection = op.get_bind()
    for return_id, doc in connection.execute(sa.select(back.c.return_id, back.c.doc)).all():
        shift = json.loads(bytes(doc)).get("shift_id")
        if shift:
            connection.execute(back.update().where(back.c.return_id == return_id).values(shift_id=UUID(shift).bytes))


def _note_loads() -> None:
    """Cash for stored value that was told before. A load that was told for another journal is left out."""
    fact = sa.table("fact", *map(sa.column, ("incarnation", "number", "hlc", "kind", "payload", "state")))
    movement = sa.table("cash_movement", *map(sa.column, _MOVEMENT))
    connection = op.get_bind()
    found = sa.select(fact).where(fact.c.kind == "stored_value.loaded", fact.c.state == "applied")
    noted = set()
    for row in connection.execute(found).all():
        plain = json.loads(bytes(row.payload))
        paid = [each for each in plain["payments"] if (each["kind"], each["state"]) == ("cash", "captured")]
        amount_minor = sum(each["amount_minor"] for each in paid)
        if amount_minor <= 0 or plain["load_id"] in noted:
            continue
        noted.add(plain["load_id"])
        values = (
            UUID(plain["load_id"]).bytes, row.incarnation, row.number, plain["store_id"], plain["lane"],
            UUID(plain["shift_id"]).bytes, plain["cashier_id"], "", plain["business_date"], row.hlc >> 16, "load",
            amount_minor, "",
        )  # fmt: skip
        connection.execute(movement.insert().values(dict(zip(_MOVEMENT, values, strict=True))))
