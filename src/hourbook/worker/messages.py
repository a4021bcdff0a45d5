"""What web process and worker say to each other about a long read.

The content of an answer follows its head in frames of its own until `length` bytes have come.
"""

import msgspec


class Question(msgspec.Struct):
    """`passed`: an encoded `http.pipeline.Passed`. `is_heavy`: in which line it waits, told without decoding that.

    `is_of_nobody`: whoever asks said not who they are (the link of a public report is enough).
    """

    is_heavy: bool
    passed: msgspec.Raw
    is_of_nobody: bool = False


class AnswerHead(msgspec.Struct):
    """`length` None: no content at all. `is_busy`: there is no answer, too many wait."""

    status: int = 0
    headers: dict[str, str] = {}
    cookies: tuple[str, ...] = ()
    length: int | None = None
    is_busy: bool = False
