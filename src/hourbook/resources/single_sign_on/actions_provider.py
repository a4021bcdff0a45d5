"""The verbs of a workspace's identity provider: setting it up, showing it, taking it away.

The client secret is encrypted before it is stored and never shown again. An action has no effect outside of its
transaction, because it may be run again.
"""

from collections import defaultdict
from collections.abc import Iterable

from hourbook.access import oidc
from hourbook.access.outgoing import NoAnswer, Outgoing
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import InvalidValue, NotFound
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.single_sign_on import rules, store
from hourbook.resources.single_sign_on.rules import Identity, Provider, Shown, Wanted
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import Workspace
from hourbook.resources.workspaces.rules_settings import decode_settings

Described = oidc.Provider
SECRET_PURPOSE = "client secret of single sign-on"  # noqa: S105 (what it is for)
CALLBACK = "/api/hourbook/v1/single-sign-on/callback"


def redirect_uri(tx: ReadTx) -> str:
    """Where providers send people back to; they have to be told."""
    return tx.facts.deployment.base_url + CALLBACK


def discovered(outgoing: Outgoing, wanted: Wanted) -> Described:
    """What the provider says of itself; InvalidValue with the reason when it says nothing usable. Slow."""
    rules.check_wanted(wanted)
    try:
        return oidc.discover(outgoing, wanted.issuer)
    except NoAnswer as error:
        raise InvalidValue(f"The identity provider can't be used: {error}") from None


def set_provider(tx: Tx, wanted: Wanted, described: Described, *, box: SecretBox) -> Shown:
    """Sets up the provider, or changes it. InvalidValue without a client secret when there is none yet."""
    wanted = rules.check_wanted(wanted)
    before = store.find_provider(tx, locked=True)
    if wanted.client_secret is not None:
        secret = box.encrypt(wanted.client_secret.encode(), SECRET_PURPOSE)
    elif before is not None and before.issuer == described.issuer:
        secret = before.client_secret
    else:
        raise InvalidValue("clientSecret is needed for a new identity provider")
    after = Provider(
        workspace_id=tx.workspace_id,
        id=tx.new_id() if before is None else before.id,
        issuer=described.issuer,
        client_id=wanted.client_id,
        client_secret=secret,
        authorization_endpoint=described.authorization_endpoint,
        allowed_domains=rules.encode_domains(wanted.allowed_domains),
        auto_join=wanted.auto_join,
    )
    if before is None:
        tx.insert(store.PROVIDER, after)
    else:
        tx.update(store.PROVIDER, before, after)
    workspaces.change_settings(tx, single_sign_on_required=wanted.is_required)
    return _shown(tx, after)


@reacts_to("WORKSPACE", "update")
def _check_provider(tx: Tx, before: Workspace, after: Workspace) -> None:
    """Sessions must come from a provider only where there is one, or nobody but the owner could sign in."""
    asked_before, asks = (decode_settings(one.settings).single_sign_on_required for one in (before, after))
    if asks and not asked_before and store.find_provider(tx) is None:
        raise InvalidValue("Set up the workspace's identity provider first")


def get_provider(tx: ReadTx) -> Shown:
    """NotFound when there is none."""
    return _shown(tx, _get(tx))


def remove_provider(tx: Tx) -> None:
    """Takes it away with all that it linked; who has no password asks for a link to set one."""
    provider = _get(tx)
    workspaces.change_settings(tx, single_sign_on_required=False)
    tx.delete_many(store.IDENTITY, store.list_identities(tx), cascade=True)
    tx.delete(store.PROVIDER, provider)


def list_own_identities(tx: ReadTx) -> list[Identity]:
    """Whom the provider of this workspace means by the acting account."""
    return store.identities_of(tx, tx.actor.id)


def unlink(tx: Tx) -> None:
    """The provider does not open the acting account any more."""
    tx.delete_many(store.IDENTITY, store.identities_of(tx, tx.actor.id), subject=tx.actor.id)


def forget_identities_of(tx: Tx, user_id: str, workspace_ids: Iterable[str]) -> None:
    """No provider of these workspaces knows the account any more."""
    found = defaultdict(list)
    for identity in store.identities_everywhere(tx, user_id, list(workspace_ids)):
        found[identity.workspace_id].append(identity)
    for workspace_id, identities in found.items():
        with tx.inside(workspace_id):
            tx.delete_many(store.IDENTITY, identities, subject=user_id)


def _get(tx: ReadTx) -> Provider:
    found = store.find_provider(tx)
    if found is None:
        raise NotFound(store.PROVIDER.word)
    return found


def _shown(tx: ReadTx, provider: Provider) -> Shown:
    base = tx.facts.deployment.base_url
    return Shown(
        provider=provider,
        is_required=workspaces.get_settings(tx).single_sign_on_required,
        redirect_uri=redirect_uri(tx),
        start_address=f"{base}/api/hourbook/v1/single-sign-on/{tx.workspace_id}/start",
    )
