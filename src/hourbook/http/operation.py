"""The operation table: one declared record per operation, and nothing about it anywhere else.

Routes, the published OpenAPI, the permission and tenant matrices, metrics and fuzzing read this
table. A handler's parameters say what it takes: `call`, any name of the path, `query` (a Query
struct), `body` (anything the decoder knows). An operation without an existing permission, or
a write that does not say what it journals, does not import.
"""

import enum
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, cast, get_args, get_origin, get_type_hints

from hourbook.access.outgoing import Outgoing
from hourbook.access.policy import POLICY
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import AccessDenied, DomainError
from hourbook.core.types import Deployment, Page
from hourbook.db.tx import ReadTx, Tx
from hourbook.http.addon_scopes import OF_CONTENT as OF_CONTENT
from hourbook.http.addon_scopes import OF_ITSELF as OF_ITSELF
from hourbook.http.addon_scopes import check_scope, default_scope
from hourbook.http.file_answers import AnswerFiles

if TYPE_CHECKING:
    from hourbook.columns.keeping import ColumnsKeeper

JSON = "application/json"
_NAMES = re.compile(r"\{([a-z_]+)\}")


class Cost(enum.Enum):
    """Where an operation may run. SHORT: a few indexed rows. LONG: never on the loop. BULK: alone."""

    SHORT = "short"
    LONG = "long"
    BULK = "bulk"


class Surface(enum.Enum):
    """Which of the services that share this address answers; the word is what its paths begin with."""

    CORE = "/api/v1"
    REPORTS = "/report/v1"
    AUDIT = "/auditlog/v1"
    OWN = "/api/hourbook/v1"
    ADDON = "/api/addon"


class CredentialUse(enum.Enum):
    """Whether a request says who asks. OPTIONAL: it may; with a wrong credential it is refused, with none it is not."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation. `contract`: its id in the published contract, None for our own ones.

    `hidden`: answers among the contract's routes though the contract does not publish it.

    `surface`: the service it belongs to; that of the core for the contract's, our own for ours, unless it
    is said. `path` is below the surface's prefix. `journals`: the journal events a write may leave.
    `handler_takes`: names of the handler's parameters besides `call`. `refuses`: the facts it may
    answer with besides those that every operation shares, when their status is another than 400 or 403.

    `scope`: which one an add-on needs (http/addon_scopes.py); None closes the operation to add-ons.

    `credential` NONE: the actor is nobody. OPTIONAL: it is nobody, or the account outside of any workspace.
    `prepare`: slow work (a password hash, a picture, another server) that must hold neither the loop nor
    the writer: it runs in a bounded thread before the transaction, gets a `Preparation` and the handler's
    arguments by name, and what it returns becomes the handler's argument `prepared`. `lane`: in which line
    such work waits (http/preparing.py). `media` other than JSON: the body reaches `prepare`
    and the handler as an `Upload`. `in_worker`: a long read that the worker process answers, so that
    nothing else waits for it; where there is no worker it is answered here, in a thread. A body or query
    with a true `is_heavy` (a whole file is asked for) waits there in a line of its own.
    """

    name: str
    contract: str | None
    method: str
    path: str
    action: str
    status: int
    journals: tuple[str, ...]
    query: Any
    body: Any
    body_required: bool
    response: Any
    handler: Callable[..., Any]
    handler_takes: tuple[str, ...]
    summary: str
    cost: Cost = Cost.SHORT
    hidden: bool = False
    refuses: tuple[type[DomainError], ...] = ()
    surface: Surface = Surface.CORE
    credential: CredentialUse = CredentialUse.REQUIRED
    prepare: Callable[..., Any] | None = None
    lane: str = "common"
    media: str = JSON
    in_worker: bool = False
    scope: str | None = None

    @property
    def is_write(self) -> bool:
        return bool(self.journals)

    @property
    def is_public(self) -> bool:
        """Whether it may be asked without a credential."""
        return self.credential is not CredentialUse.REQUIRED

    @property
    def full_path(self) -> str:
        """Its path below the server's address."""
        return self.surface.value + self.path

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        return tuple(_NAMES.findall(self.path))

    @property
    def resource(self) -> str:
        """The folder it lives in."""
        return self.handler.__module__.split(".")[-2]


