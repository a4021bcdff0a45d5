"""How many statements an operation runs, and what they read (design section 4, rule 13; section 2).

No operation queries in a loop: the count is the same for one thing and for many. No short read
scans a table or sorts more than a page on the embedded database, where it runs on the event loop.
"""

import enum
import inspect
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hourbook import resources
from hourbook.access import actors
from hourbook.db.compiled import CompiledStatement
from hourbook.db.statement import Statement
from hourbook.db.tx import RAISE_REVISION
from hourbook.http.operation import Cost, Operation
from hourbook.journal.journal import APPEND
from tests import people
from tests.contract.world import START, World
from tests.harness import Office, Person, Server
from tests.security.places import fill, path_of, values_for
from tests.security.ready import ready_for
from tests.security.samples import NEVER_DONE, operations, prepare, sample_of
from tests.watching import StatementLog

resources.load()

SHORT_READS = [record for record in operations() if not record.is_write and record.cost is Cost.SHORT]
STATEMENTS_LIMIT = 12
# One statement for each of them is over the limit, whatever else an operation runs.
MANY = STATEMENTS_LIMIT + 4
# Who is asking is looked up once a second, not once an operation.
IDENTIFYING = [value for value in vars(actors).values() if isinstance(value, Statement)]
# What every write ends with: the workspace's counter and the journal rows.
FRAME = [RAISE_REVISION, APPEND]
# Cascades over many tables. Their number does not grow with what they are about; it may only shrink.
LONGER = {
    "create_project": 17,
    "create_project_from_template": 20,
    "delete_project": 22,
    # A member, a role, groups and projects at once.
    "create_invitation": 20,
    # An account, a membership, an invitation and a session at once.
    "accept_invitation": 15,
    # What belongs to a person stands in many tables, each asked once.
    "tell_own_data": 29,
    "tell_data_of_person": 21,
    "delete_member": 18,
    # The add-on, its webhooks with all they need, its key and its first call.
    "install_addon": 14,
    # How its author and whoever opens it stand is looked up before the report itself.
    "open_shared_report": 14,
    # Besides all that is a person's (shared and scheduled reports, exports and what webhooks were told among it),
    # the audit chain is held and keeps its digests.
    "erase_person": 42,
    # The first row of its audit chain is there with the workspace.
    "create_workspace": 13,
    # A few statements for each of the nine kinds of documents that may be asked for at once.
    "list_created_entities": 16,
    # The rows of the page by kind and then whole, and every kind of thing that has a name as it was.
    "search_audit_log": 19,
    # Columns that are loaded, and every kind of thing that a filter or a group names; what is known is not asked again.
    "get_summary_report": 14,
    # The same, with the custom fields and the people that its rows show.
    "get_detailed_report": 15,
    "get_weekly_report": 15,
    "get_attendance_report": 15,
    # A summary, and the timelines of rates.
    "explain_report_row": 14,
    # Groups, rates, the project and its people are held one after the other, in this order.
    "set_project_members": 13,
    # Rates in force and custom fields are looked up once each.
    "update_time_entries": 14,
    "update_time_entry": 14,
}
# Sorts of a set that something else than the page bounds.
BOUNDED = {
    "sessions.user_id = ? AND sessions.revoked_at_us IS NULL": "an account has a limited number of sessions",
    "api_keys.user_id = ? AND api_keys.revoked_at_us IS NULL": "an account has a limited number of keys",
    "time_entries.user_id = ? AND time_entries.end_s IS NULL": "one timer a person and workspace",
    "time_entries.end_s IS NULL AND time_entries.user_id = ?": "one timer a person and workspace",
    "role_grants.role = ? AND role_grants.entity_id IN": "the managers of the groups of a page",
}


def hire_many(office: Office) -> list[str]:
    emails = {f"Person{number} Hired": f"{office.server.ids.new_id()}@example.com" for number in range(MANY)}
    return [made.user_id for made in people.create_members(office.server, office.workspace_id, emails)]


