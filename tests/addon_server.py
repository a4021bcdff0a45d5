"""The server of an add-on for tests: it serves manifests, keeps what it is told, and can be told to fail.

Any path below `/manifest/` is a manifest whose key is the rest of the path. What it answers to calls can be bent
(`statuses`), and so can the manifest (`manifest`). Built on the standard library alone.
"""

import json
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hourbook.worker.addon_calls import AddonCaller
from hourbook.worker.running import DirectVerbs, VerbRunner
from tests.harness import Answer, Office, Person

OWN = "/api/hourbook/v1/workspaces"
KEY = "example-addon-key"


@dataclass(frozen=True)
class Heard:
    """A call that came in."""

    path: str
    headers: dict[str, str] = field(repr=False)
    body: Any


class AddonServer:
    """On a port of its own until the process ends, or `close`."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.heard: list[Heard] = []
        self.manifest: dict[str, Any] = {}
        # Path to the status it is answered with; and whole bodies instead of a manifest.
        self.statuses: dict[str, int] = {}
        self.bodies: dict[str, bytes] = {}
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def manifest_url(self, key: str = KEY) -> str:
        return f"{self.url}/manifest/{key}"

    def manifest_of(self, key: str) -> dict[str, Any]:
        """A good manifest, with what the test changed; None takes a key away."""
        found = {
            "schemaVersion": "1.3",
            "key": key,
            "name": "An example",
            "baseUrl": self.url,
            "minimalSubscriptionPlan": "FREE",
            "scopes": ["TIME_ENTRY_READ", "TAG_WRITE"],
            "description": "What an add-on says of itself.",
            "iconPath": "/icon.png",
            "lifecycle": [{"type": type_, "path": f"/lifecycle/{type_.lower()}"} for type_ in LIFECYCLE],
            "webhooks": [{"event": "NEW_TIME_ENTRY", "path": "/webhooks/new-time-entry"}],
            "components": [
                {"type": "sidebar", "accessLevel": "EVERYONE", "path": "/sidebar", "label": "Example"},
            ],
            "settings": SETTINGS,
            **self.manifest,
        }
        return {name: value for name, value in found.items() if value is not None}

    def told(self, type_: str) -> list[Heard]:
        """The calls of a type of the lifecycle."""
        return [one for one in self.heard if one.path == f"/lifecycle/{type_.lower()}"]


LIFECYCLE = ("INSTALLED", "DELETED", "STATUS_CHANGED", "SETTINGS_UPDATED")
SETTINGS: dict[str, Any] = {
    "tabs": [
        {
            "id": "tab one id",
            "name": "Tab one",
            "header": {"title": "header"},
            "groups": [
                {
                    "id": "group 1",
                    "title": "Group",
                    "description": "d",
                    "header": {"title": "h"},
                    "settings": [
                        {"id": "s1", "name": "Setting", "type": "TXT", "value": "v", "required": True}
                        | {"copyable": True, "readOnly": False, "accessLevel": "ADMINS"}
                    ],
                }
            ],
            "settings": [
                {"id": "s2", "name": "Setting 2", "type": "TXT", "value": "v2", "required": True}
                | {"copyable": True, "readOnly": False, "accessLevel": "ADMINS"},
                {"id": "n", "name": "Number", "type": "NUMBER", "value": 5, "accessLevel": "EVERYONE"},
                {"id": "c", "name": "Checkbox", "type": "CHECKBOX", "value": True, "accessLevel": "EVERYONE"},
                {"id": "d", "name": "Choice", "type": "DROPDOWN_SINGLE", "allowedValues": ["a", "b"], "value": "a"},
                {"id": "m", "name": "Choices", "type": "DROPDOWN_MULTIPLE", "allowedValues": ["a", "b"], "value": []},
                {"id": "l", "name": "Link", "type": "LINK", "value": "https://example.org", "readOnly": True},
                {"id": "u", "name": "Person", "type": "USER_DROPDOWN_SINGLE"},
                {"id": "us", "name": "People", "type": "USER_DROPDOWN_MULTIPLE"},
            ],
        }
    ]
}


def _handler(addon: AddonServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in addon.bodies:
                self._answer(addon.statuses.get(self.path, 200), addon.bodies[self.path])
            elif self.path.startswith("/manifest/"):
                manifest = addon.manifest_of(self.path.removeprefix("/manifest/"))
                self._answer(addon.statuses.get(self.path, 200), json.dumps(manifest).encode())
            else:
                self._answer(404, b"{}")

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            addon.heard.append(Heard(self.path, headers, json.loads(content)))
            self._answer(addon.statuses.get(self.path, 200), b"{}")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Tests read what was heard, not a log."""

    return Handler


@lru_cache(maxsize=1)
def shared_addon_server() -> AddonServer:
    """One that nobody bends, for everybody who only needs an add-on to be there."""
    return AddonServer()


def own_path(office: Office, path: str = "") -> str:
    return f"{OWN}/{office.workspace_id}/addons{path}"


def installed(office: Office, server: AddonServer, key: str = KEY) -> Answer:
    """Installs, as the owner."""
    return office.owner.raw("POST", own_path(office), {"manifestUrl": server.manifest_url(key)})


@dataclass(frozen=True)
class AddonPerson(Person):
    """An add-on that speaks with a token instead of a key."""

    def prepared(self, method: str, full_path: str, *rest: Any) -> Any:
        method, path, parts, query, headers = super().prepared(method, full_path, *rest)
        sent = tuple((b"x-addon-token" if name == b"x-api-key" else name, value) for name, value in headers)
        return method, path, parts, query, sent


def speaking(office: Office, token: str) -> AddonPerson:
    """Somebody who holds this token."""
    return AddonPerson(office.server, office.workspace_id, office.owner.id, token)


def caller_of(office: Office) -> AddonCaller:
    """The part of the worker that tells add-ons."""
    server = office.server
    runtime = server.runtime
    runner = VerbRunner(runtime.database, server.clock, server.ids, deployment=runtime.pipeline.deployment)
    return AddonCaller(runtime.settings, DirectVerbs(runner), runtime=lambda: runtime)


def tell(office: Office) -> None:
    """Does what the worker does: sends every call that is due."""
    server = office.server
    caller = caller_of(office)
    while server.loop.run_until_complete(caller.work()):
        pass
    server.loop.run_until_complete(caller.close())


def token_of(office: Office, server: AddonServer, **manifest: Any) -> str:
    """The installation token, as the add-on hears of it."""
    server.manifest = {**server.manifest, **manifest}
    answer = installed(office, server)
    assert answer.status == 201, answer
    tell(office)
    heard = [one for one in server.told("INSTALLED") if one.body["addonId"] == answer.body["id"]]
    token = str(heard[0].body["authToken"])
    office.server.secrets.append(token)
    return token
