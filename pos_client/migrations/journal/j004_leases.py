"""What the server lends this till."""

from __future__ import annotations

from alembic import op

revision = "j004"
down_revision = "j002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        'CREATE TABLE lease (id BLOB NOT NULL, kind VARCHAR NOT NULL, "key" VARCHAR NOT NULL,'
        " state VARCHAR NOT NULL, asked INTEGER NOT NULL, sale_id BLOB, doc BLOB, signature BLOB,"
        ' "left" INTEGER NOT NULL, lots BLOB NOT NULL, touched_ms INTEGER NOT NULL, ended_number INTEGER,'
        " PRIMARY KEY (id))"
    )
    op.execute('CREATE INDEX lease_by_state ON lease (state, kind, "key")')
