"""A file goes with the last mail that waits with it, also when two of them are over in the same moment."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hourbook.resources.mail import actions, actions_attachments, store_attachments
from hourbook.resources.mail.rules import Attachment, Mail
from tests.harness import Office


def test_two_mails_that_are_over_in_one_moment_leave_no_file(
    office: Office, outbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id, to = office.server.ids.new_id(), f"{office.server.ids.new_id()}@example.org"

    def queue(tx: Any) -> None:
        actions_attachments.add_part(tx, file_id, number=0, content=b"hours")
        actions_attachments.attach(tx, Attachment(file_id, "hours.csv", "text/csv", 1))
        for _ in range(2):
            actions.queue(tx, Mail(to=to, template="test", values={}, attachment_id=file_id))

    office.write(queue)
    # Without a lock both have looked for a mail that waits before either of them is committed.
    both_looked, forget = threading.Barrier(2), store_attachments.forget_unless_wanted

    def forget_and_meet(*of: Any) -> None:
        forget(*of)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_looked.wait(0.5)

    def settle(mail: Any) -> bool:
        key = (mail.workspace_id, mail.id)
        return bool(office.write(lambda tx: actions.settle_sent(tx, *key, attempts=mail.attempts)))

    monkeypatch.setattr(store_attachments, "forget_unless_wanted", forget_and_meet)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(settle, outbox(to))) == [True, True]
    assert office.read(lambda tx: actions_attachments.find(tx, office.workspace_id, file_id)) == []
    assert office.read(lambda tx: actions_attachments.part(tx, office.workspace_id, file_id, number=0)) == b""
