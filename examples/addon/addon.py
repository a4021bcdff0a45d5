"""A sample add-on for Hourbook, in one file: Python's standard library and PyJWT, nothing of Hourbook's.

It fills in the description of time that was tracked without one. It shows all that an add-on has to do: serve a
manifest, verify who is calling by the server's published key, keep its installations, receive a webhook, read its
settings, call the API back, and show a page to whoever opens it in Hourbook.

    python addon.py --server http://127.0.0.1:8080 --port 8090

Then install it from http://127.0.0.1:8090/manifest.
"""

import argparse
import html
import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt  # PyJWT, with its extra "crypto"

KEY = "sample-describer"
SETTING = "default-description"


def manifest(base_url):
    return {
        "schemaVersion": "1.3",
        "key": KEY,
        "name": "Describer",
        "description": "Describes time that was tracked without a description.",
        "baseUrl": base_url,
        "minimalSubscriptionPlan": "FREE",
        "scopes": ["TIME_ENTRY_READ", "TIME_ENTRY_WRITE"],
        "lifecycle": [
            {"type": "INSTALLED", "path": "/lifecycle/installed"},
            {"type": "STATUS_CHANGED", "path": "/lifecycle/status-changed"},
            {"type": "SETTINGS_UPDATED", "path": "/lifecycle/settings-updated"},
            {"type": "DELETED", "path": "/lifecycle/deleted"},
        ],
        "webhooks": [{"event": "NEW_TIME_ENTRY", "path": "/webhooks/new-time-entry"}],
        "components": [{"type": "sidebar", "accessLevel": "EVERYONE", "path": "/sidebar", "label": "Describer"}],
        "settings": {
            "tabs": [
                {
                    "id": "main",
                    "name": "Describer",
                    "settings": [
                        {
                            "id": SETTING,
                            "name": "Description for time without one",
                            "type": "TXT",
                            "accessLevel": "ADMINS",
                            "value": "Work",
                            "required": True,
                        }
                    ],
                }
            ]
        },
    }


class Refused(Exception):
    """A call that is not what it says it is."""


class Installations:
    """What INSTALLED told, by add-on id; in a file, because it is told once. The file holds tokens: keep it private."""

    def __init__(self, path):
        self._path = path
        self._lock = threading.Lock()
        self._rows = json.loads(path.read_text()) if path.exists() else {}

    def put(self, addon_id, row):
        with self._lock:
            self._rows[addon_id] = row
            self._save()

    def remove(self, addon_id):
        with self._lock:
            self._rows.pop(addon_id, None)
            self._save()

    def get(self, addon_id):
        try:
            return self._rows[addon_id]
        except KeyError:
            raise Refused("this add-on is not installed there") from None

    def _save(self):
        # Whoever reads it, or starts after a crash, finds it whole.
        written = self._path.with_suffix(".part")
        written.touch(mode=0o600)
        written.write_text(json.dumps(self._rows, indent=1))
        written.replace(self._path)


class Verifier:
    """Says what a token says, when the server signed it. The keys are fetched once and again when one is unknown."""

    def __init__(self, server_url):
        self._keys = jwt.PyJWKClient(server_url + "/.well-known/jwks.json")

    def claims(self, token):
        if not token or "," in token:
            raise Refused("there must be one token")
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            # The algorithm is said here and never taken from the token.
            claims = jwt.decode(token, key.key, algorithms=["RS256"], issuer="clockify")
        except jwt.PyJWTError as error:
            raise Refused(f"the token is not good: {error}") from None
        if claims.get("type") != "addon" or claims.get("sub") != KEY:
            raise Refused("the token is for something else")
        return claims


