"""Log lines: to stderr, one JSON object each (or text for people), with request ids.

Headers, bodies and query strings are never logged, so no secret should ever come here; what looks
like an API key or a password in an address is taken out all the same. Lines of libraries go
the same way as our own.
"""

import contextlib
import logging
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, TextIO, cast


@contextlib.contextmanager
def _as_if_missing(name: str) -> Iterator[None]:
    """Inside, importing `name` fails as if it were not installed, unless it is loaded already."""
    if name in sys.modules:
        yield
        return
    # None there is the documented way to make an import fail.
    sys.modules[name] = cast("ModuleType", None)
    try:
        yield
    finally:
        del sys.modules[name]


# structlog would load Rich for errors in colours, which takes a tenth of a start; our lines have none.
with _as_if_missing("rich"):
    import structlog
    from structlog.typing import EventDict, Processor

_KEY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{48}(?![A-Za-z0-9])")
_ADDRESS = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str, form: str, *, stream: TextIO | None = None) -> None:
    """Sets logging up for the whole process. `level` and `form` as in the settings."""
    threshold = LEVELS[level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        # Lines are rare; a logger bound once would not follow when logging is set up again in the process.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold)
    # That it runs and where is said by us; what strangers send that is not HTTP is not worth a line each.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(max(threshold, logging.WARNING))


def without_secrets(_: Any, __: str, event: EventDict) -> EventDict:
    """Takes out of every text of a line what looks like a credential."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _ADDRESS.sub(r"\1:********@", _KEY.sub("********", value))
    return event


def _renderer(form: str) -> Processor:
    if form == "text":
        return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(sort_keys=True)
