"""The replica as the first version writes it.

The full-text indexes hold no text (``content=''``): what they find is read from the tables. Their terms are pairs and
triples of neighbouring characters, split beforehand (``shared_models.replica.terms``). SQLite's own trigram tokenizer
finds nothing for two characters, and a second index beside it can't be joined fast enough with the first.
"""

from __future__ import annotations

from alembic import op

revision = "r001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """CREATE TABLE meta ("key" VARCHAR NOT NULL PRIMARY KEY, value BLOB NOT NULL)""",
    """CREATE TABLE product (
        "row" INTEGER NOT NULL PRIMARY KEY, id VARCHAR NOT NULL, version INTEGER NOT NULL, doc BLOB NOT NULL,
        UNIQUE (id))""",
    """CREATE TABLE product_code (
        code VARCHAR NOT NULL, product_id VARCHAR NOT NULL, PRIMARY KEY (code, product_id)) WITHOUT ROWID""",
    "CREATE INDEX ix_product_code_product_id ON product_code (product_id)",
    """CREATE TABLE member (
        "row" INTEGER NOT NULL PRIMARY KEY, id BLOB NOT NULL, version INTEGER NOT NULL, counted INTEGER NOT NULL,
        number VARCHAR NOT NULL, phone_hash BLOB NOT NULL, last4 VARCHAR NOT NULL, phone_reversed VARCHAR,
        doc BLOB NOT NULL, UNIQUE (id))""",
    "CREATE INDEX member_by_number ON member (number)",
    "CREATE INDEX member_by_phone_hash ON member (phone_hash)",
    "CREATE INDEX member_by_last4 ON member (last4)",
    "CREATE INDEX member_by_phone_reversed ON member (phone_reversed)",
    """CREATE TABLE document (
        kind VARCHAR NOT NULL, "key" VARCHAR NOT NULL, version INTEGER NOT NULL, doc BLOB NOT NULL,
        PRIMARY KEY (kind, "key"))""",
    *(
        f"CREATE VIRTUAL TABLE {of}_terms USING fts5("
        "terms, content='', contentless_delete=1, detail=none, tokenize='ascii')"
        for of in ("product", "member")
    ),
    "PRAGMA user_version = 1",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
