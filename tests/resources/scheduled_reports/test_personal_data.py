"""Scheduled reports of somebody who asks for their data, or is erased."""

import pytest
import sqlalchemy as sa

from hourbook.db.statement import Statement
from hourbook.db.tables.scheduled_reports import (
    scheduled_report_recipients,
    scheduled_report_runs,
    scheduled_reports,
)
from hourbook.journal import journal
from tests.harness import Office, Person
from tests.resources.scheduled_reports.mailing import HOUR_S, Post, created, get, mails_to, put
from tests.worker.sink import Sink

TABLES = (scheduled_reports, scheduled_report_recipients, scheduled_report_runs)


def erase(office: Office, person: Person) -> None:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/users/{person.id}/erase"
    answer = office.owner.raw("POST", path, {"confirmation": person.email})
    assert answer.status in (200, 204), answer


def rows(office: Office) -> list[int]:
    """How many rows of the workspace each table has."""
    counts = []
    for table in TABLES:
        count = Statement(
            sa.select(sa.func.count()).select_from(table).where(table.c.workspace_id == sa.bindparam("workspace_id"))
        )
        counts.append(office.read(lambda tx, count=count: tx.rows(count))[0][0])
    return counts


@pytest.mark.usefixtures("mail")
def test_somebody_is_told_what_they_scheduled_and_what_is_mailed_to_them(office: Office) -> None:
    own = created(office.member, office.manager, name="Their own")
    others = created(office.owner, office.member)
    told = office.member.raw("GET", "/api/hourbook/v1/user/data").body
    (scheduled,) = told["scheduledReports"]
    assert (scheduled["id"], scheduled["name"]) == (own, "Their own")
    assert "request" not in scheduled
    assert [one["reportId"] for one in told["reportsMailedToMe"]] == [others]


@pytest.mark.usefixtures("mail")
def test_of_somebody_who_is_erased_nothing_is_left(office: Office) -> None:
    created(office.member, office.manager, name="Quackenbush's weeks")
    own = created(office.member, office.member)
    put(office.member, own, name="Quackenbush's days")
    others = created(office.owner, office.member, office.owner)
    assert rows(office) == [3, 4, 3]
    erase(office, office.member)
    assert rows(office) == [1, 1, 1]
    assert get(office.owner, others)["recipients"] == [office.owner.id]
    kept = office.read(lambda tx: list(journal.iterate_since(tx, 0)))
    assert "Quackenbush" not in repr(kept)


def test_mails_that_wait_for_somebody_who_is_erased_go_nowhere(office: Office, post: Post, sink: Sink) -> None:
    created(office.owner, office.member, office.admin)
    office.clock.move(17 * HOUR_S)
    post.make()
    erase(office, office.member)
    post.send()
    assert mails_to(office.member, sink) == []
    assert len(mails_to(office.admin, sink)) == 1
