"""What every report over time begins with: the columns at this moment, the span, who may see what.

The columns are opened before anything else is read, so that all of a report is of one revision. What
a filter names is turned into conditions on the columns here; how they are summed is each report's own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hourbook.access.scope import Coded, MaskColumns
from hourbook.access.sight import sees_billable_amounts, sees_costs
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.selecting import Flags, Part, Reach, Rows, Wanted, parts_of
from hourbook.columns.table import BILLABLE, INVOICED, View
from hourbook.core.calendar import WEEKDAYS
from hourbook.core.clock import seconds_of
from hourbook.core.rounding import Rounding
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import rules_filters as by
from hourbook.resources.reports import store
from hourbook.resources.reports.actions_fields import people_with_values, rows_with_values
from hourbook.resources.reports.rules import (
    Ask,
    Filters,
    MoneyShown,
    Span,
    check_zone,
    money_shown,
    only_asked,
    rounding_of,
    span_of,
)
from hourbook.resources.reports.rules_facts import ClientFacts, GroupFacts, ProjectFacts, TagFacts, TaskFacts
from hourbook.resources.reports.rules_texts import Texts, blank
from hourbook.resources.users.rules import UserSettings
from hourbook.resources.users.rules import decode_settings as decode_user_settings
from hourbook.resources.workspaces.rules_settings import WorkspaceSettings, decode_settings

ACTION = "report.read"
ROWS_LIMIT = 100_000
# In the notes of a look at the database.
_ONLY_ASKED = "money as asked for"


@dataclass(frozen=True)
class Frame:
    """What a report used, besides its entries; the answer's headers tell it."""

    span: Span
    money: MoneyShown
    rounding: Rounding | None
    revision: int
    workspace_name: str
    currency: str

    @property
    def headers(self) -> dict[str, str]:
        rounding = "none"
        if self.rounding is not None:
            rounding = f"{self.rounding.way.value.lower()}; minutes={self.rounding.step_seconds // 60}"
        return {
            "X-Hourbook-Time-Zone": self.span.zone,
            "X-Hourbook-Week-Start": WEEKDAYS[self.span.week_start],
            "X-Hourbook-Rounding": rounding,
            "X-Hourbook-Revision": str(self.revision),
        }


class Reading:
    """The columns while they are open, with what entries point to, and the actor's eyes."""

    def __init__(self, tx: ReadTx, view: View, ask: Ask) -> None:
        self.tx = tx
        self.view = view
        self.ask = ask
        self.frame = _frame(tx, view, ask)
        self.now_s = seconds_of(tx.now_us)

    @cached_property
    def projects(self) -> dict[str, ProjectFacts]:
        return self.view.memo("projects", ("PROJECT",), lambda: store.projects_of(self.tx))

    @cached_property
    def clients(self) -> dict[str, ClientFacts]:
        return self.view.memo("clients", ("CLIENT",), lambda: store.clients_of(self.tx))

    @cached_property
    def tasks(self) -> dict[str, TaskFacts]:
        return self.view.memo("tasks", ("TASK",), lambda: store.tasks_of(self.tx))

    @cached_property
    def tags(self) -> dict[str, TagFacts]:
        return self.view.memo("tags", ("TAG",), lambda: store.tags_of(self.tx))

    @cached_property
    def groups(self) -> tuple[GroupFacts, ...]:
        return self.view.memo("groups", ("USER_GROUP",), lambda: store.groups_of(self.tx))

    @cached_property
    def statuses(self) -> dict[str, str]:
        return self.view.memo("statuses", ("MEMBER",), lambda: store.statuses_of(self.tx))

    @cached_property
    def settings(self) -> WorkspaceSettings:
        return decode_settings(self.tx.actor.settings_text)

    @cached_property
    def parts(self) -> list[Part]:
        """The wanted entries, ready to be summed."""
        return parts_of(self.view, self.wanted, now_s=self.now_s)

    @cached_property
    def wanted(self) -> Wanted:
        """The entries of the report: the span, its filters, and what the actor may see."""
        filters, view, span = self.ask.filters, self.view, self.frame.span
        flags_set, flags_clear = _flags(filters)
        return Wanted(
            start_s=span.start_s,
            # Nothing is approved as long as there are no approvals.
            end_s=span.start_s if filters.is_approved else span.end_s,
            users=self._users(filters),
            projects=self._projects(filters),
            tasks=by.by_things(filters.tasks, view.tasks, lambda: self.tasks),
            tag_sets=self._tag_sets(filters),
            descriptions=self._descriptions(filters),
            rates=self._rates(filters),
            flags_set=flags_set,
            flags_clear=flags_clear,
            rows=rows_with_values(self.tx, view, span, filters=filters.custom_fields),
            reach=reach_of(self),
            holes=span.holes,
        )

    @cached_property
    def by_fields_of_people(self) -> Callable[[Sequence[str]], Flags | None]:
        """Whether each of some people, members or who tracked time, passes the filters on fields of people."""
        people = {*self.view.users.values, *self.statuses} if self.ask.filters.user_custom_fields else ()
        return people_with_values(self.tx, people, self.ask.filters.user_custom_fields)

    @cached_property
    def owners(self) -> by.Owners:
        """The clients of the projects that occur."""
        kinds = ("PROJECT", "TIME_ENTRY")
        return self.view.memo("owners", kinds, lambda: by.owners_of(self.view.projects, self.projects))

    @cached_property
    def tag_members(self) -> tuple[by.Ints, by.Ints]:
        """The tags of each set: offsets and members (rules_filters.Members)."""
        return self.view.memo("members of tag sets", (), by.Members).of(self.view.tag_sets)

    def _projects(self, filters: Filters) -> Flags | None:
        found = by.by_things(filters.projects, self.view.projects, lambda: self.projects)
        if filters.clients is None:
            return found
        return by.joined(found, by.by_clients(filters.clients, self.owners, lambda: self.clients))

    def _tag_sets(self, filters: Filters) -> Flags | None:
        if filters.tags is None:
            return None
        return by.by_tags(filters.tags, self.tag_members, ids=self.view.tag_ids, tags=lambda: self.tags)

    def _descriptions(self, filters: Filters) -> Flags | None:
        descriptions = list(self.view.descriptions)
        found = blank(descriptions) if filters.without_description else None
        if filters.description is None:
            return found
        texts = self.view.memo("texts", (), Texts)
        return by.joined(found, texts.containing(descriptions, filters.description))

    def _users(self, filters: Filters) -> Flags | None:
        ids = list(self.view.users.values)
        found = self.by_fields_of_people(ids)
        if filters.users is not None:
            found = by.joined(found, by.by_people(filters.users, ids, self.statuses))
        if filters.user_groups is None:
            return found
        groups = by.by_groups(filters.user_groups, ids, groups=self.groups, statuses=self.statuses)
        return by.joined(found, groups)

    def _rates(self, filters: Filters) -> Flags | None:
        if filters.currency is None:
            return None
        return by.by_currency(filters.currency, [one.currency for one in self.view.rates], store.currencies_of(self.tx))


