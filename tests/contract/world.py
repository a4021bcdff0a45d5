"""A workspace with one of everything, made as far as a recorded request names it.

A recorded request has places like `{projectId}`; `World.fill` puts the id of a thing there and
makes the thing when it is first named. What else must have happened stands in `preparations.py`.
"""

import contextlib
import re
import zlib
from collections.abc import Iterator
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

# What the paths of a recorded request are below.
SERVICES = {"core": "/api/v1", "reports": "/report/v1", "audit": "/auditlog/v1"}
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
