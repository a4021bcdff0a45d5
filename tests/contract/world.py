"""A workspace with one of everything, made as far as a recorded request names it.

A recorded request has places like `{projectId}`; `World.fill` puts the id of a thing there and
makes the thing when it is first named. `PREPARE` says what else a recording needs to have happened
before it.
"""

import contextlib
import re
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from hourbook.core.calendar import format_instant
from hourbook.core.types import Deployment
from hourbook.journal.journal import current_revision
from hourbook.resources.exports import actions as exports
from hourbook.resources.exports.rules import MadeFile
from hourbook.resources.webhooks import actions_deliveries
from hourbook.resources.webhooks.rules_deliveries import Due, Outcome
from tests import sign_ins, uploads, webhook_deliveries
from tests.addon_server import installed, shared_addon_server
from tests.harness import Answer, Office, Person, Server
from tests.identity_provider import shared_provider

_PLACE = re.compile(r"\{(\w+)\}")
START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"
WEBHOOK = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
}


# A schedule, but for its recipients.
SCHEDULE = {
    "name": "EXAMPLE-SCHEDULE",
    "type": "DETAILED",
    "exportType": "CSV",
    "filter": {"dateRangeType": "YESTERDAY"},
    "frequency": "DAILY",
    "time": "07:00",
}


@contextlib.contextmanager
def sending_mail(server: Server) -> Iterator[None]:
    """Inside, the server sends mail."""
    pipeline = server.runtime.pipeline
    before, pipeline.deployment = pipeline.deployment, Deployment("https://time.example.org", True)
    try:
        yield
    finally:
        pipeline.deployment = before


def invite(person: Person, email: str, **more: Any) -> dict[str, str]:
    """Invites by the own surface; the answer with the link's token."""
    path = f"/api/hourbook/v1/workspaces/{person.workspace_id}/invitations"
    answer = person.raw("POST", path, {"email": email, **more}, {"send-email": "false"})
    assert answer.status == 201, answer
    token = answer.body["link"].rpartition("/")[2]
    person.server.secrets.append(token)
    return {**answer.body, "token": token}


