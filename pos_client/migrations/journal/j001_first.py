"""The journal as the first version writes it."""

from __future__ import annotations

from alembic import op

revision = "j001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """CREATE TABLE meta ("key" VARCHAR NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE fact (
        number INTEGER NOT NULL PRIMARY KEY, id BLOB NOT NULL, hlc INTEGER NOT NULL, kind VARCHAR NOT NULL,
        schema INTEGER NOT NULL, payload BLOB NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL,
        signature BLOB NOT NULL)""",
    """CREATE TABLE side (
        number INTEGER NOT NULL, name VARCHAR NOT NULL, salt BLOB NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (number, name))""",
    """CREATE TABLE effect (
        number INTEGER NOT NULL PRIMARY KEY, member_id BLOB NOT NULL, booked_on VARCHAR NOT NULL, lot_id BLOB,
        earned_points INTEGER NOT NULL, expires_on VARCHAR, redeemed_points INTEGER NOT NULL,
        growth INTEGER NOT NULL, spend_minor INTEGER NOT NULL)""",
    "CREATE INDEX ix_effect_member_id ON effect (member_id)",
    """CREATE TABLE own_member (
        member_id BLOB NOT NULL PRIMARY KEY, number INTEGER NOT NULL, doc BLOB NOT NULL, phone_hash BLOB NOT NULL,
        last4 VARCHAR NOT NULL, phone_reversed VARCHAR NOT NULL, terms TEXT NOT NULL)""",
    "CREATE INDEX ix_own_member_phone_hash ON own_member (phone_hash)",
    "CREATE INDEX ix_own_member_last4 ON own_member (last4)",
    "CREATE INDEX ix_own_member_phone_reversed ON own_member (phone_reversed)",
    """CREATE TABLE print_job (
        number INTEGER NOT NULL PRIMARY KEY, fact_number INTEGER, state VARCHAR NOT NULL, attempts INTEGER NOT NULL,
        message TEXT NOT NULL, document BLOB NOT NULL)""",
    """CREATE TABLE open_sale (
        id BLOB NOT NULL PRIMARY KEY, state VARCHAR NOT NULL, doc BLOB NOT NULL, changed_hlc INTEGER NOT NULL)
        WITHOUT ROWID""",
    """CREATE TABLE payment_attempt (
        id BLOB NOT NULL PRIMARY KEY, sale_id BLOB NOT NULL, kind VARCHAR NOT NULL, state VARCHAR NOT NULL,
        amount_minor INTEGER NOT NULL, reference TEXT NOT NULL)""",
    "CREATE INDEX ix_payment_attempt_sale_id ON payment_attempt (sale_id)",
    """CREATE TABLE shift (
        id BLOB NOT NULL PRIMARY KEY, cashier_id VARCHAR NOT NULL, business_date VARCHAR NOT NULL,
        opened_number INTEGER NOT NULL, closed_number INTEGER, float_minor INTEGER NOT NULL,
        cash_minor INTEGER NOT NULL, takings_minor INTEGER NOT NULL, sales INTEGER NOT NULL)""",
    """CREATE TABLE sign_in_attempt (
        staff_id VARCHAR NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, locked_until_ms INTEGER NOT NULL)""",
    "PRAGMA user_version = 1",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
