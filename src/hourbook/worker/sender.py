"""Sends what is in the outbox: takes mails under a lease, delivers them, says what became of each.

A mail is settled right after its own delivery, so a worker that is killed leaves at most the mails
in its hands to be sent again, when their lease ends. What is tried again, and when, decide the rules of the outbox.
"""

import asyncio

import structlog

from hourbook.resources.mail.rules import AttachedFile, Attachment, QueuedMail, decode_values
from hourbook.settings import Settings
from hourbook.worker.verbs import Verbs, call_patiently

log = structlog.get_logger("hourbook.worker")
AT_ONCE = 4


class Sender:
    """The outbox's worker. `work` sends what is due now and says whether there was anything."""

    def __init__(self, settings: Settings, verbs: Verbs, *, holder: str = "") -> None:
        self._settings = settings
        self._verbs = verbs
        self._holder = holder

    async def work(self) -> bool:
        if not await self._verbs.call("mail.is_due", bool):
            return False
        mails = await self._verbs.call("mail.lease_due", list[QueuedMail], {"limit": AT_ONCE, "holder": self._holder})
        await asyncio.gather(*map(self._send, mails))
        return bool(mails)

    async def _send(self, mail: QueuedMail) -> None:
        lease = {"workspace_id": mail.workspace_id, "mail_id": mail.id, "attempts": mail.attempts}
        refusal = await self._try(mail)
        if refusal is None:
            await call_patiently(self._verbs, "mail.settle_sent", bool, arguments=lease)
            return
        reason, is_final = refusal
        log.warning("a mail was not sent", mail=mail.id, attempt=mail.attempts, gives_up=is_final, reason=reason)
        refused = {**lease, "reason": reason, "is_final": is_final}
        await call_patiently(self._verbs, "mail.settle_refused", bool, arguments=refused)

    async def _try(self, mail: QueuedMail) -> tuple[str, bool] | None:
        file = None
        if mail.attachment_id is not None:
            file = await self._file(mail, mail.attachment_id)
            if file is None:
                return "the file that goes with the mail is gone", True
        return await asyncio.to_thread(try_to_send, self._settings, mail, file)

    async def _file(self, mail: QueuedMail, attachment_id: str) -> AttachedFile | None:
        """The whole file, in memory: it is within the limit for mails."""
        key = {"workspace_id": mail.workspace_id, "attachment_id": attachment_id}
        found = await self._verbs.call("mail.attachments.find", list[Attachment], key)
        if not found:
            return None
        parts = [
            await self._verbs.call("mail.attachments.part", bytes, {**key, "number": number})
            for number in range(found[0].parts_count)
        ]
        if not all(parts):
            return None
        return AttachedFile(found[0].file_name, found[0].content_type, b"".join(parts))


def try_to_send(settings: Settings, mail: QueuedMail, file: AttachedFile | None = None) -> tuple[str, bool] | None:
    """Blocks. None when the mail server took the mail; else why not, and whether that is final."""
    from hourbook.worker import mails, smtp

    try:
        values = decode_values(mail.details)
        rendered = mails.render(mail.template, values, language=mail.language, zone=mail.zone)
        message = smtp.compose(rendered, to=mail.recipient, sender=settings.mail_from, message_id=mail.id)
        if file is not None:
            smtp.attach(message, file)
    except Exception as error:
        # A mail that cannot be made will not be made later either; the log has the whole of it.
        log.exception("a mail could not be made", mail=mail.id, template=mail.template)
        return f"the mail could not be made ({type(error).__name__})", True
    try:
        smtp.deliver(settings, message)
    except smtp.NotSent as error:
        return str(error), error.is_final
    except Exception as error:
        log.exception("a mail could not be handed over", mail=mail.id)
        return f"the mail could not be handed over ({type(error).__name__})", False
    return None
