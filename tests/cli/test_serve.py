"""`hourbook serve` as a program: start, stop, crash, locks, addresses, TLS."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hourbook import __version__
from hourbook.cli.serving import announcement
from hourbook.settings import load_settings
from tests.cli.conftest import Program, Run, Shared, answers, shared_server, until
from tests.databases import IS_SQLITE

Serving = Callable[..., Program]
TAG = b'{"name":"Slow"}'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Behind a proxy of this machine, and known to others by another address."""
    behind = {"HOURBOOK_TRUSTED_PROXIES": "127.0.0.1", "HOURBOOK_PUBLIC_URL": "https://example.org/hourbook"}
    with shared_server(tmp_path_factory.mktemp("shared"), **behind) as running:
        yield running
        assert running.program.log == ""


@pytest.fixture
def owner(run: Run, own_url: str) -> dict[str, str]:
    made: dict[str, str] = run(
        "admin", "create-owner", "--email", "a@example.org", "--json", "--database", own_url
    ).json
    return made


def tags_path(owner: dict[str, str]) -> str:
    return f"/api/v1/workspaces/{owner['workspaceId']}/tags"


def begin_slow_request(program: Program, owner: dict[str, str]) -> socket.socket:
    """A create whose body has not arrived whole."""
    sock = program.connect()
    head = f"POST {tags_path(owner)} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {owner['apiKey']}\r\nConnection: close\r\n"
    sock.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(TAG)}\r\n\r\n".encode() + TAG[:5])
    return sock


def read_all(sock: socket.socket) -> bytes:
    content = b""
    while part := sock.recv(65536):
        content += part
    return content


def test_it_says_where_it_is_in_one_line_and_answers_there(serving: Serving, owner: dict[str, str]) -> None:
    program = serving()
    assert program.line == f"Hourbook {__version__} is running at http://127.0.0.1:{program.port}. Ctrl-C stops it.\n"
    assert program.ask("/health").json == {"status": "ok", "version": __version__}
    assert program.ask("/api/v1/user", x_api_key=owner["apiKey"]).json["id"] == owner["userId"]
    assert program.stop() == 0
    assert program.log == ""


def test_an_empty_database_is_made_ready_by_the_start(serving: Serving, empty_url: str) -> None:
    assert serving("--database", empty_url).ask("/ready").status == 200


def test_a_request_under_way_is_finished_before_it_stops(serving: Serving, owner: dict[str, str]) -> None:
    program = serving(HOURBOOK_DRAIN_SECONDS="2")
    with begin_slow_request(program, owner) as slow:
        program.process.send_signal(signal.SIGTERM)
        until(answers(program, "/ready", 503))
        ready = program.ask("/ready")
        assert ready.json == {"message": "The server is shutting down.", "code": 503}
        assert ready.headers["retry-after"]
        assert program.ask("/health").status == 200
        slow.sendall(TAG[5:])
        assert read_all(slow).startswith(b"HTTP/1.1 201")
    assert program.end() == 0
    again = serving()
    assert [tag["name"] for tag in again.ask(tags_path(owner), x_api_key=owner["apiKey"]).json] == ["Slow"]


def test_a_request_that_never_ends_is_given_up(serving: Serving, owner: dict[str, str]) -> None:
    program = serving(HOURBOOK_STOP_SECONDS="1")
    with begin_slow_request(program, owner):
        assert program.stop() == 0


def test_ctrl_c_stops_it_in_order_and_a_second_one_hurries(serving: Serving) -> None:
    assert serving().stop(signal.SIGINT) == 0
    slow = serving(HOURBOOK_DRAIN_SECONDS="3000")
    slow.process.send_signal(signal.SIGINT)
    until(answers(slow, "/ready", 503))
    assert slow.stop(signal.SIGINT) == 0


def test_what_was_acknowledged_is_there_after_a_kill(serving: Serving, owner: dict[str, str]) -> None:
    program = serving()
    assert program.ask(tags_path(owner), method="POST", body={"name": "Kept"}, x_api_key=owner["apiKey"]).status == 201
    program.process.kill()
    program.end()
    started = time.monotonic()
    again = serving()
    assert [tag["name"] for tag in again.ask(tags_path(owner), x_api_key=owner["apiKey"]).json] == ["Kept"]
    assert time.monotonic() - started < 30


def test_a_second_server_of_an_embedded_database_is_refused(serving: Serving, run: Run, own_url: str) -> None:
    if not IS_SQLITE:
        pytest.skip("a database server serves several")
    first = serving()
    ended = run("serve", "--port", "0", "--database", own_url)
    assert ended.status == 1
    assert f"in use by hourbook serve, process {first.process.pid}" in ended.err