class World:
    """What recorded requests are about; the owner makes it and asks."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.asker: Person = office.owner
        self.headers: dict[str, str] = {}

    def make(self, path: str, body: Any) -> str:
        answer = self.office.owner.post(path, body)
        assert answer.status in (200, 201), answer
        return str(answer.body["id"])

    @cached_property
    def client_id(self) -> str:
        return self.make("/clients", {"name": "EXAMPLE-CLIENT-1", "note": "n", "address": "a"})

    @cached_property
    def project_id(self) -> str:
        return self.make("/projects", {"name": "EXAMPLE-PROJECT-1", "color": "#D36F5F", "isPublic": True})

    @cached_property
    def task_id(self) -> str:
        return self.make(f"/projects/{self.project_id}/tasks", {"name": "EXAMPLE-TASK"})

    @cached_property
    def tag_id(self) -> str:
        return self.make("/tags", {"name": "EXAMPLE-TAG-1"})

    @cached_property
    def group_id(self) -> str:
        return self.make("/user-groups", {"name": "EXAMPLE-GROUP-1"})

    @cached_property
    def custom_field_id(self) -> str:
        """A field of time entries that everybody sees."""
        return self.make("/custom-fields", {"name": "EXAMPLE-FIELD-1", "type": "TXT", "status": "VISIBLE"})

    @cached_property
    def user_field_id(self) -> str:
        return self.make("/custom-fields", {"name": "EXAMPLE-USER-FIELD", "type": "TXT", "entityType": "USER"})

    @cached_property
    def revision(self) -> int:
        """Of a change that can be undone."""
        self.make("/tags", {"name": "EXAMPLE-TAG-9"})
        found: int = self.office.read(current_revision)
        return found

    @cached_property
    def time_entry_id(self) -> str:
        """An entry of whoever asks."""
        body = {"start": START, "end": END, "projectId": self.project_id, "description": "example"}
        answer = self.asker.post("/time-entries", body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    @cached_property
    def shared_report_id(self) -> str:
        """A shared report of whoever asks."""
        wanted = {"exportType": "JSON", "dateRangeStart": START, "dateRangeEnd": END}
        body = {"name": "EXAMPLE-REPORT", "type": "SUMMARY", "filter": wanted | {"summaryFilter": {"groups": ["USER"]}}}
        path = f"/report/v1/workspaces/{self.office.workspace_id}/shared-reports"
        answer = self.asker.raw("POST", path, body)
        assert answer.status == 200, answer
        return str(answer.body["id"])

    @cached_property
    def scheduled_report_id(self) -> str:
        """A schedule of whoever asks, mailed to them."""
        path = f"/api/hourbook/v1/workspaces/{self.office.workspace_id}/scheduled-reports"
        with sending_mail(self.office.server):
            answer = self.asker.raw("POST", path, SCHEDULE | {"recipients": [self.asker.id]})
        assert answer.status == 201, answer
        return str(answer.body["id"])

    @property
    def received_report_id(self) -> str:
        return self.scheduled_report_id

    @cached_property
    def export_id(self) -> str:
        """A finished export of whoever asks."""
        wanted = {"exportType": "CSV", "dateRangeStart": START, "dateRangeEnd": END}
        path = f"/api/hourbook/v1/workspaces/{self.office.workspace_id}/exports"
        answer = self.asker.raw("POST", path, {"type": "DETAILED", "filter": wanted})
        assert answer.status == 201, answer
        made = str(answer.body["id"])
        content = zlib.compress(b"EXAMPLE")
        file = MadeFile("example.csv", 0, 7, 1, 32_503_680_000_000_000)
        self.office.write(lambda tx: exports.add_part(tx, made, attempt=1, number=0, content=content))
        assert self.office.write(lambda tx: exports.finish(tx, made, attempt=1, made=file))
        return made

    @cached_property
    def webhook_id(self) -> str:
        answer = self.office.owner.post("/webhooks", WEBHOOK)
        assert answer.status == 201, answer
        self.office.server.secrets += [answer.body["authToken"], answer.body["signingSecret"]]
        return str(answer.body["id"])

    @cached_property
    def addon_id(self) -> str:
        answer = installed(self.office, shared_addon_server())
        assert answer.status == 201, answer
        return str(answer.body["id"])

    @property
    def manifest_url(self) -> str:
        """Of an add-on that is not installed."""
        return shared_addon_server().manifest_url("another-addon")

    @cached_property
    def tried_webhook_id(self) -> str:
        """One whose receiver said no, ten times."""

        def fail(tx: Any) -> None:
            for _ in range(10):
                row = webhook_deliveries.deliveries(tx, self.webhook_id)[0]
                due = Due(**{name: row[name] for name in Due.__struct_fields__})
                actions_deliveries.settle(tx, [Outcome(due, 400, "{}")])

        assert self.delivery_id
        self.office.write(fail)
        return self.webhook_id

    @cached_property
    def delivery_id(self) -> str:
        """A test event that waits for the webhook."""
        path = f"/api/hourbook/v1/workspaces/{self.office.workspace_id}/webhooks/{self.webhook_id}/test"
        assert self.office.owner.raw("POST", path).status == 202
        return str(self.office.read(lambda tx: webhook_deliveries.delivery_ids(tx, self.webhook_id))[0])

    @cached_property
    def token(self) -> str:
        """The link of an invitation of somebody new."""
        return invite(self.office.owner, f"guest.{self.office.server.ids.new_id()}@example.com")["token"]

    @cached_property
    def token_elsewhere(self) -> str:
        """The link of an invitation of the owner into the outsider's workspace."""
        outsider = self.office.outsider.at(self.office.outsider_workspace_id)
        return invite(outsider, self.office.owner.email)["token"]

    @property
    def email(self) -> str:
        """Of whoever asks."""
        return self.asker.email

    @property
    def member_email(self) -> str:
        return self.office.member.email

    @property
    def issuer(self) -> str:
        """A provider that is there."""
        return shared_provider().issuer

    @cached_property
    def home_id(self) -> str:
        """The workspace, with an identity provider."""
        body = {"issuer": self.issuer, "clientId": "c", "clientSecret": "s"}
        path = f"/api/hourbook/v1/workspaces/{self.office.workspace_id}/single-sign-on"
        answer = self.office.owner.raw("PUT", path, body)
        assert answer.status == 200, answer
        return self.office.workspace_id

    @cached_property
    def invitation_id(self) -> str:
        return invite(self.office.owner, f"guest.{self.office.server.ids.new_id()}@example.com")["id"]

    @property
    def owner_email(self) -> str:
        return self.office.owner.email

    @cached_property
    def session_id(self) -> str:
        """A session of whoever asks."""
        return str(sign_ins.open_session(self.asker).session.id)

    @cached_property
    def api_key_id(self) -> str:
        """Another key of whoever asks."""
        answer = self.asker.raw("POST", "/api/hourbook/v1/api-keys", {"name": "EXAMPLE-KEY"})
        self.office.server.secrets.append(answer.body["apiKey"])
        return str(answer.body["id"])

    @cached_property
    def reset_token(self) -> str:
        return sign_ins.reset_token(self.office.owner)

    @property
    def totp_code(self) -> str:
        """The code of a second factor that was just set up."""
        return sign_ins.code_of(self.office.server, sign_ins.enrol(self.asker))

    @property
    def member_id(self) -> str:
        return self.office.member.id

    @property
    def currency_id(self) -> str:
        """The workspace's default currency, as its clients show it."""
        return str(self.office.owner.get(f"/clients/{self.client_id}").body["currencyId"])

    @cached_property
    def spare_currency_id(self) -> str:
        """A currency that nothing is in."""
        path = f"/api/hourbook/v1/workspaces/{self.office.workspace_id}/currencies"
        return str(self.office.owner.raw("POST", path, {"code": "JPY"}).body["id"])

    @cached_property
    def file_token(self) -> str:
        """The end of the address of a picture that the owner uploaded."""
        sent = uploads.body(uploads.part(uploads.picture()))
        answer = self.office.owner.raw("POST", "/api/v1/file/image", sent, None, uploads.HEADERS)
        return str(answer.body["url"]).rpartition("/")[2]

    def value(self, place: str) -> str:
        """What stands at a place of a recorded request."""
        simple = {"workspaceId": self.office.workspace_id, "userId": self.asker.id, "now": self._now}
        if place in simple:
            return simple[place]
        attribute = re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), place)
        # Things of later capabilities have ids that nothing has.
        return str(getattr(self, attribute, "f" * 24))

    @property
    def _now(self) -> str:
        return format_instant(self.office.clock.now_s)

    def fill(self, recorded: Any) -> Any:
        """A recorded request or message with its places filled."""
        if isinstance(recorded, dict):
            return {key: self.fill(value) for key, value in recorded.items()}
        if isinstance(recorded, list):
            return [self.fill(value) for value in recorded]
        if recorded == "{revision}":
            return self.revision
        if isinstance(recorded, str):
            return _PLACE.sub(lambda match: self.value(match[1]), recorded)
        return recorded

    def ask_hook(self) -> None:
        """A webhook that names the workspace as its source."""
        assert (
            self.office.owner.post("/webhooks", WEBHOOK | {"triggerSource": [self.office.workspace_id]}).status == 201
        )

    def ask(self, recorded: dict[str, Any]) -> Answer:
        """Sends the recorded request."""
        path = SERVICES[recorded.get("service", "core")] + self.fill(recorded["path"])
        body, query = self.fill(recorded.get("body")), self.fill(recorded.get("query"))
        return self.asker.raw(recorded["method"], path, body, query, self.headers)


