"""Stores, goods, the programme, and who works with them."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table

from shared_models.orm.columns import Big
from shared_models.orm.server.metadata import server

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

price_change = Table(
    "price_change",
    server,
    Column("product_id", String, primary_key=True),
    Column("at_ms", Big, primary_key=True, autoincrement=False),
    Column("before_minor", Big, nullable=False),
    Column("after_minor", Big, nullable=False),
)
"""When a product's price changed. ``meta`` has ``price_changes_from_ms`` if earlier ones weren't kept."""

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
