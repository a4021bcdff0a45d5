"""POST .../webhooks/{id}/logs and GET .../webhooks/{id}/statuses."""

import re
from typing import Any

import pytest

from hourbook.resources.webhooks import actions_deliveries, actions_resending
from hourbook.resources.webhooks.rules_deliveries import Due, Outcome
from tests import webhook_deliveries
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, START_S, UNREADABLE, Office

HOOK = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
}
UNKNOWN = "0123456789abcdef01234567"


class Log:
    """A webhook whose deliveries end as they are told, without anything being sent."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.id = office.owner.post("/webhooks", HOOK).body["id"]
        self.path = f"/webhooks/{self.id}"

    def deliver(self, *codes: int) -> str:
        """A test event that is answered so, one try after the other, each an hour after the one before."""
        office = self.office
        office.write(lambda tx: actions_resending.send_test(tx, self.id))
        row = office.read(lambda tx: webhook_deliveries.deliveries(tx, self.id))[-1]
        for code in codes:
            row = office.read(lambda tx: webhook_deliveries.deliveries(tx, self.id))[-1]
            due = Due(**{name: row[name] for name in Due.__struct_fields__})
            outcome = Outcome(due, code, f"answer {code}")
            office.write(lambda tx, outcome=outcome: actions_deliveries.settle(tx, [outcome]))
            office.clock.move(3600)
        return str(row["id"])

    def logs(self, body: Any = None, **query: Any) -> list[dict[str, Any]]:
        answer = self.office.owner.post(self.path + "/logs", body or {}, **query)
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.body
        return found

    def statuses(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.office.owner.get(self.path + "/statuses", **query)
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.body
        return found


@pytest.fixture
def log(office: Office) -> Log:
    return Log(office)


def codes(rows: list[dict[str, Any]]) -> list[int]:
    return [row["statusCode"] for row in rows]


def test_logs_are_shown_to_owner_and_admins_alone(office: Office, log: Log) -> None:
    assert office.anonymous.post(log.path + "/logs").refusal == NO_CREDENTIAL
    assert office.anonymous.get(log.path + "/statuses").refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager):
        assert person.post(log.path + "/logs", {}).refusal == DENIED
        assert person.get(log.path + "/statuses").refusal == DENIED
    assert office.admin.post(log.path + "/logs", {}).body == []
    assert office.admin.get(log.path + "/statuses").body == []


def test_an_unknown_webhook_is_refused(office: Office) -> None:
    for answer in (office.owner.post(f"/webhooks/{UNKNOWN}/logs"), office.owner.get(f"/webhooks/{UNKNOWN}/statuses")):
        assert answer.refusal == REFUSED
        assert answer.message == "Webhook doesn't belong to Workspace"


def test_a_log_has_the_recorded_keys_and_instants(log: Log) -> None:
    delivery = log.deliver(500, 200)
    first, second = log.logs()
    assert list(first) == [
        *("id", "webhookId", "webhookEventStatusId", "statusCode", "requestBody", "responseBody", "respondedAt")
    ]
    assert (first["webhookId"], first["webhookEventStatusId"]) == (log.id, delivery)
    assert first["responseBody"] == "answer 500"
    assert first["respondedAt"] == "2026-05-20T14:00:00.000+00:00"
    assert codes([first, second]) == [500, 200]
    assert first["requestBody"].startswith('{"id":')


def test_a_body_is_not_needed(log: Log) -> None:
    log.deliver(200)
    assert codes(log.office.owner.post(log.path + "/logs").body) == [200]


def test_logs_are_filtered_sorted_and_paged_from_0(log: Log) -> None:
    log.deliver(500, 404, 200)
    log.deliver(0, 201)
    assert codes(log.logs()) == [500, 404, 200, 0, 201]
    assert codes(log.logs({"sortByNewest": True})) == [201, 0, 200, 404, 500]
    assert codes(log.logs({"status": "SUCCEEDED"})) == [200, 201]
    assert codes(log.logs({"status": "FAILED"})) == [500, 404, 0]
    assert codes(log.logs({"status": "ALL"}, size=2)) == [500, 404]
    assert codes(log.logs(size=2, page=1)) == [200, 0]
    assert codes(log.logs(size=2, page=2)) == [201]
    assert codes(log.logs(size=2, page=3)) == []
    times = {"from": "2026-05-20T15:00:00Z", "to": "2026-05-20T17:00:00Z"}
    assert START_S == 1_779_285_600
    assert codes(log.logs(times)) == [404, 200, 0]
    assert codes(log.logs({"from": times["to"]})) == [0, 201]


@pytest.mark.parametrize("body", [{"from": "yesterday"}, {"to": "x"}, {"status": "NONE"}])
def test_what_cannot_be_read_is_refused(log: Log, body: dict[str, Any]) -> None:
    assert log.office.owner.post(log.path + "/logs", body).refusal == UNREADABLE


@pytest.mark.parametrize("query", [{"page": -1}, {"size": 0}, {"size": 201}])
def test_pages_have_bounds(log: Log, query: dict[str, Any]) -> None:
    assert log.office.owner.post(log.path + "/logs", {}, **query).refusal == REFUSED
    assert log.office.owner.get(log.path + "/statuses", **query).refusal == REFUSED


def test_a_page_far_out_is_empty(log: Log) -> None:
    log.deliver(200)
    assert log.logs(page=10**17, size=200) == []


def test_a_status_is_that_of_a_delivery_with_its_latest_try(log: Log) -> None:
    delivery = log.deliver(500, 404)
    (found,) = log.statuses()
    assert list(found) == [
        *("id", "webhookId", "webhookLogId", "status", "retryCount", "statusCode", "requestBody", "responseBody"),
        "respondedAt",
    ]
    assert (found["id"], found["webhookLogId"]) == (delivery, log.logs()[-1]["id"])
    assert (found["status"], found["retryCount"], found["statusCode"]) == ("RETRYING", 1, 404)
    assert re.fullmatch(r"2026-05-20 15:00:00 \+0000", found["respondedAt"])


def test_statuses_are_filtered_newest_first(log: Log) -> None:
    good, bad, open_ = log.deliver(500, 200), log.deliver(*[500] * 10), log.deliver(503)
    log.deliver()  # not tried yet: it has no log and no status
    assert [row["id"] for row in log.statuses()] == [open_, bad, good]
    assert [(row["status"], row["retryCount"]) for row in log.statuses()] == [
        ("RETRYING", 0),
        ("FAILED", 9),
        ("SUCCEEDED", 1),
    ]
    assert [row["id"] for row in log.statuses(statuses="FAILED")] == [bad]
    assert [row["id"] for row in log.statuses(statuses=["FAILED", "SUCCEEDED"])] == [bad, good]
    assert [row["id"] for row in log.statuses(statuses="RETRYING,SUCCEEDED", size=1, page=1)] == [good]
    assert log.office.owner.get(log.path + "/statuses", statuses="OTHER").refusal == REFUSED


def test_what_is_old_is_forgotten_portion_by_portion(log: Log) -> None:
    log.deliver(200)
    log.office.clock.move(31 * 86_400)
    log.deliver(200)
    before_us = log.office.clock.now_us() - 30 * 86_400 * 1_000_000
    gone = 0
    while count := log.office.write(lambda tx: actions_deliveries.forget_over(tx, before_us, 1)):
        gone += count
    assert gone >= 3
    assert len(log.logs()) == len(log.statuses()) == 1
