"""Edits of profiles, links between members, the welcome gift, and pricing sales again."""

from __future__ import annotations

import base64
import json
import time

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.LargeBinary(16)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CHUNK = 1_000


def upgrade() -> None:
    op.add_column("member", sa.Column("consents", sa.LargeBinary(), nullable=True))
    op.add_column("member", sa.Column("clocks", sa.LargeBinary(), nullable=True))
    op.add_column("member", sa.Column("alias_of", Id, nullable=True))
    op.add_column("member", sa.Column("apart", sa.LargeBinary(), nullable=True))
    op.add_column("member", sa.Column("welcome", Big, nullable=True))
    op.create_index("ix_member_alias_of", "member", ["alias_of"])
    op.add_column("points_lot", sa.Column("earned_by", Id, nullable=True))
    op.create_table(
        "member_link",
        sa.Column("first", Id, primary_key=True),
        sa.Column("second", Id, primary_key=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("linked_ms", Big, nullable=False),
        sa.Column("decided_ms", Big, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index("ix_member_link_second", "member_link", ["second"])
    op.create_index("ix_member_link_state", "member_link", ["state"])
    op.create_table(
        "price_change",
        sa.Column("product_id", sa.String(), primary_key=True),
        sa.Column("at_ms", Big, primary_key=True, autoincrement=False),
        sa.Column("before_minor", Big, nullable=False),
        sa.Column("after_minor", Big, nullable=False),
    )
    op.create_table(
        "repricing",
        sa.Column("incarnation", Id, primary_key=True),
        sa.Column("number", Big, nullable=False),
        sa.Column("judged", Big, nullable=False),
    )
    op.create_table(
        "repricing_finding",
        sa.Column("sale_id", Id, primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("incarnation", Id, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("found_ms", Big, nullable=False),
        sa.Column("told_minor", Big, nullable=False),
        sa.Column("other_minor", Big, nullable=True),
        sa.Column("age_ms", Big, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("repricing_finding_by_kind", "repricing_finding", ["kind", "found_ms"])
    _take_over(op.get_bind())


def _take_over(connection: sa.Connection) -> None:
    """What an older database knows: the consents of its registrations, and no prices of before."""
    if connection.scalar(sa.text("SELECT count(*) FROM product")):
        now = str(int(time.time() * 1000)).encode()
        connection.execute(
            sa.text("INSERT INTO meta (key, value) VALUES ('price_changes_from_ms', :now)"), {"now": now}
        )
    fact = sa.table(
        "fact", sa.column("incarnation"), sa.column("number"), sa.column("kind"), sa.column("state"),
        sa.column("payload"),
    )  # fmt: skip
    member = sa.table("member", sa.column("id", sa.LargeBinary()), sa.column("consents", sa.LargeBinary()))
    place = sa.tuple_(fact.c.incarnation, fact.c.number)
    wanted = sa.select(fact.c.incarnation, fact.c.number, fact.c.payload).where(
        fact.c.kind.in_(("member.registered", "fact.retold")), fact.c.state == "applied"
    )
    last: tuple[bytes, int] | None = None
    while True:
        page = wanted if last is None else wanted.where(place > sa.tuple_(*map(sa.literal, last)))
        rows = connection.execute(page.order_by(fact.c.incarnation, fact.c.number).limit(_CHUNK)).all()
        if not rows:
            return
        last = (bytes(rows[-1][0]), rows[-1][1])
        for *_, payload in rows:
            plain = json.loads(bytes(payload))
            if plain.get("kind") == "member.registered":
                plain = json.loads(base64.b64decode(plain["payload"]))
            if "consents" in plain:
                _take_consents(connection, member, plain)


def _take_consents(connection: sa.Connection, member: sa.TableClause, plain: dict[str, object]) -> None:
    names = plain["consents"]
    assert isinstance(names, list)
    if names:
        consents = json.dumps({name: [True] for name in names}, ensure_ascii=False).encode()
        member_id = bytes.fromhex(str(plain["member_id"]).replace("-", ""))
        connection.execute(
            member.update().where(member.c.id == member_id, member.c.consents.is_(None)).values(consents=consents)
        )
