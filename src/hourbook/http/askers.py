"""Who asks: from the headers of a request to an actor, in a workspace or outside of any.

What was found is kept for a moment (`access/actors.py`). Refused here is whoever sends no credential, a wrong one,
too many wrong ones, or one that is not good for this workspace, address or kind of request.
"""

import time

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
from hourbook.access.addon_actors import find_addon_actor
from hourbook.core.clock import Clock
from hourbook.core.errors import (
    AccessDenied,
    AddressNotAllowed,
    BadCredential,
    ReadOnlyCredential,
    SecondFactorRequired,
    SingleSignOnRequired,
)
from hourbook.core.ids import IdSource
from hourbook.core.networks import is_in_networks
from hourbook.core.types import Origin
from hourbook.db.database import Database
from hourbook.db.tx import Facts, ReadTx
from hourbook.http.credentials import (
    ADDON_HEADERS,
    NO_CREDENTIAL,
    REPORTS_ADDON_HEADERS,
    Credential,
    check_not_forged,
    credential_of,
    has_credential,
)
from hourbook.http.limits import Limits
from hourbook.http.messages import Request
from hourbook.http.operation import CredentialUse, Surface


class Askers:
    """Finds out who asks. `used_keys`, `used_sessions`: when each credential was last looked up (microseconds)."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, limits: Limits) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._actors = ActorCache()
        self.limits = limits
        self.used_keys: dict[str, int] = {}
        self.used_sessions: dict[str, int] = {}
        database.after_commit.append(self._actors.forget_on)

    def forget(self) -> None:
        """Whoever asks next is looked up anew, whatever was found a moment ago."""
        self._actors.forget()

    async def find(self, request: Request, workspace_id: str) -> tuple[Credential, Actor]:
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
        except (BadCredential, AccessDenied) as error:
            if is_optional and credential.is_session and isinstance(error, BadCredential):
                # A browser goes on sending the cookie of a session that is over; its owner said nothing wrong.
                return NO_CREDENTIAL, NOBODY
            # Looked up before it is counted: a good credential is never refused for what its neighbours send.
            counted = self.limits.check_wrong(request)
            if counted is not None:
                await counted
            raise

    async def _actor(self, request: Request, credential: Credential, workspace_id: str) -> Actor:
        """Who acts; refused for a forged write, an address outside the allowed ones, a key that only reads."""
        is_write = request.operation.is_write
        if credential.is_session and request.operation.method not in ("GET", "HEAD"):
            check_not_forged(credential, request.headers)
        actor = self._actors.get(credential.digest, workspace_id, time.monotonic())
        if actor is None or self._is_over(actor):
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

    def _is_over(self, actor: Actor) -> bool:
        """Whether the credential has ended since it was looked up."""
        return actor.credential_ends_at_us is not None and actor.credential_ends_at_us <= self._clock.now_us()

    async def _look_up(self, credential: Credential, workspace_id: str, request_id: str) -> Actor:
        now, epoch = time.monotonic(), self._actors.epoch
        facts = Facts(SYSTEM, self._clock.now_us(), request_id, self._ids.new_id, Origin.API)
        if credential.is_addon:
            token = credential.secret
            # Long: what verifies tokens is loaded with the first one, and never on the loop.
            found: Actor = await self._database.read(
                facts, "", lambda tx: find_addon_actor(tx, token, workspace_id), is_long=True
            )
            self._actors.put(credential.digest, found, now=now, epoch=epoch)
            return found
        account, actor = await self._database.read(facts, "", lambda tx: _identify(tx, credential, workspace_id))
        used = self.used_sessions if credential.is_session else self.used_keys
        used[account.credential_id] = facts.now_us
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