OPERATIONS: dict[str, Operation] = {}


@dataclass(frozen=True)
class Upload:
    """A body that is no JSON, as it arrived."""

    content_type: str
    content: bytes


@dataclass(frozen=True)
class Content:
    """An answer that is no JSON: a file, a page, or (with `location`) another address to go to."""

    content: bytes
    content_type: str
    status: int = 200
    location: str | None = None


@dataclass(frozen=True)
class FileContent:
    """An answer that is a file: made whole with `Call.new_file`, sent bit by bit, and gone afterwards.

    A file that was not made that way is sent and stays. The operation is a long read.
    """

    path: Path
    content_type: str


@dataclass(frozen=True)
class LiveStream:
    """An answer that goes on (http/live.py): what changes in the workspace after `since`.

    `read` gives what came after a revision, for everybody, at most so many; `heard` what of it an actor may hear of;
    `lines` how that is sent.
    """

    since: int
    read: Callable[[ReadTx, int, int], Sequence[Any]]
    heard: Callable[[Any, Sequence[Any]], Sequence[Any]]
    lines: Callable[[str, Sequence[Any]], bytes]


@dataclass(frozen=True)
class Refused:
    """A refusal as a result: unlike an error that is raised, what the handler wrote before it stands."""

    error: DomainError


@dataclass(frozen=True)
class Visitor:
    """Who is at the other end of the connection, as far as the connection tells."""

    address: str = ""
    user_agent: str = ""
    # The session's token when the request came with a session cookie.
    session_token: str | None = None
    # All cookies as they were sent; read with `cookie`.
    cookie_header: str = ""
    # Where a stream of events broke off.
    last_event_id: str = ""

    def cookie(self, name: str) -> str | None:
        """The value of a cookie; None without one, or when the header cannot be read."""
        try:
            found = SimpleCookie(self.cookie_header).get(name)
        except CookieError:
            return None
        return found.value if found is not None and found.value else None


class Kept:
    """What a process keeps for handlers. `columns` makes those of reports when they are first asked for."""

    def __init__(self) -> None:
        self.columns: Callable[[], ColumnsKeeper] = _no_columns
        self.files = AnswerFiles()


def _no_columns() -> "ColumnsKeeper":
    raise LookupError("nobody keeps columns here")


class Preparation:
    """What `prepare` may use: a read of the database, the actor, the visitor, the box of secrets. It writes nothing."""

    def __init__(
        self, read: Callable[[Callable[[ReadTx], Any]], Any], facts: Any, *, visitor: Visitor, secrets: SecretBox
    ) -> None:
        self.read = read
        self.actor = facts.actor
        self.now_us: int = facts.now_us
        self.deployment: Deployment = facts.deployment
        self.visitor = visitor
        self.secrets = secrets

    @property
    def outgoing(self) -> Outgoing:
        """For asking servers that people name."""
        return Outgoing(self.deployment.private_networks)


