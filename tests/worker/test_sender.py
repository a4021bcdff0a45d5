"""What becomes of a queued mail: sent once, tried again, given up, and nothing secret left behind."""

from typing import Any

import pytest

from hourbook.resources.mail import actions, rules
from hourbook.resources.mail.rules import MailState
from hourbook.worker import smtp
from hourbook.worker.sender import Sender
from tests.watching import AppLog
from tests.worker.rig import MAIL, Rig, settings_for
from tests.worker.sink import Sink


def send_all(rig: Rig, sink: Sink) -> int:
    """How many rounds there was something to do in."""
    sender = Sender(settings_for(sink), rig.verbs)
    rounds = 0
    while rig.run(sender.work()):
        rounds += 1
        assert rounds < 100
    return rounds


def test_a_mail_goes_out_once_and_says_what_it_is_for(rig: Rig, sink: Sink) -> None:
    rig.queue_mail()
    assert send_all(rig, sink) == 1
    assert sink.recipients == ["mia@example.org"]
    assert "https://time.example.org/reset?token=Sesame" in sink.texts()[0]
    assert sink.mails[0]["From"] == "Hourbook <hourbook@example.org>"
    assert sink.mails[0]["Message-ID"] == f"<{rig.mails()[0].id}@example.org>"
    assert [mail.state for mail in rig.mails()] == [MailState.SENT]
    rig.clock.move(86_400)
    assert send_all(rig, sink) == 0
    assert len(sink.mails) == 1


def test_the_secret_of_a_mail_is_gone_once_it_is_sent_or_given_up(rig: Rig, sink: Sink, whole_log: AppLog) -> None:
    rig.queue_mail()
    sink.refuse = lambda recipient: "550 unknown here" if recipient.startswith("nobody") else None
    rig.queue_mail(rules.Mail(**{**_fields(), "to": "nobody@example.org"}))
    assert all("Sesame" in mail.details for mail in rig.mails())
    send_all(rig, sink)
    assert {mail.details for mail in rig.mails()} == {"{}"}
    assert {mail.state for mail in rig.mails()} == {MailState.SENT, MailState.FAILED}
    assert "Sesame" not in "".join(map(repr, whole_log.lines))


def _fields() -> dict[str, Any]:
    return {name: getattr(MAIL, name) for name in MAIL.__struct_fields__}


