"""Scopes: which rows an actor may reach, as a neutral predicate with three compilers.

A scope is a union of simple parts (everything, one's own, certain people, certain projects, public
projects, before a moment), and scopes are joined by `|` and `&`. It compiles to an SQL condition
(`condition`), to a mask over report columns (`mask`), and to a test of one row (`holds`, `row_test`); a
property test holds the three equal. The SQL is fixed per shape: values travel as parameters, sets as
one array parameter, so a statement keeps one compiled form. A part that speaks of something a table
does not have reaches nothing there.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import ScopeColumns, bind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class RowReaders:
    """Where a row says what a scope asks: getters of a struct's fields, or of a journal row's keys.

    `project_is_public` is asked for rows that have a project; a row may know it or the caller does.
    """

    user: Reader | None = None
    project: Reader | None = None
    project_is_public: Reader | None = None
    start: Reader | None = None


@dataclass(frozen=True)
class Coded:
    """A column of ids as small integers, -1 for none, and the code of each id that occurs."""

    codes: "NDArray[np.integer[Any]]"
    code_of: Mapping[str, int]


@dataclass(frozen=True)
class MaskColumns:
    """The columns a mask is made over. `public_projects`: by project code; `start_s`: seconds UTC of each row."""

    rows: int
    user: Coded | None = None
    project: Coded | None = None
    public_projects: "NDArray[np.bool_] | None" = None
    start_s: "NDArray[np.integer[Any]] | None" = None


class Scope(msgspec.Struct, frozen=True):
    """Rows an actor may reach. All parts empty: none. `everything` overrides the other parts.

    `own_user_id`, `user_ids`: rows of this person, of these people. `project_ids`: rows of these
    projects. `public`: rows of public projects. `before_s`: rows that began before this second.
    `either`: rows of any of these scopes too. `all_of`: of the rows so far only those in each of these.
    """

    everything: bool = False
    own_user_id: str | None = None
    user_ids: tuple[str, ...] | None = None
    project_ids: tuple[str, ...] | None = None
    public: bool = False
    before_s: int | None = None
    either: tuple["Scope", ...] = ()
    all_of: tuple["Scope", ...] = ()

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(either=(self, other))

    def __and__(self, other: "Scope") -> "Scope":
        return msgspec.structs.replace(self, all_of=(*self.all_of, other))

    @property
    def key(self) -> Hashable:
        """The shape: two scopes with one key compile to one text."""
        if self.everything and not self.all_of:
            return True
        parts = (
            self.everything,
            self.own_user_id is not None,
            self.user_ids is not None,
            self.project_ids is not None,
            self.public,
            self.before_s is not None,
        )
        if not self.either and not self.all_of:
            return parts
        return (*parts, tuple(part.key for part in self.either), tuple(part.key for part in self.all_of))

    # --- SQL ---------------------------------------------------------------------------------------

    @property
    def params(self) -> Mapping[str, Any]:
        if self.everything and not self.all_of:
            return {}
        return dict(self._values("scope"))

    def condition(self, columns: ScopeColumns) -> sa.ColumnElement[bool] | None:
        """The SQL of the scope over a table's columns; None when nothing is withheld."""
        return self._condition(columns, "scope")

    def _values(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """The parameters by name; parts that are none have none."""
        if not self.everything:
            if self.own_user_id is not None:
                yield prefix + "_user_id", self.own_user_id
            if self.user_ids is not None:
                yield prefix + "_user_ids", self.user_ids
            if self.project_ids is not None:
                yield prefix + "_project_ids", self.project_ids
            if self.before_s is not None:
                yield prefix + "_before_s", self.before_s
            for index, part in enumerate(self.either):
                yield from part._values(f"{prefix}_or{index}")
        for index, part in enumerate(self.all_of):
            yield from part._values(f"{prefix}_and{index}")

    def _condition(self, columns: ScopeColumns, prefix: str) -> sa.ColumnElement[bool] | None:
        reached = None if self.everything else self._union(columns, prefix)
        narrowing = [part._condition(columns, f"{prefix}_and{index}") for index, part in enumerate(self.all_of)]
        needed = [found for found in (reached, *narrowing) if found is not None]
        return sa.and_(*needed) if needed else None

    def _union(self, columns: ScopeColumns, prefix: str) -> sa.ColumnElement[bool] | None:
        parts: list[sa.ColumnElement[bool] | None] = []
        if columns.user is not None:
            if self.own_user_id is not None:
                parts.append(columns.user == bind(prefix + "_user_id"))
            if self.user_ids is not None:
                parts.append(AnyOf(columns.user, prefix + "_user_ids"))
        if self.project_ids is not None and columns.project is not None:
            parts.append(AnyOf(columns.project, prefix + "_project_ids"))
        if self.public and columns.public is not None:
            parts.append(columns.public)
        if self.before_s is not None and columns.start is not None:
            parts.append(columns.start < bind(prefix + "_before_s", sa.BigInteger()))
        parts.extend(part._condition(columns, f"{prefix}_or{index}") for index, part in enumerate(self.either))
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):  # one of them withholds nothing
            return None
        return sa.or_(*known) if known else sa.false()

    # --- a mask over columns -----------------------------------------------------------------------

    def mask(self, columns: MaskColumns) -> "NDArray[np.bool_]":
        """True for each row of the columns that is reached."""
        import numpy as np

        reached = np.full(columns.rows, self.everything)
        if not self.everything:
            people = (*(self.user_ids or ()), *((self.own_user_id,) if self.own_user_id is not None else ()))
            if columns.user is not None and people:
                reached |= _among(columns.user, people)
            if columns.project is not None and self.project_ids:
                reached |= _among(columns.project, self.project_ids)
            if self.public and columns.project is not None and columns.public_projects is not None:
                # The code -1 of "no project" reads the last place.
                reached |= np.append(columns.public_projects, [False])[columns.project.codes]
            if self.before_s is not None and columns.start_s is not None:
                reached |= columns.start_s < self.before_s
            for part in self.either:
                reached |= part.mask(columns)
        for part in self.all_of:
            reached &= part.mask(columns)
        return reached

    # --- one row -----------------------------------------------------------------------------------

    def holds(
        self,
        *,
        user_id: str | None = None,
        project_id: str | None = None,
        is_public: bool = False,
        start_s: int | None = None,
    ) -> bool:
        """Whether a row with these facts is reached; what is None the row does not have."""
        facts = {"user_id": user_id, "project_id": project_id, "is_public": is_public, "start_s": start_s}
        return self._reaches(**facts) and all(part.holds(**facts) for part in self.all_of)  # type: ignore[arg-type]

    def _reaches(self, **facts: Any) -> bool:
        user_id, project_id, start_s = facts["user_id"], facts["project_id"], facts["start_s"]
        return (
            self.everything
            or (user_id is not None and (user_id == self.own_user_id or user_id in (self.user_ids or ())))
            or (project_id is not None and project_id in (self.project_ids or ()))
            or (self.public and facts["is_public"])
            or (self.before_s is not None and start_s is not None and start_s < self.before_s)
            or any(part.holds(**facts) for part in self.either)
        )

    def row_test(self, readers: RowReaders) -> Callable[[Any], bool]:
        """The scope as a test of rows that are structs or decoded journal rows."""

        def test(row: Any) -> bool:
            project_id = readers.project(row) if readers.project else None
            is_public = project_id is not None and bool(readers.project_is_public and readers.project_is_public(row))
            return self.holds(
                user_id=readers.user(row) if readers.user else None,
                project_id=project_id,
                is_public=is_public,
                start_s=readers.start(row) if readers.start else None,
            )

        return test

    def reaches_project(self, project_id: str, *, is_public: bool) -> bool:
        """Whether a project (as a row of its own) is among the rows."""
        return self.holds(project_id=project_id, is_public=is_public)

    def reaches_person(self, user_id: str) -> bool:
        """Whether all rows of this person are among the rows."""
        return self.holds(user_id=user_id)


def _among(column: Coded, ids: Sequence[str]) -> "NDArray[np.bool_]":
    """Which rows of a coded column hold one of the ids; ids that occur nowhere have no code."""
    import numpy as np

    is_wanted = np.zeros(max(column.code_of.values(), default=-1) + 2, dtype=bool)
    is_wanted[[column.code_of[id_] for id_ in ids if id_ in column.code_of]] = True
    found: NDArray[np.bool_] = is_wanted[column.codes]
    return found


EVERYTHING = Scope(everything=True)
NOTHING = Scope()