class Crowd:
    """A workspace with many of everything that a request may name or reach."""

    def __init__(self, office: Office) -> None:
        self.world = world = World(office)
        owner = office.owner
        self.people = hire_many(office)
        self.tags = [world.make("/tags", {"name": f"tag {number}"}) for number in range(MANY)]
        # A workspace with custom fields asks for them wherever they are shown.
        for kind in ("TIMEENTRY", "USER"):
            world.make("/custom-fields", {"name": "Shown everywhere", "type": "TXT", "entityType": kind})
        self.groups = [world.make("/user-groups", {"name": f"group {number}"}) for number in range(5)]
        tasks = [{"name": f"task {number}", "assigneeIds": self.people[:3]} for number in range(MANY)]
        members = [{"userId": one} for one in self.people]
        for number in range(MANY):
            world.make("/projects", {"name": f"project {number}", "clientId": world.client_id, "tasks": tasks[:2]})
        project = {"name": "Crowded", "clientId": world.client_id, "tasks": tasks, "memberships": members}
        world.project_id = world.make("/projects", project)
        world.task_id = owner.get(f"/projects/{world.project_id}/tasks").body[0]["id"]
        entry = {"start": START, "end": START, "projectId": world.project_id, "tagIds": self.tags[:5]}
        self.entries = [world.make("/time-entries", entry) for _ in range(MANY)]
        world.time_entry_id = self.entries[0]
        world.group_id = self.groups[0]
        assert owner.put(f"/user-groups/{world.group_id}", {"name": "group 0", "userIds": self.people}).status == 200

    def crowded(self, body: Any) -> Any:
        """The sample body with every list made long."""
        many = {
            "{memberId}": self.people,
            "{groupId}": self.groups,
            "{projectId}": [self.world.project_id],
            "{tagId}": self.tags,
            "{timeEntryId}": self.entries,
        }
        if isinstance(body, dict):
            return {key: self.crowded(value) for key, value in body.items()}
        if not isinstance(body, list) or not body:
            return body
        if isinstance(body[0], str):
            return many.get(body[0], body)
        if "userId" in body[0]:
            return [{**body[0], "userId": one} for one in self.people]
        if "id" in body[0] and body[0]["id"] != "{timeEntryId}":
            return body  # things of a fixed number
        if "id" in body[0]:
            return [{**self.crowded(body[0]), "id": one} for one in self.entries]
        return [{**self.crowded(body[0]), "name": f"{body[0]['name']} {number}"} for number in range(MANY)]


@pytest.fixture(scope="module")
def seen(server: Server) -> Crowd:
    """The crowd that is only looked at."""
    server.clock.reset()
    return Crowd(Office(server))


@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_an_operation_runs_a_dozen_statements_at_most_however_much_it_is_about(
    office: Office, seen: Crowd, statements: StatementLog, record: Operation
) -> None:
    # What a long read loads is there the next time.
    crowd = seen if record in SHORT_READS else Crowd(office)
    office = crowd.world.office
    values = values_for(crowd.world, record)
    prepare(crowd.world, sample_of(record))
    sample = sample_of(record)
    body = fill(crowd.crowded(sample.body), values)
    query = fill(sample.query or {}, values)
    if "time-entry-ids" in query:
        query["time-entry-ids"] = ",".join(crowd.entries)
    with ready_for(office.server, record), statements.listening() as executed:
        answer = office.owner.raw(record.method, path_of(record, values), body, query, sample.headers)
    assert answer.status == record.status or record.name in NEVER_DONE, answer
    texts = [one.compiled.text for one in executed if one.statement not in [*IDENTIFYING, *FRAME]]
    if record.name in LONGER:
        assert len(texts) > STATEMENTS_LIMIT, "it is short enough now and must leave the list"
    assert len(texts) <= LONGER.get(record.name, STATEMENTS_LIMIT), f"{len(texts)} statements:\n" + "\n".join(
        map(brief, texts)
    )


# --- what short reads read -------------------------------------------------------------------


