"""The till's tables. ``journal`` is the till's own file, ``replica`` the server's state; they are two databases.

The replica's full-text indexes are made by its migration (virtual tables have no SQLAlchemy form):
``product_terms``, ``member_terms``.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, MetaData, String, Table, Text

from shared_models.orm.columns import Big, Id

journal = MetaData()
replica = MetaData()

meta = Table("meta", journal, Column("key", String, primary_key=True), Column("value", LargeBinary, nullable=False))
"""incarnation, lane, epoch, the replica pointer, what the server acknowledged, the last receipt and Z numbers."""

fact = Table(
    "fact",
    journal,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False),
    Column("hlc", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("schema", Big, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

side = Table(
    "side",
    journal,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

effect = Table(
    "effect",
    journal,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("member_id", Id, nullable=False, index=True),
    Column("booked_on", String, nullable=False),
    Column("lot_id", Id),
    Column("earned_points", Big, nullable=False),
    Column("expires_on", String),
    Column("redeemed_points", Big, nullable=False),
    Column("growth", Big, nullable=False),
    Column("spend_minor", Big, nullable=False),
    Column("doc", LargeBinary),
)
"""What own facts did to members, until the member's row counts them. ``doc`` is the whole effect as JSON; the other
columns are what versions before it read, and all that they write."""

value_effect = Table(
    "value_effect",
    journal,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("doc", LargeBinary, nullable=False),
    Index("value_effect_by_row", "kind", "key"),
)
"""What own facts did to the row ``kind``, ``key`` until it counts them: of ``stored_value`` its entries, of ``coupon``
the sale that used it."""

own_member = Table(
    "own_member",
    journal,
    Column("member_id", Id, primary_key=True),
    Column("number", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("phone_hash", LargeBinary, nullable=False, index=True),
    Column("last4", String, nullable=False, index=True),
    Column("phone_reversed", String, nullable=False, index=True),
    Column("terms", Text, nullable=False),
)
"""Members registered here that the replica doesn't hold yet; ``doc`` is a ``MemberDoc``."""

own_edit = Table(
    "own_edit",
    journal,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("member_id", Id, nullable=False, index=True),
    Column("doc", LargeBinary, nullable=False),
    Column("phone_hash", LargeBinary),
    Column("phone_reversed", String),
    Column("terms", Text),
)
"""Edits of members made here that their rows don't count yet; ``doc`` is a ``store.own_edits.OwnEdit``."""

