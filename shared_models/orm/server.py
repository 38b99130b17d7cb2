"""The server's tables, the same on SQLite and PostgreSQL. Columns named ``sealed`` hold AES-256-GCM text."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from shared_models.orm.columns import Big, Id

server = MetaData()

_QUARANTINED = text("state = 'quarantined'")
_WAITING = text("state = 'waiting'")
_SHOWN = text("shown")

meta = Table("meta", server, Column("key", String, primary_key=True), Column("value", LargeBinary, nullable=False))
"""epoch, when it was raised, the server device's incarnation, and the server's own keys (sealed): signing, phone,
nonce."""

# devices

device = Table(
    "device",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("pepper_sealed", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("frozen_at", Big),
    Column("head_number", Big, nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("head_hlc", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("z_number", Big, nullable=False),
    Column("enrolled_ms", Big, nullable=False),
    Column("contact_ms", Big, nullable=False),
    Column("pulled_version", Big, nullable=False),
    Column("software", String, nullable=False),
    Column("receipt_start", Big, nullable=False, server_default="0"),
    Column("z_start", Big, nullable=False, server_default="0"),
    Column("handed_over", Boolean, nullable=False, server_default=true()),
    Column("written_off", Boolean, nullable=False, server_default=false()),
)
"""state: active, frozen (a forked journal), retired (its lane has another device), revoked, server (our own).

The device's own numbers are above ``receipt_start`` and ``z_start``. Unless its lane was ``handed_over``, nobody knows
which of the numbers below were used by the device before it."""

enrolment_code = Table(
    "enrolment_code",
    server,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("expires_ms", Big, nullable=False),
    Column("incarnation", Id),
)

# facts

fact = Table(
    "fact",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False),
    Column("hlc", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("schema", Big, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("received_ms", Big, nullable=False),
    Column("state", String, nullable=False),
    Index("fact_quarantined", "incarnation", "number", sqlite_where=_QUARANTINED, postgresql_where=_QUARANTINED),
)
"""state: applied, quarantined (kept whole, unreadable), solved (was quarantined; somebody dealt with it by hand)."""

forked_fact = Table(
    "forked_fact",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("received_ms", Big, nullable=False),
)
"""The fact message of a number that came again with another hash, whole, as evidence."""

side = Table(
    "side",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("name", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""Salt and body of a side record, sealed together. Erasure deletes the row."""

