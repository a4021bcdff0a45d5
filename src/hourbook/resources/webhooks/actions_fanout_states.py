"""What the bodies of events show: things as they were right after the event, gathered for many events at once.

Names, settings and fields are those of the moment (`journal/past.py`), of an erased person those that are left. Sums
(tracked time, members of projects, values of people's custom fields) are as they are now: the journal keeps no sums.
Nothing is written or decided.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from hourbook.core.money import RateKind
from hourbook.db.tx import ReadTx
from hourbook.journal.chain import is_digest
from hourbook.journal.fanout import Happening, Place
from hourbook.journal.past import Past, as_struct
from hourbook.resources.custom_fields.actions_entries import entry_fields
from hourbook.resources.custom_fields.rules_values import EntryFields, ShownValue, shown_values
from hourbook.resources.groups import actions as groups
from hourbook.resources.projects import actions as projects
from hourbook.resources.projects.rules import NO_CLIENT_ID, ShownProject
from hourbook.resources.rates.rules import NOBODY_ID, Level, Rate
from hourbook.resources.tasks import actions as tasks
from hourbook.resources.tasks.rules import ShownTask
from hourbook.resources.time_entries.rules import TrackingSettings, lock_before_s
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import Person, decode_settings
from hourbook.resources.webhooks import rules_fanout as rules
from hourbook.resources.webhooks import store_fanout as store
from hourbook.resources.webhooks.rules import EVENTS, Family
from hourbook.resources.webhooks.rules_fanout import Sources
from hourbook.resources.webhooks.rules_spoiled import ERRORS, Spoiled
from hourbook.resources.workspaces import actions as workspaces

MICROSECONDS = 1_000_000
_decode_tracking = msgspec.json.Decoder(TrackingSettings).decode


def _family(one: Happening) -> Family:
    return EVENTS[one.event].family


def _place(group: Sequence[Happening]) -> Place:
    return group[0].revision, group[0].part


def _user_id(one: Happening) -> str:
    """The account that an event about people is about."""
    return one.fields["user_id"] if one.kind != "USER" else one.thing_id


def _mentioned(one: Happening) -> Sources:
    """What an event is about by what its thing says of itself."""
    fields, family = one.fields, _family(one)
    if family is Family.TIME_ENTRY:
        named = {name + "s": (fields[name],) for name in ("user_id", "project_id", "task_id") if fields[name]}
        return Sources(**named, tag_ids=tuple(fields["tag_ids"]))
    if family is Family.PROJECT:
        return Sources(project_ids=(one.thing_id,), user_ids=(one.actor_id,) if one.actor_id else ())
    if family is Family.TASK:
        return Sources(project_ids=(fields["project_id"],), task_ids=(one.thing_id,))
    if family is Family.TAG:
        return Sources(tag_ids=(one.thing_id,))
    if family in (Family.USER, Family.USER_EMAIL):
        return Sources(user_ids=(_user_id(one),))
    return Sources()


class About:
    """States of events. `gather` looks up what they need, a few statements whatever their number.

    An event that something is wrong with takes no other with it: its state says what it is.
    """

    def __init__(self, tx: ReadTx, past: Past) -> None:
        self.past = past
        self._tx = tx
        self._projects: Mapping[str, ShownProject] = {}
        self._tasks: Mapping[str, ShownTask] = {}
        self._tasks_updated: Mapping[str, int] = {}
        self._people: Mapping[str, Person] = {}
        self._fields = EntryFields()
        self._managers: list[Any] = []
        self._currency: Any = None
        self._spoiled: dict[Place, Spoiled] = {}
        self._states: dict[Family, Callable[[list[Happening]], Any]] = {
            Family.TIME_ENTRY: lambda group: self._entry(group[0]),
            Family.PROJECT: lambda group: self._project(group[0].thing_id, group[0], group[0].fields),
            Family.TASK: lambda group: self._task(group[0].thing_id, group[0], group[0].fields),
            Family.CLIENT: lambda group: self._client(group[0]),
            Family.TAG: lambda group: as_struct("TAG", group[0].fields),
            Family.USER: lambda group: self._user(group[0]),
            Family.USER_EMAIL: lambda group: self._user(group[0]),
            Family.INVITATION: self._invited,
            Family.LIMITED_USERS: self._invited,
            Family.GROUP: lambda group: self._group(group[0]),
            Family.RATE: lambda group: self._rate(group[0]),
        }

    def sources(self, one: Happening) -> Sources | None:
        """None when nobody can say."""
        try:
            return _mentioned(one)
        except ERRORS as error:
            self._spoiled[_place([one])] = Spoiled(error)
            return None

    def state(self, group: list[Happening]) -> Any:
        """What the body of an event (of one happening, or of several that are one event) shows."""
        if (spoiled := self._spoiled.get(_place(group))) is not None:
            return spoiled
        try:
            return self._states[_family(group[0])](group)
        except ERRORS as error:
            return Spoiled(error)

    # --- looking up -----------------------------------------------------------------------------

    def gather(self, groups_of: Sequence[list[Happening]]) -> None:
        good = [group for group in groups_of if _place(group) not in self._spoiled]
        if found := self._spoiled_among(good):
            self._spoiled |= found
            self._gather([group for group in good if _place(group) not in found])

    def _spoiled_among(self, groups_of: Sequence[list[Happening]]) -> dict[Place, Spoiled]:
        """Looks up what they need; by halves where that fails, until it is known for which."""
        try:
            self._gather(groups_of)
        except ERRORS as error:
            if len(groups_of) == 1:
                return {_place(groups_of[0]): Spoiled(error)}
        else:
            return {}
        middle = len(groups_of) // 2
        return self._spoiled_among(groups_of[:middle]) | self._spoiled_among(groups_of[middle:])

    def _gather(self, groups_of: Sequence[list[Happening]]) -> None:
        all_of = [one for group in groups_of for one in group]
        if not all_of:
            return
        tx, past = self._tx, self.past
        entries = [one.fields for one in all_of if _family(one) is Family.TIME_ENTRY]
        rates = [one.fields for one in all_of if _family(one) is Family.RATE]
        past.know("TAG", [tag_id for fields in entries for tag_id in fields["tag_ids"]])
        task_ids = {fields["task_id"] for fields in entries}
        task_ids |= {one.thing_id for one in all_of if _family(one) is Family.TASK}
        task_ids |= {fields["target_id"] for fields in rates if fields["level"] == Level.TASK}
        past.know("TASK", task_ids)
        of_tasks = {one for task_id in task_ids for one in past.ever("TASK", task_id, "project_id")}
        self._gather_projects(all_of, of_tasks | {fields["project_id"] for fields in entries}, rates)
        known = {one for one in task_ids if one}
        self._tasks = tasks.find_tasks(tx, sorted(known), seen_projects=self._projects) if known else {}
        self._tasks_updated = store.updated_tasks(tx, known)
        if entries:
            past.know("WORKSPACE", [tx.workspace_id])
            self._fields = entry_fields(tx, [fields["project_id"] for fields in entries])
            past.know("CUSTOM_FIELD", [field.id for field in self._fields.fields])
        self._gather_people(all_of, entries)
        group_ids = [one.thing_id for one in all_of if _family(one) is Family.GROUP]
        self._managers = groups.managers_of(tx, group_ids) if group_ids else []
        self._currency = workspaces.default_currency(tx)

    def _gather_projects(self, all_of: Sequence[Happening], wanted: set[Any], rates: list[Any]) -> None:
        """Projects, their clients and their currencies."""
        tx, past = self._tx, self.past
        changed = [one.thing_id for one in all_of if _family(one) is Family.PROJECT]
        of_tasks = {one.fields["project_id"] for one in all_of if _family(one) is Family.TASK}
        levels = (Level.PROJECT, Level.PROJECT_MEMBER)
        known = {*changed, *wanted, *of_tasks, *(one["target_id"] for one in rates if one["level"] in levels)} - {None}
        past.know("PROJECT", known)
        self._projects = projects.find_projects(tx, sorted(known)) if known else {}
        client_ids = {one.thing_id for one in all_of if _family(one) is Family.CLIENT}
        client_ids |= {one for project_id in known for one in past.ever("PROJECT", project_id, "client_id")}
        client_ids |= {one.fields["client_id"] for one in all_of if _family(one) is Family.PROJECT}
        client_ids -= {NO_CLIENT_ID}
        past.know("CLIENT", client_ids)
        currency_ids = {one for client_id in client_ids for one in past.ever("CLIENT", client_id, "currency_id")}
        currency_ids |= {one.fields["currency_id"] for one in all_of if _family(one) is Family.CLIENT}
        past.know("CURRENCY", currency_ids)

    def _gather_people(self, all_of: Sequence[Happening], entries: list[Any]) -> None:
        wanted = {fields["user_id"] for fields in entries}
        for one in all_of:
            if _family(one) in (Family.USER, Family.USER_EMAIL, *rules.TOGETHER):
                wanted |= {_user_id(one)} | ({one.actor_id} if one.actor_id else set())
        self.past.know("USER", wanted)
        self._people = users.find_people(self._tx, wanted) if wanted else {}

    # --- states ---------------------------------------------------------------------------------

    def _entry(self, one: Happening) -> rules.EntryState:
        entry, revision = as_struct("TIME_ENTRY", one.fields), one.revision
        person = self._person(entry.user_id, revision)
        settings = None if person is None else decode_settings(person.user.settings)
        tags = [self.past.thing("TAG", tag_id, revision) for tag_id in entry.tag_ids]
        return rules.EntryState(
            entry=entry,
            project=self._project(entry.project_id, one, self.past.at("PROJECT", entry.project_id, revision)),
            task=self._task(entry.task_id, one, self.past.at("TASK", entry.task_id, revision)),
            task_updated_at_us=min(one.at_us, self._tasks_updated.get(entry.task_id, one.at_us)),
            tags=[tag for tag in tags if tag is not None],
            user=person and person.user,
            zone=settings.time_zone if settings else "UTC",
            is_locked=self._is_locked(entry.start_s, one),
            field_values=self._field_values(entry, revision),
        )

    def _is_locked(self, start_s: int, one: Happening) -> bool:
        workspace = self.past.at("WORKSPACE", self._tx.workspace_id, one.revision)
        if workspace is None:
            return False
        before_s = lock_before_s(_decode_tracking(workspace["settings"]), now_s=one.at_us // MICROSECONDS)
        return before_s is not None and start_s < before_s

    def _field_values(self, entry: Any, revision: int) -> list[ShownValue]:
        visible = self._fields.visible(entry.project_id)
        as_then = [self.past.thing("CUSTOM_FIELD", field.id, revision) for field in visible]
        return shown_values([field for field in as_then if field is not None], entry.custom_fields)

    def _project(self, project_id: str | None, one: Happening, fields: Any) -> ShownProject | None:
        if project_id is None or fields is None:
            return None
        project, now = as_struct("PROJECT", fields), self._projects.get(project_id)
        client = self.past.at("CLIENT", None if project.client_id == NO_CLIENT_ID else project.client_id, one.revision)
        currency = self._currency
        if client is not None:
            currency = self.past.thing("CURRENCY", client["currency_id"], one.revision) or currency
        return ShownProject(
            project=project,
            client_name=client["name"] if client else "",
            currency_id=currency.id,
            currency=currency.code,
            duration_seconds=now.duration_seconds if now else 0,
            tasks_estimate_seconds=now.tasks_estimate_seconds if now else 0,
            members=now.members if now else (),
        )

    def _task(self, task_id: str | None, one: Happening, fields: Any) -> ShownTask | None:
        if task_id is None or fields is None:
            return None
        task, now = as_struct("TASK", fields), self._tasks.get(task_id)
        project = self._project(task.project_id, one, self.past.at("PROJECT", task.project_id, one.revision))
        currency = project.currency if project else self._currency.code
        return ShownTask(task, now.duration_seconds if now else 0, currency)

    def _client(self, one: Happening) -> rules.ClientState:
        client = as_struct("CLIENT", one.fields)
        currency = self.past.thing("CURRENCY", client.currency_id, one.revision)
        return rules.ClientState(client, {currency.id: currency.code} if currency else {})

    def _person(self, user_id: str | None, revision: int) -> Person | None:
        """The account as it was, what was erased of it as it is now; people's fields as they are."""
        found = self.past.thing("USER", user_id, revision)
        if found is None:
            return None
        now = self._people.get(found.id)
        erased = [name for name in found.__struct_fields__ if is_digest(getattr(found, name))]
        if erased and now is None:
            return None
        found = msgspec.structs.replace(found, **{name: getattr(now.user, name) for name in erased} if now else {})
        here = self._tx.workspace_id
        return Person(found, here, here, field_values=now.field_values if now else ())

    def _user(self, one: Happening) -> rules.UserState:
        person = self._person(_user_id(one), one.revision)
        old = (one.before or {}).get("email") if one.kind == "USER" else None
        return rules.UserState(person, person.user.email if person and is_digest(old) else old)

    def _invited(self, group: list[Happening]) -> rules.InvitedState:
        by_name = _family(group[0]) is Family.LIMITED_USERS
        people = [self._person(_user_id(one), one.revision) for one in group]
        words = [(person.user.name or "") if by_name else person.user.email for person in people if person]
        return rules.InvitedState(self._tx.workspace_id, self._person(group[0].actor_id, group[0].revision), words)

    def _group(self, one: Happening) -> rules.GroupState:
        return rules.GroupState(as_struct("USER_GROUP", one.fields), self._managers)

    def _rate(self, one: Happening) -> rules.RateState:
        rate: Rate = as_struct("RATE", one.fields)
        project_id = rate.target_id if rate.level in (Level.PROJECT, Level.PROJECT_MEMBER) else None
        if rate.level is Level.TASK:
            project_id = (self.past.at("TASK", rate.target_id, one.revision) or {}).get("project_id")
        project = self._project(project_id, one, self.past.at("PROJECT", project_id, one.revision))
        person = rate.target_id if rate.level is Level.MEMBER else rate.user_id
        return rules.RateState(
            workspace_id=rate.workspace_id,
            level=rate.level.value,
            is_cost=rate.kind is RateKind.COST,
            target_id=rate.workspace_id if rate.level is Level.MEMBER else rate.target_id,
            user_id=None if person == NOBODY_ID else person,
            status="ACTIVE",
            currency_id=project.currency_id if project else self._currency.id,
            currency=project.currency if project else self._currency.code,
            amount_minor=rate.amount_minor,
            since_s=rate.since_s,
        )
