"""The SQL of tags.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Page, SortOrder
from hourbook.db.engine import AnyOf, Contains
from hourbook.db.entities import Entity
from hourbook.db.statement import Family, ScopeColumns, Statement, bind
from hourbook.db.tables.tags import tags
from hourbook.db.tx import ReadTx
from hourbook.resources.tags.rules import Tag, TagSort

TAG = Entity("TAG", "Tag", tags, Tag, derived={"name_key": lambda tag: fold(tag.name)}, scope=ScopeColumns())


FIND_BY_NAME = Statement(
    sa.select(*TAG.columns).where(tags.c.workspace_id == bind("workspace_id"), tags.c.name == bind("name")), into=Tag
)
# A tag cannot vanish while an entry is written with it: the rows are held against deletion.
HOLD = Statement(
    sa.select(tags.c.id)
    .where(tags.c.workspace_id == bind("workspace_id"), AnyOf(tags.c.id, "ids"))
    .order_by(tags.c.id)
    .with_for_update(read=True, key_share=True),
    scoped=TAG.scope,
)


@Family
def _list(filters: frozenset[str], sort: TagSort, order: SortOrder) -> Statement:
    conditions = {
        "name_part": Contains(tags.c.name_key, "name_part"),
        "name": tags.c.name == bind("name"),
        "archived": tags.c.archived == bind("archived"),
        "excluded_ids": sa.not_(AnyOf(tags.c.id, "excluded_ids")),
    }
    keys = [tags.c.id] if sort is TagSort.ID else [tags.c.name_key, tags.c.id]
    select = (
        sa.select(*TAG.columns)
        .where(tags.c.workspace_id == bind("workspace_id"), *(conditions[name] for name in sorted(filters)))
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=Tag, scoped=TAG.scope)


def find_by_name(tx: ReadTx, name: str) -> Tag | None:
    return tx.one(FIND_BY_NAME, name=name)


def list_tags(tx: ReadTx, filters: dict[str, object], page: Page, *, sort: TagSort, order: SortOrder) -> list[Tag]:
    """Tags of the workspace, one more than the page if there are more.

    `filters`: `name_part` (folded), `name` (exact), `archived`, `excluded_ids`; absent ones do not filter.
    """
    statement = _list.of(frozenset(filters), sort, order)
    return tx.rows(statement, "tag.list", limit=page.size + 1, offset=page.offset, **filters)
