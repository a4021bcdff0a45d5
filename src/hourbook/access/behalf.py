"""Reading with the eyes of somebody who is not asking, as they are at this moment.

What somebody shared is seen as they see it now; so their roles and the workspace's settings are looked up
again each time, and whoever is out sees nothing.
"""

import msgspec

from hourbook.access.explain import standing_of
from hourbook.db.tx import ReadTx


def on_behalf_of(tx: ReadTx, user_id: str, workspace_id: str) -> ReadTx | None:
    """The same look at the database, in a workspace, as that person; None when they may not enter it."""
    inside = ReadTx(tx.connection, tx.facts, workspace_id, begin=tx.begin)
    standing = standing_of(inside, user_id)
    if standing is None or standing.actor is None:
        return None
    facts = msgspec.structs.replace(tx.facts, actor=standing.actor)
    return ReadTx(tx.connection, facts, workspace_id, begin=tx.begin)