alert = Table(
    "alert",
    server,
    Column("id", Id, primary_key=True),
    Column("at_ms", Big, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("incarnation", Id),
    Column("number", Big),
    Column("member_id", Id),
    Column("message", Text, nullable=False),
)

# the shop

store = Table("store", server, Column("id", String, primary_key=True), Column("doc", LargeBinary, nullable=False))

product = Table(
    "product",
    server,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("category", String, nullable=False, index=True),
    Column("brand", String, nullable=False),
    Column("price_minor", Big, nullable=False),
    Column("unit", String, nullable=False),
)

programme = Table(
    "programme",
    server,
    Column("version", Big, primary_key=True, autoincrement=False),
    Column("published_ms", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
)

staff = Table(
    "staff",
    server,
    Column("id", String, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("language", String, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("pin_sealed", LargeBinary, nullable=False),
)
"""``pin_sealed`` seals Argon2id(PIN, salt); each till gets its own verifier made from it."""

user = Table(
    "head_office_user",
    server,
    Column("name", String, primary_key=True),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
    Column("language", String, nullable=False),
)

# sales

sale = Table(
    "sale",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("receipt_code", String, nullable=False),
    Column("business_date", String, nullable=False),
    Column("confirmed_ms", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("shift_id", Id, nullable=False),
    Column("member_id", Id),
    Column("currency", String, nullable=False),
    Column("total_minor", Big, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Column("saved_minor", Big, nullable=False),
    Column("lines", Big, nullable=False),
    Column("points_earned", Big, nullable=False),
    Column("points_redeemed", Big, nullable=False),
    Column("shown", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("incarnation", "number"),
    Index("sale_by_day", "business_date", "store_id"),
    Index("sale_by_member", "member_id", "business_date"),
    Index("sale_by_code", "receipt_code"),
    Index("sale_shown", "store_id", "business_date", sqlite_where=_SHOWN, postgresql_where=_SHOWN),
)
"""``shown``: the store's tills have its row, so that its goods can come back."""

sale_line = Table(
    "sale_line",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("line", Big, primary_key=True, autoincrement=False),
    Column("business_date", String, nullable=False),
    Column("product_id", String, nullable=False),
    Column("code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("quantity_milli", Big, nullable=False),
    Column("gross_minor", Big, nullable=False),
    Column("net_minor", Big, nullable=False),
    Column("tax_code", String, nullable=False),
    Column("tax_minor", Big, nullable=False),
    Index("sale_line_by_product", "product_id", "business_date"),
)

payment = Table(
    "payment",
    server,
    Column("sale_id", Id, primary_key=True),
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("amount_minor", Big, nullable=False),
    Column("tendered_minor", Big, nullable=False),
    Column("change_minor", Big, nullable=False),
    Column("points", Big, nullable=False),
)

sale_return = Table(
    "sale_return",
    server,
    Column("return_id", Id, primary_key=True),
    Column("sale_id", Id, index=True),
    Column("state", String, nullable=False),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("business_date", String, nullable=False),
    Column("confirmed_ms", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("member_id", Id, index=True),
    Column("total_minor", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    UniqueConstraint("incarnation", "number"),
    Index("sale_return_by_day", "business_date", "store_id"),
    Index("sale_return_waiting", "incarnation", "number", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
"""state: booked, waiting (nobody told of its sale yet). ``doc`` is the ``SaleReturned`` as JSON."""

shift = Table(
    "shift",
    server,
    Column("shift_id", Id, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("business_date", String, nullable=False, index=True),
    Column("float_minor", Big, nullable=False),
    Column("z_number", Big),
    Column("counted_cash_minor", Big),
    Column("over_short_minor", Big),
)

# members

member = Table(
    "member",
    server,
    Column("id", Id, primary_key=True),
    Column("number", String, nullable=False, index=True),
    Column("store_id", String, nullable=False),
    Column("registered_on", String, nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("made_up", Boolean, nullable=False),
    Column("tier", String, nullable=False),
    Column("growth", Big, nullable=False),
    Column("spend_month", String, nullable=False),
    Column("spend_month_minor", Big, nullable=False),
    Column("referrals", Big, nullable=False),
    Column("debt", Big, nullable=False),
    Column("flags", Text, nullable=False),
    Column("basis", LargeBinary),
    Column("ordinal", Big, unique=True),
    Column("consents", LargeBinary),
    Column("clocks", LargeBinary),
    Column("alias_of", Id, index=True),
    Column("apart", LargeBinary),
    Column("welcome", Big),
    Index("member_by_store", "store_id", "tier"),
    Index("member_by_day", "registered_on", "store_id"),
)
"""``basis`` is the ``BasisDoc`` that the tier is reckoned from, ``tier`` what it gave last, for lists;
``spend_month`` is its newest month. ``ordinal`` counts members from 1: the bit that is theirs in a segment.

``consents`` and ``clocks`` are what edits are merged by (``ledger.person``). ``alias_of``: joined into that member, who
holds the points of both; ``apart`` is then, of both, the ``MemberFigures`` of what would be theirs alone. ``welcome``:
points of the welcome gift, 0 if it is withheld, null if none was due."""

member_profile = Table(
    "member_profile",
    server,
    Column("member_id", Id, primary_key=True),
    Column("phone_hash", LargeBinary, nullable=False, index=True),
    Column("last4", String, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""The person: ``sealed`` is the profile's JSON. Deleted on erasure; the member's figures stay."""

points_lot = Table(
    "points_lot",
    server,
    Column("id", Id, primary_key=True),
    Column("member_id", Id, nullable=False, index=True),
    Column("granted", Big, nullable=False),
    Column("remaining", Big, nullable=False),
    Column("expires_on", String, nullable=False),
    Column("available_on", String),
    Column("earned_by", Id),
)
"""``earned_by``: the member joined into ``member_id`` whose points they were; null for their own."""

points_entry = Table(
    "points_entry",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("member_id", Id, nullable=False, index=True),
    Column("points", Big, nullable=False),
    Column("lot_id", Id),
    Column("booked_on", String, nullable=False),
)
"""Append-only. kind: earned, redeemed (negative points), taken_back (negative) and given_back by a return, opening
(imported). ``lot_id`` is that of the only lot; what is given back may be several."""

stored_value = Table(
    "stored_value",
    server,
    Column("id", Id, primary_key=True),
    Column("member_id", Id, nullable=False, unique=True),
    Column("principal_minor", Big, nullable=False),
    Column("frozen", Boolean, nullable=False),
    Column("bonuses", Big, nullable=False),
    Column("run", LargeBinary),
)
"""An account's ledger in sum, as ``domain.stored_value_summary`` has it; its lots are rows of their own. ``run`` is a
``RunDoc``. Below zero is owed."""

stored_value_lot = Table(
    "stored_value_lot",
    server,
    Column("account_id", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("minor", Big, nullable=False),
    Column("expires_on", String, nullable=False),
)
"""What is left of a bonus: the sum of the entries' ``lots``."""

stored_value_entry = Table(
    "stored_value_entry",
    server,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("booked_on", String, nullable=False),
    Column("principal_minor", Big, nullable=False),
    Column("bonus_minor", Big, nullable=False),
    Column("lots", LargeBinary, nullable=False),
    Column("owed_minor", Big, nullable=False),
    Column("note", String, nullable=False),
    Index("stored_value_entry_by_account", "account_id", "booked_on"),
)
"""Append-only, by the fact ``number`` of ``incarnation``. What is taken is below zero; ``lots`` are ``BonusLotDoc``s.
``owed_minor`` is what of it wasn't there, ``note`` why somebody did it by hand."""

coupon = Table(
    "coupon",
    server,
    Column("id", Id, primary_key=True),
    Column("rule", String, nullable=False),
    Column("member_id", Id, index=True),
    Column("store_id", String, nullable=False),
    Column("valid_from", String, nullable=False),
    Column("valid_to", String, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("issued_by", Id),
    Column("sale_id", Id),
    Column("version", Big, nullable=False),
    Column("batch_id", Id, index=True),
    Column("serial", Big),
    Column("code_hash", LargeBinary),
    Column("shown", Boolean, nullable=False),
    Index("coupon_by_rule", "rule", "member_id"),
)
"""``sale_id`` used it. Without a ``batch_id`` nobody told of its issue yet. ``shown``: tills have its row."""

coupon_use = Table(
    "coupon_use",
    server,
    Column("coupon_id", Id, primary_key=True),
    Column("sale_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("booked_on", String, nullable=False),
    Column("off_minor", Big, nullable=False),
    Column("disputed", String, nullable=False),
)
"""Append-only: each sale that used the coupon. ``disputed``: a ``CouponRefusal``, empty for the one that had it."""

gift_stock = Table(
    "gift_stock",
    server,
    Column("id", Id, primary_key=True),
    Column("store_id", String, nullable=False),
    Column("reward", String, nullable=False),
    Column("units", Big, nullable=False),
)
"""What a store has of a reward's goods: the sum of its entries."""

gift_entry = Table(
    "gift_entry",
    server,
    Column("id", Id, primary_key=True),
    Column("stock_id", Id, nullable=False, index=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("units", Big, nullable=False),
    Column("booked_on", String, nullable=False),
    Column("note", String, nullable=False),
)
"""Append-only. kind: stocked, handed_over. ``id`` is that of the act."""

reward_redemption = Table(
    "reward_redemption",
    server,
    Column("redemption_id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("number", Big, nullable=False),
    Column("store_id", String, nullable=False),
    Column("lane", Big, nullable=False),
    Column("receipt_number", Big, nullable=False),
    Column("business_date", String, nullable=False),
    Column("confirmed_ms", Big, nullable=False),
    Column("cashier_id", String, nullable=False),
    Column("member_id", Id, nullable=False, index=True),
    Column("reward", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("what", String, nullable=False),
    Column("units", Big, nullable=False),
    Column("points", Big, nullable=False),
    UniqueConstraint("incarnation", "number"),
    Index("reward_redemption_by_day", "business_date", "store_id"),
)
"""Rewards that members had. kind: a ``RewardKind``."""

counted = Table(
    "counted",
    server,
    Column("member_id", Id, primary_key=True),
    Column("incarnation", Id, primary_key=True),
    Column("number", Big, nullable=False),
)
"""The device's highest fact number that the row holds (``RowMessage.counted``). ``member_id`` is that of the member,
the account, the coupon or the gift stock: the id that ``feed.member_id`` names. Each row has its own, whatever kind
it is."""

member_link = Table(
    "member_link",
    server,
    Column("first", Id, primary_key=True),
    Column("second", Id, primary_key=True, index=True),
    Column("why", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("linked_ms", Big, nullable=False),
    Column("decided_ms", Big),
    Column("decided_by", String),
    Column("how", String),
    Column("note", Text),
)
"""Two members that may be one person, the lower id ``first``. state: open, joined, parted (different people)."""

# pricing again

price_change = Table(
    "price_change",
    server,
    Column("product_id", String, primary_key=True),
    Column("at_ms", Big, primary_key=True, autoincrement=False),
    Column("before_minor", Big, nullable=False),
    Column("after_minor", Big, nullable=False),
)
"""When a product's price changed. ``meta`` has ``price_changes_from_ms`` if earlier ones weren't kept."""

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

# what is suspicious

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

# what devices were lent

lease = Table(
    "lease",
    server,
    Column("id", Id, primary_key=True),
    Column("incarnation", Id, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("amount", Big, nullable=False),
    Column("used", Big, nullable=False),
    Column("state", String, nullable=False),
    Column("epoch", Big, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("granted_ms", Big, nullable=False),
    Column("ended_ms", Big),
    Index("lease_by_resource", "kind", "key", "state"),
    Index("lease_by_device", "incarnation", "state"),
)
"""state: open, returned, written_off, undeclared (facts use it; after a restore nobody has shown it yet). ``used`` is
what facts told so far, also beyond ``amount``."""

lease_recall = Table("lease_recall", server, Column("id", Id, primary_key=True))
"""Leases that somebody else needs; a row of its own, so that who recalls waits for nobody who uses."""

lease_declaration = Table(
    "lease_declaration",
    server,
    Column("incarnation", Id, primary_key=True),
    Column("epoch", Big, primary_key=True, autoincrement=False),
    Column("at_ms", Big, nullable=False),
)
"""Devices that have shown all their leases in an epoch above 1."""

# the feed

feed = Table(
    "feed",
    server,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("version", Big, nullable=False, unique=True),
    Column("store_id", String),
    Column("member_id", Id),
    Column("deleted", Boolean, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
)
"""The current state rows. ``store_id``: for that store only (of a member: who gets the ``sealed`` personal part).
``member_id``: under which id ``counted`` has what the row counts."""

feed_commit = Table(
    "feed_commit",
    server,
    Column("last_version", Big, primary_key=True, autoincrement=False),
    Column("tag", LargeBinary, nullable=False),
)
"""One row per transaction that wrote to the feed: the tag of the cursors that end in it."""

snapshot = Table(
    "snapshot",
    server,
    Column("id", Id, primary_key=True),
    Column("store_id", String, nullable=False, index=True),
    Column("epoch", Big, nullable=False),
    Column("version", Big, nullable=False),
    Column("tag", LargeBinary, nullable=False),
    Column("size", Big, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("key_sealed", LargeBinary, nullable=False),
    Column("built_ms", Big, nullable=False),
    Column("asked_ms", Big, nullable=False),
)
"""Ready-made replicas, each a file named by its id. ``epoch``, ``version`` and ``tag`` are the cursor it stands at;
``asked_ms``: when a till last asked for it."""