class Call:
    """What a handler gets besides its arguments: transaction, visitor, secrets; headers and cookies of the answer."""

    __slots__ = ("_kept", "_made", "actor", "cookies", "headers", "secrets", "tx", "visitor")

    def __init__(self, tx: Any, visitor: Visitor, secrets: SecretBox, *, kept: Kept) -> None:
        self._kept = kept
        self._made: list[Path] = []
        self.tx = tx
        self.actor = tx.actor
        self.visitor = visitor
        self.secrets = secrets
        self.headers: dict[str, str] = {}
        # Name to value; an empty value takes the cookie away. How cookies are marked is the pipeline's matter.
        self.cookies: dict[str, str] = {}

    @property
    def deployment(self) -> Deployment:
        """Where this server is reached, and whether it sends mail; actions read it from `tx.facts`."""
        return self.tx.facts.deployment  # type: ignore[no-any-return]

    @property
    def columns(self) -> "ColumnsKeeper":
        """The columns of reports that this process keeps; made when first asked for."""
        return self._kept.columns()

    def new_file(self, suffix: str) -> Path:
        """An empty file of its own for a `FileContent`; whatever becomes of the request, it is removed after it.

        TryLater where the disk is nearly full. What libraries put aside belongs beside it (`path.parent`).
        """
        self._made.append(self._kept.files.new(suffix))
        return self._made[-1]

    def remove_files(self) -> None:
        """Takes the names of the files away; one that is open can still be read."""
        for path in self._made:
            path.unlink(missing_ok=True)

    @property
    def made_files(self) -> bool:
        return bool(self._made)

    @property
    def read(self) -> ReadTx:
        return self.tx  # type: ignore[no-any-return]

    @property
    def write(self) -> Tx:
        return cast(Tx, self.tx)

    def paged(self, rows: list[Any], page: Page) -> list[Any]:
        """Cuts a list that was asked with one row more than the page, and sets `Last-Page`."""
        self.headers["Last-Page"] = "false" if len(rows) > page.size else "true"
        return rows[: page.size]

    def check_self_or(self, user_id: str, action: str) -> None:
        """AccessDenied unless the actor is that person or may do the action for others."""
        if user_id != self.actor.id and not self.actor.may(action):
            raise AccessDenied


def operation(
    method: str,
    path: str,
    *,
    contract: str | None,
    action: str,
    status: int = 200,
    **more: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares an operation.

    More keywords: `journals` (of a write), `reads_only` (for a search by POST), `cost`, `body_required`, `hidden`,
    `refuses`, `surface`, `credential`, `prepare`, `lane`, `media`, `in_worker`, `scope`.
    """
    if action not in POLICY:
        raise LookupError(f"{method} {path} asks for the permission {action}, which does not exist")
    journals = tuple(more.pop("journals", ()))
    more["refuses"] = tuple(more.get("refuses", ()))
    more.setdefault("surface", Surface.CORE if contract is not None or more.get("hidden") else Surface.OWN)
    reads_only = more.pop("reads_only", False)
    if method != "GET" and not journals and not reads_only:
        raise LookupError(f"{method} {path} does not say what it journals")

    def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(handler, include_extras=True)
        takes = tuple(name for name in inspect.signature(handler).parameters if name != "call")
        more.setdefault("scope", default_scope(handler.__module__, more["surface"].name, is_write=bool(journals)))
        record = Operation(
            name=handler.__name__,
            contract=contract,
            method=method,
            path=path,
            action=action,
            status=status,
            journals=journals,
            query=hints.get("query"),
            body=hints.get("body"),
            response=_without_refusal(hints["return"]),
            handler=handler,
            handler_takes=takes,
            summary=(inspect.getdoc(handler) or "").split("\n")[0],
            **{"body_required": "body" in takes, **more},
        )
        check_scope(record.scope)
        _check(record)
        OPERATIONS[record.name] = record
        return handler

    return declare


def _check(record: Operation) -> None:
    """LookupError for what would only be noticed when somebody asks."""
    filled = {"query", "body", *record.path_names} | ({"prepared"} if record.prepare else set())
    unknown = set(record.handler_takes) - filled
    if record.in_worker and (record.cost is not Cost.LONG or record.is_write or record.prepare):
        raise LookupError(f"{record.name}: only a long read can pass to the worker")
    if FileContent in answers_of(record) and (record.cost is not Cost.LONG or record.is_write):
        raise LookupError(f"{record.name}: only a long read can answer with a file")
    if record.credential is CredentialUse.OPTIONAL and (record.is_write or "workspace_id" in record.path_names):
        raise LookupError(f"{record.name}: only a read outside of workspaces can do without the credential it takes")
    if unknown or record.name in OPERATIONS:
        raise LookupError(f"{record.name}: twice, or parameters nobody fills: {sorted(unknown)}")


def answers_of(record: Operation) -> tuple[Any, ...]:
    """The kinds of answers it may give when all is well: JSON, a file, or either."""
    hint = record.response
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _without_refusal(hint: Any) -> Any:
    """What a handler answers when all is well."""
    kept = tuple(part for part in get_args(hint) if part is not Refused)
    return Union[kept] if Refused in get_args(hint) else hint  # noqa: UP007 (made of a tuple)
