"""Scopes: which rows an actor may reach, as a neutral predicate.

A scope is a union of simple parts (everything, one's own, certain people, certain projects,
public projects). It compiles to an SQL condition that is fixed per shape: values travel as
parameters, sets as one array parameter, so a statement keeps one compiled form. The mask and
Python compilers come with their readers (design section 7).
"""

from collections.abc import Hashable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import ScopeColumns, bind


class Scope(msgspec.Struct, frozen=True):
    """Rows an actor may reach. All parts empty: none. `everything` overrides the rest.

    `own_user_id`: rows of this person. `user_ids`: rows of these people. `project_ids`: rows of
    these projects. `public`: rows of public projects.
    """

    everything: bool = False
    own_user_id: str | None = None
    user_ids: tuple[str, ...] | None = None
    project_ids: tuple[str, ...] | None = None
    public: bool = False

    @property
    def key(self) -> Hashable:
        """The shape: two scopes with one key compile to one text."""
        if self.everything:
            return True
        return (self.own_user_id is not None, self.user_ids is not None, self.project_ids is not None, self.public)

    @property
    def params(self) -> Mapping[str, Any]:
        if self.everything:
            return {}
        values: dict[str, Any] = {}
        if self.own_user_id is not None:
            values["scope_user_id"] = self.own_user_id
        if self.user_ids is not None:
            values["scope_user_ids"] = self.user_ids
        if self.project_ids is not None:
            values["scope_project_ids"] = self.project_ids
        return values

    def reaches_project(self, project_id: str, *, is_public: bool) -> bool:
        """Whether a project (as a row of its own) is among the rows."""
        return self.everything or (self.public and is_public) or project_id in (self.project_ids or ())

    def reaches_person(self, user_id: str) -> bool:
        """Whether all rows of this person are among the rows."""
        return self.everything or user_id == self.own_user_id or user_id in (self.user_ids or ())

    def condition(self, columns: ScopeColumns) -> sa.ColumnElement[bool] | None:
        """The SQL of the scope over a table's columns; None when nothing is withheld."""
        if self.everything:
            return None
        parts: list[sa.ColumnElement[bool]] = []
        if self.own_user_id is not None and columns.user is not None:
            parts.append(columns.user == bind("scope_user_id"))
        if self.user_ids is not None and columns.user is not None:
            parts.append(AnyOf(columns.user, "scope_user_ids"))
        if self.project_ids is not None and columns.project is not None:
            parts.append(AnyOf(columns.project, "scope_project_ids"))
        if self.public and columns.public is not None:
            parts.append(columns.public)
        return sa.or_(*parts) if parts else sa.false()


EVERYTHING = Scope(everything=True)
NOTHING = Scope()
