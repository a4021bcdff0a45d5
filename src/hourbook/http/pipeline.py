"""One request from bytes to bytes.

The order of refusals is fixed: credential, workspace, role, body, ids, state (design section 5).
The pipeline opens and closes the transaction, through `db/database.py`; a handler only works in
it. Nothing is acknowledged before the commit.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
import structlog

from hourbook.access.actors import (
    NOBODY,
    SYSTEM,
    Account,
    Actor,
    ActorCache,
    enter_workspace,
    find_account,
    outside_of_workspaces,
)
from hourbook.access.secrets import SecretBox
from hourbook.core.clock import Clock
from hourbook.core.errors import (
    AccessDenied,
    AddressNotAllowed,
    BadCredential,
    DomainError,
    MissingBody,
    ReadOnlyCredential,
    SecondFactorRequired,
    SingleSignOnRequired,
    TryLater,
    UnreadableParameter,
)
from hourbook.core.ids import IdSource
from hourbook.core.networks import is_in_networks
from hourbook.core.types import Deployment, Origin
from hourbook.db.database import Database
from hourbook.db.tx import Facts, ReadTx
from hourbook.http import problems
from hourbook.http.body import check_list_length, decode_body
from hourbook.http.credentials import (
    ADDON_HEADERS,
    NO_CREDENTIAL,
    REPORTS_ADDON_HEADERS,
    CookieStyle,
    Credential,
    check_not_forged,
    credential_of,
    has_credential,
    visitor_of,
)
from hourbook.http.file_answers import FileParts, disk_is_full, says_disk_is_full
from hourbook.http.operation import (
    JSON,
    OPERATIONS,
    Call,
    Content,
    Cost,
    CredentialUse,
    FileContent,
    Kept,
    Operation,
    Preparation,
    Refused,
    Surface,
    Upload,
    Visitor,
)
from hourbook.http.preparing import Preparing
from hourbook.http.secrets import hidden_marks, hide
from hourbook.http.wire import read_query

log = structlog.get_logger("hourbook.http")
_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct):
    """A request as the pipeline needs it; header names in lower case. `client`: the address it came from."""

    operation: Operation
    path_values: tuple[str, ...]
    query: bytes
    headers: dict[bytes, bytes]
    body: bytes
    request_id: str
    client: str = ""


class Parts(Protocol):
    """Content that comes bit by bit; whoever has it closes it, begun or not."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def aclose(self) -> Coroutine[Any, Any, None]: ...


class Response(msgspec.Struct):
    """An answer; `content` None means zero bytes and no content type. `cookies` are whole header values.

    With `parts` the content, `length` bytes of it, comes bit by bit as it is sent.
    """

    status: int
    content: bytes | None
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()
    parts: Parts | None = None
    length: int = 0


class Passed(msgspec.Struct):
    """A request on its way to the worker process: identified, and not refused by the role alone."""

    operation: str
    path_values: tuple[str, ...]
    query: bytes
    body: bytes
    actor: Actor
    visitor: Visitor
    request_id: str
    now_us: int
    # Whether it waits in the line of those that take long.
    is_heavy: bool = False


class Work(msgspec.Struct):
    """A handler about to be run: what it gets, and on whose behalf."""

    record: Operation
    arguments: dict[str, Any]
    facts: Facts
    visitor: Visitor


class _OpenFile(msgspec.Struct):
    """A file that a handler answered with, ready to be sent."""

    content_type: str
    parts: FileParts


PassOn = Callable[[Passed], Awaitable[Response]]


def problem_response(problem: problems.Problem, headers: dict[str, str] | None = None) -> Response:
    """A refusal in the one error shape."""
    found = dict(headers or {})
    if problem.retry_after_seconds is not None:
        found["Retry-After"] = str(problem.retry_after_seconds)
    if problem.code is None:
        return Response(problem.status, None, found)
    body = problems.ProblemBody(message=problem.message, code=problem.code)
    return Response(problem.status, _encode(body), found)


