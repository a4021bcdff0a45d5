"""The JSON of tags (wire-core section 7).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

from hourbook.core.text import fold
from hourbook.core.types import SortOrder
from hourbook.http.wire import In, Out, Paged
from hourbook.resources.tags.rules import Tag, TagSort


class TagOut(Out):
    id: str
    name: str
    workspace_id: str
    archived: bool


class TagCreateIn(In):
    name: str | None = None


class TagUpdateIn(In):
    """PUT replaces: an omitted `archived` is false, so a rename un-archives (wire-core 0.9)."""

    name: str | None = None
    archived: bool | None = None


class TagListQuery(Paged):
    name: str | None = None
    strict_name_search: bool = False
    excluded_ids: tuple[str, ...] = ()
    archived: bool | None = None
    sort_column: TagSort = TagSort.NAME
    sort_order: SortOrder = SortOrder.ASCENDING

    def filters(self) -> dict[str, object]:
        """The filters that were asked for, as the store takes them."""
        found: dict[str, object] = {}
        if self.name is not None and self.strict_name_search:
            found["name"] = self.name
        elif self.name is not None:
            found["name_part"] = fold(self.name)
        if self.archived is not None:
            found["archived"] = self.archived
        if self.excluded_ids:
            found["excluded_ids"] = self.excluded_ids
        return found


def tag_out(tag: Tag) -> TagOut:
    return TagOut(id=tag.id, name=tag.name, workspace_id=tag.workspace_id, archived=tag.archived)
