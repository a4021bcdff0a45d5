"""One request from bytes to bytes.

The order of refusals is fixed: credential, workspace, role, body, ids, state (design section 5).
The pipeline opens and closes the transaction, through `db/database.py`; a handler only works in
it. Nothing is acknowledged before the commit.
"""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
import structlog

from hourbook.access.actors import SYSTEM, Actor
from hourbook.access.secrets import SecretBox
from hourbook.core.clock import Clock
from hourbook.core.errors import DomainError, MissingBody, TryLater, UnreadableParameter
from hourbook.core.ids import IdSource
from hourbook.core.types import Deployment, Origin
from hourbook.db.database import Database
from hourbook.db.tx import Facts, ReadTx, Tx
from hourbook.http import idempotency, problems
from hourbook.http.addon_scopes import OF_CONTENT
from hourbook.http.askers import Askers
from hourbook.http.body import check_list_length, decode_body
from hourbook.http.credentials import CookieStyle, visitor_of
from hourbook.http.file_answers import FileParts, disk_is_full, says_disk_is_full
from hourbook.http.limits import Limits
from hourbook.http.live import Streams
from hourbook.http.messages import Passed, PassOn, Request, Response, problem_response
from hourbook.http.operation import (
    JSON,
    OPERATIONS,
    Call,
    Content,
    Cost,
    CredentialUse,
    FileContent,
    Kept,
    LiveStream,
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
        self.askers = Askers(database, clock, ids, Limits())
        self._preparing = Preparing()
        self._running = idempotency.Running()
        self._secrets = secrets
        self._cookies = cookies or CookieStyle()
        self.deployment = deployment or Deployment()
        # How a long read reaches the worker process; None where there is none.
        self.pass_on: PassOn | None = None
        self.kept = Kept()
        self.streams = Streams(database, self.askers, lambda: self._facts(SYSTEM, "live"))

    async def run(self, request: Request) -> Response:
        """The answer to a routed request. Only errors that are bugs leave this method."""
        try:
            response = await self._answer(request)
        except DomainError as error:
            if isinstance(error, TryLater) and error.__cause__ is not None:
                # The answer tells nothing of the inside; the operator must be able to read it.
                log.warning("the database refused", request_id=request.request_id, reason=repr(error.__cause__))
            response = problem_response(problems.problem_of(error))
        response.told = request.told
        return response

    async def _answer(self, request: Request) -> Response:
        record = request.operation
        path = dict(zip(record.path_names, request.path_values, strict=True))
        workspace_id = path.get("workspace_id", "")
        credential, actor = await self.askers.find(request, workspace_id)
        if record.credential is not CredentialUse.NONE:  # a sign-in has limits of its own
            counted = self.askers.limits.check(request, actor)
            if counted is not None:
                await counted
        if record.scope != OF_CONTENT:
            actor.check_scope(record.scope)
        actor.check(record.action)
        if record.surface is Surface.ADDON:  # an add-on is in one workspace, named or not
            workspace_id = workspace_id or actor.workspace_id
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
        work = Work(record, arguments, facts, visitor)
        if idempotency.HEADER in request.headers and idempotency.takes_key(record):
            claim = idempotency.claim_of(request, actor, workspace_id)
            with self._running.entered(claim):
                return await self._answer_once(work, claim, workspace_id)
        await self._prepare(work, workspace_id)
        if record.response is LiveStream:
            live, _ = await self._database.read(facts, workspace_id, lambda tx: self._handled(work, tx))
            return self.streams.open(request, actor, workspace_id=workspace_id, live=live)
        return await self._work(work, workspace_id)

    async def _answer_once(self, work: Work, claim: idempotency.Claim, workspace_id: str) -> Response:
        """The answer to a request with a key, which may be a repetition."""
        if work.record.prepare is not None:
            # Slow work is not done again for an answer that is there; nor could it fail now.
            kept = await self._database.read(work.facts, workspace_id, lambda tx: idempotency.found_or_room(tx, claim))
            if kept is not None:
                return kept
            await self._prepare(work, workspace_id)

        def answer(tx: Tx) -> Response:
            def make() -> tuple[Response, Any]:
                result, call = self._handled(work, tx)
                return self._response(work.record, result, call), result

            return idempotency.answer_once(tx, claim, make)

        is_bulk = work.record.cost is Cost.BULK
        return await self._database.write(work.facts, workspace_id, answer, alone=is_bulk)

    async def _prepare(self, work: Work, workspace_id: str) -> None:
        """Does what must be done before the transaction, and notes its result as an argument."""
        facts, arguments, prepare = work.facts, work.arguments, work.record.prepare
        if prepare is None:
            return
        preparation = Preparation(
            lambda read: self._database.read_now(facts, workspace_id, read),
            facts,
            visitor=work.visitor,
            secrets=self._secrets,
        )
        arguments["prepared"] = await self._preparing.run(
            lambda: prepare(preparation, **arguments), lane=work.record.lane, asker=work.visitor.address
        )

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


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """The query's names and values; UnreadableParameter for text that is not UTF-8."""
    if not query:
        return []
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100_000)
    except ValueError:
        raise UnreadableParameter("query", "java.lang.String", "The query is not valid UTF-8") from None
