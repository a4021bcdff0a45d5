"""A mail that cannot be handed over: each step that can fail has a sentence of its own."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hourbook.settings import Settings
from hourbook.worker import mails, smtp
from tests.ports import free_port
from tests.worker.rig import settings_for
from tests.worker.sink import Sink, running_sink


def send(settings: Settings, to: str = "mia@example.org") -> str:
    rendered = mails.render("test", {}, language="en", zone="UTC")
    message = smtp.compose(rendered, to=to, sender=settings.mail_from, message_id="1")
    return smtp.deliver(settings, message)


def refusal(settings: Settings, to: str = "mia@example.org") -> tuple[str, bool]:
    with pytest.raises(smtp.NotSent) as caught:
        send(settings, to)
    return str(caught.value), caught.value.is_final


def test_a_mail_is_taken(sink: Sink) -> None:
    assert send(settings_for(sink)) == f"127.0.0.1 port {sink.port} took it"
    assert sink.mails[0]["Auto-Submitted"] == "auto-generated"
    assert {part.get_content_type() for part in sink.mails[0].walk()} >= {"text/plain", "text/html"}


def test_nobody_listens(sink: Sink) -> None:
    told, is_final = refusal(settings_for(sink, HOURBOOK_SMTP_PORT=str(free_port())))
    assert "cannot be reached: Connection refused" in told
    assert not is_final


def test_the_host_does_not_exist(sink: Sink) -> None:
    told, _ = refusal(settings_for(sink, HOURBOOK_SMTP_HOST="mail.invalid"))
    assert "mail.invalid port" in told
    assert "is no address that can be found" in told


def test_what_listens_is_no_mail_server(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told, _ = refusal(settings_for(sink, HOURBOOK_SMTP_PORT=str(silent.getsockname()[1])))
    assert told.endswith("does not greet as a mail server does: Connection unexpectedly closed: timed out")


def test_it_hangs_up_at_once(sink: Sink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        told, is_final = refusal(settings_for(sink, HOURBOOK_SMTP_PORT=str(server.getsockname()[1])))
        thread.join()
    assert "Connection unexpectedly closed" in told
    assert not is_final


def test_it_does_not_begin_tls(sink: Sink) -> None:
    told, _ = refusal(settings_for(sink, HOURBOOK_SMTP_SECURITY="starttls"))
    assert "does not begin TLS (SMTP_SECURITY is starttls): it does not offer it" in told


def test_it_does_not_speak_tls(sink: Sink) -> None:
    told, _ = refusal(settings_for(sink, HOURBOOK_SMTP_SECURITY="tls"))
    assert "does not speak TLS as it should (SMTP_SECURITY is tls)" in told


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[tuple[Sink, Path]]:
    """A mail server with TLS, and the certificate that would have to be trusted."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    with running_sink(tls_context=context, require_starttls=True) as sink:
        yield sink, cert


def test_its_certificate_must_be_trusted(certified: tuple[Sink, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    sink, cert = certified
    settings = settings_for(sink, HOURBOOK_SMTP_SECURITY="starttls", HOURBOOK_SMTP_HOST="localhost")
    told, is_final = refusal(settings)
    assert "has a certificate that is not trusted: self" in told
    assert not is_final
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    send(settings)
    assert len(sink.mails) == 1


def test_it_wants_tls_and_the_settings_do_not(certified: tuple[Sink, Path]) -> None:
    told, _ = refusal(settings_for(certified[0]))
    assert "530 Must issue a STARTTLS command first" in told


def test_the_sign_in_is_wrong() -> None:
    with running_sink(user=("hourbook", "right horse")) as sink:
        account = {"HOURBOOK_SMTP_USER": "hourbook", "HOURBOOK_SMTP_PASSWORD": "wrong horse"}
        told, is_final = refusal(settings_for(sink, **account))
        assert "refused the sign-in of SMTP_USER: 535" in told
        assert "horse" not in told
        assert not is_final
        send(settings_for(sink, **account | {"HOURBOOK_SMTP_PASSWORD": "right horse"}))
        assert len(sink.mails) == 1


def test_it_has_no_sign_in(sink: Sink) -> None:
    told, _ = refusal(settings_for(sink, HOURBOOK_SMTP_USER="hourbook", HOURBOOK_SMTP_PASSWORD="x"))
    assert told.endswith("offers no sign-in, but SMTP_USER is set")


def test_it_refuses_the_receiver_for_good_or_for_now(sink: Sink) -> None:
    sink.refuse = lambda recipient: "550 no such mailbox"
    assert refusal(settings_for(sink)) == (
        f"127.0.0.1 port {sink.port} refused the receiver: 550 no such mailbox",
        True,
    )
    sink.refuse = lambda recipient: "451 come back later"
    assert not refusal(settings_for(sink))[1]


def test_it_refuses_the_sender(sink: Sink) -> None:
    sink.refuse_sender = "553 not from you"
    told, is_final = refusal(settings_for(sink))
    assert told.endswith("refused the sender hourbook@example.org (MAIL_FROM): 553 not from you")
    assert not is_final


def test_it_refuses_the_content(sink: Sink) -> None:
    sink.refuse_content = "554 looks like spam"
    assert refusal(settings_for(sink))[0].endswith("refused the mail: 554 looks like spam")
    assert refusal(settings_for(sink))[1]
    sink.refuse_content = "451 greylisted"
    assert not refusal(settings_for(sink))[1]
