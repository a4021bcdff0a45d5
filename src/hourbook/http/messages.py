"""What goes into the pipeline and what comes out of it: requests, answers, and those passed to the worker.

Values without behaviour, so that whoever reads sockets or files need not know the pipeline.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol

import msgspec

from hourbook.access.actors import Actor
from hourbook.http import problems
from hourbook.http.operation import Operation, Visitor

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
    # What every answer to it says besides, a refusal too.
    told: tuple[tuple[bytes, bytes], ...] = ()


class Parts(Protocol):
    """Content that comes bit by bit; whoever has it closes it, begun or not."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def aclose(self) -> Coroutine[Any, Any, None]: ...


class Response(msgspec.Struct):
    """An answer; `content` None means zero bytes and no content type. `cookies` are whole header values.

    With `parts` the content, `length` bytes of it, comes bit by bit as it is sent; None when it goes on until it ends.
    """

    status: int
    content: bytes | None
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()
    parts: Parts | None = None
    length: int | None = 0
    # More headers, ready to be sent.
    told: tuple[tuple[bytes, bytes], ...] = ()


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