def _archive_project(world: World) -> None:
    assert world.office.owner.put(f"/projects/{world.project_id}", {"archived": True}).status == 200


def _make_template(world: World) -> None:
    answer = world.office.owner.patch(f"/projects/{world.project_id}/template", {"isTemplate": True})
    assert answer.status == 200


def _archive_tag(world: World) -> None:
    body = {"name": "EXAMPLE-TAG-1", "archived": True}
    assert world.office.owner.put(f"/tags/{world.tag_id}", body).status == 200


def _full_project(world: World) -> None:
    task = {"name": "EXAMPLE-TASK", "hourlyRate": {"amount": 4500}}
    body = {"name": "EXAMPLE-PROJECT", "clientId": world.client_id, "hourlyRate": {"amount": 4500}, "tasks": [task]}
    world.project_id = world.make("/projects", body)
    world.task_id = world.office.owner.get(f"/projects/{world.project_id}/tasks").body[0]["id"]


def _task_with_rate(world: World) -> None:
    path = f"/projects/{world.project_id}/tasks/{world.task_id}/hourly-rate"
    assert world.office.owner.put(path, {"amount": 3000}).status == 200


def _entry_of_everything(world: World) -> None:
    _full_project(world)
    body = {"start": START, "end": END, "projectId": world.project_id, "taskId": world.task_id, "billable": True}
    world.time_entry_id = world.make("/time-entries", body)


