"""The sample add-on beside a real server, over real HTTP: installed, told, called by a webhook, calling back.

Both are programs of their own; the sample knows nothing of ours. What it must refuse is tried on it, too.
"""

import contextlib
import http.client
import json
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.databases import MIGRATED
from tests.durability.server_process import HourbookProcess
from tests.durability.writers import Office
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "addon" / "addon.py"
WAIT_SECONDS = 60.0
ALLOWED = {
    "HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "HOURBOOK_SECRET_KEY": "a-long-text-for-tests-and-nothing-else",
}
START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"


def ask(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode()
    return answer.status, json.loads(text) if text.startswith(("{", "[", '"')) else text


def until(found: Callable[[], Any]) -> Any:
    """What comes to be true within a while."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return value


class Running:
    """A server, its owner, and the sample beside it."""

    def __init__(self, server: HourbookProcess, office: Office, folder: Path) -> None:
        self.server = server
        self.office = office
        self.port = free_port()
        self.store = folder / "installations.json"
        words = [sys.executable, str(SAMPLE), "--server", f"http://127.0.0.1:{server.port}", "--port", str(self.port)]
        self.process = subprocess.Popen([*words, "--store", str(self.store)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert "Install it from" in self.process.stdout.readline()

    def own(self, method: str, path: str, body: Any = None) -> Any:
        """As the owner; it must work."""
        status, found = ask(self.server.port, method, path, body, {"X-Api-Key": self.office.key})
        assert status < 300, (status, found)
        return found

    def workspace(self, prefix: str = "/api/v1") -> str:
        return f"{prefix}/workspaces/{self.office.workspace_id}"

    def addons(self, path: str = "") -> str:
        return self.workspace("/api/hourbook/v1") + "/addons" + path

    def install(self, workspace_id: str = "") -> str:
        manifest = f"http://127.0.0.1:{self.port}/manifest"
        path = f"/api/hourbook/v1/workspaces/{workspace_id}/addons" if workspace_id else self.addons()
        addon_id = str(self.own("POST", path, {"manifestUrl": manifest})["id"])
        until(lambda: addon_id in self.rows())
        return addon_id

    def rows(self) -> dict[str, Any]:
        """What the sample keeps."""
        try:
            found: dict[str, Any] = json.loads(self.store.read_text())
        except (OSError, json.JSONDecodeError):
            return {}
        return found

    def description(self, entry_id: str) -> str:
        return str(self.own("GET", f"{self.workspace()}/time-entries/{entry_id}")["description"])

    def track(self, description: str = "") -> str:
        body = {"start": START, "end": END, "description": description}
        return str(self.own("POST", f"{self.workspace()}/time-entries", body)["id"])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("sample")
    with MIGRATED.copy(folder) as url:
        server = HourbookProcess(folder / "data", database=url, log=folder / "log", environment=ALLOWED)
        office = server.create_owner()
        server.start()
        sample = Running(server, office, folder)
        try:
            yield sample
        finally:
            sample.close()
            server.kill(with_children=True)
            server.close()


def test_from_install_to_uninstall(running: Running) -> None:
    addon_id = running.install()
    row = running.rows()[addon_id]
    assert row["apiUrl"] == f"http://127.0.0.1:{running.server.port}/api"

    # The webhook comes, and the add-on calls back with its token.
    entry_id = running.track()
    until(lambda: running.description(entry_id) == "Work")
    described = running.track("said already")
    running.own("PATCH", running.addons(f"/{addon_id}/settings"), [{"id": "default-description", "value": "Thinking"}])
    entry_id = running.track()
    until(lambda: running.description(entry_id) == "Thinking")
    assert running.description(described) == "said already"
    until(lambda: running.rows()[addon_id]["described"] == 2)

    # A page of it, opened by the owner.
    token = running.own("POST", running.addons(f"/{addon_id}/user-token"))["token"]
    status, page = ask(running.port, "GET", f"/sidebar?auth_token={token}")
    assert (status, "Described so far: 2. You are OWNER." in page) == (200, True)

    # Switched off, it hears nothing and its token opens nothing.
    running.own("PATCH", running.addons(f"/{addon_id}"), {"status": "INACTIVE"})
    until(lambda: running.rows()[addon_id]["active"] is False)
    api, credential = f"{running.workspace()}/user/{running.office.user_id}/time-entries", row["authToken"]
    assert ask(running.server.port, "GET", api, None, {"X-Addon-Token": credential})[0] == 401
    running.own("PATCH", running.addons(f"/{addon_id}"), {"status": "ACTIVE"})
    until(lambda: running.rows()[addon_id]["active"])
    assert ask(running.server.port, "GET", api, None, {"X-Addon-Token": credential})[0] == 200

    # Removed, it forgets, and what it had opens nothing.
    running.own("DELETE", running.addons(f"/{addon_id}"))
    until(lambda: addon_id not in running.rows())
    assert ask(running.server.port, "GET", api, None, {"X-Addon-Token": credential}) == (
        401,
        {"message": "Token is not valid", "code": 4017},
    )


def test_the_sample_refuses_what_the_server_did_not_sign(running: Running) -> None:
    addon_id = running.install()
    row = running.rows()[addon_id]
    good = row["webhooks"][0]["authToken"]
    claims = jwt.decode(good, options={"verify_signature": False})
    key_id = jwt.get_unverified_header(good)["kid"]
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(claims, other, "RS256", headers={"kid": key_id})
    entry = {"id": "f" * 24, "description": "there", "workspaceId": running.office.workspace_id}
    for token in (forged, "nonsense", "", row["authToken"], f"{good},{good}"):
        headers = {"Clockify-Signature": token}
        assert ask(running.port, "POST", "/webhooks/new-time-entry", entry, headers)[0] == 401, token
    assert ask(running.port, "POST", "/webhooks/new-time-entry", entry, {"Clockify-Signature": good})[0] == 200
    body = {"addonId": addon_id, "workspaceId": running.office.workspace_id}
    headers = {"X-Addon-Lifecycle-Token": forged}
    assert ask(running.port, "POST", "/lifecycle/deleted", body, headers)[0] == 401
    assert addon_id in running.rows()
    assert ask(running.port, "GET", f"/sidebar?auth_token={forged}")[0] == 401
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    with contextlib.closing(connection):
        connection.request("POST", "/lifecycle/deleted", b"no JSON", {"X-Addon-Lifecycle-Token": good})
        assert connection.getresponse().status == 400
    running.own("DELETE", running.addons(f"/{addon_id}"))


def test_it_hears_that_its_workspace_is_gone(running: Running) -> None:
    made = running.own("POST", "/api/v1/workspaces", {"name": "For a while"})
    addon_id = running.install(made["id"])
    token = running.rows()[addon_id]["authToken"]
    said = running.server.delete_workspace(made["id"], "For a while")
    assert "The server tells 1 of its add-ons that they are removed." in said
    until(lambda: addon_id not in running.rows())
    assert ask(running.server.port, "GET", "/api/v1/user", None, {"X-Addon-Token": token})[0] == 401


def test_what_the_sample_keeps_is_whole_whatever_happens_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "installations.json"
    installations = runpy.run_path(str(SAMPLE))["Installations"]
    installations(store).put("1", {"active": True})
    assert store.stat().st_mode & 0o777 == 0o600

    def half(path: Path, text: str) -> int:
        with path.open("w") as file:
            file.write(text[: len(text) // 2])
        raise OSError

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match=r"^$"):
        installations(store).put("2", {"active": True})
    assert installations(store).get("1") == {"active": True}
