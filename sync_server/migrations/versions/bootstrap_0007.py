"""Snapshots for new tills, and the members' ordinals that segments are made of.

The rows of members get their ordinal and move forward: tills fetch them once more, as a snapshot if there are many.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

from shared_models.orm.columns import Big, Id

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

_ORDINALS = """
    UPDATE member SET ordinal = placed.place
    FROM (SELECT id, row_number() OVER (ORDER BY registered_on, id) AS place FROM member) AS placed
    WHERE placed.id = member.id"""
_ROWS = """
    UPDATE feed SET version = moved.version, doc = moved.doc
    FROM (
        SELECT f.key, l.version + row_number() OVER (ORDER BY f.version) AS version,
            {doc} AS doc
        FROM feed AS f JOIN member AS m ON m.id = f.member_id
            CROSS JOIN (SELECT coalesce(max(last_version), 0) AS version FROM feed_commit) AS l
        WHERE f.kind = 'member' AND NOT f.deleted
    ) AS moved
    WHERE feed.kind = 'member' AND feed.key = moved.key"""
_DOC = {
    "sqlite": "CAST('{\"ordinal\":' || m.ordinal || ',' || substr(CAST(f.doc AS TEXT), 2) AS BLOB)",
    "postgresql": "convert_to('{\"ordinal\":' || m.ordinal || ',', 'UTF8') || substr(f.doc, 2)",
}


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("epoch", Big, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("size", Big, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("built_ms", Big, nullable=False),
        sa.Column("asked_ms", Big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_snapshot_store_id", "snapshot", ["store_id"], unique=False)
    with op.batch_alter_table("member") as table:
        table.add_column(sa.Column("ordinal", Big, nullable=True))
        table.create_unique_constraint("member_ordinal_key", ["ordinal"])
    connection = op.get_bind()
    connection.exec_driver_sql(_ORDINALS)
    connection.exec_driver_sql(_ROWS.format(doc=_DOC[connection.dialect.name]))
    newest, told = connection.exec_driver_sql(
        "SELECT coalesce(max(version), 0), (SELECT coalesce(max(last_version), 0) FROM feed_commit) FROM feed"
    ).one()
    if newest > told:
        commits = sa.table("feed_commit", sa.column("last_version"), sa.column("tag", sa.LargeBinary()))
        connection.execute(commits.insert().values(last_version=newest, tag=os.urandom(8)))
