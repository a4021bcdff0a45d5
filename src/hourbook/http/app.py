"""The ASGI application: bytes in, bytes out, and everything around the pipeline.

It reads the body under a limit while it arrives, finds the operation, adds request id and CORS
headers, serves health, pages and metrics, and turns a bug into an honest 500 with a request id.
It decides nothing about resources. The host header is never trusted: the public address comes
from the settings.
"""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

import structlog

from hourbook.http import problems
from hourbook.http.body import BODY_LIMIT_BYTES
from hourbook.http.credentials import headers_of
from hourbook.http.live import Stream, send_stream
from hourbook.http.messages import Parts, Request, Response, problem_response
from hourbook.http.operation import JSON, OPERATIONS, Operation, Surface
from hourbook.http.pipeline import Pipeline
from hourbook.http.routing import Routes

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = structlog.get_logger("hourbook.http")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_JSON = (b"content-type", b"application/json")
_SLASHES = re.compile(r"/{2,}")
API_PREFIX = Surface.CORE.value
REPORTS_PREFIX = Surface.REPORTS.value
OWN_PREFIX = Surface.OWN.value
_GATEWAY = "/clockify"
BODY_TOO_LONG = problems.Problem(413, 3002, f"The request body is over {BODY_LIMIT_BYTES} bytes")
# Of a body that is too long.
_SWALLOW_BYTES = 4 * BODY_LIMIT_BYTES
_SWALLOW_SECONDS = 5.0
# Where verifiers of tokens look for keys (RFC 8615).
_WELL_KNOWN_KEYS = "/.well-known/jwks.json"
# The reports service has a host of its own elsewhere, so clients also ask for its paths at the root.
_PREFIXES = (
    (API_PREFIX, Surface.CORE),
    (_GATEWAY + API_PREFIX, Surface.CORE),
    (OWN_PREFIX, Surface.OWN),
    (Surface.ADDON.value, Surface.ADDON),
    (REPORTS_PREFIX, Surface.REPORTS),
    (_GATEWAY + REPORTS_PREFIX, Surface.REPORTS),
    (Surface.AUDIT.value, Surface.AUDIT),
    (_GATEWAY + Surface.AUDIT.value, Surface.AUDIT),
    ("/v1", Surface.REPORTS),
)
# An old spelling of its paths lacks the version (wire-reports 1).
_WITHOUT_VERSION = re.compile(rf"(?:{_GATEWAY})?/report(?=/(?:workspaces|shared-reports)/)")
# So has the service of the audit log (wire-events 5): at the root, or without the version as the web app asks it.
_AUDIT_LOG = re.compile(rf"(?:(?:{_GATEWAY})?/auditlog|/v1)(?=/workspaces/[^/]+/audit-log$)")
_CORS_EXPOSED = (
    b"Last-Page, Retry-After, Content-Disposition, X-Request-Id, X-Hourbook-Entries-Changed, X-Hourbook-Entries-Kept, "
    b"X-Hourbook-Time-Zone, X-Hourbook-Week-Start, X-Hourbook-Rounding, X-Hourbook-Revision, "
    b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, Idempotency-Replayed, "
    b"X-Hourbook-Secrets-Removed"
)
_CORS_HEADERS = (
    b"X-Api-Key, X-Addon-Token, X-Addon-Key, Authorization, Content-Type, Idempotency-Key, Last-Event-ID, "
    b"X-Request-Id, X-CSRF-Token"
)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BodyTooLong(Exception):
    """The body went over the limit while it arrived."""


class ClientGone(Exception):
    """The client left before its body was complete."""


Page = Callable[[str, dict[bytes, bytes], Any], Awaitable[Response | None]]


