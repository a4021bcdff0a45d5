"""One request from bytes to bytes.

The order of refusals is fixed: credential, workspace, role, body, ids, state (design section 5).
The pipeline opens and closes the transaction, through `db/database.py`; a handler only works in
it. Nothing is acknowledged before the commit.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any
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
from hourbook.http.operation import (
    JSON,
    OPERATIONS,
    Call,
    Content,
    Cost,
    CredentialUse,
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

if TYPE_CHECKING:
    from hourbook.columns.keeping import ColumnsKeeper

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


class Response(msgspec.Struct):
    """An answer; `content` None means zero bytes and no content type. `cookies` are whole header values.

    With `parts` the content, `length` bytes of it, comes bit by bit as it is sent.
    """

    status: int
    content: bytes | None
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()
    parts: AsyncIterator[bytes] | None = None
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


def _no_columns() -> "ColumnsKeeper":
    raise LookupError("nobody keeps columns here")


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
        # How the columns of reports are come by; whoever builds a server says so.
        self.columns: Callable[[], ColumnsKeeper] = _no_columns
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
            values, query, body = request.path_values, request.query, request.body
            return await self.pass_on(
                Passed(record.name, values, query, body, actor, visitor, facts.request_id, facts.now_us)
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

        def work(tx: ReadTx) -> tuple[Any, Call]:
            call = Call(tx, visitor, self._secrets, columns=self.columns)
            return record.handler(call, **arguments), call

        if record.is_write:
            is_bulk = record.cost is Cost.BULK
            result, call = await self._database.write(facts, workspace_id, work, alone=is_bulk)
        else:
            is_long = record.cost is not Cost.SHORT or getattr(arguments.get("query"), "is_long", False)
            result, call = await self._database.read(facts, workspace_id, work, is_long=is_long)
        return self._response(record, actor, result, call)

    async def run_passed(self, passed: Passed) -> Response:
        """The answer to a request that the web process passed on; this is the worker."""
        record = OPERATIONS[passed.operation]
        request = Request(record, passed.path_values, passed.query, {}, passed.body, passed.request_id)
        path = dict(zip(record.path_names, passed.path_values, strict=True))
        facts = Facts(
            passed.actor, passed.now_us, passed.request_id, self._ids.new_id, Origin.API, deployment=self.deployment
        )

        def work(tx: ReadTx) -> tuple[Any, Call]:
            call = Call(tx, passed.visitor, self._secrets, columns=self.columns)
            return record.handler(call, **arguments), call

        try:
            arguments = self._arguments(record, request, path)
            result, call = await self._database.read(facts, path.get("workspace_id", ""), work, is_long=True)
        except DomainError as error:
            return problem_response(problems.problem_of(error))
        return self._response(record, passed.actor, result, call)

    def _response(self, record: Operation, actor: Actor, result: Any, call: Call) -> Response:
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
        hide(result, hidden_marks(actor))
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