def test_a_mail_server_that_is_away_is_tried_again_with_growing_pauses(rig: Rig, sink: Sink) -> None:
    rig.queue_mail()
    port, sink.port = sink.port, 1
    pauses = []
    for _ in range(3):
        assert send_all(rig, sink) == 1
        mail = rig.mails()[0]
        assert mail.state is MailState.QUEUED
        assert "cannot be reached" in mail.reason
        pauses.append((mail.next_try_at_us - rig.clock.now_us()) // 1_000_000)
        assert send_all(rig, sink) == 0
        rig.clock.move(pauses[-1])
    assert pauses == [30, 60, 120]
    sink.port = port
    assert send_all(rig, sink) == 1
    assert len(sink.mails) == 1
    assert rig.mails()[0].reason == ""


def test_a_receiver_that_does_not_exist_is_not_tried_again(rig: Rig, sink: Sink) -> None:
    sink.refuse = lambda recipient: "550 no such mailbox"
    rig.queue_mail()
    send_all(rig, sink)
    mail = rig.mails()[0]
    assert (mail.state, mail.attempts) == (MailState.FAILED, 1)
    assert mail.reason.endswith("refused the receiver: 550 no such mailbox")


def test_a_receiver_that_is_only_full_is_tried_until_it_is_given_up(rig: Rig, sink: Sink) -> None:
    sink.refuse = lambda recipient: "452 mailbox full"
    rig.queue_mail()
    for _ in range(rules.TRIES):
        assert send_all(rig, sink) == 1
        rig.clock.move(rules.LONGEST_PAUSE_SECONDS)
    assert (rig.mails()[0].state, rig.mails()[0].attempts) == (MailState.FAILED, rules.TRIES)
    assert "452 mailbox full" in rig.mails()[0].reason


def test_a_lease_keeps_others_away_until_it_ends(rig: Rig, sink: Sink) -> None:
    """A worker that died after it took a mail loses nothing but time."""
    rig.queue_mail()
    assert len(rig.write(lambda tx: actions.lease_due(tx, 10))) == 1
    assert send_all(rig, sink) == 0
    rig.clock.move(rules.LEASE_SECONDS - 1)
    assert send_all(rig, sink) == 0
    rig.clock.move(1)
    assert send_all(rig, sink) == 1
    assert rig.mails()[0].attempts == 2


def test_only_the_newest_lease_says_what_became_of_a_mail(rig: Rig) -> None:
    rig.queue_mail()
    first = rig.write(lambda tx: actions.lease_due(tx, 10))[0]
    rig.clock.move(rules.LEASE_SECONDS)
    second = rig.write(lambda tx: actions.lease_due(tx, 10))[0]

    def settle(mail: rules.QueuedMail) -> bool:
        found: bool = rig.write(lambda tx: actions.settle_sent(tx, mail.workspace_id, mail.id, attempts=mail.attempts))
        return found

    assert not settle(first)
    assert rig.mails()[0].state is MailState.QUEUED
    assert settle(second)
    assert not settle(second)


def test_trying_at_once_leaves_mails_that_are_being_sent_alone(rig: Rig, sink: Sink) -> None:
    port, sink.port = sink.port, 1
    rig.queue_mail()
    send_all(rig, sink)
    rig.queue_mail()
    rig.write(lambda tx: actions.lease_due(tx, 10))
    assert rig.write(actions.retry_now) == 1
    sink.port = port
    assert send_all(rig, sink) == 1
    assert len(sink.mails) == 1


def test_a_mail_that_cannot_be_made_is_given_up_and_takes_no_other_with_it(
    rig: Rig, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = smtp.compose

    def fails(rendered: Any, *, to: str, **more: Any) -> Any:
        if to == "bad@example.org":
            raise RuntimeError("no paper")
        return compose(rendered, to=to, **more)

    monkeypatch.setattr(smtp, "compose", fails)
    rig.queue_mail(rules.Mail(**{**_fields(), "to": "bad@example.org"}))
    rig.queue_mail()
    send_all(rig, sink)
    assert sink.recipients == ["mia@example.org"]
    states = {mail.recipient: mail.state for mail in rig.mails()}
    assert states == {"bad@example.org": MailState.FAILED, "mia@example.org": MailState.SENT}


def test_old_mails_go_portion_by_portion_and_waiting_ones_stay(rig: Rig, sink: Sink) -> None:
    for _ in range(5):
        rig.queue_mail()
        rig.clock.move(1)
    send_all(rig, sink)
    rig.clock.move(100)
    port, sink.port = sink.port, 1
    rig.queue_mail()
    send_all(rig, sink)
    now_us = rig.clock.now_us()
    gone = []
    while count := rig.write(lambda tx: actions.forget_over(tx, now_us - 50_000_000, 2)):
        gone.append(count)
    assert sum(gone) == 5
    assert [mail.state for mail in rig.mails()] == [MailState.QUEUED]
    assert port


def test_the_next_worker_of_a_server_takes_up_what_the_one_before_had_in_hand(rig: Rig, sink: Sink) -> None:
    rig.queue_mail()
    assert len(rig.write(lambda tx: actions.lease_due(tx, 10, holder="this"))) == 1
    assert rig.write(lambda tx: actions.release(tx, "other")) == 0
    assert send_all(rig, sink) == 0
    assert rig.write(lambda tx: actions.release(tx, "this")) == 1
    assert send_all(rig, sink) == 1
    assert rig.write(lambda tx: actions.release(tx, "this")) == 0
