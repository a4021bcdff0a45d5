"""Our own surface: POST .../webhooks/{id}/test, .../deliveries/{id}/resend and .../resend."""

from typing import Any

import msgspec
import pytest

from hourbook.resources.webhooks import rules_samples
from hourbook.resources.webhooks.rules import EVENTS
from hourbook.resources.webhooks.rules_samples import About
from tests import webhook_deliveries
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person
from tests.own_surface import own
from tests.resources.webhooks.test_logs import Log

UNKNOWN = "0123456789abcdef01234567"


@pytest.fixture
def log(office: Office) -> Log:
    return Log(office)


def states(log: Log) -> list[tuple[str, int]]:
    rows = log.office.read(lambda tx: webhook_deliveries.deliveries(tx, log.id))
    return [(row["state"], row["failures"]) for row in rows]


def resend(log: Log, body: Any, person: Person | None = None) -> Answer:
    return own(person or log.office.owner, "POST", log.path + "/resend", body)


def test_only_owner_and_admins_ask_for_events(office: Office, log: Log) -> None:
    delivery = log.deliver(500)
    for path, body in (
        ("/test", None),
        (f"/deliveries/{delivery}/resend", None),
        ("/resend", {"from": "2026-05-20T00:00:00Z"}),
    ):
        assert own(office.anonymous, "POST", log.path + path, body).refusal == NO_CREDENTIAL
        for person in (office.outsider, office.member, office.manager):
            assert own(person, "POST", log.path + path, body).refusal == DENIED
        assert own(office.admin, "POST", log.path + path, body).status == 202


def test_an_unknown_webhook_or_delivery_is_refused(office: Office, log: Log) -> None:
    other = Log(office).deliver(500)
    for path, body in (("/test", None), (f"/deliveries/{other}/resend", None), ("/resend", {"after": "1"})):
        answer = own(office.owner, "POST", f"/webhooks/{UNKNOWN}{path}", body)
        assert answer.message == "Webhook doesn't belong to Workspace"
    for delivery in (UNKNOWN, other):
        answer = own(office.owner, "POST", f"{log.path}/deliveries/{delivery}/resend")
        assert answer.refusal == REFUSED
        assert answer.message == "Delivery doesn't belong to Webhook"


def test_a_test_event_waits_for_its_webhook_alone_with_the_id_of_its_row_in_the_journal(
    office: Office, log: Log
) -> None:
    other = Log(office)
    answer = own(office.owner, "POST", log.path + "/test")
    assert answer.status == 202
    revision = office.read(lambda tx: webhook_deliveries.deliveries(tx, log.id))[0]["revision"]
    assert answer.body == {"eventId": f"{office.workspace_id}.{revision}"}
    assert (states(log), states(other)) == ([("WAITING", 0)], [])


def test_each_test_event_has_an_id_of_its_own(office: Office, log: Log) -> None:
    ids = [own(office.owner, "POST", log.path + "/test").body["eventId"] for _ in range(5)]
    assert len(set(ids)) == 5


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_there_is_a_body_for_each_event(event: str) -> None:
    body = msgspec.json.decode(rules_samples.sample_body(event, About("w" * 24, "u" * 24, 1_779_285_600)))
    assert "w" * 24 in repr(body) or body["id"] == "u" * 24


def test_a_delivery_that_was_given_up_is_sent_again_from_the_beginning(office: Office, log: Log) -> None:
    delivery = log.deliver(*[500] * 10)
    assert states(log) == [("FAILED", 10)]
    answer = own(office.owner, "POST", f"{log.path}/deliveries/{delivery}/resend")
    assert answer.status == 202
    assert answer.body["eventId"].startswith(office.workspace_id)
    assert states(log) == [("WAITING", 0)]
    assert log.statuses()[0]["status"] == "RETRYING"


def test_a_delivery_that_went_well_can_be_sent_again(office: Office, log: Log) -> None:
    delivery = log.deliver(200)
    assert own(office.owner, "POST", f"{log.path}/deliveries/{delivery}/resend").status == 202
    assert states(log) == [("WAITING", 0)]


def test_a_range_is_sent_again(office: Office, log: Log) -> None:
    for codes in ((200,), (500,) * 10, (200,)):  # at 14:00, 15:00 and, ten hours of tries later, 01:00
        log.deliver(*codes)
    times = {"from": "2026-05-20T14:30:00Z", "to": "2026-05-20T15:00:00Z"}
    answer = resend(log, times)
    assert (answer.status, answer.body) == (202, {"deliveries": 1})
    assert states(log) == [("SUCCEEDED", 0), ("WAITING", 0), ("SUCCEEDED", 0)]


def test_all_since_an_event_is_sent_again_or_only_what_failed(office: Office, log: Log) -> None:
    for codes in ((200,), (500,) * 10, (200,)):
        log.deliver(*codes)
    first = office.read(lambda tx: webhook_deliveries.deliveries(tx, log.id))[0]["revision"]
    after = f"{office.workspace_id}.{first}"
    assert resend(log, {"after": after, "onlyFailed": True}).body == {"deliveries": 1}
    assert states(log) == [("SUCCEEDED", 0), ("WAITING", 0), ("SUCCEEDED", 0)]
    # What waits already is not asked for twice.
    assert resend(log, {"after": str(first)}).body == {"deliveries": 1}
    assert states(log) == [("SUCCEEDED", 0), ("WAITING", 0), ("WAITING", 0)]
    assert resend(log, {"after": "0"}).body == {"deliveries": 1}


@pytest.mark.parametrize("body", [{}, {"onlyFailed": True}, {"after": "x"}, {"after": "a.1"}, {"after": "1.2.3"}])
def test_a_bound_is_needed(log: Log, body: dict[str, Any]) -> None:
    assert resend(log, body).refusal == REFUSED


def test_what_cannot_be_read_is_refused(log: Log) -> None:
    assert resend(log, {"from": "yesterday"}).refusal == UNREADABLE
    assert resend(log, None).refusal == UNREADABLE


def test_sending_again_takes_the_same_number_of_statements_however_many_there_are(
    office: Office, log: Log, statement_count: Any
) -> None:
    log.deliver(200)
    few = statement_count(lambda: resend(log, {"after": "0"}))
    for _ in range(5):
        log.deliver(200)
    assert statement_count(lambda: resend(log, {"after": "0"})) == few