def _shared_report(world: World, **more: Any) -> None:
    """A summary by projects of all the sample time, shared with its owner."""
    wanted: dict[str, Any] = {"exportType": "JSON_V1"}
    wanted |= {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}
    wanted |= {"sortOrder": "DESCENDING", "summaryFilter": {"groups": ["PROJECT"], "sortColumn": "GROUP"}, **more}
    body = {"name": "Example shared report", "type": "SUMMARY", "filter": wanted, "visibleToUsers": [world.asker.id]}
    path = f"/report/v1/workspaces/{world.office.workspace_id}/shared-reports"
    answer = world.asker.raw("POST", path, body)
    assert answer.status == 200, answer
    world.shared_report_id = answer.body["id"]


def _shared_report_of_everything(world: World) -> None:
    _entry_of_everything(world)
    _shared_report(world)


def _shared_report_of_active_projects(world: World) -> None:
    _shared_report(world, projects={"contains": "CONTAINS", "ids": [], "status": "ACTIVE"})


def _running_timer(world: World) -> None:
    assert world.make("/time-entries", {"start": "2026-05-20T13:00:00Z", "description": "running"})


def _first_person_by_email_manages_a_project(world: World) -> None:
    office = world.office
    assert world.user_field_id
    first = office.owner.get("/users", page_size=1).body[0]
    person = next(one for one in office.everybody.values() if one.id == first["id"])
    office.grant(person, "PROJECT_MANAGER", world.project_id)


def _clock_before_the_recorded_start(world: World) -> None:
    world.office.clock.move_to(1_606_834_048_000_000 - 600_000_000)


def _override(world: World) -> None:
    """A field that one project shows and the workspace does not."""
    body = {"name": "EXAMPLE-FIELD-1", "type": "TXT", "status": "INVISIBLE"}
    assert world.office.owner.put(f"/custom-fields/{world.custom_field_id}", body).status == 200
    path = f"/projects/{world.project_id}/custom-fields/{world.custom_field_id}"
    assert world.office.owner.patch(path, {"status": "VISIBLE"}).status == 200


def _dropdowns(world: World) -> None:
    for kind, default in (("DROPDOWN_SINGLE", "Open"), ("DROPDOWN_MULTIPLE", None)):
        body = {"name": f"Stage {kind}", "type": kind, "allowedValues": ["Open"], "workspaceDefaultValue": default}
        world.make("/custom-fields", body)