class Pipeline:
    """Runs operations against one database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdSource,
        *,
        secrets: SecretBox,
        cookies: CookieStyle | None = None,
        deployment: Deployment | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._actors = ActorCache()
        self._preparing = Preparing()
        self._secrets = secrets
        self._cookies = cookies or CookieStyle()
        self.deployment = deployment or Deployment()
        # How a long read reaches the worker process; None where there is none.
        self.pass_on: PassOn | None = None
        self.kept = Kept()
        self.used_keys: dict[str, int] = {}
        self.used_sessions: dict[str, int] = {}
        database.after_commit.append(self._actors.forget_on)

    async def run(self, request: Request) -> Response:
        """The answer to a routed request. Only errors that are bugs leave this method."""
        try:
            return await self._answer(request)
        except DomainError as error:
            if isinstance(error, TryLater) and error.__cause__ is not None:
                # The answer tells nothing of the inside; the operator must be able to read it.
                log.warning("the database refused", request_id=request.request_id, reason=repr(error.__cause__))
            return problem_response(problems.problem_of(error))

    async def _answer(self, request: Request) -> Response:
        record = request.operation
        path = dict(zip(record.path_names, request.path_values, strict=True))
        workspace_id = path.get("workspace_id", "")
        credential, actor = await self._asker(request, workspace_id)
        actor.check(record.action)
        arguments = self._arguments(record, request, path)
        visitor = visitor_of(request.client, request.headers, credential)
        facts = self._facts(actor, request.request_id)
        if record.in_worker and self.pass_on is not None:
            return await self.pass_on(
                Passed(
                    record.name,
                    request.path_values,
                    request.query,
                    request.body,
                    actor,
                    visitor,
                    facts.request_id,
                    facts.now_us,
                    any(getattr(arguments.get(name), "is_heavy", False) for name in ("body", "query")),
                )
            )
        if record.prepare is not None:
            preparation = Preparation(
                lambda work: self._database.read_now(facts, workspace_id, work),
                facts,
                visitor=visitor,
                secrets=self._secrets,
            )
            prepare = record.prepare
            arguments["prepared"] = await self._preparing.run(
                lambda: prepare(preparation, **arguments), lane=record.lane, asker=request.client
            )
        return await self._work(Work(record, arguments, facts, visitor), workspace_id)

    async def run_passed(self, passed: Passed) -> Response:
        """The answer to a request that the web process passed on; this is the worker."""
        record = OPERATIONS[passed.operation]
        request = Request(record, passed.path_values, passed.query, {}, passed.body, passed.request_id)
        path = dict(zip(record.path_names, passed.path_values, strict=True))
        facts = Facts(
            passed.actor, passed.now_us, passed.request_id, self._ids.new_id, Origin.API, deployment=self.deployment
        )
        try:
            arguments = self._arguments(record, request, path)
            return await self._work(Work(record, arguments, facts, passed.visitor), path.get("workspace_id", ""))
        except DomainError as error:
            return problem_response(problems.problem_of(error))

    async def _work(self, work: Work, workspace_id: str) -> Response:
        """Runs the handler where its cost says. A long read is put into bytes where it was made, off the loop."""
        record = work.record
        if record.is_write:
            is_bulk = record.cost is Cost.BULK
            result, call = await self._database.write(
                work.facts, workspace_id, lambda tx: self._handled(work, tx), alone=is_bulk
            )
        elif record.cost is not Cost.SHORT or getattr(work.arguments.get("query"), "is_long", False):
            return await self._database.read(
                work.facts, workspace_id, lambda tx: self._response(record, *self._handled(work, tx)), is_long=True
            )
        else:
            result, call = await self._database.read(work.facts, workspace_id, lambda tx: self._handled(work, tx))
        return self._response(record, result, call)

    def _handled(self, work: Work, tx: ReadTx) -> tuple[Any, Call]:
        """What the handler answers. A file is open when this returns, and has no name any more."""
        call = Call(tx, work.visitor, self._secrets, kept=self.kept)
        try:
            result = work.record.handler(call, **work.arguments)
            if isinstance(result, FileContent):
                result = _OpenFile(result.content_type, FileParts(result.path))
        except Exception as error:
            if call.made_files and says_disk_is_full(error):
                raise disk_is_full() from error
            raise
        finally:
            call.remove_files()
        return result, call

    def _response(self, record: Operation, result: Any, call: Call) -> Response:
        if isinstance(result, Refused):
            return problem_response(problems.problem_of(result.error))
        cookies = tuple(self._cookies.header(name, value) for name, value in call.cookies.items())
        if result is None:
            return Response(record.status, None, call.headers, cookies)
        if isinstance(result, Content):
            headers = {"Content-Type": result.content_type, **call.headers}
            if result.location is not None:
                headers["Location"] = result.location
            return Response(result.status, result.content, headers, cookies)
        if isinstance(result, _OpenFile):
            headers = {"Content-Type": result.content_type, **call.headers}
            return Response(record.status, b"", headers, cookies, parts=result.parts, length=result.parts.length)
        hide(result, hidden_marks(call.actor))
        return Response(record.status, _encode(result), call.headers, cookies)

    async def _asker(self, request: Request, workspace_id: str) -> tuple[Credential, Actor]:
        """Who asks, and by what; nobody where the operation does without."""
        record, headers = request.operation, request.headers
        addon_headers = REPORTS_ADDON_HEADERS if record.surface is Surface.REPORTS else ADDON_HEADERS
        is_optional = record.credential is CredentialUse.OPTIONAL
        if record.credential is CredentialUse.NONE:
            return NO_CREDENTIAL, NOBODY
        if is_optional and not has_credential(headers, addon_headers=addon_headers):
            return NO_CREDENTIAL, NOBODY
        credential = credential_of(headers, addon_headers=addon_headers)
        try:
            return credential, await self._actor(request, credential, workspace_id)
        except BadCredential:
            if is_optional and credential.is_session:
                # A browser goes on sending the cookie of a session that is over; its owner said nothing wrong.
                return NO_CREDENTIAL, NOBODY
            raise

    async def _actor(self, request: Request, credential: Credential, workspace_id: str) -> Actor:
        """Who acts; refused for a forged write, an address outside the allowed ones, a key that only reads."""
        is_write = request.operation.is_write
        if credential.is_session and request.operation.method not in ("GET", "HEAD"):
            check_not_forged(credential, request.headers)
        actor = self._actors.get(credential.digest, workspace_id, time.monotonic())
        if actor is None:
            actor = await self._look_up(credential, workspace_id, request.request_id)
        if actor.settings.allowed_networks and not is_in_networks(request.client, actor.settings.allowed_networks):
            raise AddressNotAllowed
        if actor.settings.multi_factor_enabled and actor.lacks_second_factor:
            raise SecondFactorRequired
        if actor.settings.single_sign_on_required and actor.lacks_single_sign_on:
            raise SingleSignOnRequired
        if is_write and actor.is_read_only:
            raise ReadOnlyCredential
        return actor

    def _facts(self, actor: Actor, request_id: str) -> Facts:
        return Facts(actor, self._clock.now_us(), request_id, self._ids.new_id, Origin.API, self.deployment)

    def _arguments(self, record: Operation, request: Request, path: dict[str, str]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name in record.handler_takes:
            if name == "query":
                arguments[name] = read_query(record.query, query_pairs(request.query))
            elif name == "body":
                arguments[name] = self._body(record, request)
            elif name != "prepared":
                arguments[name] = path[name]
        return arguments

    def _body(self, record: Operation, request: Request) -> Any:
        body = request.body
        if record.media != JSON:
            return Upload(request.headers.get(b"content-type", b"").decode("latin-1"), body)
        if not body or body.isspace():
            if record.body_required:
                raise MissingBody
            return decode_body(b"{}", record.body)
        value = decode_body(body, record.body)
        if value is None:
            raise MissingBody
        check_list_length(value)
        return value

    async def _look_up(self, credential: Credential, workspace_id: str, request_id: str) -> Actor:
        now, epoch = time.monotonic(), self._actors.epoch
        account, actor = await self._database.read(
            self._facts(SYSTEM, request_id), "", lambda tx: _identify(tx, credential, workspace_id)
        )
        used = self.used_sessions if credential.is_session else self.used_keys
        used[account.credential_id] = self._clock.now_us()
        if actor is None:
            raise AccessDenied
        self._actors.put(credential.digest, actor, now=now, epoch=epoch)
        return actor


def _identify(tx: ReadTx, credential: Credential, workspace_id: str) -> tuple[Account, Actor | None]:
    account = find_account(tx, credential.secret, is_session=credential.is_session)
    if not workspace_id:
        return account, outside_of_workspaces(account)
    try:
        return account, enter_workspace(tx, account, workspace_id)
    except AccessDenied:
        return account, None


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """The query's names and values; UnreadableParameter for text that is not UTF-8."""
    if not query:
        return []
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100_000)
    except ValueError:
        raise UnreadableParameter("query", "java.lang.String", "The query is not valid UTF-8") from None
