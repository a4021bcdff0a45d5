"""What the server answers besides the API: pages, the published contract, health, metrics.

`Surroundings.answer` is the `pages` of `http/app.py`. It knows paths below the root path only and
decides nothing about resources. Health says that the process lives and asks nobody; readiness
asks the database and says no while the server stops.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hourbook import __version__
from hourbook.core.errors import AccessDenied
from hourbook.core.ids import is_id
from hourbook.db.database import Database
from hourbook.http import metrics as metrics_format
from hourbook.http.messages import Response, problem_response
from hourbook.http.metrics import Metrics
from hourbook.http.problems import Problem, problem_of
from hourbook.settings import Settings

READY_WITHIN_SECONDS = 3.0
STOPPING = Problem(503, 503, "The server is shutting down.", retry_after_seconds=5)
NO_DATABASE = Problem(503, 503, "The database cannot be reached at the moment.", retry_after_seconds=5)
_STATIC = "/static/"
_REPORTS = "/shared-reports/"
_GUIDES = "/docs/"
_EXAMPLES = "/docs/deploy/"
_NO_STORE = {"Cache-Control": "no-store"}
_FORWARDED = (b"x-forwarded-for", b"x-real-ip", b"forwarded", b"via")
Headers = dict[bytes, bytes]
Answer = Callable[[Headers, Any], Awaitable[Response]]


class Surroundings:
    """Answers everything that is no operation. `draining` is set when the server begins to stop."""

    def __init__(self, settings: Settings, database: Database, metrics: Metrics) -> None:
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._contract: bytes | None = None
        self.draining = False
        self._answers: dict[str, Answer] = {
            "/": self._first_page,
            "/docs": self._explorer,
            "/openapi.json": self._openapi,
            "/favicon.ico": self._favicon,
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._numbers,
        }

    async def answer(self, path: str, headers: Headers, scope: Any) -> Response | None:
        """The answer for a path below the root path; None when nothing is there."""
        found = self._answers.get(path)
        if found is not None:
            return await found(headers, scope)
        if path.startswith(_REPORTS) and is_id(path.removeprefix(_REPORTS)):
            return await self._report_page(headers, scope)
        if path.startswith(_EXAMPLES):
            return _example(path.removeprefix(_EXAMPLES))
        if path.startswith(_GUIDES):
            return self._guide(path.removeprefix(_GUIDES))
        return _static(path.removeprefix(_STATIC)) if path.startswith(_STATIC) else None

    async def _first_page(self, headers: Headers, scope: Any) -> Response:
        from hourbook.http import pages

        settings = self._settings
        page = pages.first_page(version=__version__, public_url=settings.base_url, root_path=settings.root_path)
        return Response(200, page, dict(pages.PAGE_HEADERS))

    async def _explorer(self, headers: Headers, scope: Any) -> Response:
        from hourbook.http import pages

        page = pages.explorer_page(version=__version__, root_path=self._settings.root_path)
        return Response(200, page, dict(pages.PAGE_HEADERS))

    def _guide(self, name: str) -> Response | None:
        from hourbook.http import pages

        page = pages.guide_page(name, version=__version__, root_path=self._settings.root_path)
        return None if page is None else Response(200, page, dict(pages.PAGE_HEADERS))

    async def _report_page(self, headers: Headers, scope: Any) -> Response:
        """The same for every id: whether there is such a report, and for whom, the API says."""
        from hourbook.http import pages

        page = pages.report_page(version=__version__, root_path=self._settings.root_path)
        return Response(200, page, dict(pages.PAGE_HEADERS))

    async def _openapi(self, headers: Headers, scope: Any) -> Response:
        if self._contract is None:
            from hourbook.http import openapi

            settings = self._settings
            found = openapi.document(version=__version__, public_url=settings.base_url, root_path=settings.root_path)
            self._contract = msgspec.json.encode(found)
        return Response(200, self._contract, {"Cache-Control": "no-cache"})

    async def _favicon(self, headers: Headers, scope: Any) -> Response:
        return _static("favicon.svg") or Response(204, None, {})

    async def _health(self, headers: Headers, scope: Any) -> Response:
        return _json({"status": "ok", "version": __version__})

    async def _ready(self, headers: Headers, scope: Any) -> Response:
        if self.draining:
            return _unready(STOPPING)
        if not await self._database.answers(within_seconds=READY_WITHIN_SECONDS):
            return _unready(NO_DATABASE)
        return _json({"status": "ready"})

    async def _numbers(self, headers: Headers, scope: Any) -> Response:
        if not (self._has_token(headers) or _is_from_here(headers, scope)):
            return problem_response(problem_of(AccessDenied()))
        return Response(200, self._metrics.render(), {**_NO_STORE, "Content-Type": metrics_format.CONTENT_TYPE})

    def _has_token(self, headers: Headers) -> bool:
        wanted = self._settings.metrics_token
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        return bool(wanted) and scheme.lower() == b"bearer" and hmac.compare_digest(given.strip(), wanted.encode())


def _is_from_here(headers: Headers, scope: Any) -> bool:
    """A client on this machine, not passed on by a proxy and not a web page of somebody else's."""
    client = scope.get("client")
    if not client or b"origin" in headers or any(name in headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _static(name: str) -> Response | None:
    from hourbook.http import pages

    found = pages.static_file(name)
    if found is None:
        return None
    content, content_type = found
    return Response(200, content, {**pages.STATIC_HEADERS, "Content-Type": content_type})


def _example(name: str) -> Response | None:
    from hourbook.http import pages

    found = pages.example_file(name)
    if found is None:
        return None
    content, content_type = found
    return Response(200, content, {**pages.PAGE_HEADERS, "Content-Type": content_type})


def _json(value: Any) -> Response:
    return Response(200, msgspec.json.encode(value), dict(_NO_STORE))


def _unready(problem: Problem) -> Response:
    return problem_response(problem, dict(_NO_STORE))
