"""A request that is repeated with the same Idempotency-Key has its effect once and gets the same answer.

The answer is kept for some hours (a setting), in the transaction of the change: there is one if and only if there
is the other. It counts for one actor, operation and workspace. Refusals are not kept: they changed nothing, and what
was wrong can be mended under the same key. What an answer shows once is left out of what is kept. Whoever has as much
kept as anybody may (settings) is refused with a new key: nothing that is kept makes way, for it was promised.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.access.actors import Actor
from hourbook.core.errors import BadIdempotencyKey, IdempotencyKeyReused, RequestInProgress, TooManyKeptAnswers
from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.idempotency import idempotency_keys, idempotency_use
from hourbook.db.tx import ReadTx, Tx
from hourbook.http.messages import Request, Response
from hourbook.http.operation import JSON, CredentialUse, Operation
from hourbook.http.secrets import hide

HEADER = b"idempotency-key"
KEY_LIMIT = 255
HOUR_US = 3600 * 1_000_000
# What a row takes besides its answer, so that answers without a body are counted too.
ROW_BYTES = 250
CREDENTIALS = frozenset({"credential"})
OUTSIDE = UNKNOWN_ID_BYTES.hex()
_encode = msgspec.json.Encoder().encode

_k = idempotency_keys.c
_MINE = (_k.workspace_id == bind("workspace_id"), _k.digest == bind("digest"))
_IS_OVER = _k.created_at_us < bind("before_us", sa.BigInteger())
FIND = Statement(
    sa.select(_k.fingerprint, _k.status, _k.headers, _k.body, _k.lacks_secrets).where(
        *_MINE, _k.created_at_us >= bind("since_us", sa.BigInteger())
    )
)
# Only what is over: a twin elsewhere may have written its answer since we looked, and then the claim fails on it.
CLEAR_OVER = Statement(sa.delete(idempotency_keys).where(*_MINE, _k.created_at_us < bind("since_us", sa.BigInteger())))
WITHDRAW = Statement(sa.delete(idempotency_keys).where(*_MINE))
CLAIM = Statement(
    sa.insert(idempotency_keys).values(
        {name: bind(name, _k[name].type) for name in ("workspace_id", "digest", "fingerprint", "created_at_us")}
        | {"updated_at_us": bind("created_at_us", sa.BigInteger()), "row_revision": sa.literal_column("1")}
        | {
            "status": sa.literal_column("0"),
            "headers": sa.literal_column("''"),
            "lacks_secrets": sa.literal_column("0"),
        }
    )
)
KEEP = Statement(
    sa.update(idempotency_keys)
    .where(*_MINE)
    .values({name: bind("kept_" + name, _k[name].type) for name in ("status", "headers", "body", "lacks_secrets")})
)
LIST_OVER = Statement(
    sa.select(_k.created_at_us).where(_IS_OVER).order_by(_k.created_at_us).limit(bind("limit", sa.Integer()))
)
FORGET = Statement(sa.delete(idempotency_keys).where(_IS_OVER, _k.created_at_us <= bind("up_to_us", sa.BigInteger())))

_u = idempotency_use.c
_OF_ASKER = (_u.workspace_id == bind("workspace_id"), _u.asker == bind("asker"))
READ_USE = Statement(
    sa.select(_u.hour, _u.byte_count).where(*_OF_ASKER, _u.hour >= bind("since_hour", sa.Integer())).order_by(_u.hour)
)
RAISE_USE = Statement(
    sa.update(idempotency_use)
    .where(*_OF_ASKER, _u.hour == bind("hour"))
    .values(
        byte_count=_u.byte_count + bind("size", sa.BigInteger()),
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_u.row_revision + 1,
    )
)
BEGIN_USE = Statement(
    sa.insert(idempotency_use).values(
        {name: bind(name, _u[name].type) for name in ("workspace_id", "asker", "hour")}
        | {"byte_count": bind("size", sa.BigInteger())}
        | {name: bind("now_us", sa.BigInteger()) for name in ("created_at_us", "updated_at_us")}
        | {"row_revision": sa.literal_column("1")}
    )
)
FORGET_USE = Statement(sa.delete(idempotency_use).where(_u.hour < bind("before_hour", sa.Integer())))


@dataclass(frozen=True)
class Claim:
    """One request among its repetitions: `digest` says which key of whom, `fingerprint` what was asked."""

    workspace_id: str
    digest: bytes
    fingerprint: bytes
    asker: bytes

    @property
    def mine(self) -> dict[str, Any]:
        return {"workspace_id": self.workspace_id, "digest": self.digest}

    @property
    def of_asker(self) -> dict[str, Any]:
        return {"workspace_id": self.workspace_id, "asker": self.asker}


def takes_key(record: Operation) -> bool:
    """Whether the operation heeds a key: a POST that writes, by somebody known. A sign-in has no actor to count for."""
    return record.method == "POST" and record.is_write and record.credential is CredentialUse.REQUIRED


def claim_of(request: Request, actor: Actor, workspace_id: str) -> Claim:
    """What the request claims; BadIdempotencyKey for a key that is empty, too long or not printable."""
    key = request.headers[HEADER].decode("latin-1").strip()
    if not key or len(key) > KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise BadIdempotencyKey(KEY_LIMIT)
    # An add-on's token acts as a person, and is another actor than the person.
    installation = actor.credential_id if actor.kind == "addon" else ""
    who = [text.encode() for text in (actor.kind, actor.id or "", installation)]
    which = (request.operation.name.encode(), key.encode())
    return Claim(workspace_id or OUTSIDE, _digest(*who, *which), _fingerprint(request, key), _digest(*who))


def _fingerprint(request: Request, key: str) -> bytes:
    """Of what is asked. The key, which is kept nowhere, keeps a password in a body from being guessed by it."""
    body = request.body
    if request.operation.media != JSON:
        # What stands between the parts of a form is drawn anew each time it is sent.
        _, _, boundary = request.headers.get(b"content-type", b"").partition(b"boundary=")
        boundary = boundary.partition(b";")[0].strip(b' "')
        body = body.replace(boundary, b"") if boundary else body
    return _digest(key.encode(), "/".join(request.path_values).encode(), request.query, body)


def _digest(*parts: bytes) -> bytes:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.digest()


class Running:
    """The requests with a key that this process is answering."""

    def __init__(self) -> None:
        self._claims: set[tuple[str, bytes]] = set()

    @contextlib.contextmanager
    def entered(self, claim: Claim) -> Iterator[None]:
        """RequestInProgress while a twin is being answered. In another process a twin waits for the row."""
        mark = (claim.workspace_id, claim.digest)
        if mark in self._claims:
            raise RequestInProgress
        self._claims.add(mark)
        try:
            yield
        finally:
            self._claims.discard(mark)


def _since_us(tx: ReadTx) -> int:
    return tx.now_us - tx.facts.deployment.idempotency_hours * HOUR_US


def find(tx: ReadTx, claim: Claim) -> Response | None:
    """The answer that was kept; IdempotencyKeyReused when it was to another request."""
    rows = tx.rows(FIND, since_us=_since_us(tx), **claim.mine)
    if not rows:
        return None
    fingerprint, status, headers, body, lacks_secrets = rows[0]
    if bytes(fingerprint) != claim.fingerprint:
        raise IdempotencyKeyReused
    said = msgspec.json.decode(headers, type=dict[str, str]) | {"Idempotency-Replayed": "true"}
    if lacks_secrets:
        said["X-Hourbook-Secrets-Removed"] = "true"
    return Response(status, None if body is None else bytes(body), said)


def found_or_room(tx: ReadTx, claim: Claim) -> Response | None:
    """The kept answer; None when there is none yet and one more may be kept (else TooManyKeptAnswers)."""
    found = find(tx, claim)
    if found is None:
        _check_room(tx, claim)
    return found


def _check_room(tx: ReadTx, claim: Claim) -> None:
    """TooManyKeptAnswers when as many are kept for whoever asks as may be, or as much."""
    limits = tx.facts.deployment
    # The hour in which the oldest of them were made that are not over yet.
    since_hour = tx.now_us // HOUR_US - limits.idempotency_hours
    hours = tx.rows(READ_USE, since_hour=since_hour, **claim.of_asker)
    if 0 < limits.idempotency_bytes_limit <= sum(row[1] for row in hours):
        over_at_us = (hours[0][0] + 1 + limits.idempotency_hours) * HOUR_US
        raise TooManyKeptAnswers(max(1, -((tx.now_us - over_at_us) // 1_000_000)))


def _note_use(tx: Tx, claim: Claim, size: int) -> None:
    use = claim.of_asker | {"hour": tx.now_us // HOUR_US, "size": size + ROW_BYTES, "now_us": tx.now_us}
    if not tx.write_derived(RAISE_USE, **use):
        tx.write_derived(BEGIN_USE, **use)


def answer_once(tx: Tx, claim: Claim, make: Callable[[], tuple[Response, Any]]) -> Response:
    """The kept answer, or that of `make` (with the value it was written from), which is kept then.

    The claim is written first: a twin in another process waits at it, and then finds the answer.
    """
    found = found_or_room(tx, claim)
    if found is not None:
        return found
    tx.write_derived(CLEAR_OVER, since_us=_since_us(tx), **claim.mine)
    tx.write_derived(CLAIM, fingerprint=claim.fingerprint, created_at_us=tx.now_us, **claim.mine)
    response, value = make()
    if response.status >= 400:
        tx.write_derived(WITHDRAW, **claim.mine)
        return response
    body = _without_credentials(response.content, value)
    kept = {
        "kept_status": response.status,
        "kept_headers": _encode(response.headers).decode(),
        "kept_body": body,
        "kept_lacks_secrets": body != response.content or bool(response.cookies),
    }
    if not tx.write_derived(KEEP, **kept, **claim.mine):  # what erases a person sweeps away all that is kept
        tx.write_derived(CLAIM, fingerprint=claim.fingerprint, created_at_us=tx.now_us, **claim.mine)
        tx.write_derived(KEEP, **kept, **claim.mine)
    _note_use(tx, claim, len(body or b""))
    return response


def _without_credentials(content: bytes | None, value: Any) -> bytes | None:
    """The answer as it may be kept. The value is changed: it was written already."""
    if content is None or not isinstance(value, msgspec.Struct | list):
        return content
    hide(value, CREDENTIALS)
    return _encode(value)


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes about `limit` answers from before an instant, the oldest first; returns how many."""
    tx.write_derived(FORGET_USE, before_hour=before_us // HOUR_US)
    found = tx.rows(LIST_OVER, before_us=before_us, limit=limit)
    return tx.write_derived(FORGET, before_us=before_us, up_to_us=found[-1][0]) if found else 0
