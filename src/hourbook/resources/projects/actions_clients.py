"""What happens to projects when their client changes, is archived, or goes.

A project repeats the name of its client, by which lists are sorted; nothing else of it.
"""

from typing import Any

from hourbook.core.errors import NameTaken
from hourbook.core.text import fold
from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.projects import store


@reacts_to("CLIENT", "update")
def _repeat_name(tx: Tx, before: Any, client: Any) -> None:
    if before.name != client.name:
        store.follow_client(tx, client.id, fold(client.name))


@reacts_to("CLIENT", "archive_projects")
def _archive_projects_of_client(tx: Tx, before: Any, after: Any) -> None:
    store.archive_of_client(tx, after.id)


@reacts_to("CLIENT", "delete")
def _forget_client(tx: Tx, client: Any, _: None) -> None:
    """NameTaken when a project without client has the name of one that would lose its client."""
    name = store.find_name_without_client(tx, client.id)
    if name is not None:
        raise NameTaken(store.PROJECT.word, name)
    store.follow_client(tx, client.id, "")
    store.forget_client(tx, client.id)
