"""A mail goes into the outbox with the change that causes it, or not at all."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.mail import actions
from hourbook.resources.mail.rules import Mail, MailState
from tests.harness import Office

Outbox = Callable[[str], list[Any]]


def mail(to: str, **more: Any) -> Mail:
    return Mail(to=to, template="test", values={}, **more)


def address(office: Office) -> str:
    return f"{office.server.ids.new_id()}@example.org"


def test_where_no_mail_is_sent_none_is_queued_and_the_caller_learns_it(office: Office) -> None:
    to = address(office)
    assert not office.read(actions.is_on)
    assert office.write(lambda tx: actions.queue(tx, mail(to))) is False
    assert all(one.recipient != to for one in office.read(lambda tx: actions.list_recent(tx, 1000)))


def test_where_mail_is_sent_it_waits_in_the_workspace(office: Office, outbox: Outbox) -> None:
    to = address(office)
    assert office.read(actions.is_on)
    assert office.write(lambda tx: actions.queue(tx, mail(to, language="DE", zone="Europe/Berlin"))) is True
    (one,) = outbox(to)
    assert (one.workspace_id, one.state, one.attempts) == (office.workspace_id, MailState.QUEUED, 0)
    assert (one.language, one.zone, one.next_try_at_us) == ("DE", "Europe/Berlin", office.clock.now_us())


def test_a_mail_of_an_account_stands_under_the_account(office: Office, outbox: Outbox) -> None:
    to = address(office)
    office.server.database.write_now(
        office.server.facts(None), "", lambda tx: actions.queue(tx, mail(to, account_id=office.member.id))
    )
    assert outbox(to)[0].workspace_id == office.member.id


def test_a_mail_of_nobody_is_a_bug(office: Office, outbox: Outbox) -> None:
    with pytest.raises(LookupError):
        office.server.database.write_now(
            office.server.facts(None), "", lambda tx: actions.queue(tx, mail(address(office)))
        )


def test_a_change_that_fails_takes_its_mail_with_it(office: Office, outbox: Outbox) -> None:
    to = address(office)

    def work(tx: Any) -> None:
        actions.queue(tx, mail(to))
        raise InvalidValue("no")

    with contextlib.suppress(InvalidValue):
        office.write(work)
    assert outbox(to) == []


def test_a_queued_mail_is_no_change_of_the_workspace(office: Office, outbox: Outbox) -> None:
    from hourbook.journal.journal import current_revision

    before = office.read(current_revision)
    office.write(lambda tx: actions.queue(tx, mail(address(office))))
    assert office.read(current_revision) == before
