"""An identity provider for tests, which can be told to lie.

It speaks OpenID Connect as far as a sign-in needs it and checks what a good provider checks: client secret,
redirect address, PKCE, a code that works once. What it says of itself and of people can be bent in every way.
The browser's part (going there, saying yes) is `IdentityProvider.authorize`.
"""

import atexit
import base64
import hashlib
import json
import threading
from collections.abc import Callable
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "hourbook-in-tests", "secret of the client in tests"
TOKEN_SECONDS = 300


@lru_cache(maxsize=4)
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same key for the same name, because making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


class IdentityProvider:
    """One provider on a port of its own. `now`: the clock it puts into tokens.

    Bend it with `metadata` (discovery), `claims` and `headers` (of every token), `keys`, `sign`, `answers`
    (path to status and body instead of the real ones).
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.asked: list[str] = []
        self.straighten()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def straighten(self) -> None:
        """Back to a good provider."""
        self.codes: dict[str, dict[str, Any]] = {}
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.headers: dict[str, Any] = {"kid": "one"}
        self.keys: list[dict[str, Any]] = [self.public_key("one")]
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.userinfo: dict[str, Any] = {}
        self.asked.clear()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, location: str, *, subject: str, **claims: Any) -> dict[str, str]:
        """What a browser brings back that was sent to `location`, where somebody said yes."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert location.startswith(self.issuer + "/authorize?"), location
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256"), asked
        assert "openid" in asked["scope"].split(), asked
        code = f"code-{len(self.codes)}-{asked['state'][-12:]}"
        self.codes[code] = {**asked, "claims": {"sub": subject, **claims}}
        return {"code": code, "state": asked["state"]}

    def signed(self, claims: dict[str, Any], *, key: str = "one", algorithm: str = "RS256") -> str:
        return jwt.encode(claims, rsa_key(key), algorithm=algorithm, headers=self.headers)

    def public_key(self, name: str, **more: Any) -> dict[str, Any]:
        found = RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True)
        return {**found, "kid": name, "use": "sig", "alg": "RS256", **more}

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, _json(self._metadata())
        if path == "/keys":
            return 200, _json({"keys": self.keys})
        if path == "/userinfo" and headers.get("Authorization", "").startswith("Bearer "):
            return 200, _json(self.userinfo)
        if (method, path) == ("POST", "/token"):
            return self._token(headers, {name: values[0] for name, values in parse_qs(body).items()})
        return 404, b"{}"

    def _metadata(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/keys",
        }
        return {name: value for name, value in {**found, **self.metadata}.items() if value is not None}

    def _token(self, headers: Any, form: dict[str, str]) -> tuple[int, bytes]:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '%20')}".encode()).decode()
        by_post = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if headers.get("Authorization") != f"Basic {pair}" and not by_post:
            return 401, _json({"error": "invalid_client"})
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked["code_challenge"] != challenge.decode().rstrip("=")
        ):
            return 400, _json({"error": "invalid_grant"})
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": asked["nonce"],
            **asked["claims"],
            **self.claims,
        }
        token = self.sign({name: value for name, value in claims.items() if value is not None})
        return 200, _json({"access_token": "access", "token_type": "Bearer", "id_token": token})


@lru_cache(maxsize=1)
def shared_provider() -> IdentityProvider:
    """One for all tests of this process that only need there to be one."""
    provider = IdentityProvider(lambda: 0)
    atexit.register(provider.close)
    return provider


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            status, content = provider.answer(self.command, urlsplit(self.path).path, self.headers, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", content.decode())
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    return Handler
