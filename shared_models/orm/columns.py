"""Column types that SQLite and PostgreSQL store alike."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Big = BigInteger().with_variant(Integer, "sqlite")
"""64-bit integer; on SQLite the type that can be a rowid alias."""


class Id(TypeDecorator[UUID]):
    """A UUID as its 16 bytes: half the size of text, and UUIDv7 sorts by time."""

    impl = LargeBinary(16)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.bytes

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> UUID | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else UUID(bytes=bytes(value))