def test_an_embedded_database_has_one_worker(run: Run, tmp_path: Path) -> None:
    ended = run("serve", "--workers", "2", "--data", tmp_path / "data")
    assert ended.status == 1
    assert "More than one worker needs PostgreSQL" in ended.err
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(IS_SQLITE, reason="an embedded database has one worker")
def test_several_workers_share_the_port_and_a_dead_one_is_started_again(
    serving: Serving, owner: dict[str, str]
) -> None:
    program = serving("--workers", "2")
    until(answers(program, "/ready", 200))
    assert program.ask(tags_path(owner), method="POST", body={"name": "One"}, x_api_key=owner["apiKey"]).status == 201
    children = subprocess.run(
        ["pgrep", "-P", str(program.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(children[-1]), signal.SIGKILL)
    until(lambda: "started again" in program.log)
    until(answers(program, "/ready", 200))
    assert program.stop() == 0


def test_a_taken_port_and_an_unknown_host_are_sentences(run: Run, own_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", "--port", port, "--database", own_url)
    assert (ended.status, ended.err.strip()) == (
        1,
        f"Hourbook cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another port with --port.",
    )
    assert "is no address of this machine" in run("serve", "--host", "a..b", "--database", own_url).err
    assert "cannot listen on 192.0.2.1" in run("serve", "--host", "192.0.2.1", "--database", own_url).err


def test_the_public_address_decides_links_and_path_and_the_host_header_nothing(shared: Shared) -> None:
    program, owner = shared.program, shared.owner()
    assert "for others at https://example.org/hourbook" in program.line
    page = program.ask("/hourbook/", host="evil.example").body.decode()
    assert "https://example.org/hourbook/api/v1" in page
    assert "evil" not in page
    for path in ("/hourbook/api/v1/user", "/api/v1/user"):
        assert program.ask(path, x_api_key=owner["apiKey"]).status == 200


def test_metrics_are_for_this_machine_and_not_for_what_a_proxy_brings(shared: Shared) -> None:
    assert shared.program.ask("/metrics").status == 200
    for address in ("198.51.100.7", "127.0.0.1"):
        assert shared.program.ask("/metrics", x_forwarded_for=address).status == 403


def test_a_key_made_and_revoked_beside_a_running_server_works_and_dies_within_a_second(
    serving: Serving, owner: dict[str, str], run: Run, own_url: str
) -> None:
    program = serving()
    at = ("--database", own_url)
    key = run("admin", "api-key", "create", "--email", "a@example.org", "--json", *at).json
    assert program.ask(tags_path(owner), x_api_key=key["apiKey"]).status == 200
    run("admin", "api-key", "revoke", key["keyId"], *at)
    revoked = time.monotonic()
    until(answers(program, tags_path(owner), 401, x_api_key=key["apiKey"]))
    # And some for a machine that is busy: else it would live on for good.
    assert time.monotonic() - revoked < 10
    assert program.stop() == 0
    rows = run("admin", "api-key", "list", "--json", *at).json
    assert {row["keyId"]: row["lastUsedAt"] is not None for row in rows}[key["keyId"]]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"what is this\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400),
        (b"CONNECT example.org:443 HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 400_000, 431),
        (b"GET /" + b"x" * 400_000, 431),
    ],
)
def test_what_is_not_http_is_refused_in_the_one_error_shape(shared: Shared, sent: bytes, status: int) -> None:
    program = shared.program
    with program.connect() as sock, contextlib.suppress(ConnectionResetError, BrokenPipeError):
        sock.sendall(sent)
        head, _, body = read_all(sock).partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"x-request-id: " in head
        assert set(json.loads(body)) == {"message", "code"}
    assert program.ask("/health").status == 200
    assert program.log == ""


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def test_it_answers_https_directly(serving: Serving, certificate: tuple[Path, Path]) -> None:
    program = serving("--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1]))
    assert program.url.startswith("https://")
    assert program.ask("/ready").status == 200
    assert program.stop() == 0


def test_certificates_that_cannot_be_used_are_sentences(
    run: Run, own_url: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    locked = ["openssl", "pkey", "-aes256", "-passout", "pass:x", "-in", str(key), "-out", str(tmp_path / "locked.pem")]
    subprocess.run(locked, check=True, capture_output=True)
    for pair, told in (
        ((cert, tmp_path / "none.pem"), "No such file or directory"),
        ((cert, cert), "no certificate and the private key"),
        ((cert, tmp_path / "locked.pem"), "the key is protected by a password"),
    ):
        ended = run("serve", "--tls-cert", pair[0], "--tls-key", pair[1], "--database", own_url)
        assert ended.status == 1
        assert told in ended.err


def test_the_line_of_a_start_can_be_clicked() -> None:
    assert "at http://[::1]:9 " not in announcement(load_settings({"host": "::1", "port": 9}, {}))
    assert "at http://[::1]:9." in announcement(load_settings({"host": "::1", "port": 9}, {}))
