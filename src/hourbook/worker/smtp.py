"""Delivers one mail to the mail server of the settings, and says precisely what failed when it does.

It blocks, so it runs in a thread. A refusal is final when the mail server will refuse the same mail
again (an unknown receiver); everything else is worth another try. Passwords and links stand in
no reason: only the mail server's own words do.
"""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from hourbook.resources.mail.rules import AttachedFile
from hourbook.settings import Settings
from hourbook.worker.mails import Rendered

TIMEOUT_SECONDS = 20.0
FIRST_FINAL_STATUS = 500


class NotSent(Exception):
    """Why a mail was not sent, as a sentence. `is_final`: another try would end the same way."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


def compose(rendered: Rendered, *, to: str, sender: str, message_id: str) -> EmailMessage:
    """The message. `message_id` is the same at every try, so whoever gets a mail twice can tell."""
    from datetime import UTC, datetime

    from hourbook.core.clock import SystemClock, seconds_of

    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(seconds_of(SystemClock().now_us()), UTC))
    host = parseaddr(sender)[1].rpartition("@")[2]
    message["Message-ID"] = f"<{message_id}@{host}>"
    # Out-of-office answers to a machine help nobody (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    return message


def attach(message: EmailMessage, file: AttachedFile) -> None:
    """Puts a file into a message. Its name may have any letters: mails have a spelling for them (RFC 2231)."""
    main, _, sub = file.content_type.partition("/")
    params = {"charset": "utf-8"} if main == "text" else {}
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name, params=params)


def deliver(settings: Settings, message: EmailMessage) -> str:
    """Hands the message to the mail server; what it answered. NotSent otherwise."""
    where = f"{settings.smtp_host} port {settings.smtp_port}"
    to = str(message["To"])
    sender = parseaddr(str(message["From"]))[1]
    with _connected(settings, where) as server:
        try:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
        except smtplib.SMTPNotSupportedError:
            raise NotSent(f"{where} offers no sign-in, but SMTP_USER is set") from None
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"{where} refused the sign-in of SMTP_USER: {_told(error)}") from None
        try:
            server.send_message(message, sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            status, words = next(iter(error.recipients.values()))
            is_final = status >= FIRST_FINAL_STATUS
            raise NotSent(f"{where} refused the receiver: {_words(status, words)}", is_final=is_final) from None
        except smtplib.SMTPSenderRefused as error:
            raise NotSent(f"{where} refused the sender {sender} (MAIL_FROM): {_told(error)}") from None
        except smtplib.SMTPNotSupportedError:
            raise NotSent(f"{where} takes no addresses with such letters", is_final=True) from None
        except smtplib.SMTPResponseException as error:
            is_final = error.smtp_code >= FIRST_FINAL_STATUS
            raise NotSent(f"{where} refused the mail: {_told(error)}", is_final=is_final) from None
    return f"{where} took it"


@contextlib.contextmanager
def _connected(settings: Settings, where: str) -> Iterator[smtplib.SMTP]:
    """A connection as the settings want it. Errors on the way are told by what was being done."""
    doing = "does not greet as a mail server does"
    server: smtplib.SMTP | None = None
    try:
        if settings.smtp_security == "tls":
            doing = "does not speak TLS as it should (SMTP_SECURITY is tls)"
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
        doing = "did not answer the greeting"
        server.ehlo()
        if settings.smtp_security == "starttls":
            doing = "does not begin TLS (SMTP_SECURITY is starttls)"
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        doing = "broke off"
        yield server
    except smtplib.SMTPNotSupportedError:
        raise NotSent(f"{where} {doing}: it does not offer it") from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{where} {doing}: {_told(error)}") from None
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"{where} has a certificate that is not trusted: {error.verify_message}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(
            f"{where} {doing if server is not None else _not_connected(error) or doing}: {_plain(error)}"
        ) from None
    finally:
        if server is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()


def _not_connected(error: BaseException) -> str | None:
    """Why no connection came about at all; None when one did and went wrong then."""
    if isinstance(error, socket.gaierror):
        return "is no address that can be found"
    return None if isinstance(error, smtplib.SMTPException | ssl.SSLError) else "cannot be reached"


def _plain(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _told(error: smtplib.SMTPResponseException) -> str:
    return _words(error.smtp_code, error.smtp_error)


def _words(status: int, words: Any) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return f"{status} {' '.join(text.split())}"
