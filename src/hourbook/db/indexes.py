"""How a table says that an index covers only some of its rows.

Apart from the engine, so that a table needs to know of no database.
"""

import sqlalchemy as sa

WHERE = "where"


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index over the rows for which `where` holds; `db/schema.py` tells SQLAlchemy of it."""
    return sa.Index(name, *columns, unique=unique, info={WHERE: where})
