"""What lists and reads of projects may be asked with (wire-core section 5).

Only this file knows the names and words of these queries; what they mean is decided in the store.
Unknown words are refused with the set they are from.
"""

import enum
from typing import Any

import msgspec

from hourbook.core.text import fold
from hourbook.core.types import SortOrder
from hourbook.http.wire import Paged, Query
from hourbook.resources.custom_fields.wire import EntityType
from hourbook.resources.projects import rules
from hourbook.resources.tasks.wire import MembershipFilter


class ClientStatusWord(enum.StrEnum):
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    ALL = "ALL"


class AccessWord(enum.StrEnum):
    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"


class ProjectQuery(Query):
    """The expense parameters are accepted and ignored: there are no expenses yet."""

    hydrated: bool = False
    custom_field_entity_type: tuple[EntityType, ...] = ()
    expense_limit: int = 20
    expense_date: str | None = None


class ProjectListQuery(Paged):
    """`contains-users` is a misspelling of `contains-user` that a client sends."""

    name: str | None = None
    strict_name_search: bool = False
    archived: bool | None = None
    billable: bool | None = None
    clients: tuple[str, ...] = ()
    contains_client: bool = True
    client_status: ClientStatusWord = ClientStatusWord.ALL
    users: tuple[str, ...] = ()
    contains_user: bool = True
    contains_users: bool = True
    user_status: MembershipFilter = MembershipFilter.ALL
    user_groups: tuple[str, ...] = msgspec.field(default=(), name="userGroups")
    contains_group: bool = True
    is_template: bool | None = None
    access: AccessWord | None = None
    hydrated: bool = False
    expense_limit: int = 20
    expense_date: str | None = None
    sort_column: rules.ProjectSort = rules.ProjectSort.NAME
    sort_order: SortOrder = SortOrder.ASCENDING

    def filters(self) -> dict[str, Any]:
        """The filters that were asked for, as the store takes them."""
        flags = ("archived", "billable", "is_template")
        found: dict[str, Any] = {name: flag for name in flags if (flag := getattr(self, name)) is not None}
        if self.name is not None:
            found |= {"name": self.name} if self.strict_name_search else {"name_part": fold(self.name)}
        if self.access is not None:
            found["is_public"] = self.access is AccessWord.PUBLIC
        if self.client_status is not ClientStatusWord.ALL:
            found["client_archived"] = self.client_status is ClientStatusWord.ARCHIVED
        if self.user_status is not MembershipFilter.ALL:
            found["user_status"] = self.user_status.value
        return found | self._id_filters()

    def _id_filters(self) -> dict[str, Any]:
        lists = {
            "client": (self.clients, self.contains_client),
            "user": (self.users, self.contains_user and self.contains_users),
            "group": (self.user_groups, self.contains_group),
        }
        found: dict[str, Any] = {word + "_ids": ids for word, (ids, _) in lists.items() if ids}
        return found | {f"without_{word}s": True for word, (ids, contains) in lists.items() if ids and not contains}