def variants(record: Operation, values: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every filter alone, the sample's filters together, every sort in both directions."""
    yield {}
    sample = fill(sample_of(record).query or {}, values)
    yield sample
    if not (inspect.isclass(record.query) and issubclass(record.query, msgspec.Struct)):
        return
    words = {}
    for field in msgspec.structs.fields(record.query):
        name = field.encode_name
        kind = field.type
        options = [sample[name]] if name in sample else _values(kind)
        if inspect.isclass(kind) and issubclass(kind, enum.Enum):
            words[name] = options
        for option in options:
            yield {name: option}
    for column in words.get("sort-column", []):
        for order in words.get("sort-order", []):
            yield {"sort-column": column, "sort-order": order}
            yield {"sort-column": column, "sort-order": order, **sample}


def _values(kind: Any) -> list[Any]:
    """Something to say for a parameter of this type."""
    text = str(kind)
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return [word.value for word in kind]
    if "bool" in text:
        return [True, False]
    if "instant" in text:
        return [START]
    if "StrEnum" in text or "enum" in text.lower():
        return []
    return ["1"] if "int" in text else ["f" * 24]


def askers(office: Office) -> list[Person]:
    """People whose permissions have different shapes."""
    return [office.owner, office.manager, office.member]


@pytest.mark.parametrize("record", SHORT_READS, ids=lambda record: record.name)
def test_no_short_read_scans_a_table_or_sorts_more_than_a_page(
    office: Office, statements: StatementLog, record: Operation
) -> None:
    if not office.server.is_sqlite:
        pytest.skip("only the embedded database reads on the event loop")
    world = World(office)
    values = values_for(world, record)
    office.grant(office.manager, "PROJECT_MANAGER", world.project_id)
    prepare(world, sample_of(record))
    body = fill(sample_of(record).body, values)
    texts: dict[str, CompiledStatement] = {}
    for settings in (
        {},
        {"only_admins_see_all_time_entries": False},
        {"only_admins_see_public_projects_entries": False},
    ):
        office.set(**settings)
        for query in variants(record, values):
            for person in askers(office):
                with statements.listening() as executed:
                    answer = person.raw(record.method, path_of(record, values), body, query)
                assert answer.status < 500, answer
                texts |= {one.compiled.text: one.compiled for one in executed if one.on_loop}
    explained = office.server.runtime.engine.connect(read_only=True)
    bad = [
        f"{step}: {brief(text)}"
        for text, compiled in texts.items()
        for step in bad_steps(explained.raw, text, len(compiled.names))
    ]
    explained.close()
    assert not bad, "\n".join(bad)


def brief(text: str) -> str:
    """The statement without its columns."""
    return re.sub(r"SELECT .*?FROM", "SELECT ... FROM", " ".join(text.split()))


@pytest.mark.parametrize("record", SHORT_READS, ids=lambda record: record.name)
def test_every_list_has_a_total_order_that_ends_with_an_id(
    office: Office, statements: StatementLog, record: Operation
) -> None:
    world = World(office)
    values = values_for(world, record)
    texts: set[str] = set()
    for query in variants(record, values):
        with statements.listening() as executed:
            office.owner.raw(record.method, path_of(record, values), query=query)
        texts |= {" ".join(one.compiled.text.split()) for one in executed}
    # Rows of the journal have a number of their own.
    ends = re.compile(r"ORDER BY (.*, )?(\w+\.(user_|project_|entry_)?id|journal\.revision)( DESC)? LIMIT \S+ OFFSET")
    # What a filter finds first is a set, and no list; which of many are in it makes no difference.
    lists = [text for text in texts if "OFFSET" in text and not text.endswith(" AS few")]
    assert [brief(text) for text in lists if not ends.search(text)] == []


def bad_steps(raw: Any, text: str, parameters: int) -> list[str]:
    """The steps of the query plan that read or sort without bound."""
    plan = raw.execute("EXPLAIN QUERY PLAN " + text, [None] * parameters).fetchall()
    is_bounded = any(part in text for part in BOUNDED)
    return [step for _, _, _, step in plan if is_bad(step, is_bounded=is_bounded)]


def is_bad(step: str, *, is_bounded: bool) -> bool:
    if step.startswith("SCAN"):
        # The steps of a set found first are listed by themselves.
        return (
            "VIRTUAL TABLE" not in step
            and step != "SCAN few"
            and not step.startswith("SCAN CONSTANT")
            and "subquery" not in step.lower()
        )
    return ("TEMP B-TREE" in step and not is_bounded) or "AUTOMATIC" in step
