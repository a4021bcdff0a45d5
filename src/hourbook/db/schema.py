"""The tables as work on the schema needs them: with the conditions of their partial indexes.

SQLAlchemy takes such a condition only with the dialect it is for, and loads that with every driver it
knows. A server that starts needs one dialect and no conditions, so the tables only note them.
"""

import sqlalchemy as sa

from hourbook.db.engine import rows_where
from hourbook.db.indexes import WHERE
from hourbook.db.tables import METADATA


def whole_tables() -> sa.MetaData:
    """All tables, whose partial indexes SQLAlchemy now knows as such."""
    for table in METADATA.tables.values():
        for index in table.indexes:
            if WHERE in index.info:
                index.dialect_kwargs.update(rows_where(index.info[WHERE]))
    return METADATA