def _flags(filters: Filters) -> tuple[int, int]:
    flags_set = flags_clear = 0
    for wanted, flag in ((filters.billable, BILLABLE), (filters.is_invoiced, INVOICED)):
        if wanted is True:
            flags_set |= flag
        elif wanted is False:
            flags_clear |= flag
    return flags_set, flags_clear


def reach_of(reading: Reading) -> Reach | None:
    """The actor's scope as a condition on rows; None when it withholds nothing."""
    scope = reading.tx.actor.scope(ACTION)
    if scope.everything and not scope.all_of:
        return None
    projects = reading.projects
    ids = list(reading.view.projects.values)
    public = np.array([one in projects and projects[one].is_public for one in ids], dtype=bool)

    def reach(view: View, rows: Rows) -> Flags:
        start_s = view.start_s[rows]
        columns = MaskColumns(
            rows=len(start_s),
            user=Coded(view.user[rows], view.users.code_of),
            project=Coded(view.project[rows], view.projects.code_of),
            public_projects=public,
            start_s=start_s,
        )
        return np.asarray(scope.mask(columns), dtype=bool)

    return reach


def hide_addresses(tx: ReadTx) -> None:
    """No report of this look at the database tells an e-mail address: whoever reads is not of the workspace."""
    tx.notes[store.WITHOUT_ADDRESSES] = True


def show_money_as_asked(tx: ReadTx) -> None:
    """Reports of this look at the database tell no money but what they ask for: others read them than who may see it.

    Rows of entries and files of them else hold every rate and cost that the actor may see (wire-reports section 4).
    """
    tx.notes[_ONLY_ASKED] = True


@contextmanager
def opened(tx: ReadTx, columns: ColumnsKeeper, ask: Ask) -> Iterator[Reading]:
    """The columns for one report. To be done before anything else is read in the transaction."""
    with columns.opened(tx) as view:
        yield Reading(tx, view, ask)


def _frame(tx: ReadTx, view: View, ask: Ask) -> Frame:
    actor = tx.actor
    settings = decode_settings(actor.settings_text)
    zone = check_zone(ask.zone) if ask.zone else actor.zone
    week_start = ask.week_start or _week_start(tx)
    span = span_of(ask.start, ask.end, zone=zone, week_start=WEEKDAYS.index(week_start))
    money = money_shown(ask, sees_earned=sees_billable_amounts(actor), sees_cost=sees_costs(actor))
    rounding = rounding_of(settings.round.round.value, settings.round.minutes) if ask.rounds else None
    if _ONLY_ASKED in tx.notes:
        money = only_asked(money)
    name, currency = store.workspace_of(tx)
    return Frame(span, money, rounding, view.revision, name, currency)


def _week_start(tx: ReadTx) -> str:
    """On which day the weeks of whoever asks begin."""
    person = store.people(tx, [tx.actor.id]) if tx.actor.id else {}
    found = person.get(tx.actor.id)
    settings = decode_user_settings(found.settings if found else None) or UserSettings()
    return settings.week_start.value
