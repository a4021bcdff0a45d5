"""The verbs of tags.

An action looks things up, lets the rules decide and writes through `tx`. It has no effect outside
of its transaction, because it may be run again.
"""

import msgspec

from hourbook.core.errors import NameTaken, NotFound
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.tags import rules, store
from hourbook.resources.tags.rules import Tag, TagSort


def list_tags(tx: ReadTx, filters: dict[str, object], page: Page, *, sort: TagSort, order: SortOrder) -> list[Tag]:
    """Tags of the workspace in a total order; see `store.list_tags` for the filters."""
    return store.list_tags(tx, filters, page, sort=sort, order=order)


def get_tag(tx: ReadTx, tag_id: str) -> Tag:
    """NotFound when there is none."""
    found: Tag = tx.get(store.TAG, tag_id, for_="tag.list")
    return found


def hold_tags(tx: Tx, tag_ids: tuple[str, ...]) -> None:
    """Keeps these tags from vanishing before the transaction ends; NotFound when one is missing."""
    if hold_known_tags(tx, tag_ids) != len(set(tag_ids)):
        raise NotFound(store.TAG.word)


def hold_known_tags(tx: Tx, tag_ids: tuple[str, ...]) -> int:
    """The same for those of them that are still there; how many that are."""
    return len(tx.rows(store.HOLD, "tag.list", ids=tag_ids)) if tag_ids else 0


def find_tags(tx: ReadTx, tag_ids: set[str]) -> dict[str, Tag]:
    """By id, as many as there are; for showing entries."""
    return tx.find_many(store.TAG, sorted(tag_ids))


def create_tag(tx: Tx, name: str | None) -> Tag:
    """InvalidValue for the name, NameTaken when any tag has it."""
    tag = Tag(tx.workspace_id, tx.new_id(), rules.check_name(name), False)
    _check_free(tx, tag)
    tx.insert(store.TAG, tag, event="NEW_TAG")
    return tag


def update_tag(tx: Tx, tag_id: str, name: str | None, *, archived: bool) -> Tag:
    """Replaces name and archived flag."""
    before: Tag = tx.get(store.TAG, tag_id, for_="tag.update", locked=True)
    after = msgspec.structs.replace(before, name=rules.check_name(name), archived=archived)
    _check_free(tx, after)
    tx.update(store.TAG, before, after, event="TAG_UPDATED")
    return after


def delete_tag(tx: Tx, tag_id: str) -> Tag:
    """Removes it; entries lose it by reaction. An active tag may go too (wire-core section 7)."""
    tag: Tag = tx.get(store.TAG, tag_id, for_="tag.delete", locked=True)
    tx.delete(store.TAG, tag, event="TAG_DELETED")
    return tag


def _check_free(tx: ReadTx, tag: Tag) -> None:
    other = store.find_by_name(tx, tag.name)
    if other is not None and other.id != tag.id:
        raise NameTaken("Tag", tag.name)
