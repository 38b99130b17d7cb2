"""What all the server's tables belong to, and the server's own keys."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, MetaData, String, Table

server = MetaData()

meta = Table("meta", server, Column("key", String, primary_key=True), Column("value", LargeBinary, nullable=False))
"""epoch, when it was raised, the server device's incarnation, and the server's own keys (sealed): signing, phone,
nonce."""