def _field_with_default(world: World) -> None:
    world.make("/custom-fields", {"name": "EXAMPLE-TEXT-FIELD", "type": "TXT", "workspaceDefaultValue": "example"})


def _fifty_fields(world: World) -> None:
    for number in range(50):
        world.make("/custom-fields", {"name": f"field {number}", "type": "TXT"})


def _credential(**headers: str) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        world.asker = world.office.anonymous
        world.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    return prepare


# What the paths of a recorded request are below.
def _project_of_client(world: World) -> str:
    return world.make("/projects", {"name": "EXAMPLE-PROJECT-2", "clientId": world.client_id})


def _later(world: World, project_id: str, body: dict[str, Any] | None) -> None:
    """Changes a project, or deletes it, when it is some weeks old."""
    world.office.clock.move(25 * 86_400)
    path, owner = f"/projects/{project_id}", world.office.owner
    assert owner.put(path, body or {"archived": True}).status == 200
    if body is None:
        assert owner.delete(path).status == 200


SERVICES = {"core": "/api/v1", "reports": "/report/v1", "audit": "/auditlog/v1"}
PREPARE: dict[str, Callable[[World], Any]] = {
    "webhook-list": lambda world: world.ask_hook(),
    "audit-log": lambda world: world.project_id,
    "entities-created": lambda world: _project_of_client(world),
    "entities-updated": lambda world: _later(world, _project_of_client(world), {"name": "CHANGED"}),
    "entities-deleted": lambda world: _later(world, _project_of_client(world), None),
    "task-cost-rate-put": _task_with_rate,
    "report-attendance": _entry_of_everything,
    "report-summary-totals": _entry_of_everything,
    "shared-report-get": _shared_report_of_everything,
    "shared-report-filters-block": _shared_report_of_active_projects,
    "shared-reports-list": _shared_report,
    "report-detailed-money-row": _entry_of_everything,
    "auth-401-bad-addon-token": _credential(x_addon_token="nonsense"),
    "auth-401-bad-api-key": _credential(x_api_key="nonsense"),
    "auth-401-none": _credential(),
    "custom-field-create-cap-400": _fifty_fields,
    "custom-fields-list": _dropdowns,
    "project-custom-field-delete": _override,
    "user-custom-field-value-put": lambda world: setattr(world, "custom_field_id", world.user_field_id),
    "project-create-minimal": lambda world: world.office.set(default_billable_projects=True),
    "project-delete": _archive_project,
    "project-from-template": _make_template,
    "project-hydrated": _full_project,
    "project-name-taken-400": lambda world: world.make("/projects", {"name": "EXAMPLE-PROJECT"}),
    "tag-update-without-archived-unarchives": _archive_tag,
    "tasks-list": lambda world: world.task_id,
    "time-entries-in-progress": _running_timer,
    "time-entries-list-hydrated": _entry_of_everything,
    "time-entry-bulk-put-hydrated": _field_with_default,
    "time-entry-create-custom-field-read-key-dropped": lambda world: world.custom_field_id,
    "time-entry-duplicate": _field_with_default,
    "time-entry-get": lambda world: world.custom_field_id,
    "time-entry-create-missing-project-400": lambda world: world.office.set(force_projects=True),
    "time-entry-create-start-after-end-400": _clock_before_the_recorded_start,
    "time-entry-get-hydrated": _entry_of_everything,
    "time-entry-get-missing-400": lambda world: setattr(world, "time_entry_id", "f" * 24),
    "project-get-missing-400": lambda world: setattr(world, "project_id", "f" * 24),
    "users-info-filter": _first_person_by_email_manages_a_project,
    "user-group-name-taken-400": lambda world: world.make("/user-groups", {"name": "EXAMPLE-GROUP"}),
}
