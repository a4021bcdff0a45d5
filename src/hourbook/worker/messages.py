"""What the worker says before the content of an answer.

The question is `http.pipeline.Passed`. The content follows in frames of its own until `length` bytes
have come.
"""

import msgspec


class AnswerHead(msgspec.Struct):
    """`length` None: no content at all. `is_busy`: there is no answer, too many wait."""

    status: int = 0
    headers: dict[str, str] = {}
    cookies: tuple[str, ...] = ()
    length: int | None = None
    is_busy: bool = False