print_job = Table(
    "print_job",
    journal,
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("fact_number", Big),
    Column("state", String, nullable=False),
    Column("attempts", Big, nullable=False),
    Column("message", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
"""``number``: the order of printing. ``fact_number``: whose receipt it is; none for a copy. state: queued, printing,
printed, sent, failed, doubtful (power went while printing). Finished jobs are few, so no index is kept of the state."""

open_sale = Table(
    "open_sale",
    journal,
    Column("id", Id, primary_key=True),
    Column("state", String, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("changed_hlc", Big, nullable=False),
    sqlite_with_rowid=False,
)
"""Sales not yet confirmed: ``open`` (at most one), ``paying`` or ``parked``."""

payment_attempt = Table(
    "payment_attempt",
    journal,
    Column("id", Id, primary_key=True),
    Column("sale_id", Id, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("reference", Text, nullable=False),
)

shift = Table(
    "shift",
    journal,
    Column("id", Id, primary_key=True),
    Column("cashier_id", String, nullable=False),
    Column("business_date", String, nullable=False),
    Column("opened_number", Big, nullable=False),
    Column("closed_number", Big),
    Column("float_minor", Big, nullable=False),
    Column("cash_minor", Big, nullable=False),
    Column("takings_minor", Big, nullable=False),
    Column("sales", Big, nullable=False),
    Column("returns", Big, nullable=False, server_default="0"),
    Column("refunds_minor", Big, nullable=False, server_default="0"),
    Column("paid_in_minor", Big, nullable=False, server_default="0"),
    Column("paid_out_minor", Big, nullable=False, server_default="0"),
    Column("dropped_minor", Big, nullable=False, server_default="0"),
    Column("openings", Big, nullable=False, server_default="0"),
)
"""``cash_minor`` has what was paid in, paid out and dropped in it, as versions before these columns read it."""

own_receipt = Table(
    "own_receipt",
    journal,
    Column("code", String, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("booked_on", String, nullable=False),
    sqlite_with_rowid=False,
)
"""By the receipt code of a sale the own facts about it: the sale, and returns of it."""

lease = Table(
    "lease",
    journal,
    Column("id", Id, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("state", String, nullable=False),
    Column("asked", Big, nullable=False),
    Column("sale_id", Id),
    Column("doc", LargeBinary),
    Column("signature", LargeBinary),
    Column("left", Big, nullable=False),
    Column("lots", LargeBinary, nullable=False),
    Column("touched_ms", Big, nullable=False),
    Column("ended_number", Big),
    Index("lease_by_state", "state", "kind", "key"),
)
"""What the server lends this till. state: asked (made, with its id, before the server hears of it), held, ended.
``doc`` and ``signature`` are the server's, kept to be shown again; ``left`` and ``lots`` (JSON) what is left;
``sale_id`` the only sale it is for, none for any; ``ended_number`` the fact that gave it back."""

attempt = Table(
    "sign_in_attempt",
    journal,
    Column("staff_id", String, primary_key=True),
    Column("failures", Big, nullable=False),
    Column("locked_until_ms", Big, nullable=False),
)

state_meta = Table(
    "meta", replica, Column("key", String, primary_key=True), Column("value", LargeBinary, nullable=False)
)
"""cursor (epoch, version, tag)."""

product = Table(
    "product",
    replica,
    Column("row", Big, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("version", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
)
"""``row`` grows with ``rank``, so that a search in rowid order gives the most sold first without a sort."""

product_code = Table(
    "product_code",
    replica,
    Column("code", String, primary_key=True),
    Column("product_id", String, primary_key=True, index=True),
    sqlite_with_rowid=False,
)
"""Two products may carry one code by mistake; the cashier is asked which it is."""

member = Table(
    "member",
    replica,
    Column("row", Big, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("version", Big, nullable=False),
    Column("counted", Big, nullable=False),
    Column("number", String, nullable=False),
    Column("phone_hash", LargeBinary, nullable=False),
    Column("last4", String, nullable=False),
    Column("phone_reversed", String),
    Column("doc", LargeBinary, nullable=False),
    Index("member_by_number", "number"),
    Index("member_by_phone_hash", "phone_hash"),
    Index("member_by_last4", "last4"),
    Index("member_by_phone_reversed", "phone_reversed"),
)

value_row = Table(
    "value_row",
    replica,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("version", Big, nullable=False),
    Column("counted", Big, nullable=False),
    Column("member_id", Id),
    Column("code_hash", LargeBinary),
    Column("doc", LargeBinary, nullable=False),
    Index("value_row_by_member", "member_id"),
    Index("value_row_by_code", "code_hash"),
)
"""``kind`` is ``stored_value`` or ``coupon``; ``doc`` a ``StoredValueDoc`` or ``CouponDoc``."""

receipt = Table(
    "receipt",
    replica,
    Column("sale_id", Id, primary_key=True),
    Column("code", String, nullable=False),
    Column("version", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Index("receipt_by_code", "code"),
)
"""``doc`` is a ``ReceiptDoc``. It counts nothing: it names the returns that it holds."""

member_alias = Table(
    "member_alias",
    replica,
    Column("gone", Id, primary_key=True),
    Column("kept", Id, nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""``gone`` is shown under ``kept``, whose row says so."""

value_alias = Table(
    "value_alias",
    replica,
    Column("gone", String, primary_key=True),
    Column("kept", String, nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""Keys of accounts: the stored value of ``gone`` is in the row of ``kept``, which says so."""

document = Table(
    "document",
    replica,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("version", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("counted", Big),
)
"""staff, store, programme, and what this version can't read: kept as it came, for the next. ``counted`` is NULL where
an older version wrote the row, which didn't keep it."""
