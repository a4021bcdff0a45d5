"""nginx and Caddy as deploy/ has them, in front of a real server: what has to come through does.

Live updates at once, the one address of the client, refusals of bodies that are too long, and no figures for others.
"""

import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest

from tests.databases import MIGRATED
from tests.docs.proxies import caddy, nginx, proxy
from tests.docs.shell import SECONDS, Shell, owner

pytestmark = pytest.mark.slow
PROXIES = [
    pytest.param("nginx", marks=pytest.mark.skipif(nginx() is None, reason="there is no nginx here")),
    pytest.param("caddy", marks=pytest.mark.skipif(caddy() is None, reason="there is no Caddy here")),
]
AT_ONCE_SECONDS = 30.0
ENVIRONMENT = {
    "HOURBOOK_SECRET_KEY": "a-long-text-for-tests-and-nothing-else",
    "HOURBOOK_TRUSTED_PROXIES": "127.0.0.1",
}


class Client:
    """Somebody at the other side of the proxy."""

    def __init__(self, address: str, made: Mapping[str, str], certificate: Path) -> None:
        trusted: ssl.SSLContext | bool = True
        if certificate.exists():
            trusted = ssl.create_default_context(cafile=str(certificate))
            trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
        headers = {"X-Api-Key": made["apiKey"]}
        self.http = httpx.Client(base_url=address, headers=headers, verify=trusted, timeout=SECONDS, trust_env=False)
        self.workspace_id = made["workspaceId"]

    def add_tag(self, name: str) -> httpx.Response:
        return self.http.post(f"/api/v1/workspaces/{self.workspace_id}/tags", json={"name": name})

    def follow(self, told: "Queue[str]") -> None:
        """The lines of the live stream, until the server or the test is over."""
        try:
            with self.http.stream("GET", f"/api/hourbook/v1/workspaces/{self.workspace_id}/events") as answer:
                assert answer.headers["content-type"] == "text/event-stream"
                for line in answer.iter_lines():
                    told.put(line)
        except httpx.HTTPError:
            told.put("closed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, str]]:
    """A server that believes a proxy of this machine, and where it is."""
    folder = tmp_path_factory.mktemp("server")
    with MIGRATED.copy(folder) as database:
        shell = Shell(folder, database)
        shell.environment |= ENVIRONMENT
        with shell.serving() as address:
            yield shell, address


@pytest.fixture(scope="module", params=PROXIES)
def address(
    request: pytest.FixtureRequest, server: tuple[Shell, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Where a proxy before it is, and where its certificate lies if it has one."""
    folder = tmp_path_factory.mktemp(request.param)
    with proxy(request.param, server[1].partition("//")[2], folder) as found:
        yield found, folder / "fullchain.pem"


@pytest.fixture
def client(server: tuple[Shell, str], address: tuple[str, Path]) -> Iterator[Client]:
    """Somebody with a workspace of their own."""
    found = Client(address[0], owner(server[0]), address[1])
    yield found
    found.http.close()


def next_change(told: "Queue[str]") -> str:
    until = time.monotonic() + AT_ONCE_SECONDS
    while True:
        try:
            line = told.get(timeout=max(0.01, until - time.monotonic()))
        except Empty:
            raise AssertionError("nothing came through at once") from None
        if line.startswith("data: "):
            return str(json.loads(line.removeprefix("data: "))["event"])


def test_what_has_to_come_through_does(client: Client) -> None:
    assert client.http.get("/health").json()["status"] == "ok"
    assert client.http.get("/docs/webhooks").status_code == 200
    told: Queue[str] = Queue()
    threading.Thread(target=client.follow, args=(told,), daemon=True).start()
    while told.get(timeout=AT_ONCE_SECONDS) != "retry: 2000":
        pass
    for name in ("One", "Two"):
        assert client.add_tag(name).status_code == 201
        assert next_change(told) == "NEW_TAG"
    large = client.http.post(
        f"/api/v1/workspaces/{client.workspace_id}/tags",
        content=b" " * 4_300_000,
        headers={"Content-Type": "application/json"},
    )
    assert (large.status_code, large.json()["code"]) == (413, 3002)


def test_the_address_that_counts_is_the_client_s_and_not_what_it_claims(client: Client) -> None:
    """Networks of the workspace are set to this machine's: whoever is believed to be elsewhere is refused."""
    own = f"/api/hourbook/v1/workspaces/{client.workspace_id}/settings"
    changed = client.http.patch(own, json={"allowedNetworks": ["127.0.0.0/8"]})
    assert changed.status_code == 200, changed.text
    claimed = {"X-Forwarded-For": "8.8.8.8", "Forwarded": "for=8.8.8.8", "X-Real-IP": "8.8.8.8"}
    path = f"/api/v1/workspaces/{client.workspace_id}/tags"
    assert client.http.get(path, headers=claimed).status_code == 200
