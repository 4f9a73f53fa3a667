"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Dialect, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment as microseconds since 1970 in UTC: exact, and ordered like the moments."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> int | None:
        """Refuse (ValueError) a time without a zone: nobody could say which moment it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return (value - EPOCH) // _MICROSECOND

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


def name_type() -> TypeEngine[str]:
    """Text that is compared and ordered by code point, whatever the server's locale."""
    return String().with_variant(String(collation="C"), "postgresql")


def json_type() -> TypeEngine[Any]:
    """JSON; None is SQL NULL."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def big_key_type() -> TypeEngine[int]:
    """A 64-bit primary key (in SQLite only `INTEGER` is the row's own number)."""
    return BigInteger().with_variant(Integer(), "sqlite")
