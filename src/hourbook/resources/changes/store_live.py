"""The SQL of the change feed: which projects are public.

Rows of the journal are read by the journal itself. Nothing is decided here, and nothing written.
"""

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.projects import projects
from hourbook.db.tx import ReadTx

# Not narrowed down to anybody: what is read here is shared by all who listen, and each gets what is theirs.
PUBLIC_AMONG = Statement(
    sa.select(projects.c.id).where(
        projects.c.workspace_id == bind("workspace_id"), AnyOf(projects.c.id, "ids"), projects.c.is_public == 1
    )
)


def public_among(tx: ReadTx, project_ids: set[str]) -> set[str]:
    return {row[0] for row in tx.rows(PUBLIC_AMONG, ids=sorted(project_ids))} if project_ids else set()
