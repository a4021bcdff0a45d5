"""Column types and the columns every table shares.

The types exist on both databases alike (design section 8): ids are 12 bytes, booleans small
integers, JSON is text, instants and money are integers. Text that is sorted or searched has a
folded companion (`name_key`) with byte order on both databases.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.core.ids import id_to_bytes
from hourbook.db.engine import ByteText

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Id(sa.types.TypeDecorator[str]):
    """24 hex characters in the program, 12 bytes in the database."""

    impl = sa.LargeBinary(12)
    cache_ok = True
    # How the engine's generated row decoders and parameter lists convert one value.
    result_code = "{0}.hex()"
    bind_value = staticmethod(id_to_bytes)

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else id_to_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        return None if value is None else bytes(value).hex()


class Flag(sa.types.TypeDecorator[bool]):
    """A boolean kept as 0 or 1 (the databases differ in theirs)."""

    impl = sa.SmallInteger
    cache_ok = True
    result_code = "({0} != 0)"
    bind_value = int

    def process_bind_param(self, value: bool | None, dialect: Any) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Any) -> bool | None:
        return None if value is None else bool(value)


Key = ByteText

# Names, in a column's `info`, what its encrypted values are for (access/secrets.py).
SEALED = "sealed"


def encrypted(name: str, purpose: str, *, nullable: bool = False) -> sa.Column[bytes]:
    """A column of values that `SecretBox.encrypt(plain, purpose)` made; rotation and doctor find it by this mark."""
    return sa.Column(name, sa.LargeBinary, nullable=nullable, info={SEALED: purpose})


def workspace_key() -> sa.Column[str]:
    return sa.Column("workspace_id", Id, primary_key=True)


def stamps() -> tuple[sa.Column[int], sa.Column[int], sa.Column[int]]:
    """When the row was made and changed, and how often it was written (1 at its insert)."""
    return (
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("updated_at_us", sa.BigInteger, nullable=False),
        sa.Column("row_revision", sa.Integer, nullable=False),
    )