class App:
    """Answers HTTP requests. `pages` answers what is no API: health, metrics, documentation."""

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        root_path: str = "",
        cors_origins: str = "*",
        pages: Page | None = None,
        logs_requests: bool = False,
    ) -> None:
        self._pipeline = pipeline
        self._root_path = root_path.rstrip("/")
        self._cors_origins = cors_origins
        self._pages = pages
        self._logs_requests = logs_requests
        self._routes = {
            surface: Routes(record for record in OPERATIONS.values() if record.surface is surface)
            for surface in Surface
        }
        self.observe: Callable[[str, int, float], None] | None = None
        self.in_flight_count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = headers_of(scope["headers"])
        given = headers.get(b"x-request-id")
        request_id = given.decode() if given and _REQUEST_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"
        self.in_flight_count += 1
        started = time.perf_counter()
        name, response = "none", None
        try:
            name, response = await self._respond(scope, receive, headers, request_id)
        except ClientGone:
            return
        except Exception:
            # The one place where a bug becomes an answer; the log has the whole of it.
            log.exception("request failed", request_id=request_id, method=scope["method"], operation=name)
            response = problem_response(problems.SERVER_ERROR)
        finally:
            self.in_flight_count -= 1
            if response is not None:
                self._note(scope["method"], name, response.status, time.perf_counter() - started, request_id)
        head = self._head(response, headers, request_id)
        await send({"type": "http.response.start", "status": response.status, "headers": head})
        is_wanted = scope["method"] != "HEAD"
        if response.parts is not None:
            if isinstance(response.parts, Stream) and is_wanted:
                await send_stream(send, response.parts, until_gone=_until_gone(receive), scope=scope)
            else:
                await _send_parts(send, response.parts, _until_gone(receive), is_wanted=is_wanted)
            return
        await send({"type": "http.response.body", "body": (response.content or b"") if is_wanted else b""})

    def _note(self, method: str, name: str, status: int, seconds: float, request_id: str) -> None:
        if self.observe is not None:
            self.observe(name, status, seconds)
        if self._logs_requests:
            # No path: it may hold what somebody typed into it by mistake. The operation says enough.
            ms = round(seconds * 1000, 1)
            log.info("request", request_id=request_id, method=method, operation=name, status=status, milliseconds=ms)

    async def _respond(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], request_id: str
    ) -> tuple[str, Response]:
        method: str = scope["method"]
        path = self._inner_path(scope)
        if method == "OPTIONS" and b"access-control-request-method" in headers:
            return "preflight", Response(204, None, {})
        asked = "GET" if method == "HEAD" else method
        routes, inner = self._surface(path)
        if routes is None:
            page = None if self._pages is None else await self._pages(path, headers, scope)
            if page is not None:
                wrong = problems.wrong_method(method)
                return "page", page if asked == "GET" else problem_response(wrong, {"Allow": "GET"})
            return "none", problem_response(problems.no_route(path.strip("/").removeprefix("api/")))
        segments = inner.strip("/").split("/")
        found = routes.find(asked, segments)
        if found is None:
            return "none", self._not_found(routes, segments, method, "v1" + inner)
        record, values = found
        if record.body is not None and (problem := self._check_media(record, headers)) is not None:
            return record.name, problem
        try:
            body = await _read_body(receive, headers) if method in _WITH_BODY else b""
        except BodyTooLong:
            return record.name, problem_response(BODY_TOO_LONG, {"Connection": "close"})
        client = scope.get("client")
        address = client[0] if client else ""
        request = Request(record, values, scope["query_string"], headers, body, request_id, address)
        return record.name, await self._pipeline.run(request)

    def _inner_path(self, scope: Scope) -> str:
        path = _SLASHES.sub("/", scope["path"]) if "//" in scope["path"] else scope["path"]
        if self._root_path and path.startswith(self._root_path + "/"):
            path = path[len(self._root_path) :]
        return path if path == "/" else path.rstrip("/")

    def _surface(self, path: str) -> tuple[Routes | None, str]:
        """The routes of the service that a path belongs to, and the path as that service knows it."""
        if (audited := _AUDIT_LOG.match(path)) is not None:
            return self._routes[Surface.AUDIT], path[audited.end() :]
        for prefix, surface in _PREFIXES:
            if path.startswith(prefix + "/"):
                return self._routes[surface], path[len(prefix) :]
        if path == _WELL_KNOWN_KEYS:
            return self._routes[Surface.OWN], "/signing-keys"
        found = _WITHOUT_VERSION.match(path)
        return (None, path) if found is None else (self._routes[Surface.REPORTS], path[found.end() :])

    def _not_found(self, routes: Routes, segments: list[str], method: str, inner: str) -> Response:
        methods = routes.methods(segments)
        if not methods:
            return problem_response(problems.no_route(inner))
        return problem_response(problems.wrong_method(method), {"Allow": ", ".join(sorted(methods))})

    def _check_media(self, record: Operation, headers: dict[bytes, bytes]) -> Response | None:
        media = headers.get(b"content-type", b"")
        word = b"json" if record.media == JSON else record.media.encode()
        if record.is_public and media.lower().partition(b";")[0].strip() != record.media.encode():
            # A page of somebody else can make a browser send anything but this without asking first, and so
            # could sign its visitor in as somebody else (login CSRF).
            return problem_response(problems.wrong_content_type(media.decode("latin-1")))
        if media and word not in media.lower() and headers.get(b"content-length", b"0") != b"0":
            return problem_response(problems.wrong_content_type(media.decode("latin-1")))
        return None

    def _head(self, response: Response, headers: dict[bytes, bytes], request_id: str) -> list[tuple[bytes, bytes]]:
        sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()]
        sent += response.told
        sent += [(b"set-cookie", cookie.encode("latin-1")) for cookie in response.cookies]
        sent.append((b"x-request-id", request_id.encode()))
        if response.content is not None and "Content-Type" not in response.headers:
            sent.append(_JSON)
        if response.status != 204:
            length = len(response.content or b"") if response.parts is None else response.length
            if length is not None:
                sent.append((b"content-length", str(length).encode()))
        origin = headers.get(b"origin")
        if origin is not None:
            sent.extend(self._cors(origin.decode("latin-1"), headers))
        return sent

    def _cors(self, origin: str, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Any origin by default, never with credentials (wire-core 13, row 29)."""
        allowed = [text.strip() for text in self._cors_origins.split(",") if text.strip()]
        if "*" in allowed:
            found = [(b"access-control-allow-origin", b"*")]
        elif origin in allowed:
            found = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
        else:
            return []
        found.append((b"access-control-expose-headers", _CORS_EXPOSED))
        if b"access-control-request-method" in headers:
            found.append((b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"))
            found.append((b"access-control-allow-headers", _CORS_HEADERS))
            found.append((b"access-control-max-age", b"600"))
        return found


async def _send_parts(send: Send, parts: Parts, until_gone: Coroutine[Any, Any, None], *, is_wanted: bool) -> None:
    """An answer that comes bit by bit. When it breaks off, the connection is cut: its length was promised."""
    gone = asyncio.ensure_future(until_gone)
    try:
        async for part in parts:
            if not is_wanted:  # (of a HEAD) but begun, so that what it holds is closed
                break
            if gone.done():  # sending would say nothing of it, and the rest be read for nobody
                return
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        await parts.aclose()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read_body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    """The whole body; BodyTooLong as soon as it is known to be over the limit."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:20]) > BODY_LIMIT_BYTES:
        # Who asks beforehand has sent nothing yet.
        if headers.get(b"expect", b"").lower() != b"100-continue":
            await _swallow(receive)
        raise BodyTooLong
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT_BYTES:
            if message.get("more_body"):
                await _swallow(receive)
            raise BodyTooLong
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _swallow(receive: Receive) -> None:
    """Takes the rest of a body that is refused, within reason: clients and proxies that still send read no answer."""
    size, has_more = 0, True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SWALLOW_SECONDS):
            while has_more and size < _SWALLOW_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                has_more = bool(message.get("more_body"))


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