class Addon:
    """What the add-on does; the HTTP part is below."""

    def __init__(self, server_url, base_url, store):
        self.base_url = base_url
        self.installations = Installations(store)
        self.verifier = Verifier(server_url)

    # --- the lifecycle ---------------------------------------------------------------------------

    def lifecycle(self, what, body, token):
        claims = self.verifier.claims(token)
        if (claims["addonId"], claims["workspaceId"]) != (body["addonId"], body["workspaceId"]):
            raise Refused("the token speaks of another installation")
        if what == "installed":
            self.installations.put(body["addonId"], {**body, "active": True, "described": 0})
        elif what == "deleted":
            self.installations.remove(body["addonId"])
        elif what == "status-changed":
            row = self.installations.get(body["addonId"])
            self.installations.put(body["addonId"], {**row, "active": body["status"] == "ACTIVE"})
        # Settings are read when they are needed, so SETTINGS_UPDATED has nothing to do here.

    # --- the webhook -----------------------------------------------------------------------------

    def new_time_entry(self, entry, token):
        """May come more than once: describing what has a description does nothing."""
        claims = self.verifier.claims(token)
        row = self.installations.get(claims["addonId"])
        if token not in [hook["authToken"] for hook in row["webhooks"]]:
            raise Refused("the token is not that of the webhook")
        if entry["description"] or entry["workspaceId"] != row["workspaceId"]:
            return
        self._describe(row, entry)

    def _describe(self, row, entry):
        api = f"{row['apiUrl']}/v1/workspaces/{row['workspaceId']}"
        # The event says how things were; how they are now says the API.
        now = self._call(row, "GET", f"{api}/time-entries/{entry['id']}")
        if now["description"]:
            return
        changed = {
            "start": now["timeInterval"]["start"],
            "end": now["timeInterval"]["end"],
            "billable": now["billable"],
            "projectId": now["projectId"],
            "taskId": now["taskId"],
            "tagIds": now["tagIds"],
            "description": self._setting(row),
        }
        self._call(row, "PUT", f"{api}/time-entries/{entry['id']}", changed)
        self.installations.put(row["addonId"], {**row, "described": row["described"] + 1})

    def _setting(self, row):
        """The settings API is beside the API's versions, at `backendUrl`."""
        tree = self._call(row, "GET", f"{row['apiUrl']}/addon/workspaces/{row['workspaceId']}/settings")
        found = [setting for tab in tree["tabs"] for setting in tab["settings"] if setting["id"] == SETTING]
        return found[0]["value"]

    def _call(self, row, method, url, body=None):
        content = None if body is None else json.dumps(body).encode()
        headers = {"X-Addon-Token": row["authToken"], "Content-Type": "application/json"}
        request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 (told by the verified server)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (the same)
            return json.loads(answer.read() or b"null")

    # --- the page --------------------------------------------------------------------------------

    def sidebar(self, token):
        """Hourbook opens it in a frame, with a token of whoever looks: half an hour, and only their rights."""
        claims = self.verifier.claims(token)
        row = self.installations.get(claims["addonId"])
        role = html.escape(claims["workspaceRole"])
        return f"<!doctype html><title>Describer</title><p>Described so far: {row['described']}. You are {role}.</p>"


class Handler(BaseHTTPRequestHandler):
    """The HTTP part. Its server has the add-on."""

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/manifest":
            self._answer(200, json.dumps(manifest(self.server.addon.base_url)), "application/json")
        elif url.path == "/sidebar":
            token = parse_qs(url.query).get("auth_token", [""])[0]
            self._guarded(lambda: self._answer(200, self.server.addon.sidebar(token), "text/html; charset=utf-8"))
        else:
            self._answer(404, "")

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        except ValueError:
            self._answer(400, "this is no JSON")
            return
        if self.path.startswith("/lifecycle/"):
            what, token = self.path.removeprefix("/lifecycle/"), self._one("X-Addon-Lifecycle-Token")
            self._guarded(lambda: (self.server.addon.lifecycle(what, body, token), self._answer(200, "")))
        elif self.path == "/webhooks/new-time-entry":
            token = self._one("Clockify-Signature")
            self._guarded(lambda: (self.server.addon.new_time_entry(body, token), self._answer(200, "")))
        else:
            self._answer(404, "")

    def _one(self, name):
        """The header when it was sent once; a second one is somebody's trick."""
        values = self.headers.get_all(name) or []
        return values[0] if len(values) == 1 else ""

    def _guarded(self, work):
        try:
            work()
        except Refused as error:
            self._answer(401, str(error))
        except (KeyError, TypeError):
            self._answer(400, "something is missing")
        except (urllib.error.URLError, TimeoutError):
            # Hourbook sends the webhook again after an answer like this.
            self._answer(503, "the API does not answer")

    def _answer(self, status, text, kind="text/plain; charset=utf-8"):
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, text, *values):
        # Without the query: it holds tokens.
        print(self.command, urlsplit(self.path).path, *values[1:2], flush=True)


def main():
    options = argparse.ArgumentParser(description="A sample add-on for Hourbook.")
    options.add_argument("--server", default="http://127.0.0.1:8080", help="where Hourbook is")
    options.add_argument("--port", type=int, default=8090)
    options.add_argument("--url", help="where Hourbook reaches this program; http://127.0.0.1:PORT unless said")
    options.add_argument("--store", type=Path, default=Path("installations.json"))
    given = options.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    base_url = given.url or f"http://127.0.0.1:{server.server_address[1]}"
    server.addon = Addon(given.server.rstrip("/"), base_url, given.store)
    print(f"Install it from {base_url}/manifest", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
